"""The invented 10-K as one inline-XBRL document: cover, contents, prose with tables, header.

The prose is in `prose/*.md`, rendered by Jinja with the books in scope, so that no figure of the
statements is typed twice. Marks: `#` part, `##` item, `###` and `####` headings, `- ` bullets,
`**bold**`, `@name` a table (a function of one of the modules of tables), and
`[block concept]` ... `[/block]` a note tagged as a text block.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from pathlib import Path
from typing import Any, Final

import jinja2

from tools.sample.invented import (
    analysis_tables,
    balance_tables,
    income_tables,
    segment_tables,
    statements,
)
from tools.sample.invented.accounts import YEARS, Books
from tools.sample.invented.cover import cover
from tools.sample.invented.inline import NAMESPACES, Tagger
from tools.sample.invented.tables import Tables

PROSE: Final = Path(__file__).with_name("prose")
_SCHEMA: Final = "hldn-20241228.xsd"
_HEADINGS: Final = {
    1: "text-align:center;font-weight:700;font-size:12pt;margin:18pt 0 6pt",
    2: "font-weight:700;font-size:11pt;margin:14pt 0 6pt",
    3: "font-weight:700;font-style:italic;font-size:10pt;margin:10pt 0 4pt",
    4: "font-weight:700;font-size:10pt;margin:8pt 0 4pt",
}
_BODY: Final = "font-size:10pt;margin:0 0 6pt;text-align:justify"
_FONT: Final = "font-family:'Times New Roman',serif;font-size:10pt;max-width:8in;margin:0 auto"


def build_document(books: Books) -> str:
    """The whole filing as XHTML. The same books always give the same text."""
    company = books.inputs["company"]
    tagger = Tagger(company["cik"])
    tables = Tables(books, tagger)
    source = "\n\n".join(p.read_text(encoding="utf-8") for p in sorted(PROSE.glob("*.md")))
    body = _render_marks(_fill(source, books, tables), tables)
    contents = _contents(source)
    front = cover(books, tables)
    names = " ".join(
        f'xmlns{":" + prefix if prefix else ""}="{uri}"' for prefix, uri in NAMESPACES.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<!-- An invented company, written for the Footnote project. Not a filing. -->\n"
        f'<html {names} xml:lang="en-US"><head>'
        '<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>'
        f"<title>hldn-20241228</title></head>\n<body>{tagger.header(_SCHEMA)}\n"
        f'<div style="{_FONT}">\n{front}\n{contents}\n{body}\n</div></body></html>\n'
    )


def _fill(source: str, books: Books, tables: Tables) -> str:
    """Replace the placeholders; an unknown name is an error."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    environment.globals.update(_words(books, tables))
    return environment.from_string(source.replace("&", "&amp;")).render()


def _words(books: Books, tables: Tables) -> dict[str, Any]:
    """What the prose may say: years (y24), per-share amounts (p24), notes, and formats."""

    def tag(
        concept: str, thousands: int, year: int, *, instant: bool = False, scale: int = 6
    ) -> str:
        value = Decimal(thousands).scaleb(3 - scale)
        places = 1 if scale == 6 else 0
        if scale == 6:
            value = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
        context = tables.context(year, instant)
        shown = tables.tagger.number(concept, value, context, scale=scale, places=places)
        return f"{shown} million" if scale == 6 else str(shown)

    scope: dict[str, Any] = {
        "m": _millions,
        "m2": lambda thousands: f"${Decimal(thousands) / 1000:,.2f} million",
        "pct": lambda now, before: _percent(now - before, before, 1),
        "of": lambda part, whole: _percent(part, whole, 0),
        "of1": lambda part, whole: _percent(part, whole, 1),
        "ps": lambda amount: f"${amount}",
        "n": lambda count: f"{count:,}",
        "tag": tag,
        "note": books.inputs["note"],
    }
    for year in YEARS:
        scope[f"y{year % 100}"] = books.years[year]
        if str(year) in books.inputs["quarters"]:
            scope[f"q{year % 100}"] = books.quarters(year)
        scope[f"p{year % 100}"] = books.per_share[year]
    return scope


def _millions(thousands: int) -> str:
    value = (Decimal(thousands) / 1000).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if value < 0:
        raise ValueError(f"the prose shows a negative amount: {value} million")
    return f"${value:,} million"


def _percent(part: int, whole: int, places: int) -> str:
    value = (Decimal(part) * 100 / whole).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if value < 0:
        raise ValueError(f"the prose shows a negative percentage: {value}")
    return f"{value}%"


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.split(".")[0].lower()).strip("_")


def _contents(source: str) -> str:
    """Table of contents with links to the items."""
    rows = []
    for line in source.splitlines():
        if line.startswith("# "):
            rows.append(f'<tr><td colspan="2" style="font-weight:700">{line[2:]}</td></tr>')
        elif line.startswith("## "):
            item, _, title = line[3:].partition(". ")
            link = f'href="#{_anchor(line[3:])}"'
            name = escape(title or item, quote=False)
            first = f"<a {link}>{item}.</a>" if title else ""
            rows.append(f"<tr><td>{first}</td><td><a {link}>{name}</a></td></tr>")
    return (
        f'<div style="{_HEADINGS[1]}">TABLE OF CONTENTS</div>'
        f'<table style="width:100%">{"".join(rows)}</table>'
    )


def _render_marks(text: str, tables: Tables) -> str:
    """Turn the marked prose into HTML."""
    out: list[str] = []
    block: tuple[str, int] | None = None
    for chunk in re.split(r"\n\s*\n|(?<=\])\n(?=#)|\n(?=\[/block\])", text):
        chunk = chunk.strip()
        if not chunk:
            continue
        if opened := re.fullmatch(r"\[block ([\w:-]+)\]", chunk):
            block = (opened[1], len(out))
        elif chunk == "[/block]":
            if block is None:
                raise ValueError("a note is closed that was not opened")
            concept, start = block
            html = tables.tagger.block(concept, "\n".join(out[start:]), tables.context(YEARS[-1]))
            out[start:] = [html]
            block = None
        elif chunk.startswith("@"):
            out.append(_table(chunk[1:])(tables))
        elif chunk.startswith("- "):
            out += [_paragraph(f"• {line[2:]}") for line in chunk.split("\n")]
        elif chunk.startswith("#"):
            out.append(_heading(chunk))
        else:
            out.append(_paragraph(chunk.replace("\n", " ")))
    return "\n".join(out)


def _heading(chunk: str) -> str:
    marks, _, title = chunk.partition(" ")
    anchor = f' id="{_anchor(title)}"' if len(marks) == 2 else ""
    rule = "page-break-before:always;" if len(marks) == 1 else ""
    style = rule + _HEADINGS[len(marks)]
    return f'<div{anchor} style="{style}"><span style="{_weight(style)}">{title}</span></div>'


def _weight(style: str) -> str:
    italic = ";font-style:italic" if "italic" in style else ""
    return f"font-weight:700{italic}"


def _paragraph(text: str) -> str:
    bold = re.sub(r"\*\*(.+?)\*\*", r'<span style="font-weight:700">\1</span>', text)
    return f'<div style="{_BODY}">{bold}</div>'


def _table(name: str) -> Callable[[Tables], str]:
    for module in (
        statements,
        segment_tables,
        balance_tables,
        income_tables,
        analysis_tables,
    ):
        found: Callable[[Tables], str] | None = getattr(module, name, None)
        if found is not None:
            return found
    raise ValueError(f"the prose asks for a table that does not exist: {name}")
