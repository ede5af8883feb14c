"""What a filing presents besides its text: linkbases, rendered reports, its own tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from tools.documents.table_reading import Table
from tools.statements.from_tables import lines_from_tables
from tools.statements.layout import FilingLayout, read_layout
from tools.statements.r_files import is_r_file, lines_from_r_files
from tools.statements.records import StatementLine
from tools.statements.store import store_layout, store_lines_of
from tools.xbrl.instance import is_instance, parse_instance
from tools.xbrl.records import InlineDocument, InlineFact

_HEAD = 20_000


@dataclass(frozen=True, slots=True)
class Presented:
    """The layouts of a filing's statements, from each source that has them."""

    layout: FilingLayout
    lines: tuple[StatementLine, ...]

    def store(self, connection: duckdb.DuckDBPyConnection, accession: str) -> None:
        """Store the layouts of a filing; the caller holds the transaction."""
        store_layout(connection, accession, self.layout)
        store_lines_of(connection, accession, self.lines)


def read_presented(
    parts: Mapping[str, bytes], facts: Sequence[InlineFact], tables: Sequence[Table]
) -> Presented:
    """Read the layouts of a filing's statements.

    Args:
        parts: XBRL files and R files of the filing, by name.
        facts: The filing's facts, in the places that table cells refer to.
        tables: The filing's tables.

    Raises:
        SetupError: A linkbase is not well-formed or declares entities.
    """
    rendered = {name: data for name, data in parts.items() if is_r_file(name)}
    taxonomy = {
        name: data
        for name, data in parts.items()
        if name not in rendered and name.lower().endswith((".xml", ".xsd")) and not _is_facts(data)
    }
    lines = [*lines_from_r_files(rendered, facts), *lines_from_tables(tables, facts)]
    return Presented(read_layout(taxonomy, facts), tuple(lines))


def read_separate_facts(parts: Mapping[str, bytes]) -> InlineDocument | None:
    """The facts of a plain instance among a filing's files, or None.

    Raises:
        SetupError: The instance is not well-formed or declares entities.
    """
    for name in sorted(parts):
        if name.lower().endswith(".xml") and _is_facts(parts[name]):
            return parse_instance(parts[name].decode("utf-8", "replace"))
    return None


def _is_facts(data: bytes) -> bool:
    return is_instance(data[:_HEAD].decode("utf-8", "ignore"))
