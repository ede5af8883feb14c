"""The `understand` node: deterministic linking first, before any model is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agent.linking.companies import CompanyLink, CompanyLinker
from agent.linking.cues import HARMLESS, claim_share_words, find_cues
from agent.linking.days import read_days
from agent.linking.market import (
    NEWS,
    MarketLink,
    MarketLinker,
    link_holdings,
    link_news,
    news_topic,
)
from agent.linking.members import MemberLinks, link_members
from agent.linking.metrics import MetricLink, MetricLinker
from agent.linking.periods import link_periods
from agent.linking.words import Question
from agent.state import CompanyRef, DaySpan, MemberRef, MetricRef, Request, Understanding
from agent.statement_answer import link_statement
from tools.figures.members import Member

MAX_QUESTION_CHARACTERS = 4000
_TIMES = frozenset("year quarter annum month share 10-k 10-q filing filings".split())
_OPERATORS = frozenset("net before after excluding excl ex without less minus plus times".split())


@dataclass(frozen=True)
class Linkers:
    """What linking needs to know of the warehouse and the memory."""

    companies: CompanyLinker
    metrics: MetricLinker
    members: Callable[[int], Sequence[Member]]
    market: MarketLinker


def understand(text: str, linkers: Linkers, context: Understanding | None = None) -> Understanding:
    """Link a question's words.

    Args:
        text: The question as typed, at most `MAX_QUESTION_CHARACTERS` long.
        linkers: The linkers over what the warehouse and the memory hold.
        context: What the previous question of the conversation was understood as; a follow-up
            takes from it what it leaves out.
    """
    question = Question.read(text)
    periods = link_periods(question)
    names, ambiguous = linkers.companies.link(question)
    holdings = link_holdings(question)
    market = () if holdings else _market(question, linkers)
    claim_share_words(question)
    statement = link_statement(question)
    metrics = [] if market or holdings else _settle(linkers.metrics.link(question))
    loose: tuple[str, ...] = ()
    if not (metrics or market or holdings or statement):
        loose = _loosely(question, linkers, bool(names), context)
    talked_of = bool(context and context.market) and not (metrics or holdings)
    days = read_days(question) if market or loose or talked_of else DaySpan()
    topic = news_topic(question.leftover(HARMLESS)) if NEWS in market else []
    members = _members(question, names, metrics, linkers)
    cues = find_cues(question)
    guesses = () if names or ambiguous else linkers.companies.guess(question, HARMLESS)
    if not ({"text", "say", "define"} & cues or question.leftover(HARMLESS)):
        market = market or loose
    elif loose:
        question.release("market")
    found = Understanding(
        question=question.text,
        company_guesses=tuple(_company(link) for link in guesses),
        companies=tuple(_company(link) for link in names),
        ambiguous_companies=tuple(
            (written, tuple(CompanyRef(c.cik, c.name, c.ticker, written) for c in fits))
            for written, fits in ambiguous
        ),
        metrics=tuple(
            MetricRef(link.names, link.written, link.start, link.usual, link.exact)
            for link in sorted(metrics, key=lambda link: link.start)
        ),
        periods=tuple(Request(**vars(request)) for request in periods.requests),
        members=tuple(MemberRef(m.kind, m.local_name, m.label) for m in members.members),
        axes=members.breakdown,
        statement="" if metrics else statement,
        as_of=periods.as_of,
        original=periods.original,
        cues=tuple(sorted(cues)),
        leftover=(*(topic or question.leftover(HARMLESS)), *_operators(question, metrics)),
        unread=tuple(dict.fromkeys(periods.bad)),
        share_first=_share_first(question.text.lower()),
        notes=tuple(_readings(names, metrics)),
        market=market[:1],
        holdings=holdings,
        days=days,
    )
    return _follow_up(found, context) if context else found


def _market(question: Question, linkers: Linkers) -> tuple[str, ...]:
    """Link measures over prices, the most specific first; or news."""
    links: list[MarketLink] = linkers.market.link(question)
    if links:
        linkers.market.link(question, loose=True)  # "the volume of shares traded": one measure
        longest = sorted(links, key=lambda link: link.start - link.end)
        return tuple(link.process for link in longest)
    return (NEWS,) if link_news(question) else ()


def _loosely(
    question: Question, linkers: Linkers, named: bool, context: Understanding | None
) -> tuple[str, ...]:
    """Link everyday words ("the stock", "worth") where a company can be meant."""
    asks_which = re.search(r"\b(?:which|whose)\b", question.text, re.IGNORECASE)
    if not (named or asks_which or (context and context.companies)):
        return ()
    return tuple(link.process for link in linkers.market.link(question, loose=True))


def _company(link: CompanyLink) -> CompanyRef:
    company = link.company
    ticker = link.written if link.by_ticker else company.ticker
    return CompanyRef(company.cik, company.name, ticker, link.written, link.exact)


def _members(
    question: Question, names: list[CompanyLink], metrics: list[MetricLink], linkers: Linkers
) -> MemberLinks:
    """Link members where a metric of one company is asked for; elsewhere their names stay words."""
    if not metrics or len(names) != 1:
        return MemberLinks()
    words = {index for link in metrics for index in range(link.start, link.end)}
    return link_members(question, linkers.members(names[0].company.cik), words)


def _settle(links: list[MetricLink]) -> list[MetricLink]:
    """Drop everyday words ("book", "returns") beside a metric that is named in full."""
    named = [link for link in links if len(link.names) == 1]
    if not named:
        return links
    near = _near(named)
    return [link for link in links if link in named or (link.usual and link.start not in near)]


def _operators(question: Question, metrics: list[MetricLink]) -> list[str]:
    """Return words about metrics that make another one of them: "A less B", "A per employee"."""
    found = [word for link in metrics for word in _denominator(question, link)]
    for one, other in pairwise(sorted(metrics, key=lambda link: link.start)):
        between = question.words[one.end : other.start]
        found += [word.text for word in between if word.lower in _OPERATORS]
    return found


def _denominator(question: Question, link: MetricLink) -> list[str]:
    """Return "per" and its word after a metric, but for a length of time."""
    after = question.words[link.end : link.end + 2]
    if len(after) < 2 or after[0].lower != "per" or after[1].lower in _TIMES:
        return []
    return [word.text for word in after]


def _near(links: list[MetricLink]) -> set[int]:
    return {index for link in links for index in range(link.start - 3, link.end + 3)}


def _share_first(text: str) -> bool:
    """Return whether "A as a share of B" names A first, as against "what share of B is A"."""
    leading = r"\b(?:what|which|how much|how big|how large)\b.{0,30}?\b(?:of)\b"
    trailing = (
        r"\bas (?:an? )?(?:percent|percentage|share|fraction|proportion|portion|%|pct)|\bratio of\b"
    )
    return bool(re.search(trailing, text)) or not re.search(leading, text)


def _readings(names: list[CompanyLink], metrics: list[MetricLink]) -> list[str]:
    read = [f"“{n.written}” read as {n.company.name}" for n in names if not n.exact]
    return read + [f"“{m.written}” read as {{{m.names[0]}}}" for m in metrics if not m.exact]


def _follow_up(found: Understanding, context: Understanding) -> Understanding:
    """Fill what a follow-up leaves out from the question before it."""
    relative = any(request.kind == "earlier" for request in found.periods)
    bare = not (found.companies and (found.metrics or found.market or "say" in found.cues))
    led = "follow_up" in found.cues and bare
    if not (relative or led or _elliptic(found) or _refers_back(found)):
        return found
    named = bool(found.companies or found.ambiguous_companies)
    beside = "compare" in found.cues and _refers_back(found)
    companies = found.companies if named else context.companies
    if beside:
        companies = tuple(dict.fromkeys((*context.companies, *found.companies)))
    filled = replace(
        found,
        companies=companies,
        metrics=found.metrics or (() if found.market or found.holdings else context.metrics),
        market=found.market or (() if found.metrics or found.holdings else context.market),
        days=found.days if found.days != DaySpan() else context.days,
        periods=_shift(found.periods, context.periods) or context.periods,
        members=found.members or context.members,
        axes=found.axes or context.axes,
        statement=found.statement or ("" if found.metrics else context.statement),
        as_of=found.as_of or context.as_of,
        original=found.original or context.original,
        cues=tuple(sorted(set(found.cues) | _kept_cues(found, context))),
        follow_up=True,
    )
    return filled


def _elliptic(found: Understanding) -> bool:
    """Return whether a question has no subject of its own: "in 2021?", "for Walmart?"."""
    subject = found.metrics or found.market
    slots = bool(found.companies) + bool(subject) + bool(found.periods)
    wordy = {"say", "text", "define"} & set(found.cues)
    return 0 < slots < 3 and not found.companies and not wordy


def _refers_back(found: Understanding) -> bool:
    """Return whether a question without a metric speaks of "it" or "that": "did it grow?"."""
    wordy = {"say", "text", "define"} & set(found.cues)
    pronoun = re.search(
        r"\b(?:it|its|that|this|they|their|those|these|them)\b", found.question.lower()
    )
    subject = found.metrics or found.statement or found.holdings
    return bool(pronoun) and not subject and not wordy


def _kept_cues(found: Understanding, context: Understanding) -> set[str]:
    own = set(found.cues) - {"follow_up"}
    if own or (found.metrics and found.periods):
        return set()
    return set(context.cues) - {"follow_up"}


def _shift(asked: tuple[Request, ...], before: tuple[Request, ...]) -> tuple[Request, ...]:
    """Turn "the year before" into years counted from the period talked about before."""
    shifted = []
    for request in asked:
        if request.kind != "earlier":
            shifted.append(request)
            continue
        for base in before[:1]:
            count = request.count or 1
            year = base.year - count if base.year else None
            kind = base.kind if base.kind in {"year", "range"} else "latest_less"
            last = base.last_year - count if base.last_year else None
            shifted.append(Request(kind, base.part, year, last, count))
        if not before:
            shifted.append(Request("latest_less", count=request.count or 1))
    return tuple(shifted)
