"""Ingests one filing: who filed it, its facts, its text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import duckdb

from tools.documents.cover import read_cover
from tools.documents.exhibits import is_read
from tools.documents.filings import FilingText, blocks_of, read_blocks
from tools.documents.html_blocks import html_blocks
from tools.documents.submission import split_documents
from tools.errors import SetupError
from tools.ingestion.cell_facts import with_fact_measures
from tools.ingestion.cell_periods import with_periods
from tools.ingestion.counts import Counts
from tools.ingestion.cover_identity import company_of, identify_by_cover, is_named_alike
from tools.ingestion.description import describe
from tools.ingestion.filed_facts import ids_of_facts, store_document_facts
from tools.ingestion.filing_identity import (
    Identity,
    SgmlHeader,
    accession_in_name,
    identify,
    read_header,
)
from tools.ingestion.filing_rows import filing_row, store_filer
from tools.ingestion.filing_text import index_passages, store_text
from tools.ingestion.merge import store_filings
from tools.ingestion.presented import Presented, read_presented, read_separate_facts
from tools.ingestion.provisional_companies import known_cik, note_ticker
from tools.ingestion.records import FilingRecord
from tools.ingestion.sources import Document
from tools.ingestion.submission_parts import xbrl_parts
from tools.search import segments
from tools.xbrl.inline import read_tree
from tools.xbrl.markup import decode, has_inline_xbrl, parse_tree
from tools.xbrl.records import InlineDocument

ACCEPTED = re.compile(
    r"^(?:10-K(?:T|405|SB|SB40|T405)?|10-Q(?:T|SB)?|20-F|40-F|6-K|8-K\w*|[SF]-[1348](?:MEF)?)(?:/A)?$"
)
_REPORT_HEAD = re.compile(
    rb"SECURITIES\s+AND\s+EXCHANGE\s+COMMISSION|\bFORM\s+(?:10-|8-K|20-F|S-1)", re.IGNORECASE
)

_COVER = (
    re.compile(rb"SECURITIES\s+AND\s+EXCHANGE\s+COMMISSION", re.IGNORECASE),
    re.compile(rb"\bFORM\s+(?:10-?[KQ]|8-?K|20-?F|40-?F|S-?1)", re.IGNORECASE),
)


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of HTML, of a submission or of a report as text."""
    return b"<" in head[:2000] or b"ACCESSION NUMBER:" in head or bool(_REPORT_HEAD.search(head))


def is_plain_report(head: bytes) -> bool:
    """Say whether a text of unknown content begins like a filing: header, or cover page."""
    if b"ACCESSION NUMBER:" in head or b"<SEC-DOCUMENT>" in head:
        return True
    return all(pattern.search(head) for pattern in _COVER)


def prepare(document: Document) -> PreparedFiling:
    """Parse a filing's facts and text.

    Raises:
        SetupError: Not a filing this can read; the message says why.
    """
    text = decode(document.data)
    header = read_header(text)
    main, *others = split_documents(text)
    parts = {**document.beside, **xbrl_parts(text)}
    tree = parse_tree(main.text) if has_inline_xbrl(main.text) else None
    inline = read_tree(tree, main.text) if tree is not None else read_separate_facts(parts)
    blocks = html_blocks(tree) if tree is not None else blocks_of(main.text)
    described = describe(document)
    identity, problem = None, ""
    try:
        if header is not None or inline is not None:
            identity = identify(inline, header, document.name, main.text)
        else:
            identity = identify_by_cover(
                read_cover(blocks),
                described,
                document.name,
                main.text,
                main.type,
                document.ticker,
            )
    except SetupError as error:
        problem = str(error)
    form = identity.form if identity else main.type or read_cover(blocks).form or "10-K"
    if not ACCEPTED.match(form):
        raise SetupError(problem or f"form {form}, not a report that is read")
    exhibits = [(blocks_of(one.text), one.type) for one in others if is_read(form, one.type)]
    content = read_blocks([(blocks, form), *exhibits])
    content = replace(content, pages=())  # breaks in HTML and text don't count what is printed
    if tree is not None and inline is not None:
        content = with_fact_measures(with_periods(content, inline.facts), inline.facts)
    facts = inline.facts if inline else ()
    return PreparedFiling(
        document.name,
        document.sha256,
        header,
        inline,
        "inline" if tree is not None else "html" if inline is None else "instance",
        identity,
        problem,
        content,
        read_presented(parts, facts, content.tables),
        index_passages(content, document.sha256),
        described.ticker,
        document.ticker,
    )


@dataclass(frozen=True, slots=True)
class PreparedFiling:
    """A filing, parsed.

    Attributes:
        source: 'inline', 'instance' (facts apart from the text) or 'html' (no facts).
        identity: What the document says of itself, or None.
        problem: Why there is no identity; a filing that the warehouse knows by the accession in
            the file's name may still supply one.
        ticker: What the names of file or folder say, to find a company that the cover names.
        given_ticker: Whose it is where nothing else tells, as the person says.
    """

    name: str
    sha256: str
    header: SgmlHeader | None
    inline: InlineDocument | None
    source: str
    identity: Identity | None
    problem: str
    content: FilingText
    presented: Presented
    segment: segments.Segment
    ticker: str | None = None
    given_ticker: str = ""

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Store the filing's company, filing row, facts, sections, tables and passages.

        Raises:
            SetupError: Whose filing it is can't be told, or another copy of it is there.
        """
        identity = self._known(connection) or self.identity
        if identity is None:
            raise SetupError(self.problem)
        identity = replace(identity, cik=known_cik(connection, identity, self.ticker))
        if identity.cik < 0 and self.given_ticker:
            cik, name = company_of(connection, self.given_ticker)
            if is_named_alike(identity.name, name, self.given_ticker):
                identity = replace(identity, cik=cik, name=name)
        source = self.source
        filing = replace(
            filing_row(connection, identity, self.sha256, source), content_sha256=self.sha256
        )
        _refuse_second_copy(connection, filing)
        names_itself = self.header is not None and identity.name == self.header.name
        store_filer(connection, identity, "submissions" if names_itself else "inline")
        note_ticker(connection, identity.cik, self.ticker)
        store_filings(connection, [filing])
        nil, unfit, unreadable = store_document_facts(connection, self.inline, filing, source)
        fact_ids = ids_of_facts(self.inline, filing)
        store_text(connection, self.content, filing.accession, self.sha256, fact_ids)
        self.presented.store(connection, filing.accession)
        segments.store(connection, filing.accession, self.segment)
        return Counts(frozenset({identity.cik}), len(self.content.tables), nil, unfit, unreadable)

    def _known(self, connection: duckdb.DuckDBPyConnection) -> Identity | None:
        if self.inline is not None or self.header is not None:
            return None
        return _known_filing(connection, self.name)


def _known_filing(connection: duckdb.DuckDBPyConnection, file_name: str) -> Identity | None:
    """Identify a document without XBRL by the accession in its name, if that filing is known."""
    accession = accession_in_name(file_name)
    rows = connection.execute(
        "SELECT f.cik, c.name, f.form, f.period_end, f.filed, f.fiscal_year, f.fiscal_period "
        "FROM filing f JOIN company c USING (cik) WHERE f.accession = ? "
        "AND f.period_end IS NOT NULL",
        [accession],
    ).fetchall()
    if not rows:
        return None
    cik, name, form, period_end, filed, year, period = rows[0]
    return Identity(cik, name, form, period_end, filed, True, accession, year, period)


def _refuse_second_copy(connection: duckdb.DuckDBPyConnection, filing: FilingRecord) -> None:
    rows = connection.execute(
        "SELECT i.path FROM filing f LEFT JOIN ingested_file i USING (content_sha256) "
        "WHERE f.accession = ? AND f.content_sha256 IS NOT NULL",
        [filing.accession],
    ).fetchall()
    if rows:
        raise SetupError(
            f"another copy of this {filing.form} for {filing.period_end} is already in "
            f"the warehouse (from {rows[0][0]})"
        )
