"""Splits an EDGAR submission text into its documents; a lone document is one by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DOCUMENT = re.compile(r"<DOCUMENT>", re.IGNORECASE)
_FIELD = re.compile(r"^<(TYPE|FILENAME|DESCRIPTION)>([^\r\n<]*)", re.MULTILINE | re.IGNORECASE)
_TEXT = re.compile(r"<TEXT>", re.IGNORECASE)
_TEXT_END = re.compile(r"</TEXT>", re.IGNORECASE)
_WRAPPER = re.compile(r"^\s*<(?:XBRL|PDF|XML)>|</(?:XBRL|PDF|XML)>\s*$", re.IGNORECASE)
_NO_TEXT = re.compile(r"^(?:XML|JSON|ZIP|GRAPHIC|EXCEL|PDF|EX-101.*|EX-27.*)$")
_HEAD = 20_000


@dataclass(frozen=True, slots=True)
class SubmittedDocument:
    """A document of a submission; `type` is the SEC's ('10-K', 'EX-13'), or '' for a lone one."""

    type: str
    name: str
    text: str


def split_documents(text: str) -> list[SubmittedDocument]:
    """The readable documents in their order, the report first."""
    starts = [match.start() for match in _DOCUMENT.finditer(text)]
    if not starts or not (starts[0] < _HEAD or "ACCESSION NUMBER:" in text[:_HEAD]):
        return [SubmittedDocument("", "", text)]
    ends = [*starts[1:], len(text)]
    found = [_document(text[start:end]) for start, end in zip(starts, ends, strict=True)]
    return [one for one in found if not _NO_TEXT.match(one.type)] or found[:1]


def _document(part: str) -> SubmittedDocument:
    opening = _TEXT.search(part)
    head = part[: opening.start()] if opening else part[:2000]
    fields = {name.upper(): value.strip() for name, value in _FIELD.findall(head)}
    start = opening.end() if opening else 0
    closing = _TEXT_END.search(part, start)
    body = part[start : closing.start() if closing else len(part)]
    body = _WRAPPER.sub("", body).strip("\r\n ")
    return SubmittedDocument(fields.get("TYPE", "").upper(), fields.get("FILENAME", ""), body)
