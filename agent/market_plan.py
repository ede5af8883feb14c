"""Plans over prices, news and what is on file: their words say which, code fills the slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.spoken import asks_document
from agent.state import CompanyRef, DaySpan, Plan, Understanding

NEWS, HOLDINGS, CHANGE = "news", "holdings", "price_change"
_MOVES = frozenset({"change", "growth", "gap"})
_DEFINES = re.compile(
    r"\W*(?:what(?:'s|\s+is|\s+are|\s+does)\b|how\s+(?:is|are|do|does)\b|define\b|explain\b)",
    re.IGNORECASE,
)
_FUTURE = re.compile(
    r"\b(?:will|tomorrow|forecast\w*|predict\w*|outlook|going\s+to|target\w*|next)\b", re.IGNORECASE
)
_ALL = frozenset({"compare", "most", "least", "rank"})


def wants_prices(found: Understanding) -> bool:
    """Return whether prices or news are asked for, and not what a filing says of them."""
    says = {"say", "why"} & set(found.cues)
    return bool(found.market) and not says and not asks_document(found.question)


def price_plans(
    found: Understanding, companies: Sequence[CompanyRef], has_prices: Callable[[int], bool]
) -> list[Plan] | str:
    """Return the plan over prices or news that a question names, or why there is none.

    Args:
        found: The question, understood.
        companies: Those on file.
        has_prices: Says whether prices of a company are on file.
    """
    if found.market == (NEWS,):
        return [_news(found)]
    if _FUTURE.search(found.question) or any(one.kind == "earlier" for one in found.periods):
        return "Prices on file are of days past; I don't forecast. Name a day or days."
    if found.leftover:
        words = ", ".join(f"“{word}”" for word in dict.fromkeys(found.leftover))
        if not found.companies:
            return f"No company on file is called {words}."
        return f"I don't know what {words} means here, so a figure might not be the one asked for."
    asked, notes = found.companies, found.notes
    if not asked and found.days == DaySpan() and _DEFINES.match(found.question):
        return [Plan("definition", metrics=found.market, topic=found.question)]
    if not asked and _ALL & set(found.cues):
        asked = tuple(company for company in companies if has_prices(company.cik))
        if not asked:
            return "No prices of any company are on file; `footnote fetch bars TICKER` brings them."
        notes = (*notes, "Only companies of which prices are on file are looked at")
    if not asked:
        return "Which company do you mean?"
    process = _process(found)
    if process == CHANGE and found.days == DaySpan():
        return (
            "Between which days should the price change be worked out? Name two days, a month, a "
            "year, or how far back."
        )
    return [Plan(process, companies=asked, days=found.days, as_of=found.as_of, notes=notes)]


def _process(found: Understanding) -> str:
    """Return the measure asked for; of a price that moves, the change."""
    cues, name = set(found.cues), found.market[0]
    close = "close" if re.search(r"\bclos", found.question, re.IGNORECASE) else "price"
    if name == "price":
        spans = found.days.points or found.days.first != found.days.last
        stretch = bool(found.days.back) and not found.days.points
        between = found.days.points and bool(found.days.first)
        compared = bool(found.days.back) and "compare" in cues
        if _MOVES & cues or "percent" in cues or stretch or between or compared:
            return CHANGE
        if "most" in cues and spans:
            return f"{close}_high"
        if "least" in cues and spans:
            return f"{close}_low"
        if _did(found.question) and (spans or found.days.back or found.days.to_date):
            return CHANGE
    return name


def _did(question: str) -> bool:
    """Return whether it is asked how shares did: "how did the stock do last year?"."""
    asks = r"\bhow\s+(?:did|has|have|is|are|were|was)\b.*\b(?:do|done|doing|perform\w*|fare\w*)\b"
    return bool(re.search(asks, question, re.IGNORECASE))


def _news(found: Understanding) -> Plan:
    topic = " ".join(dict.fromkeys(word.lower() for word in found.leftover))
    return Plan(NEWS, companies=found.companies, topic=topic, days=found.days, as_of=found.as_of)


def holdings_plan(found: Understanding) -> Plan | str:
    """Return the plan that tells what is on file, or why there is none."""
    if found.leftover:
        words = ", ".join(f"“{word}”" for word in dict.fromkeys(found.leftover))
        return f"No company on file is called {words}."
    kind = found.holdings
    if kind == "companies" and found.companies:
        kind = "held"
    return Plan(HOLDINGS, companies=found.companies, topic=kind)
