"""Typed records that flow through the graph: what was understood, planned, found and answered."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

Status = Literal["answered", "abstained", "clarify", "failed"]
EvidenceKind = Literal["fact", "cell", "passage", "program", "term", "query", "bar", "news"]
Layer = Literal["model", "data", "script", "memory", "loop"]


@dataclass(frozen=True)
class CompanyRef:
    """A company of the question; `written` is how the question named it."""

    cik: int
    name: str
    ticker: str
    written: str = ""
    exact: bool = True


@dataclass(frozen=True)
class MetricRef:
    """A metric of the question; `names` holds several where the words are ambiguous."""

    names: tuple[str, ...]
    written: str
    start: int = 0
    usual: bool = True
    exact: bool = True


# The part of a fiscal year that stands for the twelve months to the end of its third quarter is
# "TTM-Q3".
TRAILING = "TTM-"


@dataclass(frozen=True)
class MemberRef:
    """A segment, product or region of a company: `kind`, its name in XBRL, its printed name."""

    kind: str
    local_name: str
    label: str


@dataclass(frozen=True, order=True)
class Period:
    """One fiscal period of a company: `part` is FY, Q1 to Q4, H1, 9M, or TTM-Q1 to TTM-Q3."""

    fiscal_year: int
    part: str = "FY"

    @property
    def label(self) -> str:
        """The period as an analyst writes it: FY2023, Q2 FY2023."""
        return f"FY{self.fiscal_year}" if self.part == "FY" else f"{self.part} FY{self.fiscal_year}"


@dataclass(frozen=True)
class Request:
    """A period as asked for; see `agent.linking.period_forms.PeriodRequest` for the kinds."""

    kind: str
    part: str = "FY"
    year: int | None = None
    last_year: int | None = None
    count: int | None = None
    on: date | None = None


@dataclass(frozen=True)
class DaySpan:
    """Days of prices or news, as asked for: calendar days, not fiscal periods.

    Attributes:
        first: First day; None for as far back as `back` says, or for one day alone.
        last: Last day; None for the newest on file.
        points: Two days are meant, not all days from the first to the last: a change goes from
            the close of the first; otherwise from the last close before it.
        back: Days back from the newest on file; 0 where days are named. With `points`, the one day
            so long ago is meant, otherwise all since.
        to_date: From the start of the newest day's year.
        fiscal: The fiscal year or quarter whose days are meant; `FY2024`, `2024Q2`.
    """

    first: date | None = None
    last: date | None = None
    points: bool = False
    back: int = 0
    to_date: bool = False
    fiscal: str = ""


@dataclass(frozen=True)
class Understanding:
    """What the words of a question link to, and what they don't.

    Attributes:
        company_guesses: Where no company is named, those that an unexplained word resembles.
        leftover: Words that nothing explains; with any of them no figure is given.
        unread: Why a name or period can't be what it says ("on February 30"), in words.
        members: The segment, product or region that the metrics are asked of; several where the
            filings use one name on several axes.
        axes: What the metrics are to be broken down by, the likeliest first.
        statement: Kind of financial statement asked for as a whole; empty where none is.
        share_first: For "A as a share of B" whether A is named first.
        market: Processes over prices that the words name, such as `market_cap`; or `news`.
        holdings: What is asked of the warehouse itself: `companies`, `held`, `freshness`; or "".
        days: The days that prices or news are asked of.
    """

    question: str
    companies: tuple[CompanyRef, ...] = ()
    ambiguous_companies: tuple[tuple[str, tuple[CompanyRef, ...]], ...] = ()
    company_guesses: tuple[CompanyRef, ...] = ()
    metrics: tuple[MetricRef, ...] = ()
    periods: tuple[Request, ...] = ()
    members: tuple[MemberRef, ...] = ()
    axes: tuple[str, ...] = ()
    statement: str = ""
    as_of: date | None = None
    original: bool = False
    cues: tuple[str, ...] = ()
    leftover: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    follow_up: bool = False
    share_first: bool = True
    notes: tuple[str, ...] = ()
    market: tuple[str, ...] = ()
    holdings: str = ""
    days: DaySpan = DaySpan()


@dataclass(frozen=True)
class Recalled:
    """A memory record that the question called up."""

    record_id: str
    kind: str
    name: str
    text: str
    score: float
    taught: bool
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """One vetted way to answer: a process with its slots filled."""

    process: str
    metrics: tuple[str, ...] = ()
    companies: tuple[CompanyRef, ...] = ()
    periods: tuple[Period, ...] = ()
    members: tuple[MemberRef, ...] = ()
    axes: tuple[str, ...] = ()
    statement: str = ""
    as_of: date | None = None
    original: bool = False
    topic: str = ""
    notes: tuple[str, ...] = ()
    days: DaySpan | None = None

    @property
    def line(self) -> str:
        """The plan in one line, as the model sees and chooses it."""
        names = ", ".join(company.ticker or company.name for company in self.companies)
        spans = ", ".join(period.label for period in self.periods)
        member = self.members[0].label if self.members else ""
        what = ", ".join(self.metrics) or self.statement or self.topic
        axes = f"by {' or '.join(self.axes)}" if self.axes else ""
        days = _spell_days(self.days) if self.days else ""
        parts = [part for part in (what, member, axes, names, spans, days) if part]
        tail = f" as known on {self.as_of}" if self.as_of else ""
        tail += " as first filed" if self.original else ""
        return f"{self.process}({'; '.join(parts)}){tail}"


def _spell_days(days: DaySpan) -> str:
    if days.fiscal:
        return days.fiscal
    if days.to_date:
        return "year to date"
    if days.back:
        return f"last {days.back} days"
    if days.first and days.first != days.last:
        return f"{days.first} to {days.last or 'the newest'}"
    return str(days.last) if days.last else "newest"


@dataclass(frozen=True)
class Evidence:
    """Something a footnote can open: a filed fact, a program's result, a passage, a term.

    Attributes:
        key: Stable name within the run, `e1`, `e2`, ...
        value: Decimal in base units; None for text.
        unit: `USD`, `USD/shares`, `shares`, `ratio`, ...; empty for text.
        member: The segment, product or region whose figure it is; empty for the whole company.
        source: Everything needed to show and to replay it; JSON values only.
    """

    key: str
    kind: EvidenceKind
    label: str
    source: dict[str, Any]
    company: str = ""
    ticker: str = ""
    metric: str = ""
    value: Decimal | None = None
    unit: str = ""
    fiscal_year: int | None = None
    part: str = ""
    period_start: date | None = None
    period_end: date | None = None
    member: str = ""


@dataclass(frozen=True)
class Found:
    """What acting on a plan brought: evidence, its roles in the answer, and what is missing."""

    evidence: tuple[Evidence, ...] = ()
    roles: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure of the answer, as `ask --json` prints it."""

    label: str
    company: str
    ticker: str
    metric: str
    value: str
    unit: str
    period_start: str | None
    period_end: str | None
    footnote: int


@dataclass(frozen=True)
class Footnote:
    """A numbered source: `source` holds the fields of its kind."""

    n: int
    kind: EvidenceKind
    source: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the person gets."""

    status: Status
    text: str
    figures: tuple[Figure, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a run, for the record and the stream."""

    node: str
    layer: Layer
    task: str = ""
    adapter: str = ""
    ms: float = 0.0
    prompt_tokens: int = 0
    output_tokens: int = 0
    detail: str = ""


class State(TypedDict, total=False):
    """The graph's state; one question is one pass, a conversation is one thread."""

    run_id: str
    question: str
    context: Understanding | None
    understanding: Understanding
    recalled: tuple[Recalled, ...]
    plan: Plan | None
    found: Found
    problems: tuple[str, ...]
    tried: tuple[str, ...]
    plans_left: int
    answer: Answer | None
    teaching: str | None
    steps: Annotated[list[Step], operator.add]
