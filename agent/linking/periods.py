"""Link period expressions: fiscal years, quarters, ranges, "last five years", knowledge dates.

A request is relative to nothing but the question; `agent.calendar` turns it into a company's own
fiscal periods, since only the filings know when Apple's fiscal year ends. The forms that a period
is written in are in `agent.linking.period_forms`.
"""

import re
from dataclasses import dataclass
from datetime import date

from agent.linking.period_forms import DATE, FORMS, MONTH_YEAR, TO, YEAR, PeriodRequest, read_date
from agent.linking.words import Question

_KNOWN = (
    r"(?:as\s+(?:it\s+was\s+)?(?:known|reported|filed|published|of)(?:\s+(?:on|by|as\s+of|at))?"
    r"|known\s+(?:on|by|as\s+of|at)|(?:seen|viewed|looking|standing)\s+(?:from|on|at)|on\s+file\s+(?:as\s+of|on|at)"
    r"|(?:filings?|reports?|information|data|(?:filed|known|reported|published))\s+(?:up\s+to|through|until|before|by|as\s+of|to|at|on)"
    r"|as\s+(?:it|things|they|matters)\s+stood\s+(?:in|on|at|by)"
    r"|up\s+to|no\s+later\s+than|as\s+(?:filed|reported|stated|known)\s+(?:at|on|by|in)"
    r"|using\s+only\s+(?:what|filings|data|information).{0,40}?(?:by|before|until|up\s+to)"
    r"|before|prior\s+to|back\s+(?:on|in)|on|by|at|until)"
)


@dataclass(frozen=True)
class PeriodLinks:
    """The periods of a question, and the date its knowledge stops at.

    Attributes:
        requests: Periods in the order of the question.
        as_of: Only filings filed on or before this day count; None means all.
        original: The question asks for the figure as first filed.
        quarterly: A quarter was asked for without saying which year or which quarter.
        bad: Period expressions that make no sense, such as a thirteenth month.
    """

    requests: tuple[PeriodRequest, ...]
    as_of: date | None = None
    original: bool = False
    bad: tuple[str, ...] = ()


def link_periods(question: Question) -> PeriodLinks:
    """Return the periods of a question and claim their words; each character is read once."""
    reader = _Reader(question)
    as_of = reader.knowledge_date()
    original = reader.original()
    reader.read_all()
    found = _join_trailing(sorted(reader.found, key=lambda pair: pair[0]), question.text.lower())
    found = [pair for pair in found if pair[1].kind != "restated" or len(found) == 1]
    days = [pair for pair in found if pair[1].kind == "day"]
    years = [pair for pair in found if pair[1].kind == "year"]
    if as_of is None and len(days) == 1 and len(days) + len(years) == len(found) and years:
        as_of = days[0][1].on  # a day beside a year: what was known then
        found = years
    return PeriodLinks(tuple(request for _, request in found), as_of, original, tuple(reader.bad))


def _join_trailing(
    found: list[tuple[int, PeriodRequest]], text: str
) -> list[tuple[int, PeriodRequest]]:
    """Read "TTM revenue to Q2 2024" as one period: where the twelve months end."""
    bare = PeriodRequest("trailing")
    if [request for _, request in found if request.kind == "trailing"] != [bare] or len(found) != 2:
        return found
    [(start, end)] = [pair for pair in found if pair[1] != bare]
    led = re.search(rf"\b{TO}(?:the\s+)?$", text[:start])
    if end.kind == "year" and end.part[0] == "Q" and led:
        return [(start, PeriodRequest("trailing", part=end.part, year=end.year))]
    if end.kind in {"day", "ended", "ended_in"}:
        return [(start, PeriodRequest("trailing", on=end.on))]
    return found


class _Reader:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.text = question.text.lower()
        self.found: list[tuple[int, PeriodRequest]] = []
        self.bad: list[str] = []

    def knowledge_date(self) -> date | None:
        """Read "as of 1 March 2021" where the question also holds a period, or says "known"."""
        day = rf"\b(?P<lead>{_KNOWN})\s+(?:the\s+end\s+of\s+)?(?:{DATE}|{MONTH_YEAR})"
        for match in re.finditer(day, self.text):
            on = self._date(match)
            lead = match["lead"]
            alone = lead in {"on", "by", "at"} or re.fullmatch(r"as\s+of", lead)
            rest = self.text[: match.start()] + " " * len(match[0]) + self.text[match.end() :]
            if on and (not alone or _has_period(rest)):
                self._take(match)
                return on
        return None

    def original(self) -> bool:
        """Read "as originally reported", "before the restatement"."""
        pattern = (
            r"\b(?:as\s+)?(?:(?:originally|initially|first)\s+(?:reported|filed|published|stated)"
            r"|(?:before|prior\s+to)\s+(?:the\s+|any\s+|its\s+|later\s+)?(?:[\w-]+\s+)?"
            r"(?:restatements?|recast\w*|restated|revisions?|(?:stock\s+)?splits?))\b"
        )
        if match := re.search(pattern, self.text):
            self._take(match)
            return True
        return False

    def read_all(self) -> None:
        """Read every other period expression, the longer forms first."""
        for pattern, build in FORMS:
            for match in re.finditer(pattern, self.text):
                request = build(match)
                if isinstance(request, str):
                    self.bad.append(request)
                    self._take(match)
                elif request is not None:
                    for one in request if isinstance(request, list) else [request]:
                        self.found.append((match.start(), one))
                    self._take(match)

    def _date(self, match: re.Match[str]) -> date | None:
        try:
            return read_date(match)
        except ValueError:
            self.bad.append(match[0])
            return None

    def _take(self, match: re.Match[str]) -> None:
        start, end = match.span()
        for index, word in enumerate(self.question.words):
            if word.start < end and word.end > start:
                self.question.claim(index, index + 1, "period")
        self.text = self.text[:start] + "\x00" * (end - start) + self.text[end:]


def _has_period(text: str) -> bool:
    return bool(re.search(rf"\b{YEAR}\b|\bfy\s*'?\d{{2}}\b|\bq[1-4]\b", text))
