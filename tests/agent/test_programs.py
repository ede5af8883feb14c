"""Programs over the toolbox leave evidence that footnotes, checks and replays can use."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from agent.answer import finish
from agent.assemble import Parts
from agent.check import check_evidence, check_text
from agent.compose import mark
from agent.config import read_settings
from agent.ledger import Ledger
from agent.programs import read_rows, run_program, write_rows
from agent.replay import replay
from agent.state import Evidence, Found
from tools.errors import ToolError
from tools.json_values import to_json
from tools.sandbox.interface import Program
from tools.toolbox.host import played_back

CODE = """
revenue = figures('AAPL', 'revenue', 'FY2022..FY2023')
companies = sql('SELECT count(*) FROM company')[0][0]
(revenue[1] - revenue[0]) / figure('apple', 'net_income', 2023)
"""


@pytest.fixture(scope="module")
def parts(sample_home: Path) -> Iterator[Parts]:
    parts = Parts(read_settings(home=sample_home, model="scripted"))
    yield parts
    parts.close()


@pytest.fixture
def ledger(parts: Parts) -> Ledger:
    return Ledger(parts.sandbox, {})


def run(parts: Parts, ledger: Ledger, code: str = CODE) -> Evidence:
    return run_program(
        code, ledger, parts.sources, parts.sandbox, label="drop over profit", unit="ratio"
    )


def test_every_answer_that_a_program_was_given_is_evidence(parts: Parts, ledger: Ledger) -> None:
    item = run(parts, ledger)
    # 10-Ks: revenue 383,285 after 394,328, net income 96,995 (USD millions)
    assert item.value is not None and round(item.value, 4) == Decimal("-0.1139")
    assert [one.kind for one in ledger.items] == ["fact", "fact", "query", "fact", "program"]
    assert [one.value for one in ledger.items][3] == Decimal(96995000000)


def test_its_result_can_be_footnoted_and_checked(parts: Parts, ledger: Ledger) -> None:
    item = run(parts, ledger)
    found = Found(ledger.items)
    answer, numbers = finish(f"It was {mark(item.key, '-11.39%')}.", found)
    assert check_text(answer.text, found.evidence, numbers) == []
    assert check_evidence(found.evidence, parts.sandbox) == []
    assert len(answer.footnotes) == 5


def test_it_replays_from_its_record(parts: Parts, ledger: Ledger) -> None:
    run(parts, ledger)
    record = to_json({"run": "r", "found": Found(ledger.items)})
    assert all(one.same for one in replay(record, parts))
    record["found"]["evidence"][-1]["source"]["code"] = CODE.replace("2023)", "2022)")
    assert not replay(record, parts)[-1].same


def test_a_tampered_input_is_noticed(parts: Parts, ledger: Ledger) -> None:
    run(parts, ledger)
    changed = [
        replace(one, value=Decimal(1)) if one.kind == "fact" else one for one in ledger.items
    ]
    assert check_evidence(changed, parts.sandbox) != []


def test_what_was_not_asked_before_is_refused_on_replay(parts: Parts) -> None:
    functions = played_back({"figure('AAPL', 'revenue', 2023)": Decimal(1)})
    with pytest.raises(ToolError, match="was not asked for"):
        parts.sandbox.run(Program("figure('AAPL', 'revenue', 2022)", functions=functions))


def test_rows_keep_every_digit_as_text() -> None:
    rows = [[Decimal("0.10000000000000000000000001"), "a, [b]", None]]
    assert read_rows(write_rows(rows)) == rows
