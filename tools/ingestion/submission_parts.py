"""The documents of an EDGAR submission text that belong to its main one: XBRL and R files."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DOCUMENT = re.compile(r"<DOCUMENT>(.*?)</DOCUMENT>", re.DOTALL | re.IGNORECASE)
_LINE = r"^<{}>[ \t]*(.+?)[ \t]*$"
_TEXT = re.compile(r"<TEXT>(.*?)</TEXT>", re.DOTALL | re.IGNORECASE)
_WRAPPER = re.compile(r"^\s*<(XBRL|XML)>\s*|\s*</(XBRL|XML)>\s*$", re.IGNORECASE)
_NEEDED = re.compile(r"^(?:R\d+\.htm|FilingSummary\.xml)$", re.IGNORECASE)


def xbrl_parts(text: str) -> dict[str, bytes]:
    """XBRL documents (EX-101) and rendered reports of a submission, by file name."""
    if "<DOCUMENT>" not in text[:20_000]:
        return {}
    return dict(_parts(text))


def _parts(text: str) -> Iterator[tuple[str, bytes]]:
    for document in _DOCUMENT.finditer(text):
        head = document[1][:2000]
        kind, name = _field(head, "TYPE"), _field(head, "FILENAME")
        if not kind.upper().startswith("EX-101") and not _NEEDED.match(name):
            continue
        body = _TEXT.search(document[1])
        if body is not None and name:
            yield name, _WRAPPER.sub("", body[1]).strip().encode()


def _field(head: str, name: str) -> str:
    found = re.search(_LINE.format(name), head, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""
