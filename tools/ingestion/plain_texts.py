"""Which text files of a folder or zip are worth reading: most that lie about are no filings."""

from __future__ import annotations

from tools.ingestion.description import NAMES
from tools.ingestion.document_origin import names_document
from tools.ingestion.filing import is_plain_report

HEAD_BYTES = 20_000


def is_text_to_read(name: str, head: bytes) -> bool:
    """Say whether a text begins like a filing, or is named like a transcript or note."""
    if name.lower() in NAMES:
        return False
    return names_document(name.removesuffix(".gz")) or is_plain_report(head)
