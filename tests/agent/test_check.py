import re
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agent.answer import finish
from agent.check import check_text
from agent.compose import mark
from agent.state import Evidence, Found
from agent.wording import write_period, write_value

UNITS = st.sampled_from(["USD", "USD/shares", "shares", "ratio", "days"])
VALUES = st.decimals(-(10**14), 10**14, places=4, allow_nan=False)


def make_fact(key: str, value: Decimal, unit: str, year: int = 2023) -> Evidence:
    return Evidence(
        key=key,
        kind="fact",
        label="Revenue",
        company="Acme Corp",
        ticker="ACME",
        metric="revenue",
        value=value,
        unit=unit,
        fiscal_year=year,
        part="FY",
        period_start=date(year, 1, 1),
        period_end=date(year, 12, 31),
        source={"accession": "0000000000-24-000001"},
    )


@st.composite
def answers(draw: st.DrawFn) -> Found:
    count = draw(st.integers(1, 5))
    return Found(
        tuple(
            make_fact(f"e{n + 1}", draw(VALUES), draw(UNITS), draw(st.integers(1995, 2030)))
            for n in range(count)
        )
    )


def compose(found: Found) -> str:
    parts = [
        f"{mark(item.key, write_value(item.value or Decimal(0), item.unit))} "
        f"in {write_period(item, with_end=True)}"
        for item in found.evidence
    ]
    return f"Acme Corp's revenue was {', '.join(parts)}."


@given(answers())
def test_a_composed_answer_passes(found: Found) -> None:
    answer, numbers = finish(compose(found), found)
    assert check_text(answer.text, found.evidence, numbers) == []


@given(answers(), st.integers(10**15, 10**18))
def test_a_number_that_no_evidence_holds_is_found(found: Found, stranger: int) -> None:
    answer, numbers = finish(compose(found).replace("was", f"was {stranger} and"), found)
    faults = check_text(answer.text, found.evidence, numbers)
    assert str(stranger) in {fault.number for fault in faults}


@given(answers())
def test_a_figure_without_its_footnote_is_found(found: Found) -> None:
    answer, numbers = finish(compose(found), found)
    bare = re.sub(r" \[\d+\]", "", answer.text)
    assert check_text(bare, found.evidence, numbers)


def test_a_footnote_that_does_not_exist_is_found() -> None:
    found = Found((make_fact("e1", Decimal(5), "USD"),))
    answer, numbers = finish(f"It was {mark('e1', '$5')}.", found)
    faults = check_text(answer.text.replace("[1]", "[2]"), found.evidence, numbers)
    assert {"[2]", "5"} <= {fault.number for fault in faults}
