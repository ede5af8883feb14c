"""Tables of the 10-K: lines of accounts x columns of periods or members, tagged and laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from tools.sample.invented.accounts import Books
from tools.sample.invented.inline import Context, Shown, Tagger

Members = tuple[tuple[str, str], ...]

_LABEL: Final = "vertical-align:bottom;padding:2px 1pt;text-align:left"
_NUMBER: Final = "vertical-align:bottom;padding:2px 0;text-align:right;white-space:nowrap"
_RULE: Final = ";border-top:1pt solid #000000"


@dataclass(frozen=True)
class Column:
    """A column: fiscal year, what its keys end in, and the members its facts carry."""

    label: str
    year: int
    suffix: str = ""
    members: Members = ()


@dataclass(frozen=True)
class Line:
    """A line: label, key into the books, concept.

    Attributes:
        sign: Concept's value = sign x book value (an increase in receivables is a negative flow).
        negated: Shown with the opposite sign of the concept's value.
        look: 'line', 'total' (ruled, with currency) or 'head' (label only).
        unit: As in `Tagger`; usdPerShare reads `Books.per_share`.
        instant: Balance at the year's end; `prior` at the year before's.
        nil: Reported without a value.
    """

    label: str
    key: str = ""
    concept: str = ""
    sign: int = 1
    negated: bool = False
    look: str = "line"
    unit: str = "usd"
    instant: bool = False
    prior: bool = False
    nil: bool = False
    members: Members = ()


class Tables:
    """Renders lines against the books through one tagger."""

    def __init__(self, books: Books, tagger: Tagger) -> None:
        self.books = books
        self.tagger = tagger

    def context(self, year: int, instant: bool = False, members: Members = ()) -> Context:
        """A fiscal year or its last day."""
        start = None if instant else self.books.start(year)
        return Context(start, self.books.end(year), tuple(sorted(members)))

    def cell(self, line: Line, column: Column) -> Shown | None:
        """The tagged value of a line in a column; None where the line has none there."""
        if line.look == "head":
            return None
        year = column.year - 1 if line.prior else column.year
        context = self.context(year, line.instant, column.members + line.members)
        if line.nil:
            return self.tagger.nil(line.concept, context)
        if line.unit == "usdPerShare":
            price = self.books.per_share[year][line.key]
            return self.tagger.number(
                line.concept, price, context, unit=line.unit, scale=0, places=2
            )
        value = self.books.years[year].get(line.key + column.suffix)
        if value is None:
            return None
        value *= line.sign
        if not line.concept:
            return plain(-value if line.negated else value)
        return self.tagger.number(
            line.concept, value, context, unit=line.unit, negated=line.negated
        )

    def render(self, lines: Sequence[Line], columns: Sequence[Column], *, heading: str = "") -> str:
        """One table; `heading` spans the columns, e.g. 'Fiscal Year Ended'."""
        rows: list[tuple[str, list[Shown | None], str]] = []
        for line in lines:
            cells = [self.cell(line, column) for column in columns]
            rows.append((line.label, cells, line.look))
        return lay_out([c.label for c in columns], rows, heading=heading)


def plain(value: Decimal | int, places: int = 0, mark: str = "", dollar: str = "$") -> Shown:
    """An untagged figure shown as the tagged ones are."""
    if value == 0:
        return Shown(dollar, "—", "")
    digits = f"{abs(value):,.{places}f}"
    if value < 0:
        return Shown(f"{dollar}(", digits, f"){mark}")
    return Shown(dollar, digits, mark)


def percent(part: int, whole: int, places: int = 1) -> Shown:
    """A share in percent as a table cell."""
    return plain(Decimal(part) * 100 / whole, places, "%", "")


def words(text: str) -> Shown:
    """A cell of words."""
    return Shown("", escape(text, quote=False), "")


def lay_out(
    labels: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Shown | None], str]],
    *,
    heading: str = "",
    stub: str = "",
) -> str:
    """HTML of a table: three cells a value (currency, digits, closing mark)."""
    stub = stub or _amounts(rows)
    head = ""
    if heading:
        span = 3 * len(labels)
        head += (
            f'<tr><td style="{_LABEL}"></td><td colspan="{span}" style="text-align:center;'
            f'font-weight:700">{heading}</td></tr>'
        )
    names = "".join(
        f'<td colspan="3" style="text-align:right;font-weight:700;border-bottom:1pt solid #000000;'
        f'padding:2px 1pt">{escape(label, quote=False)}</td>'
        for label in labels
    )
    head += f'<tr><td style="{_LABEL};font-weight:700">{stub}</td>{names}</tr>'
    body: list[str] = []
    first = True
    for label, cells, look in rows:
        weight = ";font-weight:700" if look in ("total", "head") else ""
        rule = _RULE if look == "total" else ""
        parts = [f'<td style="{_LABEL}{weight}">{escape(label, quote=False)}</td>']
        shows_currency = first or look == "total"
        for cell in cells:
            parts.append(_value_cells(cell, rule, currency=shows_currency))
        if any(cell is not None for cell in cells):
            first = False
        body.append(f"<tr>{''.join(parts)}</tr>")
    return (
        '<table style="border-collapse:collapse;width:100%;margin-bottom:6pt">'
        f"{head}{''.join(body)}</table>"
    )


def _amounts(rows: Sequence[tuple[str, Sequence[Shown | None], str]]) -> str:
    """What the stub says of the amounts; nothing for a table without money."""
    shown = [cell for _, cells, _ in rows for cell in cells if cell is not None]
    if not any(cell.before.startswith("$") for cell in shown):
        return ""
    if any('unitRef="usdPerShare"' in cell.body for cell in shown):
        return "(In thousands, except per share amounts)"
    return "(In thousands)"


def _value_cells(cell: Shown | None, rule: str, *, currency: bool) -> str:
    if cell is None:
        return f'<td colspan="3" style="{_NUMBER}"></td>'
    dollar = "$" if currency and cell.before.startswith("$") else ""
    paren = "(" if "(" in cell.before else ""
    return (
        f'<td style="{_NUMBER}{rule};text-align:left">{dollar}</td>'
        f'<td style="{_NUMBER}{rule}">{paren}{cell.body}</td>'
        f'<td style="{_NUMBER}{rule};text-align:left">{cell.after}</td>'
    )
