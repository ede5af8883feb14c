"""The forms in which a question names a period: one pattern and one builder each, longer first.

`agent.linking.periods` reads a question with them; this module holds no state of a reading.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

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
YEAR = r"(?:19|20)\d{2}"
DATE = (
    rf"(?:(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<dyear>{YEAR})"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH})\.?,?\s+"
    rf"(?P<dyear2>{YEAR})"
    rf"|(?P<iso>{YEAR}-\d{{2}}-\d{{2}})"
    rf"|(?P<us>\d{{1,2}}/\d{{1,2}}/{YEAR}))"
)
MONTH_YEAR = rf"(?:(?P<only_month>{_MONTH})\.?,?\s+(?:of\s+)?(?P<only_year>{YEAR}))"


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
    through = match.groupdict().get("through")
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
    rf"and\s+including|as\s+of|by|from|before)\s+(?:{_FY}\s*)?'?(?P<through>{YEAR}))?"
)
_YY = rf"(?:{YEAR}|'?\d{{2}}(?!\d|[.,%]\d|\s*(?:%|percent|million|billion)))"
_TRAILING = (
    r"(?:\b(?:ttm|ltm)\b|\b(?:(?:over|in|for|during)\s+)?(?:the\s+|its\s+|their\s+)?"
    r"(?:trailing|last|latest|past|most\s+recent|previous|rolling)[\s-]+"
    r"(?:(?:twelve|12)[\s-]+months?|(?:four|4)(?:\s+(?:reported|fiscal))?[\s-]+quarters?)(?:'s?)?)"
)
TO = r"(?:ended|ending|through|to|up\s+to|until|as\s+of|at|in)\s+(?:the\s+end\s+of\s+|on\s+)?"
_TRAILING_END = (
    rf"(?:(?:the\s+)?(?:q(?P<part>[1-4])|(?P<spelt>{'|'.join(_ORDINALS)})\s+quarter)"
    rf"\s*(?:of|in|for|,|-|/|')?\s*(?:{_FY}\s*)?'?(?P<year>{YEAR}|\d{{2}}\b)|{DATE}|{MONTH_YEAR})"
)
FORMS = [
    # "trailing twelve months", "the last four quarters through Q2 fiscal 2024"
    (rf"{_TRAILING}(?:,?\s+{TO}{_TRAILING_END})?", _trailing),
    (rf"\b(?:the\s+)?(?:twelve|12)[\s-]+months?\s+{TO}{_TRAILING_END}", _trailing),
    # "year ended January 31, 2024"; a bare date
    (
        r"\b(?P<lead>(?:ended|ending)\s+(?:on\s+)?|(?:for\s+)?(?:the\s+)?(?:fiscal\s+|financial\s+)?"
        r"(?:year|quarter|three\s+months|period|one)\s+(?:that\s+)?"
        rf"(?:ended|ending|ends|closed|closing|to|through)\s+(?:on\s+|in\s+)?|as\s+of\s+|at\s+|on\s+)?{DATE}",
        _ended,
    ),
    # "the fiscal year that ended in June 2024"
    (
        r"\b(?P<lead>(?:for\s+)?(?:the\s+)?(?:fiscal\s+|financial\s+)?(?:year|quarter|three\s+months|(?:twelve|12)\s+months|period|one)\s+"
        rf"(?:that\s+|which\s+)?(?:ended|ending|ends|closed|closing|to|through)\s+(?:in\s+|on\s+)?){MONTH_YEAR}",
        _ended_in,
    ),
    # Q2 2023, 2Q23, Q2 of fiscal 2023, second quarter of 2023, Q2 FY24
    (
        r"\bq(?P<part>[1-4])(?:\s*(?:of|in|for|,|-|/|'))?\s*(?:the\s+)?"
        rf"(?:{_FY}\s*)?'?(?P<year>{YEAR}|\d{{2}}\b)",
        _quarter,
    ),
    (rf"\b(?P<year>{YEAR})\s*-?q(?P<part>[1-4])\b", _quarter),
    (rf"\bfy\s*'?(?P<year>{YEAR}|\d{{2}})\s*-?q(?P<part>[1-4])\b", _quarter),
    (r"\b(?P<part>[1-4])q\s*'?(?P<year>\d{4}|\d{2})\b", _quarter),
    (
        rf"\b(?P<part>{'|'.join(_ORDINALS)})[\s-]+(?:fiscal\s+)?(?:quarter|qtr)(?:'s)?\s*"
        rf"(?:of|in|for|,)?\s*(?:the\s+)?(?:{_FY}\s*)?'?(?P<year>{YEAR}|\d{{2}}\b)",
        _quarter,
    ),
    (
        rf"\b(?:{_FY}\s*)?(?P<year>{YEAR})(?:'s)?\s+(?P<part>{'|'.join(_ORDINALS)})[\s-]+(?:quarter|qtr)",
        _quarter,
    ),
    (
        r"\b(?:first\s+half|first\s+six\s+months|h1|1h)\s*(?:of|in)?\s*"
        rf"(?:{_FY}\s*)?'?(?P<year>{YEAR}|\d{{2}}\b)",
        _part("H1"),
    ),
    (
        r"\b(?:first\s+nine\s+months|nine\s+months|first\s+three\s+quarters|9m)\s*(?:of|in)?\s*"
        rf"(?:{_FY}\s*)?'?(?P<year>{YEAR}|\d{{2}}\b)",
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
        rf"(?:through|to|up\s+to|until|ending(?:\s+in)?|ended)\s+(?:{_FY}\s*)?'?(?P<through>{YEAR})",
        _last_years,
    ),
    # "over the five years 2020 to 2024": the range says it all
    (
        rf"\b(?:(?:over|during|in|for|across)\s+)?(?:the\s+)?{_COUNT}\s+(?:fiscal\s+)?(?:years?|yrs?)"
        rf"(?=\s*[,:(]?\s*(?:from\s+|between\s+)?(?:{_FY}\s*)?{YEAR}\s*(?:-|to|and|through))",
        lambda match: [],
    ),
    # "the March quarter of 2023"; beside another quarter ("Q2 of fiscal 2023") it only restates it
    (
        rf"\b(?P<lead>)(?P<only_month>{_MONTH})\s+quarter\s*(?:of|in|,)?\s*(?P<only_year>{YEAR})\b",
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
        rf"\b(?:{_FY}\s*)?(?P<first>{YEAR})\s*(?:-|to|through|until|thru)\s*(?:{_FY}\s*)?"
        rf"(?P<last>{_YY})\b(?!-)",
        _range,
    ),
    (rf"\bfy\s*'?(?P<first>{_YY})\s*(?:-|to|through|thru)\s*(?:fy\s*)?(?P<last>{_YY})\b", _range),
    (
        rf"\b(?:{_FY}\s*)?(?P<first>{YEAR})\s+(?:vs\.?|versus|against|compared\s+(?:to|with)|over)\s+"
        rf"(?:{_FY}\s*)?(?P<last>{YEAR})\b",
        _pair,
    ),
    (
        rf"\b(?:ever\s+)?since\s+(?:{_FY}\s*)?(?P<year>{YEAR})\b",
        lambda match: PeriodRequest("range", year=_year(match["year"])),
    ),
    # one year
    (rf"\b(?:{_FY})\s*(?:of\s+)?'?(?P<year>{YEAR})\b", _single),
    (r"\b(?:fy|cy|ye|fye)\s*'?(?P<year>\d{2}|(?:19|20)\d{2})\b", _single),
    (r"(?:\bfiscal|\bfiscal\s+year|\byear)\s+'?(?P<year>\d{2})\b", _single),
    (r"(?<!\w)'(?P<year>\d{2})\b", _single),
    (rf"\b(?P<year>{YEAR})\b(?![,.]?\d)", _single),
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
    # "5yr history", "a 10-year look", "over the last four"
    (rf"\b{_COUNT}[\s-]*(?:years?|yrs?|y)\b(?![\s-]*(?:ago|old))", _last_years),
    (
        rf"\b(?:over|for|in|across|during)\s+the\s+(?:last|past|latest|most\s+recent)\s+{_COUNT}\b(?=\s*(?:$|[?.,;]))",
        _last_years,
    ),
    # newest on file
    (
        r"\b(?:in\s+|for\s+)?(?:the\s+|its\s+|their\s+)?"
        r"(?:latest|most\s+recent(?:ly)?|newest|last|current|recent)\s+"
        r"(?:reported\s+|completed\s+|full\s+|available\s+)?"
        r"(?:fiscal\s+year|fiscal\s+yr|fiscal|fy|year|yr|annual\s+report|10-k|annual\s+filing|filing|balance\s+sheet)\b",
        lambda match: PeriodRequest("latest"),
    ),
]
