"""Walks a page once and gives its blocks in reading order.

Hidden elements are left out; inline tags join their text without adding or losing spaces; a
table becomes a table block, or prose where it only lays out a page (bullets, headings).
"""

from __future__ import annotations

from lxml import etree

from tools.documents.ascii_blocks import text_blocks
from tools.documents.blocks import BREAK, Block, tidy
from tools.documents.html_tables import read_grid
from tools.documents.layout import blocks_of_table
from tools.documents.markup import local_name
from tools.documents.styles import PLAIN, Style, read_style

_BLOCKS = frozenset(
    "address article aside blockquote body center dd div dl dt fieldset figure footer form h1 h2 "
    "h3 h4 h5 h6 hr html li main nav ol p pre section table tbody td tfoot th thead tr ul "
    "document text page caption".split()
)
_BOLD = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"))
_DROPPED = frozenset(
    ("script", "style", "head", "header", "hidden", "noscript", "title", "template", "option")
)


class _Walker:
    def __init__(self, targets: frozenset[str]) -> None:
        self.blocks: list[Block] = []
        self._targets = targets
        self._parts: list[str] = []
        self._bold_seen = self._light_seen = False
        self._bold = [False]
        self._anchors: list[str] = []
        self._links: list[str] = []

    def start(self, element: etree._Element, name: str) -> bool:
        """Open an element; False skips what is in it (its end and tail still come)."""
        styled = element.get("style")
        style = read_style(styled) if styled else PLAIN
        self._bold.append(_is_bold(style.bold, name, self._bold[-1]))
        if name == "header" and "XBRL" not in element.tag and ":" not in element.tag:
            name = "section"  # HTML's own <header>, not ix:header
        if style.hidden or name in _DROPPED:
            return False
        self._note(element)
        if name == "br":
            self._parts.append(BREAK)
        elif name in _BLOCKS and not style.inline:
            self._open_block(name, style)
            if name == "table":
                return self._table(element)
            if name == "pre":
                self._preformatted(element)
                return False
        self.text(element.text)
        return True

    def _note(self, element: etree._Element) -> None:
        for key in ("id", "name"):
            anchor = element.get(key)
            if anchor in self._targets:
                self._anchors.append(str(anchor))
        target = element.get("href")
        if target and target[0] == "#":
            self._links.append(target[1:])

    def _open_block(self, name: str, style: Style) -> None:
        anchors, self._anchors = self._anchors, []
        self.flush()
        self._anchors += anchors
        if style.page_before or name == "page":
            self.page_break()

    def _table(self, element: etree._Element) -> bool:
        grid = read_grid(element, self._targets)
        found = blocks_of_table(grid) if grid is not None else None
        if found is None:
            return True
        if found:
            found[0].anchors = (*self._anchors, *found[0].anchors)
            self._anchors = []
        self._links = []
        self.blocks += found
        return False

    def _preformatted(self, element: etree._Element) -> None:
        self.blocks += text_blocks("".join(str(part) for part in element.itertext()))

    def end(self, element: etree._Element, name: str) -> None:
        self._bold.pop()
        styled = element.get("style")
        style = read_style(styled) if styled else PLAIN
        if name in _BLOCKS and not style.inline:
            self.flush()
            if style.page_after:
                self.page_break()
        self.text(element.tail)

    def text(self, text: str | None) -> None:
        if not text:
            return
        self._parts.append(text)
        if not text.isspace():
            if self._bold[-1]:
                self._bold_seen = True
            else:
                self._light_seen = True

    def page_break(self) -> None:
        self.blocks.append(Block("", "page"))

    def flush(self) -> None:
        """End the paragraph that is being read; two line breaks in a row end one, too."""
        if not self._parts:
            return
        raw = "".join(self._parts)
        self._parts = []
        texts = [tidy(raw)] if raw.count(BREAK) < 2 else _paragraphs(raw)
        bold = self._bold_seen and not self._light_seen
        for text in texts:
            if text:
                self.blocks.append(
                    Block(text, "prose", bold, tuple(self._anchors), tuple(self._links))
                )
                self._anchors = []
        self._links = []
        self._bold_seen = self._light_seen = False


def _paragraphs(raw: str) -> list[str]:
    texts: list[list[str]] = [[]]
    for line in raw.split(BREAK):
        words = tidy(line)
        if words:
            texts[-1].append(words)
        elif texts[-1]:
            texts.append([])
    return ["\n".join(lines) for lines in texts]


def _is_bold(own: bool | None, name: str, outer: bool) -> bool:
    if own is not None:
        return own
    return outer or name in _BOLD


def html_blocks(root: etree._Element) -> list[Block]:
    """Read a parsed page."""
    walker = _Walker(_link_targets(root))
    walk = etree.iterwalk(root, events=("start", "end"))
    names: dict[str, str] = {}
    for event, element in walk:
        tag = element.tag
        name = names.get(tag)
        if name is None:
            name = names[tag] = local_name(tag)
        if event == "end":
            walker.end(element, name)
        elif not walker.start(element, name):
            walk.skip_subtree()
    walker.flush()
    return walker.blocks


def _link_targets(root: etree._Element) -> frozenset[str]:
    """What the page's own links point to."""
    hrefs = (element.get("href") or "" for element in root.iter("{*}a"))
    return frozenset(href[1:] for href in hrefs if href[:1] == "#" and len(href) > 1)
