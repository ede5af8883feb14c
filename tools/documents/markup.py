"""Parses a filing's markup into a tree: safely, whatever the bytes are.

Entities are never expanded from a document's own declarations and nothing is fetched. The
HTML parser of libxml2 gives up below 2,048 levels; old pages that never close their `<font>`
tags get there, so these tags are taken out before a second try.
"""

from __future__ import annotations

import re

from lxml import etree

from tools.errors import SetupError

_INLINE_TAGS = re.compile(r"</?(?:font|b|i|u|strong|em|span|small|big|center|a)\b[^<>]*>", re.I)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_MARKUP = re.compile(r"<(?:html|body|div|p|br|font|td|span)\b[^<>]*>", re.IGNORECASE)


def parse_html(text: str) -> etree._Element:
    """Parse HTML, however broken, into a tree.

    Raises:
        SetupError: There is nothing in it.
    """
    body = _CONTROL.sub(" ", _DECLARATION.sub("", text, count=1))
    root, complete = _parse(body)
    if not complete:
        root, _ = _parse(_INLINE_TAGS.sub("", body))
    if root is None:
        raise SetupError("no text in this document")
    return root


def _parse(body: str) -> tuple[etree._Element | None, bool]:
    parser = etree.HTMLParser(
        huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8"
    )
    try:
        root = etree.fromstring(body.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None, True
    return root, not any("depth" in error.message for error in parser.error_log)


def local_name(tag: str) -> str:
    """A tag's name without namespace or prefix, in lower case."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def is_markup(text: str) -> bool:
    """Whether a document is HTML, as opposed to plain text with a few SGML tags."""
    return bool(_MARKUP.search(text[:200_000]))
