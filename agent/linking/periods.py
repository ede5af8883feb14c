"""Link period expressions: fiscal years, quarters, ranges, "last five years", knowledge dates.

A request is relative to nothing but the question; `agent.calendar` turns it into a company's own
fiscal periods, since only the filings know when Apple's fiscal year ends.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

from agent.linking.words import Question

FiscalPart = Literal["FY", "Q1", "Q2", "Q3", "Q4", "H1", "9M"]

_NUMBER_WORDS = {
    word: value
    for value, word in enumerate("two three four five six seven eight nine ten".split(), start=2)
}
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4}
_ORDINALS |= {"4th": 4, "final": 4}
_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
        "september sept sep|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_COUNT = r"(?P<count>\d{1,2}|" + "|".join(_NUMBER_WORDS) + ")"
_FY = r"(?:fiscal\s+years?|fiscal|financial\s+year|fy|calendar\s+year|cy|the\s+year|years?|yr)"
_YEAR = r"(?:19|20)\d{2}"
_DATE = (
    rf"(?:(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<dyear>{_YEAR})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH})\.?,?\s+"
    rf"(?P<dyear2>{_YEAR})"
    rf"|(?P<iso>{_YEAR}-\d{{2}}-\d{{2}})"
    rf"|(?P<us>\d{{1,2}}/\d{{1,2}}/{_YEAR}))"
)
_MONTH_YEAR = rf"(?:(?P<only_month>{_MONTH})\.?,?\s+(?:of\s+)?(?P<only_year>{_YEAR}))"
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
class PeriodRequest:
    """A period as asked for.

    Attributes:
        kind: `year` and `quarter` name one period; `range` goes from `year` to `last_year`;
            `last` is the latest `count` periods up to `year` (or to the newest on file);
            `latest` is the newest on file; `ended` is the period that ends on `on`, `ended_in`
            the one that ends in the month of `on`, `day` the one that ends on a day named alone;
            `restated` says again when another one ends;
            `earlier` is `count` years before the period of the conversation;
            `trailing` is the twelve months that end with quarter `part` of `year`, or on `on`, or
            with the newest quarter on file.
        part: Which part of the fiscal year.
    """

    kind: Literal[
        "year",
        "range",
        "last",
        "latest",
        "ended",
        "ended_in",
        "day",
        "restated",
        "earlier",
        "trailing",
    ]
    part: FiscalPart = "FY"
    year: int | None = None
    last_year: int | None = None
    count: int | None = None
    on: date | None = None


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
    led = re.search(rf"\b{_TO}(?:the\s+)?$", text[:start])
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
        day = rf"\b(?P<lead>{_KNOWN})\s+(?:the\s+end\s+of\s+)?(?:{_DATE}|{_MONTH_YEAR})"
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
        for pattern, build in _FORMS:
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


def read_date(match: re.Match[str]) -> date:
    """Return the date that a match of the date pattern holds; ValueError where there is none.

    A month alone stands for its last day.
    """
    if match.groupdict().get("only_month"):
        year, month = int(match["only_year"]), _MONTHS[match["only_month"]]
        return date(year, month, monthrange(year, month)[1])
    if match["iso"]:
        return date.fromisoformat(match["iso"])
    if match["us"]:
        month, day, year = (int(part) for part in match["us"].split("/"))
        return date(year, month, day)
    month_name = match["month"] or match["month2"]
    day_text, year_text = match["day"] or match["day2"], match["dyear"] or match["dyear2"]
    return date(int(year_text), _MONTHS[month_name], int(day_text))


def _has_period(text: str) -> bool:
    return bool(re.search(rf"\b{_YEAR}\b|\bfy\s*'?\d{{2}}\b|\bq[1-4]\b", text))


def _year(text: str) -> int:
    digits = int(re.sub(r"\D", "", text))
    if digits >= 100:
        return digits
    return digits + (2000 if digits < 70 else 1900)


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBER_WORDS[text]


def _range(match: re.Match[str]) -> PeriodRequest | None:
    first, last = _year(match["first"]), _year(match["last"])
    if len(re.sub(r"\D", "", match["last"])) == 2:
        last = first // 100 * 100 + _year(match["last"]) % 100
    return PeriodRequest("range", year=min(first, last), last_year=max(first, last))


def _pair(match: re.Match[str]) -> list[PeriodRequest]:
    return [PeriodRequest("year", year=_year(match[name])) for name in ("first", "last")]


def _last_years(match: re.Match[str]) -> PeriodRequest:
    through = match["through"]
    year = _year(through) if through else None
    return PeriodRequest("last", count=_count(match["count"]), year=year)


def _quarter(match: re.Match[str]) -> PeriodRequest:
    part = match["part"]
    number = int(part) if part.isdigit() else _ORDINALS[part]
    year = match["year"]
    kind: Literal["year", "latest"] = "year" if year else "latest"
    return PeriodRequest(kind, part=f"Q{number}", year=_year(year) if year else None)  # type: ignore[arg-type]


def _part(part: FiscalPart):  # type: ignore[no-untyped-def]
    def build(match: re.Match[str]) -> PeriodRequest:
        return PeriodRequest("year", part=part, year=_year(match["year"]))

    return build


def _ended_in(match: re.Match[str]) -> PeriodRequest:
    quarter = "quarter" in match["lead"] or "three months" in match["lead"]
    return PeriodRequest("ended_in", part="Q4" if quarter else "FY", on=read_date(match))


def _quarter_ending(match: re.Match[str]) -> PeriodRequest:
    return PeriodRequest("ended_in", part="Q4", on=read_date(match))


def _ended(match: re.Match[str]) -> PeriodRequest | str:
    try:
        on = read_date(match)
    except ValueError:
        return match[0]
    lead = match["lead"] or ""
    part: FiscalPart = "FY"
    if "quarter" in lead or "three months" in lead:
        part = "Q4"
    if re.fullmatch(r"end(?:ed|ing)\s+(?:on\s+)?", lead):
        return PeriodRequest("restated", on=on)
    bare = not re.search(r"end|clos|\bto\b|through", lead) or "period" in lead
    return PeriodRequest("day" if bare else "ended", part=part, on=on)


def _trailing(match: re.Match[str]) -> PeriodRequest | str:
    if part := match["part"] or match["spelt"]:
        number = int(part) if part.isdigit() else _ORDINALS[part]
        return PeriodRequest("trailing", part=f"Q{number}", year=_year(match["year"]))  # type: ignore[arg-type]
    if not any(match[name] for name in ("month", "month2", "iso", "us", "only_month")):
        return PeriodRequest("trailing")
    try:
        return PeriodRequest("trailing", on=read_date(match))
    except ValueError:
        return match[0]


def _single(match: re.Match[str]) -> PeriodRequest:
    return PeriodRequest("year", year=_year(match["year"]))


_THROUGH = (
    rf"(?:\s+(?:through|to|up\s+to|until|ending(?:\s+in|\s+with)?|ended(?:\s+in)?|to\s+and\s+including|"
    rf"and\s+including|as\s+of|by|from|before)\s+(?:{_FY}\s*)?'?(?P<through>{_YEAR}))?"
)
_YY = rf"(?:{_YEAR}|'?\d{{2}}(?!\d|[.,%]\d|\s*(?:%|percent|million|billion)))"
_TRAILING = (
    r"(?:\b(?:ttm|ltm)\b|\b(?:(?:over|in|for|during)\s+)?(?:the\s+|its\s+|their\s+)?"
    r"(?:trailing|last|latest|past|most\s+recent|previous|rolling)[\s-]+"
    r"(?:(?:twelve|12)[\s-]+months?|(?:four|4)(?:\s+(?:reported|fiscal))?[\s-]+quarters?)(?:'s?)?)"
)
_TO = r"(?:ended|ending|through|to|up\s+to|until|as\s+of|at|in)\s+(?:the\s+end\s+of\s+|on\s+)?"
_TRAILING_END = (
    rf"(?:(?:the\s+)?(?:q(?P<part>[1-4])|(?P<spelt>{'|'.join(_ORDINALS)})\s+quarter)"
    rf"\s*(?:of|in|for|,|-|/|')?\s*(?:{_FY}\s*)?'?(?P<year>{_YEAR}|\d{{2}}\b)|{_DATE}|{_MONTH_YEAR})"
)
_FORMS = [
    # "trailing twelve months", "the last four quarters through Q2 fiscal 2024"
    (rf"{_TRAILING}(?:,?\s+{_TO}{_TRAILING_END})?", _trailing),
    (rf"\b(?:the\s+)?(?:twelve|12)[\s-]+months?\s+{_TO}{_TRAILING_END}", _trailing),
    # "year ended January 31, 2024"; a bare date
    (
        r"\b(?P<lead>(?:ended|ending)\s+(?:on\s+)?|(?:for\s+)?(?:the\s+)?(?:fiscal\s+|financial\s+)?"
        r"(?:year|quarter|three\s+months|period|one)\s+(?:that\s+)?"
        rf"(?:ended|ending|ends|closed|closing|to|through)\s+(?:on\s+|in\s+)?|as\s+of\s+|at\s+|on\s+)?{_DATE}",
        _ended,
    ),
    # "the fiscal year that ended in June 2024"
    (
        r"\b(?P<lead>(?:for\s+)?(?:the\s+)?(?:fiscal\s+|financial\s+)?(?:year|quarter|three\s+months|(?:twelve|12)\s+months|period|one)\s+"
        rf"(?:that\s+|which\s+)?(?:ended|ending|ends|closed|closing|to|through)\s+(?:in\s+|on\s+)?){_MONTH_YEAR}",
        _ended_in,
    ),
    # Q2 2023, 2Q23, Q2 of fiscal 2023, second quarter of 2023, Q2 FY24
    (
        r"\bq(?P<part>[1-4])(?:\s*(?:of|in|for|,|-|/|'))?\s*(?:the\s+)?"
        rf"(?:{_FY}\s*)?'?(?P<year>{_YEAR}|\d{{2}}\b)",
        _quarter,
    ),
    (rf"\b(?P<year>{_YEAR})\s*-?q(?P<part>[1-4])\b", _quarter),
    (rf"\bfy\s*'?(?P<year>{_YEAR}|\d{{2}})\s*-?q(?P<part>[1-4])\b", _quarter),
    (r"\b(?P<part>[1-4])q\s*'?(?P<year>\d{4}|\d{2})\b", _quarter),
    (
        rf"\b(?P<part>{'|'.join(_ORDINALS)})[\s-]+(?:fiscal\s+)?(?:quarter|qtr)(?:'s)?\s*"
        rf"(?:of|in|for|,)?\s*(?:the\s+)?(?:{_FY}\s*)?'?(?P<year>{_YEAR}|\d{{2}}\b)",
        _quarter,
    ),
    (
        rf"\b(?:{_FY}\s*)?(?P<year>{_YEAR})(?:'s)?\s+(?P<part>{'|'.join(_ORDINALS)})[\s-]+(?:quarter|qtr)",
        _quarter,
    ),
    (
        r"\b(?:first\s+half|first\s+six\s+months|h1|1h)\s*(?:of|in)?\s*"
        rf"(?:{_FY}\s*)?'?(?P<year>{_YEAR}|\d{{2}}\b)",
        _part("H1"),
    ),
    (
        r"\b(?:first\s+nine\s+months|nine\s+months|first\s+three\s+quarters|9m)\s*(?:of|in)?\s*"
        rf"(?:{_FY}\s*)?'?(?P<year>{_YEAR}|\d{{2}}\b)",
        _part("9M"),
    ),
    (r"\bq(?P<part>[1-4])(?P<year>(?!x)x)?\b", _quarter),
    (rf"\b(?P<part>{'|'.join(_ORDINALS)})[\s-]+(?:quarter|qtr)(?P<year>(?!x)x)?\b", _quarter),
    # the last five years through 2024
    (
        r"\b(?:(?:over|during|in|for|across)\s+)?(?:the\s+|its\s+|their\s+)?"
        r"(?:last|past|latest|most\s+recent|previous|prior|trailing|recent)\s+"
        rf"{_COUNT}[\s-]+(?:fiscal\s+|full\s+|reported\s+)?(?:years?|yrs?){_THROUGH}",
        _last_years,
    ),
    (
        rf"\b{_COUNT}[\s-]+(?:fiscal\s+)?(?:years?|yrs?)\s+(?:(?:of|worth)\b.{{0,60}}?)?"
        rf"(?:through|to|up\s+to|until|ending(?:\s+in)?|ended)\s+(?:{_FY}\s*)?'?(?P<through>{_YEAR})",
        _last_years,
    ),
    # "over the five years 2020 to 2024": the range says it all
    (
        rf"\b(?:(?:over|during|in|for|across)\s+)?(?:the\s+)?{_COUNT}\s+(?:fiscal\s+)?(?:years?|yrs?)"
        rf"(?=\s*[,:(]?\s*(?:from\s+|between\s+)?(?:{_FY}\s*)?{_YEAR}\s*(?:-|to|and|through))",
        lambda match: [],
    ),
    # "the March quarter of 2023"; beside another quarter ("Q2 of fiscal 2023") it only restates it
    (
        rf"\b(?P<lead>)(?P<only_month>{_MONTH})\s+quarter\s*(?:of|in|,)?\s*(?P<only_year>{_YEAR})\b",
        _quarter_ending,
    ),
    (rf"\b(?:{_MONTH})\s+quarter\b", lambda match: [] if "\x00" in match.string else None),
    # 2019-2023, from 2021 to 2023, between FY21 and FY23
    (
        rf"\b(?:between|from)\s+(?:{_FY}\s*)?(?P<first>{_YY})\s+(?:and|to|until|through|till|up\s+to)\s+"
        rf"(?:{_FY}\s*)?(?P<last>{_YY})\b",
        _range,
    ),
    (
        rf"\b(?:{_FY}\s*)?(?P<first>{_YEAR})\s*(?:-|to|through|until|thru)\s*(?:{_FY}\s*)?"
        rf"(?P<last>{_YY})\b(?!-)",
        _range,
    ),
    (rf"\bfy\s*'?(?P<first>{_YY})\s*(?:-|to|through|thru)\s*(?:fy\s*)?(?P<last>{_YY})\b", _range),
    (
        rf"\b(?:{_FY}\s*)?(?P<first>{_YEAR})\s+(?:vs\.?|versus|against|compared\s+(?:to|with)|over)\s+"
        rf"(?:{_FY}\s*)?(?P<last>{_YEAR})\b",
        _pair,
    ),
    (
        rf"\b(?:ever\s+)?since\s+(?:{_FY}\s*)?(?P<year>{_YEAR})\b",
        lambda match: PeriodRequest("range", year=_year(match["year"])),
    ),
    # one year
    (rf"\b(?:{_FY})\s*(?:of\s+)?'?(?P<year>{_YEAR})\b", _single),
    (r"\b(?:fy|cy|ye|fye)\s*'?(?P<year>\d{2}|(?:19|20)\d{2})\b", _single),
    (r"(?:\bfiscal|\bfiscal\s+year|\byear)\s+'?(?P<year>\d{2})\b", _single),
    (r"(?<!\w)'(?P<year>\d{2})\b", _single),
    (rf"\b(?P<year>{_YEAR})\b(?![,.]?\d)", _single),
    # relative to the conversation
    (
        r"\b(?:the\s+|its\s+)?(?:(?:fiscal\s+)?year\s+(?:before(?:\s+that)?|prior|earlier|previously)"
        r"|(?:prior|previous|preceding)\s+(?:fiscal\s+)?year)\b",
        lambda match: PeriodRequest("earlier", count=1),
    ),
    (
        rf"\b{_COUNT}\s+years?\s+(?:before(?:\s+that)?|earlier|prior)\b",
        lambda match: PeriodRequest("earlier", count=_count(match["count"])),
    ),
    (
        r"\b(?:the\s+)?(?:(?:fiscal\s+)?year\s+after(?:\s+that)?|(?:next|following)\s+(?:fiscal\s+)?year)\b",
        lambda match: PeriodRequest("earlier", count=-1),
    ),
    # newest on file
    (
        r"\b(?:in\s+|for\s+)?(?:the\s+|its\s+|their\s+)?"
        r"(?:latest|most\s+recent(?:ly)?|newest|last|current|recent)\s+"
        r"(?:reported\s+|completed\s+|full\s+|available\s+)?"
        r"(?:fiscal\s+year|fiscal|year|annual\s+report|10-k|annual\s+filing|filing|balance\s+sheet)\b",
        lambda match: PeriodRequest("latest"),
    ),
]
