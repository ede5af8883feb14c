import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest

from tools.errors import SetupError
from tools.ingestion import companyfacts, data_sets
from tools.ingestion.companyfacts_reader import fact_rows
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

ACCESSION = "0001999999-25-000007"
SUB = {
    "adsh": ACCESSION, "cik": "1999999", "name": "BRINDLE PAPER CORP", "sic": "2621",
    "former": "OLD BRINDLE CO", "fye": "1231", "form": "10-K", "period": "20241231",
    "fy": "2024", "fp": "FY", "filed": "20250214", "instance": "brin-20241228.xml",
}  # fmt: skip


def num(tag: str, value: str, **changes: str) -> dict[str, str]:
    return {
        "adsh": ACCESSION, "tag": tag, "version": "us-gaap/2024", "coreg": "", "segments": "",
        "ddate": "20241231", "qtrs": "4", "uom": "USD", "value": value, **changes,
    }  # fmt: skip


def tag(name: str, iord: str, datatype: str = "monetary", **changes: str) -> dict[str, str]:
    known = {"tag": name, "version": "us-gaap/2024", "iord": iord, "datatype": datatype}
    return known | {"tlabel": f"{name}, in full"} | changes


def pre(name: str, report: int, line: int, **changes: str) -> dict[str, str]:
    return {
        "adsh": ACCESSION, "report": str(report), "line": str(line), "stmt": "IS", "inpth": "0",
        "rfile": "H", "tag": name, "version": "us-gaap/2024", "plabel": f'The "{name}"',
        "negating": "0", **changes,
    }  # fmt: skip


TABLES = {
    "sub": [SUB],
    "num": [
        num("Revenues", "1250000000.0000"),
        num("EarningsPerShareBasic", "3.4100"),
        num("Assets", "5000.0000", qtrs="0"),
        num("HalfYear", "7.5000", qtrs="2", ddate="20240630"),
        num("Revenues", "750000000.0000", segments="BusinessSegments=Paper;"),
        num("Revenues", "9.0000", coreg="BrindleEurope"),
        num("PulpSold", "12.0000", version=ACCESSION, uom="shares"),
        num("Nothing", ""),
        num("OneMonth", "1.0000", qtrs="0"),
        num("TwoOpinions", "1.0000"),
        num("TwoOpinions", "2.0000"),
        num("Revenues", "1.0000", ddate="20241399"),
    ],
    "tag": [
        tag("Revenues", "D"), tag("EarningsPerShareBasic", "D", "perShare"), tag("Assets", "I"),
        tag("OneMonth", "D"), tag("PulpSold", "D", version=ACCESSION, tlabel="Pulp sold"),
    ],
    "pre": [
        pre("Revenues", 4, 2, negating="1"), pre("EarningsPerShareBasic", 4, 9),
        pre("Revenues", 5, 1), pre("HalfYear", 4, 5, inpth="1"), pre("Assets", 2, 1, stmt="CP"),
    ],
}  # fmt: skip


def text(rows: list[dict[str, str]]) -> str:
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


def zipped(**tables: str) -> bytes:
    written = {name: text(rows) for name, rows in TABLES.items()} | tables
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in written.items():
            archive.writestr(f"{name}.txt", body)
        archive.writestr("readme.htm", "<html>Data sets</html>")
    return packed.getvalue()


@pytest.fixture
def quarter(tmp_path: Path) -> Path:
    path = tmp_path / "2025q1.zip"
    path.write_bytes(zipped())
    return path


def facts(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.connection.execute(
        "SELECT concept, value, unit, period_start, period_end, dimensions FROM fact "
        "ORDER BY concept, dimensions NULLS FIRST"
    ).fetchall()


def test_a_quarter_goes_in_with_periods_units_and_dimensions(
    warehouse: Warehouse, quarter: Path
) -> None:
    summary = ingest(warehouse, [quarter], workers=0)
    assert (summary.skipped, summary.facts, summary.filings) == ([], 7, 1)
    year = (date(2024, 1, 1), date(2024, 12, 31))
    assert facts(warehouse) == [
        ("brin:PulpSold", Decimal(12), "shares", *year, None),
        ("us-gaap:Assets", Decimal(5000), "USD", None, date(2024, 12, 31), None),
        ("us-gaap:EarningsPerShareBasic", Decimal("3.41"), "USD/shares", *year, None),
        ("us-gaap:HalfYear", Decimal("7.5"), "USD", date(2024, 1, 1), date(2024, 6, 30), None),
        ("us-gaap:Revenues", Decimal(1250000000), "USD", *year, None),
        ("us-gaap:Revenues", Decimal(750000000), "USD", *year, '{"BusinessSegments":"Paper"}'),
        ("us-gaap:Revenues", Decimal(9), "USD", *year, '{"dei:LegalEntityAxis":"BrindleEurope"}'),
    ]


def test_what_is_no_fact_is_counted(warehouse: Warehouse, quarter: Path) -> None:
    summary = ingest(warehouse, [quarter], workers=0)
    assert summary.nil == 1
    assert summary.unreadable == 4  # a month, two opinions, and a day that does not exist


def test_company_filing_and_labels_are_known(warehouse: Warehouse, quarter: Path) -> None:
    ingest(warehouse, [quarter], workers=0)
    rows = warehouse.connection.execute(
        "SELECT name, former_names, sic, fiscal_year_end FROM company"
    ).fetchall()
    assert rows == [("Brindle Paper Corp.", ["OLD BRINDLE CO"], "2621", "1231")]
    rows = warehouse.connection.execute(
        "SELECT accession, form, filed, period_end, fiscal_year, source FROM filing"
    ).fetchall()
    assert rows == [(ACCESSION, "10-K", date(2025, 2, 14), date(2024, 12, 31), 2024, "fsds")]
    rows = warehouse.connection.execute(
        "SELECT label FROM concept WHERE name IN ('brin:PulpSold', 'us-gaap:Assets') ORDER BY 1"
    ).fetchall()
    assert rows == [("Assets, in full",), ("Pulp sold",)]


def test_the_longest_report_is_the_statement(warehouse: Warehouse, quarter: Path) -> None:
    ingest(warehouse, [quarter], workers=0)
    rows = warehouse.connection.execute(
        "SELECT statement, role, ordinal, label, concept, negated FROM statement_line ORDER BY 3"
    ).fetchall()
    assert rows == [
        ("income", "R4.htm", 0, 'The "Revenues"', "us-gaap:Revenues", True),
        ("income", "R4.htm", 1, 'The "EarningsPerShareBasic"', "us-gaap:EarningsPerShareBasic",
         False),
    ]  # fmt: skip


def test_exact_facts_of_the_filing_win_in_any_order(
    tmp_path: Path, quarter: Path, companyfacts_json: Callable[..., bytes]
) -> None:
    row = {
        "start": "2023-12-31", "end": "2024-12-28", "val": 1250000000, "accn": ACCESSION,
        "fy": 2024, "fp": "FY", "form": "10-K", "filed": "2025-02-14",
    }  # fmt: skip
    same_id = {**row, "start": "2024-01-01", "end": "2024-12-31", "val": 3.4125}
    exact = tmp_path / "facts.json"
    exact.write_bytes(
        companyfacts_json(
            ("Revenues", "USD", [row]), ("EarningsPerShareBasic", "USD/shares", [same_id])
        )
    )
    for number, order in enumerate(permutations((quarter, exact))):
        with Warehouse.open(tmp_path / f"{number}.duckdb") as warehouse:
            summary = ingest(warehouse, order, workers=0)
            assert summary.conflicts == 0
            found = warehouse.connection.execute(
                "SELECT concept, value, period_end, source FROM fact ORDER BY 1"
            ).fetchall()
            assert found == [
                ("us-gaap:EarningsPerShareBasic", Decimal("3.4125"), date(2024, 12, 31),
                 "companyfacts"),
                ("us-gaap:Revenues", Decimal(1250000000), date(2024, 12, 28), "companyfacts"),
            ]  # fmt: skip
            ends = warehouse.connection.execute("SELECT period_end FROM filing").fetchall()
            assert ends == [(date(2024, 12, 31),)]  # of the facts that are known now
            assert ingest(warehouse, [quarter], workers=0).unchanged == 1


def test_a_folder_of_parquet_is_a_set(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for name, rows in TABLES.items():
        kept = [row for row in rows if row.get("value") != ""]
        columns = {key: [row[key] or None for row in kept] for key in rows[0]}
        if name == "num":
            columns["value"] = [float(row["value"]) for row in kept]
        pyarrow.parquet.write_table(pa.table(columns), folder / f"{name}.txt.parquet")
    summary = ingest(warehouse, [folder], workers=0)
    assert (summary.skipped, summary.facts) == ([], 7)
    assert facts(warehouse)[2][1] == Decimal("3.41")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"num": "adsh\ttag\nx\ty\n"}, "num has no column"),
        ({"num": text([num("A", "many")])}, "num can't be read"),
        ({"sub": text([{**SUB, "cik": "soon"}])}, "sub can't be read"),
        ({"sub": text([{**SUB, "filed": "never"}])}, "without filings"),
    ],
)
def test_a_broken_set_is_one_line(
    warehouse: Warehouse, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    path = tmp_path / "2025q1.zip"
    path.write_bytes(zipped(**changes))
    [skipped] = ingest(warehouse, [path], workers=0).skipped
    assert said in skipped.reason
    assert warehouse.connection.execute("SELECT count(*) FROM filing").fetchall() == [(0,)]


def test_a_truncated_or_corrupt_zip_is_one_line(warehouse: Warehouse, tmp_path: Path) -> None:
    whole = zipped()
    (tmp_path / "cut.zip").write_bytes(whole[:-40])
    place = whole.index(b"num.txt") + 20
    (tmp_path / "bits.zip").write_bytes(whole[:place] + b"\xff\xff\xff" + whole[place + 3 :])
    skipped = ingest(warehouse, [tmp_path / "cut.zip", tmp_path / "bits.zip"], workers=0).skipped
    assert len(skipped) == 2
    assert json.dumps([one.reason for one in skipped])


def test_names_tell_a_set() -> None:
    assert data_sets.is_data_set(["2009q3/sub.txt", "num.txt", "readme.htm"])
    assert data_sets.part_of("pre.tsv") == "pre"
    assert not data_sets.is_data_set(["sub.txt", "numbers.txt"])
    with pytest.raises(SetupError, match="without num"):
        data_sets.read_files({"sub.txt": text([SUB]).encode()})


@pytest.mark.data
def test_a_real_quarter_agrees_with_companyfacts(shared_data: Path) -> None:
    """Each fact of the set is one of companyfacts', with an end at most half a month away."""
    edgar = shared_data / "edgar"
    packed = (edgar / "financial_statement_data_sets" / "2010q1.zip").read_bytes()
    rounded = data_sets.translate(data_sets.read_zip(packed)).facts  # noqa: F841, DuckDB reads it
    paths = sorted((edgar / "companyfacts").glob("*.json.gz"))
    parsed = [companyfacts.parse(gzip.decompress(path.read_bytes())) for path in paths]
    exact = pa.concat_tables([fact_rows(found) for found in parsed])  # noqa: F841
    [(checked, agreeing)] = duckdb.sql("""
        SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM exact AS e
            WHERE (e.accession, e.concept, e.unit) = (r.accession, r.concept, r.unit)
            AND e.value::DECIMAL(28, 4) = r.value
            AND (e.period_start IS NULL) = (r.period_start IS NULL)
            AND abs(date_diff('day', e.period_end, r.period_end)) <= 16))
        FROM rounded AS r
        WHERE r.accession IN (SELECT accession FROM exact) AND r.dimensions IS NULL
            AND r.concept LIKE 'us-gaap:%'
    """).fetchall()
    assert (checked, agreeing) == (1975, 1975)
