"""EDGAR's frames JSON: one concept, unit and period of all companies, a row each.

Source: https://www.sec.gov/search-filings/edgar-application-programming-interfaces. A row names
its accession, but neither form nor filing date: frames alone can't tell what was known when. So
rows are kept as they are, and one becomes a fact once its filing is on file, with that filing's
form and date; which comes first doesn't matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from tools.errors import SetupError
from tools.ingestion.merge import FACT_SCHEMA, MONEY, fits_money, merge_facts, stable_ids
from tools.ingestion.rounded import FRAMES as SOURCE
from tools.warehouse import run_with_rows
from tools.xbrl.contexts import period_of
from tools.xbrl.number_formats import EXACT

_PLACES = Decimal(1).scaleb(-10)
_FRAME = re.compile(r"CY\d{4}(?:Q[1-4]I?)?")
_SCHEMA = pa.schema(
    [
        ("concept", pa.string()),
        ("unit", pa.string()),
        ("frame", pa.string()),
        ("cik", pa.int64()),
        ("company", pa.string()),
        ("location", pa.string()),
        ("accession", pa.string()),
        ("period_start", pa.date32()),
        ("period_end", pa.date32()),
        ("value", MONEY),
        ("value_as_filed", pa.string()),
        ("as_of", pa.date32()),
    ]
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, read.

    Attributes:
        concept: `us-gaap:Revenues`.
        unit: As facts write it: `USD/shares`, where frames write `USD-per-shares`.
        period: `CY2023`, `CY2023Q1`, or `CY2023Q1I` for an instant.
        label: The concept's label.
        rows: Rows of `frame_value`, but for `as_of`.
        unfit: Values that DECIMAL(38,10) can't hold exactly.
        malformed: Rows without a company, accession, value or period.
    """

    concept: str
    unit: str
    period: str
    label: str
    rows: tuple[dict[str, Any], ...]
    unfit: int
    malformed: int


def read(document: object) -> Frame:
    """Read a decoded frames document.

    Raises:
        SetupError: It does not have the shape of a frame.
    """
    try:
        if not isinstance(document, dict) or not _FRAME.fullmatch(str(document["ccp"])):
            raise SetupError("not frames JSON (no `ccp` such as CY2023Q1)")
        head = {
            "concept": f"{document['taxonomy']}:{document['tag']}",
            "unit": str(document["uom"]).replace("-per-", "/"),
            "frame": str(document["ccp"]),
        }
        rows = [_row(row) for row in document["data"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise SetupError(f"not frames JSON ({error!r})") from error
    good = [row for row in rows if row is not None]
    fitting = {row["cik"]: head | row for row in good if fits_money(row["value"])}
    return Frame(
        head["concept"],
        head["unit"],
        head["frame"],
        str(document.get("label") or ""),
        tuple(fitting.values()),
        len(good) - len(fitting),
        len(rows) - len(good),
    )


def _row(row: dict[str, Any]) -> dict[str, Any] | None:
    """Read a row; None for one that makes no sense."""
    try:
        start, value = row.get("start"), row["val"]
        period = period_of(
            date.fromisoformat(start) if start else None, date.fromisoformat(row["end"])
        )
        return {
            "cik": int(row["cik"]),
            "company": str(row["entityName"]),
            "location": row.get("loc") or None,
            "accession": str(row["accn"]),
            "period_start": period.start,
            "period_end": period.end,
            "value": Decimal(value),
            "value_as_filed": str(value),
        }
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None


def store_frame(connection: duckdb.DuckDBPyConnection, frame: Frame, as_of: date) -> None:
    """Keep a frame's rows; a later copy of a row replaces an earlier one."""
    rows = [
        {**row, "value": EXACT.quantize(row["value"], _PLACES), "as_of": as_of}
        for row in frame.rows
    ]
    if rows:
        sql = f"INSERT OR REPLACE INTO frame_value SELECT {', '.join(_SCHEMA.names)} "
        run_with_rows(
            connection, pa.Table.from_pylist(rows, schema=_SCHEMA), sql + "FROM incoming_rows"
        )


def dated_companies(connection: duckdb.DuckDBPyConnection, ciks: Iterable[int]) -> set[int]:
    """Return those of the companies that have a row of a frame whose filing is on file."""
    rows = connection.execute(
        "SELECT DISTINCT v.cik FROM frame_value v JOIN filing f USING (accession, cik) "
        "WHERE list_contains(?::BIGINT[], v.cik)",
        [[*ciks]],
    ).fetchall()
    return {int(row[0]) for row in rows}


def make_facts(connection: duckdb.DuckDBPyConnection, cik: int) -> None:
    """Make facts of a company's rows whose filing is on file: it tells form and filing date.

    A fact that is on file already stays as it is; the same fact has the same id, whoever reports
    it.
    """
    found = connection.sql(
        "SELECT v.cik, v.accession, v.concept, v.value, v.value_as_filed, v.unit, v.period_start, "
        "v.period_end, f.filed, f.form FROM frame_value v JOIN filing f USING (accession, cik) "
        "WHERE v.cik = ? AND f.filed >= v.period_end AND NOT EXISTS (FROM fact x WHERE "
        "x.accession = v.accession AND x.concept = v.concept AND x.unit = v.unit "
        "AND x.period_start IS NOT DISTINCT FROM v.period_start AND x.period_end = v.period_end "
        "AND x.dimensions IS NULL) ORDER BY ALL",
        params=[cik],
    ).to_arrow_table()
    identity = ("accession", "concept", "unit", "period_start", "period_end")
    texts = [["" if one is None else str(one) for one in found[n].to_pylist()] for n in identity]
    known = {name: found[name].combine_chunks() for name in found.column_names}
    known["fact_id"] = pa.array(stable_ids(*texts, [""] * found.num_rows), pa.int64())
    known["source"] = pa.array([SOURCE] * found.num_rows, pa.string())
    columns = [
        known.get(field.name, pa.nulls(found.num_rows)).cast(field.type) for field in FACT_SCHEMA
    ]
    merge_facts(connection, pa.table(columns, schema=FACT_SCHEMA))
