"""Inline XBRL for one document: contexts, units and tagged values, numbered in order of use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape
from typing import Final

NAMESPACES: Final = {
    "": "http://www.w3.org/1999/xhtml",
    "ix": "http://www.xbrl.org/2013/inlineXBRL",
    "ixt": "http://www.xbrl.org/inlineXBRL/transformation/2020-02-12",
    "ixt-sec": "http://www.sec.gov/inlineXBRL/transformation/2015-08-31",
    "xbrli": "http://www.xbrl.org/2003/instance",
    "xbrldi": "http://xbrl.org/2006/xbrldi",
    "link": "http://www.xbrl.org/2003/linkbase",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "iso4217": "http://www.xbrl.org/2003/iso4217",
    "us-gaap": "http://fasb.org/us-gaap/2024",
    "dei": "http://xbrl.sec.gov/dei/2024",
    "srt": "http://fasb.org/srt/2024",
    "country": "http://xbrl.sec.gov/country/2024",
    "hldn": "http://www.haldenmarine.example/20241228",
}

_UNITS: Final = {
    "usd": "<xbrli:measure>iso4217:USD</xbrli:measure>",
    "shares": "<xbrli:measure>xbrli:shares</xbrli:measure>",
    "usdPerShare": (
        "<xbrli:divide><xbrli:unitNumerator><xbrli:measure>iso4217:USD</xbrli:measure>"
        "</xbrli:unitNumerator><xbrli:unitDenominator><xbrli:measure>xbrli:shares"
        "</xbrli:measure></xbrli:unitDenominator></xbrli:divide>"
    ),
    "number": "<xbrli:measure>xbrli:pure</xbrli:measure>",
}


@dataclass(frozen=True)
class Context:
    """Period and dimensions of a fact; `start` is None for an instant."""

    start: date | None
    end: date
    members: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Shown:
    """A value as a table cell shows it: currency or nothing, digits, closing mark."""

    before: str
    body: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.body}{self.after}"


@dataclass
class Tagger:
    """Writes tagged values and remembers the contexts and units they use."""

    cik: str
    contexts: dict[Context, str] = field(default_factory=dict)
    units: dict[str, None] = field(default_factory=dict)
    facts: int = 0
    hidden: list[str] = field(default_factory=list)

    def _reference(self, context: Context) -> str:
        return self.contexts.setdefault(context, f"c-{len(self.contexts) + 1}")

    def _identify(self) -> str:
        self.facts += 1
        return f"f-{self.facts}"

    def number(
        self, concept: str, value: Decimal | int, context: Context,
        *, unit: str = "usd", scale: int = 3, places: int = 0, negated: bool = False,
    ) -> Shown:  # fmt: skip
        """Tag a figure given in units of ten to the power of `scale`, `places` decimals shown.

        `negated` shows a positive value in parentheses and a negative one without.
        """
        self.units[unit] = None
        decimals = places - scale
        attributes = (
            f'unitRef="{unit}" contextRef="{self._reference(context)}" decimals="{decimals}" '
            f'name="{concept}" scale="{scale}" id="{self._identify()}"'
        )
        dollar = "$" if unit in ("usd", "usdPerShare") else ""
        if value == 0:
            body = f'<ix:nonFraction {attributes} format="ixt:fixed-zero">—</ix:nonFraction>'
            return Shown(dollar, body, "")
        sign = ' sign="-"' if value < 0 else ""
        digits = f"{abs(value):,.{places}f}"
        body = (
            f'<ix:nonFraction {attributes} format="ixt:num-dot-decimal"{sign}>{digits}'
            "</ix:nonFraction>"
        )
        below = (value < 0) != negated
        return Shown(dollar + ("(" if below else ""), body, ")" if below else "")

    def nil(self, concept: str, context: Context, *, unit: str = "usd") -> Shown:
        """Tag an empty line of a statement: reported, without a value."""
        self.units[unit] = None
        attributes = f'unitRef="{unit}" contextRef="{self._reference(context)}" name="{concept}"'
        body = (
            f'<ix:nonFraction {attributes} id="{self._identify()}" xsi:nil="true"></ix:nonFraction>'
        )
        return Shown("", body + "—", "")

    def text(
        self, concept: str, shown: str, context: Context, *, form: str = "", hidden: bool = False
    ) -> str:
        """Tag words or a date; `form` is an ixt format. Hidden ones go to the header."""
        style = f' format="{form}"' if form else ""
        html = (
            f'<ix:nonNumeric contextRef="{self._reference(context)}" name="{concept}" '
            f'id="{self._identify()}"{style}>{escape(shown, quote=False)}</ix:nonNumeric>'
        )
        if hidden:
            self.hidden.append(html)
            return ""
        return html

    def block(self, concept: str, html: str, context: Context) -> str:
        """Tag a whole note as a text block."""
        return (
            f'<ix:nonNumeric contextRef="{self._reference(context)}" name="{concept}" '
            f'id="{self._identify()}" escape="true">{html}</ix:nonNumeric>'
        )

    def header(self, schema: str) -> str:
        """The document's hidden ix:header, to be rendered last."""
        contexts = "\n".join(self._context(c, name) for c, name in self.contexts.items())
        units = "".join(f'<xbrli:unit id="{u}">{_UNITS[u]}</xbrli:unit>' for u in self.units)
        return (
            f'<div style="display:none"><ix:header><ix:hidden>{"".join(self.hidden)}</ix:hidden>'
            f'<ix:references><link:schemaRef xlink:type="simple" xlink:href="{schema}"/>'
            f"</ix:references><ix:resources>\n{contexts}\n{units}</ix:resources></ix:header></div>"
        )

    def _context(self, context: Context, name: str) -> str:
        members = "".join(
            f'<xbrldi:explicitMember dimension="{axis}">{member}</xbrldi:explicitMember>'
            for axis, member in context.members
        )
        segment = f"<xbrli:segment>{members}</xbrli:segment>" if members else ""
        if context.start is None:
            period = f"<xbrli:instant>{context.end}</xbrli:instant>"
        else:
            period = (
                f"<xbrli:startDate>{context.start}</xbrli:startDate>"
                f"<xbrli:endDate>{context.end}</xbrli:endDate>"
            )
        return (
            f'<xbrli:context id="{name}"><xbrli:entity><xbrli:identifier '
            f'scheme="http://www.sec.gov/CIK">{self.cik}</xbrli:identifier>{segment}'
            f"</xbrli:entity><xbrli:period>{period}</xbrli:period></xbrli:context>"
        )
