import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import SetupError
from tools.ingestion import companyfacts, submissions
from tools.ingestion.company_names import tidy
from tools.ingestion.merge import MONEY, fits_money, money_texts, stable_id, stable_ids

ROW = {
    "start": "2023-10-01", "end": "2024-09-28", "val": 391035000000, "fy": 2024, "fp": "FY",
    "accn": "0000320193-24-000123", "form": "10-K", "filed": "2024-11-01",
}  # fmt: skip


def document(*rows: object) -> bytes:
    block = {"label": "Revenue", "units": {"USD": list(rows)}}
    facts = {"us-gaap": {"Revenues": block}}
    return json.dumps({"cik": 320193, "entityName": "Apple Inc.", "facts": facts}).encode()


def test_fact_and_its_filing_are_read() -> None:
    found = companyfacts.parse(document(ROW))
    [fact] = found.facts
    [filing] = found.filings
    assert (fact.concept, fact.unit) == ("us-gaap:Revenues", "USD")
    assert fact.value == 391035000000
    assert (fact.period_start, fact.period_end) == (date(2023, 10, 1), date(2024, 9, 28))
    assert (filing.form, filing.filed, filing.fiscal_year) == ("10-K", date(2024, 11, 1), 2024)
    assert found.labels == {"us-gaap:Revenues": "Revenue"}


def test_fractions_keep_every_digit() -> None:
    text = document({**ROW, "val": 1}).replace(b'"val": 1', b'"val": 0.1000000000000000055')
    assert companyfacts.parse(text).facts[0].value == Decimal("0.1000000000000000055")


def test_nil_and_malformed_rows_are_counted() -> None:
    found = companyfacts.parse(document({**ROW, "val": None}, {**ROW, "end": "soon"}, {"val": 3}))
    assert (found.facts, found.nil, found.malformed) == ((), 1, 2)


@pytest.mark.parametrize("data", [b"{", b"[1]", b'{"cik": 1, "facts": 3}', b'{"a": "\xff"}'])
def test_other_json_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(SetupError) as caught:
        companyfacts.parse(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("0", True),
        ("-0E-30", True),
        ("1.0000000001", True),
        ("1.00000000001", False),
        ("1.50000000000000", True),
        ("9999999999999999999999999999", True),
        ("10000000000000000000000000000", False),
        ("NaN", False),
        ("1E-30", False),
    ],
)
def test_money_fits_exactly_or_not_at_all(value: str, fits: bool) -> None:
    assert fits_money(Decimal(value)) is fits


@pytest.mark.parametrize(
    ("shouted", "name"),
    [
        ("TEXAS INSTRUMENTS INC", "Texas Instruments Inc."),
        ("McDONALD\u2019S CORPORATION", "McDonald's Corporation"),
        ("THE BANK OF NEW YORK MELLON CORPORATION", "The Bank of New York Mellon Corporation"),
        ("AT&T INC.", "AT&T Inc."),
        ("PROCTER & GAMBLE CO", "Procter & Gamble Co."),
        ("AMAZON.COM, INC.", "Amazon.com, Inc."),
        ("Apple Inc.", "Apple Inc."),
        ("CELANESE CORP /DE/", "Celanese Corp."),
        ("IBM", "IBM"),
    ],
)
def test_names_in_capitals_are_rewritten(shouted: str, name: str) -> None:
    assert tidy(shouted) == name


def test_submissions_keep_periodic_reports_only() -> None:
    recent = {
        "accessionNumber": ["0000000001-24-000001", "0000000001-24-000002"],
        "form": ["10-K/A", "4"],
        "filingDate": ["2024-03-01", "2024-03-02"],
        "reportDate": ["2023-12-31", ""],
        "primaryDocument": ["a.htm", "b.xml"],
    }
    found = submissions.read(
        {
            "cik": "0000000001", "name": "One Inc.", "tickers": ["ONE", "ONE"], "sic": "1",
            "formerNames": [{"name": "Zero"}], "fiscalYearEnd": "1231",
            "filings": {"recent": recent},
        },
        "CIK0000000001.json",
    )  # fmt: skip
    [filing] = found.filings
    assert filing.url == "https://www.sec.gov/Archives/edgar/data/1/000000000124000001/a.htm"
    assert found.company is not None
    assert (found.company.tickers, found.company.former_names) == (("ONE",), ("Zero",))
    assert submissions.read(recent, "CIK0000000007-submissions-001.json").cik == 7


@settings(deadline=None)
@given(
    st.one_of(st.integers(-(10**40), 10**40), st.decimals(allow_nan=False, allow_infinity=False))
)
def test_money_as_text_is_exact_or_nothing(value: int | Decimal) -> None:
    [text] = money_texts([value])
    assert (text is not None) is fits_money(Decimal(value))
    if text is not None:
        assert pa.array([text]).cast(MONEY)[0].as_py() == Decimal(value)


def test_ids_by_column_are_those_by_row() -> None:
    rows = [("a", "b", "USD", "", "2024-09-28", ""), ("a", "\u00e9", "pure", "x", "y", "")]
    assert stable_ids(*zip(*rows, strict=True)) == [stable_id(*row) for row in rows]
