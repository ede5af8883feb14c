"""Ingests an XBRL instance with its linkbases, or the linkbases of a filing that is known."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import duckdb

from tools.errors import SetupError
from tools.ingestion.counts import Counts
from tools.ingestion.filed_facts import store_document_facts
from tools.ingestion.filing_identity import Identity, accession_in_name, identify
from tools.ingestion.filing_rows import filing_row, store_filer
from tools.ingestion.grouping import DESCRIPTION
from tools.ingestion.merge import store_filings
from tools.ingestion.sources import Document
from tools.statements.layout import FilingLayout, read_layout
from tools.statements.store import store_layout
from tools.xbrl.instance import is_instance, parse_instance, root_name
from tools.xbrl.markup import decode
from tools.xbrl.records import InlineDocument

SOURCE = "instance"
_STAMP = re.compile(r"-(\d{4})(\d\d)(\d\d)(?:\.xsd|_pre)")
_LATEST_DAYS = 200
_DEADLINE_DAYS = {"10-K": 90, "10-KT": 90, "10-Q": 45, "10-QT": 45}


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of an instance, a linkbase or a taxonomy schema."""
    return root_name(head.decode("utf-8", "ignore")) in ("xbrl", "linkbase", "schema")


def prepare(document: Document) -> PreparedInstance:
    """Parse an instance's facts and the layout that its linkbases give.

    Raises:
        SetupError: Not well-formed, with entities, or without company, form and period.
    """
    described = _description(document.beside)
    linkbases = {name: data for name, data in document.beside.items() if name != DESCRIPTION}
    if not is_instance(decode(document.data)[:20_000]):
        layout = read_layout({document.name: document.data, **linkbases}, ())
        return PreparedInstance(
            document.name, document.sha256, None, layout, _described_identity(document, described)
        )
    instance = parse_instance(decode(document.data))
    identity = identify(instance, None, document.name, "")
    accession = described.get("accession_no") or identity.accession
    filed, exact = _filed(document, described, instance, identity)
    return PreparedInstance(
        document.name,
        document.sha256,
        instance,
        read_layout(linkbases, instance.facts),
        replace(identity, accession=accession, filed=filed, filed_is_exact=exact),
    )


def _description(beside: Mapping[str, bytes]) -> dict[str, str]:
    """What a description beside it says; an odd one counts as none."""
    try:
        found = json.loads(beside.get(DESCRIPTION, b"{}"))
    except ValueError:
        return {}
    if not isinstance(found, dict) or not accession_in_name(str(found.get("accession_no"))):
        return {}
    return {str(key): str(value) for key, value in found.items()}


def _described_identity(document: Document, described: Mapping[str, str]) -> Identity | None:
    accession = described.get("accession_no") or accession_in_name(str(document.path))
    if accession is None:
        raise SetupError(
            "linkbases without their instance; put the instance or the inline document beside them"
        )
    return Identity(0, "", described.get("form", ""), date.min, None, False, accession=accession)


def _filed(
    document: Document,
    described: Mapping[str, str],
    instance: InlineDocument,
    identity: Identity,
) -> tuple[date | None, bool]:
    """The filing date: as described, in a name, or (not exact) that of the taxonomy or cover.

    Failing these, the last day the SEC's rules allow, so that `as_of` shows nothing too early.
    """
    if "filing_date" in described:
        return date.fromisoformat(described["filing_date"]), True
    if identity.filed is not None:
        return identity.filed, identity.filed_is_exact
    stamped = [_stamp(name) for name in document.beside]
    on_cover = [
        fact.period_end
        for fact in instance.facts
        if fact.concept == "dei:EntityCommonStockSharesOutstanding"
    ]
    for days in (stamped, on_cover):
        late = [day for day in days if day and _plausible(day, identity.period_end)]
        if late:
            return max(late), False
    allowed = _DEADLINE_DAYS.get(identity.form.removesuffix("/A"))
    return (identity.period_end + timedelta(allowed) if allowed else None), False


def _stamp(name: str) -> date | None:
    found = _STAMP.search(name)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _plausible(day: date, period_end: date) -> bool:
    return timedelta(0) < day - period_end <= timedelta(_LATEST_DAYS)


@dataclass(frozen=True, slots=True)
class PreparedInstance:
    """An instance, or linkbases alone (`instance` is None), parsed."""

    name: str
    sha256: str
    instance: InlineDocument | None
    layout: FilingLayout
    identity: Identity | None

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Store company, filing, facts and layout.

        Raises:
            SetupError: The filing or its date is not known.
        """
        assert self.identity is not None
        if self.instance is None:
            return self._store_layout_only(connection, self.identity)
        identity = self.identity
        filing = filing_row(connection, identity, self.sha256, SOURCE)
        store_filer(connection, identity)
        store_filings(connection, [filing])
        counts = store_document_facts(connection, self.instance, filing, SOURCE)
        store_layout(connection, filing.accession, self.layout)
        return Counts(frozenset({identity.cik}), 0, *counts)

    def _store_layout_only(
        self, connection: duckdb.DuckDBPyConnection, identity: Identity
    ) -> Counts:
        rows = connection.execute(
            "SELECT cik FROM filing WHERE accession = ?", [identity.accession]
        ).fetchall()
        if not rows:
            raise SetupError(
                f"linkbases of filing {identity.accession}, which is not on file; "
                "ingest its facts first"
            )
        store_layout(connection, identity.accession or "", self.layout)
        return Counts(frozenset({int(rows[0][0])}))
