from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from tests.tools.invented_company import ACCESSION, body, row
from tools.holdings.company import read_companies, read_holdings
from tools.holdings.reports import Held, Report, missing_reports, read_reports
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

Build = Callable[..., str]
BuildFacts = Callable[..., bytes]
CIK = 1999999


def report(form: str, end: date, held: Held = "text") -> Report:
    return Report(1, f"{form}{end}", form, end + timedelta(days=40), end, None, None, held)


def year(number: int, *quarters: int, held: Held = "text") -> list[Report]:
    """A 10-K for the calendar year, and 10-Qs for these of its quarters."""
    ends = {1: date(number, 3, 31), 2: date(number, 6, 30), 3: date(number, 9, 30)}
    return [
        *(report("10-Q", ends[quarter]) for quarter in quarters),
        report("10-K", date(number, 12, 31), held),
    ]


def test_complete_years_miss_nothing() -> None:
    assert missing_reports(year(2020, 1, 2, 3) + year(2021, 1, 2, 3), "ACME") == []


def test_gaps_between_reports_are_named_with_the_command_that_fetches_them() -> None:
    held = [*year(2019, 1, 2, 3), *year(2020, 1, 3), *year(2022, 1, 2, 3)]
    found = [(one.form, one.label, one.command) for one in missing_reports(held, "ACME")]
    fetch = "footnote ingest ACME --years {} --forms {}"
    assert found == [
        ("10-Q", "quarter to about 2020-06-30", fetch.format(2020, "10-Q")),
        ("10-Q", "quarter to about 2021-04-01", fetch.format(2021, "10-Q")),
        ("10-Q", "quarter to about 2021-07-01", fetch.format(2021, "10-Q")),
        ("10-Q", "quarter to about 2021-09-30", fetch.format(2021, "10-Q")),
        ("10-K", "year to about 2021-12-31", fetch.format(2021, "10-K")),
    ]


def test_report_known_without_its_document_is_missing() -> None:
    held = year(2021, held="listed") + year(2022, held="facts") + year(2023, held="inline facts")
    assert [(one.period_end.year, one.why) for one in missing_reports(held, "A")] == [
        (2021, "only listed (filed 2022-02-09)"),
        (2022, "only its facts, from companyfacts (filed 2023-02-09)"),
    ]


def test_a_53_week_year_is_no_gap() -> None:
    ends = [date(2021, 12, 25), date(2022, 12, 31), date(2023, 12, 30)]
    quarters = [date(2022, 3, 26), date(2022, 6, 25), date(2022, 10, 1), date(2023, 4, 1),
                date(2023, 7, 1), date(2023, 9, 30)]  # fmt: skip
    held = [report("10-K", end) for end in ends] + [report("10-Q", end) for end in quarters]
    assert missing_reports(held, "A") == []


def test_holdings_of_a_built_company(
    tmp_path: Path, inline_document: Build, companyfacts_json: BuildFacts
) -> None:
    (tmp_path / "10K_2025-02-14.htm").write_text(inline_document(body()))
    earlier = {"accn": "0001999999-24-000003", "filed": "2024-02-14", "fy": 2023}
    (tmp_path / "facts.json").write_bytes(
        companyfacts_json(("Revenues", "USD", [row(1251e6), row(9e8, 2023, **earlier)]))
    )
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        ingest(warehouse, [tmp_path])
        held = read_holdings(warehouse.connection, CIK)
        [line] = read_companies(warehouse.connection)
        reports = read_reports(warehouse.connection, None)[CIK]
    assert (held.name, held.tickers, held.files) == ("Brindle", ("BRIN",), 2)
    assert [(one.source, one.facts, one.of_segments) for one in held.facts] == [
        ("inline", 2, 1),
        ("companyfacts", 1, 0),
    ]
    assert held.facts[0].last_filed == date(2025, 2, 14)
    assert [(one.accession, one.held) for one in reports] == [
        ("0001999999-24-000003", "facts"),
        (ACCESSION, "text"),
    ]
    assert [(one.label, one.command) for one in held.missing] == [
        ("FY2023", "footnote ingest BRIN --years 2023 --forms 10-K")
    ]
    assert held.conflicts == 1
    assert {one.kind: one.count for one in held.other}["sections"] == 3  # cover, item 1, signatures
    assert (line.facts, line.reports, line.with_text, line.missing) == (3, 2, 1, 1)
