"""Dates of real companies' years are public filed figures (10-K cover pages and statements)."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.figures.fiscal_periods import Duration, FiscalPeriod, Report, derive
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse


def day(text: str) -> date:
    return date.fromisoformat(text)


def spans(*rows: tuple[str, str, int]) -> list[Duration]:
    return [Duration(day(start), day(end), facts) for start, end, facts in rows]


def shown(periods: list[FiscalPeriod]) -> dict[tuple[int, str], tuple[str, str]]:
    return {(row.fiscal_year, row.fiscal_period): (str(row.start), str(row.end)) for row in periods}


def test_year_takes_its_number_from_the_report() -> None:
    durations = spans(("2023-01-30", "2024-01-28", 50), ("2022-01-31", "2023-01-29", 40))
    depot = derive(durations, [Report("10-K", day("2024-01-28"), 2023, "FY")])
    nvidia = derive(durations, [Report("10-K", day("2024-01-28"), 2024, "FY")])
    assert [row.fiscal_year for row in depot] == [2022, 2023]
    assert [row.fiscal_year for row in nvidia] == [2023, 2024]


def test_one_wrong_claim_does_not_move_the_calendar() -> None:
    durations = spans(*((f"{year}-01-01", f"{year}-12-31", 10) for year in (2020, 2021, 2022)))
    reports = [
        Report("10-K", day("2020-12-31"), 2020, "FY"),
        Report("10-K", day("2021-12-31"), 2022, "FY"),
        Report("10-K", day("2022-12-31"), 2022, "FY"),
    ]
    assert [row.fiscal_year for row in derive(durations, reports)] == [2020, 2021, 2022]


def test_quarters_halves_and_the_last_quarter_follow_from_their_ends() -> None:
    durations = spans(
        ("2023-10-01", "2024-09-28", 90),
        ("2023-10-01", "2023-12-30", 30),
        ("2023-10-01", "2024-03-30", 20),
        ("2024-03-31", "2024-06-29", 25),
        ("2023-10-01", "2024-06-29", 25),
    )
    found = shown(derive(durations, [Report("10-K", day("2024-09-28"), 2024, "FY")]))
    assert found == {
        (2024, "FY"): ("2023-10-01", "2024-09-28"),
        (2024, "Q1"): ("2023-10-01", "2023-12-30"),
        (2024, "Q2"): ("2023-12-31", "2024-03-30"),
        (2024, "Q3"): ("2024-03-31", "2024-06-29"),
        (2024, "Q4"): ("2024-06-30", "2024-09-28"),
        (2024, "H1"): ("2023-10-01", "2024-03-30"),
        (2024, "9M"): ("2023-10-01", "2024-06-29"),
    }


def test_quarters_of_12_and_16_weeks_are_quarters() -> None:
    """Costco's fiscal 2022: 12, 12, 12 and 16 weeks."""
    durations = spans(
        ("2021-08-30", "2022-08-28", 60),
        ("2021-08-30", "2021-11-21", 20),
        ("2021-11-22", "2022-02-13", 20),
        ("2021-08-30", "2022-05-08", 20),
    )
    found = shown(derive(durations, [Report("10-K", day("2022-08-28"), 2022, "FY")]))
    assert found[2022, "Q2"] == ("2021-11-22", "2022-02-13")
    assert found[2022, "Q4"] == ("2022-05-09", "2022-08-28")


def test_year_end_around_new_year_never_gives_one_number_twice() -> None:
    """Intel's 52/53-week years end on the last Saturday of December; others on 2 January."""
    durations = spans(
        ("2019-12-30", "2020-12-27", 9),
        ("2020-12-28", "2022-01-02", 9),
        ("2022-01-03", "2023-01-01", 9),
    )
    reports = [
        Report("10-K", day("2022-01-02"), 2021, "FY"),
        Report("10-K", day("2023-01-01"), 2022, "FY"),
    ]
    assert [row.fiscal_year for row in derive(durations, reports)] == [2020, 2021, 2022]


def test_odd_twelve_months_are_no_fiscal_year() -> None:
    durations = spans(("2023-01-01", "2023-12-31", 50), ("2023-04-01", "2024-03-31", 80))
    found = derive(durations, [Report("10-K", day("2023-12-31"), 2023, "FY")])
    assert shown(found) == {(2023, "FY"): ("2023-01-01", "2023-12-31")}


def test_years_before_a_changed_year_end_keep_their_numbers() -> None:
    """March, then December; a transition report (10-KT) over the nine months between."""
    filed = [
        ("10-K", 2019, "2018-04-01", "2019-03-31"), ("10-K", 2020, "2019-04-01", "2020-03-31"),
        ("10-KT", 2020, "2020-04-01", "2020-12-31"), ("10-K", 2021, "2021-01-01", "2021-12-31"),
        ("10-K", 2022, "2022-01-01", "2022-12-31"),
    ]  # fmt: skip
    found = derive(
        spans(*((start, end, 50) for _, _, start, end in filed)),
        [Report(form, day(end), year, "FY") for form, year, _, end in filed],
    )
    years = {year: dates for (year, part), dates in shown(found).items() if part == "FY"}
    assert years == {
        year: (start, end) for form, year, start, end in filed if form != "10-KT"
    }  # fmt: skip


def test_running_year_is_known_by_its_quarterly_reports() -> None:
    durations = spans(
        ("2024-01-01", "2024-12-31", 50),
        ("2025-01-01", "2025-03-31", 20),
        ("2025-01-01", "2025-06-30", 20),
    )
    reports = [
        Report("10-K", day("2024-12-31"), 2024, "FY"),
        Report("10-Q", day("2025-06-30"), 2025, "Q2"),
    ]
    found = shown(derive(durations, reports))
    assert found[2025, "H1"] == ("2025-01-01", "2025-06-30")
    assert (2025, "FY") not in found and (2025, "Q3") not in found


def test_lone_quarterly_report_is_enough() -> None:
    durations = spans(("2024-12-30", "2025-06-29", 30), ("2025-03-31", "2025-06-29", 30))
    found = shown(derive(durations, [Report("10-Q", day("2025-06-29"), 2025, "Q2")]))
    assert found == {
        (2025, "H1"): ("2024-12-30", "2025-06-29"),
        (2025, "Q1"): ("2024-12-30", "2025-03-30"),
        (2025, "Q2"): ("2025-03-31", "2025-06-29"),
    }


def test_nothing_is_guessed_without_a_report() -> None:
    assert derive(spans(("2023-01-01", "2023-12-31", 50)), []) == []


@given(
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.lists(st.sampled_from([52, 53]), min_size=2, max_size=12),
)
def test_years_are_consecutive_and_do_not_overlap(start: date, weeks: list[int]) -> None:
    durations = []
    for count in weeks:
        end = start + timedelta(weeks=count) - timedelta(1)
        durations.append(Duration(start, end, 10))
        start = end + timedelta(1)
    if sum(weeks) > 52.3 * len(weeks) + 1 or sum(weeks) < 52.05 * len(weeks) - 1:
        return  # such calendars drift away from the year; no company has one
    found = derive(durations, [Report("10-K", durations[-1].end, 2024, "FY")])
    assert [row.fiscal_year for row in found] == list(range(2025 - len(weeks), 2025))
    assert all(one.end + timedelta(1) == two.start for one, two in pairwise(found))


REAL = {
    320193: [  # Apple
        (2023, "FY", "2022-09-25", "2023-09-30"),
        (2024, "Q1", "2023-10-01", "2023-12-30"),
    ],
    1045810: [  # NVIDIA
        (2024, "FY", "2023-01-30", "2024-01-28"),
        (2016, "FY", "2015-01-26", "2016-01-31"),
    ],
    354950: [  # The Home Depot
        (2023, "FY", "2023-01-30", "2024-01-28"),
        (2018, "Q4", "2018-10-29", "2019-02-03"),
    ],
    104169: [  # Walmart
        (2024, "FY", "2023-02-01", "2024-01-31"),
        (2024, "Q2", "2023-05-01", "2023-07-31"),
    ],
    63908: [  # McDonald's
        (2024, "FY", "2024-01-01", "2024-12-31"),
        (2024, "9M", "2024-01-01", "2024-09-30"),
    ],
    1835632: [  # Marvell
        (2024, "FY", "2023-01-29", "2024-02-03"),
        (2024, "Q4", "2023-10-29", "2024-02-03"),
    ],
}


@pytest.mark.data
@pytest.mark.parametrize("cik", REAL)
def test_calendars_of_real_companies(shared_data: Path, tmp_path: Path, cik: int) -> None:
    path = shared_data / "edgar" / "companyfacts" / f"CIK{cik:010d}.json.gz"
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        ingest(warehouse, [path])
        rows = warehouse.connection.execute(
            "SELECT fiscal_year, fiscal_period, period_start::VARCHAR, period_end::VARCHAR "
            "FROM fiscal_period"
        ).fetchall()
    assert set(REAL[cik]) <= set(rows)
