"""Read the calendar days that prices or news are asked of; fiscal periods are read elsewhere."""

import re
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta

from agent.linking.market import claim
from agent.linking.period_forms import DATE, MONTH_YEAR, YEAR, read_date
from agent.linking.words import Question
from agent.state import DaySpan

_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_WORDS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
}
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_WORDS)})"
_BACK = re.compile(
    rf"\b(?:(?:over|in|during|for|within)\s+)?(?:the\s+|its\s+)?(?:last|past|previous)\s+(?:{_COUNT}[\s-]+)?"
    rf"(?P<unit>day|week|month|quarter|year)s?\b|\b(?P<weeks>52|fifty-two)[\s-]+weeks?\b"
)
_AGO = re.compile(
    rf"\b(?:{_COUNT}|an?)\s+(?P<unit>day|week|month|quarter|year)s?\s+(?:ago|earlier|before|back)\b"
)
_TO_DATE = re.compile(r"\b(?:year[\s-]+to[\s-]+date|ytd|so\s+far\s+this\s+year|this\s+year)\b")
_FISCAL = re.compile(
    rf"\b(?:the\s+)?(?:(?P<end>end|close|start|beginning)\s+of\s+)?(?:its\s+|their\s+)?"
    rf"(?:q(?P<quarter>[1-4])\s+(?:of\s+)?)?(?:fiscal(?:\s+year)?|fy)\s*'?(?P<year>{YEAR}|\d{{2}}\b)"
)
_QUARTER = re.compile(
    rf"\b(?:q(?P<q>[1-4])|(?P<word>first|second|third|fourth)\s+quarter)\s*(?:of\s+)?(?P<year>{YEAR})\b"
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_POINT = rf"(?:{DATE}|{MONTH_YEAR}|(?P<year>{YEAR})\b)"
_EDGE = re.compile(
    r"\b(?:(?:at|by|on|since|from|until)\s+)?(?:the\s+)?(?P<edge>end|close|start|beginning|turn)\s+of\s+(?:the\s+year\s+)?$"
    r"|\b(?P<yearend>year[\s-]?end)\s+(?:of\s+)?$"
)
_SINCE = re.compile(
    r"\b(?P<lead>since|starting|from)\s+(?:the\s+)?(?:(?:end|start|beginning)\s+of\s+)?$"
)


def read_days(question: Question) -> DaySpan:
    """Return the days that a question names, and claim their words.

    A year or month alone stands for all its days; "at the end of" one for its last. Days that do
    not exist are left to `agent.linking.periods`, which refuses them.
    """
    text = question.text.lower()
    for pattern, build in _FORMS:
        if found := pattern.search(text):
            claim(question, *found.span())
            return build(found)
    return _named(question, text)


def _to_date(match: re.Match[str]) -> DaySpan:
    return DaySpan(to_date=True)


def _ago(match: re.Match[str]) -> DaySpan:
    return replace(_back(match), points=True)


def _back(match: re.Match[str]) -> DaySpan:
    if match.groupdict().get("weeks"):
        return DaySpan(back=364)
    count = match["count"] or "one"
    return DaySpan(back=(int(count) if count.isdigit() else _WORDS[count]) * _DAYS[match["unit"]])


def _fiscal(match: re.Match[str]) -> DaySpan:
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    period = f"{year}Q{match['quarter']}" if match["quarter"] else f"FY{year}"
    return DaySpan(fiscal=period, points=match["end"] in {"end", "close"})


def _quarter(match: re.Match[str]) -> DaySpan:
    year, number = int(match["year"]), int(match["q"] or _ORDINALS.get(match["word"], 0))
    last = 3 * number
    return DaySpan(date(year, last - 2, 1), date(year, last, monthrange(year, last)[1]))


_FORMS = (
    (_TO_DATE, _to_date),
    (_AGO, _ago),
    (_BACK, _back),
    (_FISCAL, _fiscal),
    (_QUARTER, _quarter),
)


def _named(question: Question, text: str) -> DaySpan:
    found: list[tuple[int, int, DaySpan]] = []
    for match in re.finditer(_POINT, text):
        try:
            span = _span(match)
        except ValueError:
            continue
        claim(question, *match.span())
        before = text[: match.start()]
        if edge := _EDGE.search(before):
            claim(question, edge.start(), match.end())
            span = _edge_of(span, edge["edge"] or "end")
        found.append((match.start(), match.end(), span))
    if len(found) > 1:
        return _between(found[0][2], found[1][2])
    if not found:
        return DaySpan()
    start, _, span = found[0]
    since = _SINCE.search(text[:start])
    if since and (since["lead"] != "from" or _is_day(span)):
        first = span.first or span.last
        before_it = first - timedelta(days=1) if first and not _is_day(span) else first
        return DaySpan(before_it, None, points=True)
    return span


def _span(match: re.Match[str]) -> DaySpan:
    if match["year"]:
        year = int(match["year"])
        return DaySpan(date(year, 1, 1), date(year, 12, 31))
    last = read_date(match)
    return DaySpan(last.replace(day=1) if match["only_month"] else last, last)


def _is_day(span: DaySpan) -> bool:
    return span.first == span.last


def _edge_of(span: DaySpan, edge: str) -> DaySpan:
    """Return the last day of a span; or, for its start, the day before it."""
    assert span.first and span.last
    day = span.last if edge in {"end", "close"} else span.first - timedelta(days=1)
    return DaySpan(day, day)


def _between(one: DaySpan, other: DaySpan) -> DaySpan:
    """Join two spans: from the one's last day to the other's, as two points."""
    first, last = sorted(day for day in (one.last, other.last) if day)
    return DaySpan(first, last, points=True)
