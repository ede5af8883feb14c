"""Stock splits, found in what was filed, and figures restated onto today's share count.

After a split, filings restate the share counts and amounts a share of earlier periods. So the same
average share count (or earnings a share) of one period, in two filings, differs by one clean
factor: that is the evidence, and it is filed. Filings before the first restated one stand on the
old count.

Not found: a split that no filing on file restates any earlier count for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from tools.figures.company_facts import CompanyFacts
from tools.figures.figure import Formula, Missing, Resolution
from tools.figures.nodes import Filed, Key, Nodes, present

PER_SHARE = "USD/shares"
SHARES = "shares"
_COUNTS = ("shares_diluted", "shares_basic")
_AMOUNTS = ("eps_diluted", "eps_basic")
_CENT = Fraction(1, 200)
# New shares for old ones, as boards declare them; 1 for n is a reverse split.
_FORWARD = (
    *(Fraction(n) for n in (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)),
    Fraction(3, 2), Fraction(5, 4), Fraction(4, 3), Fraction(5, 2),
)  # fmt: skip
FACTORS = (*_FORWARD, *(1 / one for one in _FORWARD))
# Average counts are restated to the last digit, but for rounding to thousands or millions.
_TOLERANCE = Fraction(4, 1000)


@dataclass(frozen=True, slots=True)
class Split:
    """A stock split: new shares for one old share, and the two filed counts that show it.

    Attributes:
        known_from: The day of the first filing that counts in new shares.
        key: The share count whose restatement is the evidence.
        before: That count as filed last in old shares.
        after: The same count as filed first in new shares.
    """

    factor: Fraction
    known_from: date
    key: Key
    before: Filed
    after: Filed

    @property
    def spoken(self) -> str:
        """The split as it is announced."""
        return f"{self.factor.numerator}-for-{self.factor.denominator} split"


def find_splits(facts: CompanyFacts) -> list[Split]:
    """Find a company's splits, oldest first.

    A restatement by a clean factor counts as a split where at least two figures of the filing
    agree on it and more do than stayed as they were.
    """
    restated: dict[date, list[tuple[Key, Filed, Filed]]] = defaultdict(list)
    for metric in (*_COUNTS, *_AMOUNTS):
        for key, before, after in facts.restatements(metric):
            restated[after.filed].append((key, before, after))
    splits: list[Split] = []
    for filed in sorted(restated):
        found: dict[Fraction, list[Split]] = defaultdict(list)
        unchanged = 0
        for key, before, after in restated[filed]:
            known = Fraction(1)
            for one in splits:
                if before.filed < one.known_from <= after.filed:
                    known *= one.factor
            factor = _factor(key.metric, before, after, known)
            if factor:
                found[factor].append(Split(factor, filed, key, before, after))
            unchanged += factor == 1
        found.pop(Fraction(1), None)
        if found:
            factor, seen = max(found.items(), key=lambda item: len(item[1]))
            if len(seen) >= 2 and len(seen) > unchanged:
                splits.append(
                    max(seen, key=lambda one: (one.key.metric in _COUNTS, one.before.filed))
                )
    return splits


def _weight(split: Split) -> tuple[bool, date]:
    """Prefer share counts, which are not rounded to cents, and what was filed last before."""
    return split.key.metric in _COUNTS, split.before.filed


def _factor(metric: str, before: Filed, after: Filed, known: Fraction) -> Fraction | None:
    """Return the one clean factor that a restatement shows beside the splits already known."""
    old, new = Fraction(before.value), Fraction(after.value)
    candidates = (Fraction(1), *FACTORS)
    if metric in _COUNTS:
        near = [f for f in candidates if abs(new / (old * known * f) - 1) <= _TOLERANCE]
    else:  # amounts are rounded to a cent, the old and the new
        near = [f for f in candidates if abs(old - new * known * f) <= _CENT * (known * f + 1)]
    return near[0] if len(near) == 1 else None


def adjust_for_splits(
    nodes: Nodes, facts: CompanyFacts, found: Resolution, day: date
) -> Resolution:
    """Restate an amount a share or a share count for the splits since it was filed.

    Args:
        nodes: The company's nodes.
        facts: The company's facts.
        found: A figure as resolved on `day`.
        day: Splits known by this day count.

    Returns:
        The figure itself where no split lies between its filing and the day; otherwise a formula
        with the split's factor, whose inputs hold the two filed share counts that show it.
    """
    splits = [one for one in find_splits(facts) if one.known_from <= day]
    return _adjusted(nodes, splits, found) if splits else found


def depends_on_shares(found: Resolution) -> bool:
    """Tell whether a figure is, or is worked out from, a share count or an amount a share."""
    if isinstance(found, Formula):
        return any(depends_on_shares(given) for given in found.inputs.values())
    return not isinstance(found, Missing) and found.unit in (PER_SHARE, SHARES)


def _adjusted(nodes: Nodes, splits: list[Split], found: Resolution) -> Resolution:
    if isinstance(found, Missing):
        return found
    if isinstance(found, Formula):
        return _adjusted_formula(nodes, splits, found)
    later = [one for one in splits if found.filed < one.known_from]
    if found.unit not in (PER_SHARE, SHARES) or not later:
        return found
    inputs: dict[str, Resolution] = {found.metric: found}
    for number, one in enumerate(later, start=1):
        mark = "" if len(later) == 1 else f"_{number}"
        inputs[f"{one.key.metric}_before_split{mark}"] = present(nodes, one.key, one.before.filed)
        inputs[f"{one.key.metric}_after_split{mark}"] = present(nodes, one.key, one.known_from)
    given = {name: item for name, item in inputs.items() if not isinstance(item, Missing)}
    return Formula(
        found.metric,
        _expression(found.metric, found.unit, later),
        given,
        found.cik,
        found.company,
        found.unit,
        found.fiscal_year,
        found.fiscal_period,
        found.period_start,
        found.period_end,
        "Restated for the " + " and the ".join(one.spoken for one in later) + _evidence(later),
    )


def _evidence(later: list[Split]) -> str:
    shown = "; ".join(
        f"{one.key.metric} of {one.key.fiscal_period} {one.key.fiscal_year} was filed as "
        f"{one.before.value_as_filed} on {one.before.filed} and as {one.after.value_as_filed} "
        f"on {one.after.filed}"
        for one in later
    )
    return f" ({shown})."


def _expression(name: str, unit: str, later: list[Split]) -> str:
    """Write `eps / 4`: amounts a share shrink by the factor, share counts grow by it."""
    text = name
    for one in later:
        up, down = one.factor.numerator, one.factor.denominator
        if unit == PER_SHARE:
            up, down = down, up
        text += (f" * {up}" if up != 1 else "") + (f" / {down}" if down != 1 else "")
    return text


def _adjusted_formula(nodes: Nodes, splits: list[Split], found: Formula) -> Formula:
    """Restate a formula's inputs: a book value a share follows from a restated count."""
    inputs: Mapping[str, Resolution] = {
        name: _adjusted(nodes, splits, given) for name, given in found.inputs.items()
    }
    if all(inputs[name] is given for name, given in found.inputs.items()):
        return found
    notes = [item.note for item in inputs.values() if isinstance(item, Formula) and item.note]
    remark = " ".join(dict.fromkeys([found.note, *notes])).strip()
    return replace(found, inputs=inputs, note=remark)
