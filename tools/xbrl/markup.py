"""Bytes of an inline-XBRL document to text, and text to a tree; hostile markup is refused."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator

from lxml import etree

from tools.errors import SetupError

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_LONGEST_PREFIX = 200
IX_NAMESPACES = (
    "http://www.xbrl.org/2013/inlineXBRL",
    "http://www.xbrl.org/2011/inlineXBRL",
    "http://www.xbrl.org/2008/inlineXBRL",
)


def parse_tree(text: str) -> etree._Element:
    """Parse a decoded inline-XBRL document; its tree serves facts and text alike.

    Raises:
        SetupError: Not well-formed (truncated), or without inline XBRL.
    """
    if not has_inline_xbrl(text):
        raise SetupError("no inline XBRL in this document")
    return _root(text)


def has_inline_xbrl(text: str) -> bool:
    """Say whether the document declares an inline-XBRL namespace."""
    return any(namespace in text for namespace in IX_NAMESPACES)


def decode(data: bytes) -> str:
    """Decode a document: byte-order mark, then UTF-8, then what it declares itself to be.

    Raises:
        SetupError: None of these fits.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        names = ["utf-16"]
    else:
        declared = re.search(rb"""(?:encoding|charset)\s*=\s*["']?([\w.:-]+)""", data[:4096])
        names = ["utf-8-sig"] + ([declared[1].decode("ascii")] if declared else [])
    place = 0
    for name in names:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError) as error:
            place = getattr(error, "start", place)
            continue
        if "\x00" not in text:
            return text
        raise SetupError("not text (it has NUL characters)")
    raise SetupError(f"wrong encoding (cannot decode byte {place} as {' or '.join(names)})")


def _root(text: str) -> etree._Element:
    if "<!ENTITY" in text:
        raise SetupError("declares XML entities, which are refused")
    declaration = _DECLARATION.match(text)
    body = text[declaration.end() if declaration else 0 :].lstrip()
    try:
        return _xml(body)
    except etree.XMLSyntaxError as error:
        failure = error
    try:
        return _xml(_NAMED_ENTITY.sub(_entity, body))
    except etree.XMLSyntaxError:
        pass
    if not re.search(r"</html>\s*$", body[-4096:], re.IGNORECASE):
        raise SetupError("truncated (no end of the document)") from failure
    raise SetupError(f"not well-formed XHTML ({failure.msg})") from failure


def _xml(body: str) -> etree._Element:
    parser = etree.XMLParser(
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    return etree.fromstring(body.encode("utf-8", "surrogatepass"), parser)


_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name in ("amp", "lt", "gt", "quot", "apos"):
        return match[0]
    point = html.entities.name2codepoint.get(name)
    return f"&#{point};" if point else match[0]


def element_spans(source: str, name: str) -> list[tuple[int, int]]:
    """Character spans of every `*:name` element, in the order of their start tags.

    Empty where the tags don't pair up, so that no span is ever a wrong one.
    """
    if (plain := _plain_spans(source, name)) is not None:
        return plain
    starts: list[int] = []
    ends: list[int] = []
    stack: list[int] = []
    for closes, start, end in _tags(source, name):
        if closes:
            if not stack:
                return []
            ends[stack.pop()] = end
            continue
        if source[end - 2] != "/":
            stack.append(len(starts))
        starts.append(start)
        ends.append(end)
    return list(zip(starts, ends, strict=True)) if not stack else []


def _plain_spans(source: str, name: str) -> list[tuple[int, int]] | None:
    """Find the spans where all elements have one prefix and two tags, and comments none.

    Nearly every document is so, and plain text search does it in a third of the time; None for
    the others.
    """
    first = source.find(f":{name}")
    prefix = re.fullmatch(r"<([\w.-]+)", source[source.rfind("<", 0, first) : first])
    if first < 0 or prefix is None or _comments_with(source, f":{name}"):
        return None
    tag = f"{prefix[1]}:{name}"
    starts, closing = _places(source, f"<{tag}"), _places(source, f"</{tag}")
    if len(starts) != len(closing) or 2 * len(starts) != source.count(f":{name}"):
        return None
    if any(source[place + len(tag) + 1] not in " \n\r\t>" for place in starts):
        return None
    return _nested(starts, closing, [source.find(">", place) + 1 for place in closing])


def _nested(starts: list[int], closing: list[int], ends: list[int]) -> list[tuple[int, int]] | None:
    """Pair start tags with end tags, given where those begin and end; None if they do not pair."""
    end_of = dict(zip(closing, ends, strict=True))
    spans: list[tuple[int, int]] = []
    stack: list[int] = []
    for place in sorted([*starts, *closing]):
        if place not in end_of:
            stack.append(len(spans))
            spans.append((place, 0))
        elif not stack:
            return None
        else:
            opened = stack.pop()
            spans[opened] = (spans[opened][0], end_of[place])
    return spans if not stack else None


def _places(source: str, text: str) -> list[int]:
    """Where a text occurs."""
    found = []
    place = source.find(text)
    while place >= 0:
        found.append(place)
        place = source.find(text, place + 1)
    return found


def _tags(source: str, name: str) -> Iterator[tuple[bool, int, int]]:
    """Tags of `*:name` outside comments, as (is an end tag, start, end).

    They are found by the name and read both ways: backwards to the prefix, forwards to the end.
    """
    rest = r"""[^>"']*(?:(?:"[^"]*"|'[^']*')[^>"']*)*>"""
    opening = re.compile(rf"<[\w.-]+:{name}(?=[\s/>]){rest}")
    closing = re.compile(rf"</[\w.-]+:{name}\s*>")
    comments = _comments_with(source, f":{name}")
    find, rfind = source.find, source.rfind
    place = find(f":{name}")
    while place >= 0:
        start = rfind("<", max(0, place - _LONGEST_PREFIX), place)
        closes = start >= 0 and source[start + 1] == "/"
        tag = (closing if closes else opening).match(source, start) if start >= 0 else None
        if tag and not any(first <= place < last for first, last in comments):
            yield closes, start, tag.end()
        place = find(f":{name}", place + 1)


def _comments_with(source: str, text: str) -> list[tuple[int, int]]:
    """Spans of the comments that hold a text."""
    spans = []
    first = source.find("<!--")
    while first >= 0:
        last = source.find("-->", first + 4)
        if last < 0:
            break
        if source.find(text, first, last) >= 0:
            spans.append((first, last + 3))
        first = source.find("<!--", last + 3)
    return spans
