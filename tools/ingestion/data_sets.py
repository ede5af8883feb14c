"""The SEC's quarterly Financial Statement Data Sets: sub, num, tag and pre, as tables of ours.

Source: https://www.sec.gov/dera/data/financial-statement-data-sets. A set comes as a zip of
tab-separated texts, or as a folder of texts or Parquet files. What it says is not exact: a period
ends at the nearest end of a month and lasts whole quarters, and values have four decimal places.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from tools.errors import SetupError

NEEDED = ("sub", "num")
_PART = re.compile(r"^(sub|num|tag|pre)\.(?:txt|tsv)(?:\.parquet)?$|^(sub|num|tag|pre)\.parquet$")
_COLUMNS: dict[str, dict[str, Any]] = {
    "sub": {
        "adsh": pa.string(), "cik": pa.int64(), "name": pa.string(), "sic": pa.string(),
        "former": pa.string(), "fye": pa.string(), "form": pa.string(), "period": pa.string(),
        "fy": pa.string(), "fp": pa.string(), "filed": pa.string(), "instance": pa.string(),
    },
    "num": {
        "adsh": pa.string(), "tag": pa.string(), "version": pa.string(), "coreg": pa.string(),
        "segments": pa.string(), "ddate": pa.string(), "qtrs": pa.int32(), "uom": pa.string(),
        "value": pa.decimal128(28, 4),
    },
    "tag": {
        "tag": pa.string(), "version": pa.string(), "iord": pa.string(), "datatype": pa.string(),
        "tlabel": pa.string(),
    },
    "pre": {
        "adsh": pa.string(), "report": pa.int32(), "line": pa.int32(), "stmt": pa.string(),
        "inpth": pa.int32(), "rfile": pa.string(), "tag": pa.string(), "version": pa.string(),
        "plabel": pa.string(), "negating": pa.int32(),
    },
}  # fmt: skip


def part_of(name: str) -> str | None:
    """Which table of a set a file's name stands for: 'sub', 'num', 'tag', 'pre', or none."""
    found = _PART.match(PurePosixPath(name).name.lower())
    return (found[1] or found[2]) if found else None


def is_data_set(names: Iterable[str]) -> bool:
    """Say whether files of these names make up a set."""
    parts = {part_of(name) for name in names}
    return parts.issuperset(NEEDED)


def set_among(names: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """Of a folder's names: the table of filings of a set, and the tables that belong to it."""
    if not is_data_set(names):
        return None
    main = next(name for name in names if part_of(name) == "sub")
    return main, tuple(name for name in names if part_of(name) and name != main)


def read_zip(data: bytes) -> dict[str, pa.Table]:
    """Read the tables of a zipped set, each straight out of the zip.

    Raises:
        SetupError: Not a set, or a table is corrupt.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {part: name for name in archive.namelist() if (part := part_of(name))}
            return _with_all({part: _table(part, archive.open(members[part])) for part in members})
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, RuntimeError) as error:
        raise SetupError(f"a corrupt zip ({error})") from error


def read_files(files: Mapping[str, bytes]) -> dict[str, pa.Table]:
    """Read the tables of a set that lies in a folder.

    Raises:
        SetupError: Not a set, or a table is corrupt.
    """
    named = {part: name for name in files if (part := part_of(name))}
    return _with_all({part: _table(part, io.BytesIO(files[named[part]])) for part in named})


def _with_all(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    missing = [part for part in NEEDED if part not in tables]
    if missing:
        raise SetupError(f"a data set without {' and '.join(missing)}")
    empty = {part: pa.schema(columns.items()).empty_table() for part, columns in _COLUMNS.items()}
    return empty | tables


def _table(part: str, stream: Any) -> pa.Table:
    columns = _COLUMNS[part]
    try:
        head = stream.read(4)
        stream.seek(0)
        if head == b"PAR1":
            found = pyarrow.parquet.read_table(io.BytesIO(stream.read()))
        else:
            found = pyarrow.csv.read_csv(
                stream,
                parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
                convert_options=pyarrow.csv.ConvertOptions(
                    strings_can_be_null=True, column_types=columns
                ),
            )
    except (pa.ArrowException, zipfile.BadZipFile, OSError) as error:
        raise SetupError(f"{part} can't be read ({error})") from error
    return _typed(part, found)


def _typed(part: str, found: pa.Table) -> pa.Table:
    """The columns that are used, in their types; `segments` and the like may be missing."""
    columns = _COLUMNS[part]
    optional = {"segments", "coreg", "former", "instance"}
    missing = [name for name in columns if name not in found.column_names and name not in optional]
    if missing:
        raise SetupError(f"{part} has no column {', '.join(missing)}")
    connection = duckdb.connect()
    try:
        connection.register("found", found)
        chosen = ", ".join(_expression(name, kind, found) for name, kind in columns.items())
        return connection.sql(f"SELECT {chosen} FROM found").to_arrow_table()
    except duckdb.Error as error:
        raise SetupError(f"{part} has values of another kind ({error})") from error
    finally:
        connection.close()


def _expression(name: str, kind: pa.DataType, found: pa.Table) -> str:
    known = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.int32(): "INTEGER"}
    target = known.get(kind, "DECIMAL(28, 4)")
    if name not in found.column_names:
        return f"NULL::{target} AS {name}"
    if target == "VARCHAR" and pa.types.is_floating(found.schema.field(name).type):
        return f"{name}::BIGINT::VARCHAR AS {name}"  # 2009.0: Parquet made of texts with gaps
    return f"{name}::{target} AS {name}"


@dataclass(frozen=True, slots=True)
class DataSet:
    """A set in our terms; the tables' columns are those of the warehouse's.

    Attributes:
        companies: cik, name, former, sic, fiscal_year_end, filed; the newest of each company.
        filings: As `filing`, without url.
        facts: As `fact`, without its id.
        labels: concept and label.
        lines: As `statement_line`.
        nil: Facts without a value.
        unclear: Facts of no known period, or with several values for one period.
    """

    companies: pa.Table
    filings: pa.Table
    facts: pa.Table
    labels: pa.Table
    lines: pa.Table
    nil: int
    unclear: int


def translate(tables: Mapping[str, pa.Table]) -> DataSet:
    """Put a set into our terms."""
    connection = duckdb.connect()
    try:
        for name, table in tables.items():
            connection.register(name, table)
        for statement in _PREPARE:
            connection.execute(statement)
        [(nil, unclear)] = connection.execute(_LEFT_OUT).fetchall()
        found = {name: connection.sql(sql).to_arrow_table() for name, sql in _RESULTS.items()}
        return DataSet(**found, nil=nil, unclear=unclear)
    finally:
        connection.close()


# A standard tag's version is 'us-gaap/2009'. A custom tag's is the accession; its prefix is not in
# the set, but filers name their instance after it: 'oi-20091231.xml'.
_PREPARE = (
    """
CREATE TEMP MACRO day(text) AS try_strptime(text, '%Y%m%d')::DATE
""",
    """
CREATE TEMP TABLE filed AS
SELECT adsh, cik, name, former, sic, fye, form, day(filed) AS filed, day(period) AS period_end,
    TRY_CAST(fy AS INTEGER) AS fiscal_year, fp,
    coalesce(nullif(regexp_extract(instance, '^([A-Za-z][\\w.]*?)-', 1), ''), 'custom') AS prefix
FROM sub WHERE day(filed) IS NOT NULL
""",
    """
CREATE TEMP TABLE kind AS
SELECT tag, version, any_value(iord) AS iord, any_value(datatype) AS datatype,
    any_value(tlabel) AS tlabel
FROM tag GROUP BY tag, version
""",
    """
CREATE TEMP TABLE stated AS
SELECT filed.*, num.value, coalesce(kind.iord = 'I', num.qtrs = 0) AS is_instant, num.qtrs,
    CASE WHEN contains(num.version, '/') THEN split_part(num.version, '/', 1)
         ELSE filed.prefix END || ':' || num.tag AS concept,
    CASE WHEN kind.datatype = 'perShare' AND length(num.uom) = 3 THEN num.uom || '/shares'
         ELSE num.uom END AS unit,
    day(num.ddate) AS fact_end, num.coreg, num.segments
FROM num JOIN filed USING (adsh) LEFT JOIN kind USING (tag, version)
""",
    """
CREATE TEMP TABLE usable AS
SELECT *, CASE WHEN NOT is_instant
    THEN (date_trunc('month', fact_end) - to_months(3 * qtrs - 1))::DATE END AS fact_start
FROM stated WHERE value IS NOT NULL AND fact_end IS NOT NULL AND is_instant = (qtrs = 0)
""",
    """
CREATE TEMP TABLE agreed AS
SELECT adsh, concept, unit, fact_start, fact_end, coreg, segments, any_value(value) AS value,
    any_value(cik) AS cik, any_value(filed) AS filed, any_value(form) AS form,
    count(*) AS times, count(DISTINCT value) AS opinions
FROM usable GROUP BY ALL
""",
)
_LEFT_OUT = """
SELECT (SELECT count(*) FROM stated WHERE value IS NULL),
    (SELECT count(*) FROM stated WHERE value IS NOT NULL) - (SELECT count(*) FROM usable)
    + (SELECT coalesce(sum(times), 0)::BIGINT FROM agreed WHERE opinions > 1)
"""
_RESULTS = {
    "companies": """
SELECT cik, arg_max(name, filed) AS name, arg_max(former, filed) AS former,
    arg_max(sic, filed) AS sic, arg_max(fye, filed) AS fiscal_year_end, max(filed) AS filed
FROM filed GROUP BY cik ORDER BY cik
""",
    "filings": """
SELECT adsh AS accession, cik, form, filed, period_end, fiscal_year, fp AS fiscal_period
FROM filed ORDER BY adsh
""",
    "facts": """
SELECT cik, adsh AS accession, concept, value,
    rtrim(rtrim(value::VARCHAR, '0'), '.') AS value_as_filed, unit, fact_start AS period_start,
    fact_end AS period_end, filed, form, dimensions
FROM agreed, LATERAL (SELECT list_sort(list_filter(
        list_transform(string_split(coalesce(segments, ''), ';'), lambda part:
            CASE WHEN contains(part, '=') THEN
                to_json(split_part(part, '=', 1))::VARCHAR || ':'
                || to_json(split_part(part, '=', 2))::VARCHAR END)
        || [CASE WHEN coreg IS NOT NULL
            THEN '"dei:LegalEntityAxis":' || to_json(coreg)::VARCHAR END],
        lambda part: part IS NOT NULL)) AS pairs),
    LATERAL (SELECT CASE WHEN len(pairs) > 0
        THEN '{' || array_to_string(pairs, ',') || '}' END AS dimensions)
WHERE opinions = 1 ORDER BY cik, accession, concept
""",
    "labels": """
SELECT concept AS name, any_value(label) AS label FROM (
    SELECT split_part(version, '/', 1) || ':' || tag AS concept, tlabel AS label
    FROM kind WHERE contains(version, '/')
    UNION ALL
    SELECT filed.prefix || ':' || kind.tag, kind.tlabel
    FROM kind JOIN filed ON filed.adsh = kind.version)
WHERE label IS NOT NULL GROUP BY ALL
""",
    # The same statement may be given twice, as for a parent alone: the longest is the main one.
    "lines": """
SELECT pre.adsh AS accession, statement, 'fsds' AS layout,
    'R' || report || CASE rfile WHEN 'H' THEN '.htm' ELSE '.xml' END AS role,
    NULL::VARCHAR AS title, row_number() OVER (
        PARTITION BY pre.adsh, statement, report ORDER BY line)::INTEGER - 1 AS ordinal,
    0 AS depth, coalesce(plabel, tag) AS label,
    CASE WHEN contains(version, '/') THEN split_part(version, '/', 1)
         ELSE filed.prefix END || ':' || tag AS concept,
    false AS is_abstract, coalesce(negating = 1, false) AS negated,
    NULL::VARCHAR AS preferred_label, NULL::VARCHAR AS dimensions,
    NULL::INTEGER AS table_no, NULL::INTEGER AS row_no
FROM (SELECT *, count(*) OVER (PARTITION BY adsh, stmt, report) AS lines
      FROM pre WHERE coalesce(inpth, 0) = 0) AS pre
JOIN filed USING (adsh)
JOIN (VALUES ('IS', 'income'), ('BS', 'balance'), ('CF', 'cash'), ('EQ', 'equity'),
    ('CI', 'comprehensive')) AS known(stmt, statement) USING (stmt)
QUALIFY report = first_value(report) OVER (
    PARTITION BY pre.adsh, statement ORDER BY lines DESC, report)
""",
}
