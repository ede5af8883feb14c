"""Parses XML from strangers: no document types, no entities, no network."""

from __future__ import annotations

import re

from lxml import etree

from tools.errors import SetupError
from tools.xbrl.markup import decode

_DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def parse_xml(data: bytes) -> etree._Element:
    """Parse a whole XML document.

    Raises:
        SetupError: Undecodable, not well-formed, or with a document type or entities, which XBRL
            has no use for and attacks do.
    """
    return parse_xml_text(decode(data))


def parse_xml_text(text: str) -> etree._Element:
    """Parse decoded XML, as `parse_xml` does."""
    if _DECLARED.search(text):
        raise SetupError("declares a document type or XML entities, which are refused")
    body = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text, count=1).lstrip()
    parser = etree.XMLParser(
        huge_tree=True, resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8"
    )
    try:
        return etree.fromstring(body.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        raise SetupError(f"not well-formed XML ({error.msg})") from error
