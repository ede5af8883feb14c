"""Act on a plan over prices: bars of the days asked for, figures as filed by then, one program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from agent.act import Bench, Case
from agent.calendar import Calendar
from agent.ledger import Ledger
from agent.process import Process
from agent.state import CompanyRef, DaySpan, Evidence, Found, Plan
from agent.wording import write_date
from tools.figures.company_facts import CompanyFacts
from tools.figures.figure import FactFigure, Formula, Missing
from tools.figures.metrics import Catalogue
from tools.figures.resolve import resolve
from tools.figures.resolver import Resolver
from tools.figures.splits import Split, find_splits
from tools.json_values import plain_decimal
from tools.market.prices import Action, Bar, get_actions
from tools.market.quotes import (
    LONGEST_PAUSE,
    Field,
    Held,
    Quote,
    Which,
    choose,
    held_prices,
    read_series,
)
from tools.market.share_basis import Between, splits_between

_FIRST_DAY = date(1900, 1, 1)
_STALE = timedelta(days=550)
_TRIES = 6
_ON_SHARES = {"USD/shares": -1, "shares": 1}
_COUNTED = ("shares_diluted", "shares_basic")
_KINDS = {"none": "as traded", "splits": "corrected for splits"}


def act_on_prices(plan: Plan, process: Process, bench: Bench) -> Found:
    """Look up and compute everything a plan over prices needs, company by company."""
    ledger = Ledger(bench.sandbox, bench.labels)
    done: list[Case] = []
    missing: list[str] = []
    for company in plan.companies:
        try:
            done.append(_Prices(plan, company, process, bench, ledger).run())
        except _NotHeldError as reason:
            missing.append(str(reason))
    if done and len(plan.companies) > 3:  # asked of all: those without prices are left out
        missing = []
    return Found(ledger.items, {"cases": tuple(done)}, tuple(dict.fromkeys(missing)))


class _NotHeldError(Exception):
    """Why a case can't be carried out; its text is for the person."""


@dataclass(frozen=True)
class _Window:
    """Days to take bars of; `before` is where a change starts, if not at the first bar."""

    first: date
    last: date


class _Prices:
    """One company's case."""

    def __init__(
        self, plan: Plan, company: CompanyRef, process: Process, bench: Bench, ledger: Ledger
    ) -> None:
        self.plan, self.company, self.process = plan, company, process
        self.bench, self.ledger = bench, ledger
        self.connection = bench.warehouse.connection
        self.notes: list[str] = []

    def run(self) -> Case:
        """Carry the case out.

        Raises:
            _NotHeldError: It can't be.
        """
        quotes = self._quotes()
        last = max(quotes.values(), key=lambda one: one.bar.day)
        inputs = {name: self._enter(quote) for name, quote in quotes.items()}
        for name, selector in self.process.inputs.items():
            if "metric" in selector:
                inputs[name] = self._figure(selector, last)
        for name in self.process.positive:
            if (inputs[name].value or 0) <= 0:
                label = self.bench.labels[self.process.inputs[name]["metric"]]
                raise _NotHeldError(
                    f"{self.process.label} means nothing for {self.company.name}: {label.lower()} "
                    f"as reported by {write_date(last.bar.day)} is not above zero."
                )
        ordered = {name: inputs[name] for name in self.process.inputs}
        plan = replace(self.plan, companies=(self.company,), notes=(*self.plan.notes, *self.notes))
        keys = {name: item.key for name, item in ordered.items()}
        return Case(plan, keys, self._value(ordered, quotes))

    def _value(self, inputs: Mapping[str, Evidence], quotes: Mapping[str, Quote]) -> str:
        if not self.process.program:
            return next(iter(inputs.values())).key
        days = [quote.bar.day for quote in quotes.values()]
        currency = next(iter(quotes.values())).bar.currency
        unit = self.process.unit
        if unit == "USD" and currency not in (None, "USD"):
            raise _NotHeldError(self._foreign(currency))
        return self.ledger.compute(
            self.process.program,
            inputs,
            label=f"{self.process.label} of {self.company.name}",
            metric=self.process.name,
            unit=unit,
            dates=(min(days) if len(days) > 1 else None, max(days)),
        ).key

    # ------------------------------------------------------------------ prices

    def _quotes(self) -> dict[str, Quote]:
        """Choose the bars, all out of one series.

        Raises:
            _NotHeldError: There is none on those days.
        """
        wanted = {n: s for n, s in self.process.inputs.items() if "bar" in s}
        held = self._held()
        is_change = any(selector["bar"] == "first" for selector in wanted.values())
        window = self._window(held, is_change, wanted)
        bars = read_series(self.connection, held.ticker, window.first, window.last, self.plan.as_of)
        if not bars:
            raise _NotHeldError(self._none_between(held, window))
        if is_change:
            bars = self._from(bars, held)
        found = {}
        for name, selector in wanted.items():
            field: Field = selector.get("field", "close")  # type: ignore[assignment]
            which: Which = selector["bar"]  # type: ignore[assignment]
            quote = choose(bars, which, field)
            if quote is None:
                raise _NotHeldError(f"The prices of {held.ticker} on file have no {field}.")
            found[name] = quote
        return found

    def _held(self) -> Held:
        held = held_prices(self.connection, self._tickers(), self.plan.as_of)
        if held is None:
            ticker = self._tickers()[0] if self._tickers() else self.company.name
            by = f" as known on {write_date(self.plan.as_of)}" if self.plan.as_of else ""
            raise _NotHeldError(
                f"No daily prices of {self.company.name} are on file{by}. `footnote fetch bars "
                f"{ticker} --from yfinance --start 2024-01-01` brings them, or `footnote ingest "
                f"{ticker}.csv` from a file."
            )
        return held

    def _tickers(self) -> list[str]:
        [(tickers,)] = self.connection.execute(
            "SELECT tickers FROM company WHERE cik = ?", [self.company.cik]
        ).fetchall()
        return list(dict.fromkeys(one for one in (self.company.ticker, *tickers) if one))

    def _window(
        self, held: Held, is_change: bool, wanted: Mapping[str, Mapping[str, str]]
    ) -> _Window:
        """Return the days to read bars of: a whole span, or the days up to the one asked for."""
        days = self._days(held)
        if days.last and days.last > held.last + LONGEST_PAUSE:
            raise _NotHeldError(
                self._none_between(held, _Window(days.first or days.last, days.last))
            )
        last = days.last or held.last
        over_span = any(selector["bar"] in ("highest", "lowest") for selector in wanted.values())
        if is_change:
            first = days.first or last
            return _Window(first - LONGEST_PAUSE, last)
        if over_span:
            return _Window(days.first or last - timedelta(days=364), last)
        if days.back and days.first:  # "a year ago"
            last = days.first
        return _Window(last - LONGEST_PAUSE, last)

    def _days(self, held: Held) -> DaySpan:
        days = self.plan.days or DaySpan()
        if days.fiscal:
            return self._fiscal_days(days)
        if days.to_date:
            return DaySpan(date(held.last.year, 1, 1), held.last)
        if days.back:
            first = held.last - timedelta(days=days.back)
            return DaySpan(first, held.last, points=True, back=days.back if days.points else 0)
        if self.plan.as_of and days.last is None:
            return replace(days, last=self.plan.as_of)
        return days

    def _fiscal_days(self, days: DaySpan) -> DaySpan:
        year, part = (int(days.fiscal[2:]), "FY") if days.fiscal[0] == "F" else (0, "")
        if not part:
            year, part = int(days.fiscal[:4]), days.fiscal[4:]
        spans = Calendar.read(self.bench.warehouse, self.company.cik).spans
        for span in spans:
            if (span.period.fiscal_year, span.period.part) == (year, part):
                first = span.end if days.points else span.start
                return DaySpan(first, span.end)
        raise _NotHeldError(f"{self.company.name} has no fiscal period {days.fiscal} on file.")

    def _from(self, bars: list[Bar], held: Held) -> list[Bar]:
        """Leave the bars from where a change starts: the first day's, or the one before it."""
        days = self._days(held)
        first = days.first or bars[-1].day
        points = days.points
        before = [bar for bar in bars if bar.day <= first and (points or bar.day < first)]
        kept = [bar for bar in bars if bar.day >= first]
        if before:
            kept = [before[-1], *(bar for bar in kept if bar.day > before[-1].day)]
        if len(kept) < 2:
            raise _NotHeldError(
                f"A change takes two days with prices; of {held.ticker} there are prices from "
                f"{write_date(held.first)} to {write_date(held.last)}."
            )
        if kept[0].day > first + LONGEST_PAUSE:
            self.notes.append(f"Prices of {held.ticker} on file begin only then")
        if kept[0].adjustment == "none":
            self._refuse_split(kept[0].day, kept[-1].day)
        return kept

    def _refuse_split(self, first: date, last: date) -> None:
        """Refuse to compare prices as traded across a split.

        Raises:
            _NotHeldError: There is one between the days.
        """
        between = splits_between(self._splits(), self._actions(), self._reports(), first, last)
        said = between if isinstance(between, str) else " and ".join(between.splits)
        if said:
            ticker = self.company.ticker
            raise _NotHeldError(
                f"The prices on file are as traded, and a split lies between the days ({said}). "
                f"`footnote fetch bars {ticker} --from yfinance` brings prices corrected for it."
            )

    def _none_between(self, held: Held, window: _Window) -> str:
        ticker = held.ticker
        return (
            f"Prices of {self.company.name} on file run from {write_date(held.first)} to "
            f"{write_date(held.last)}; none is from the days asked for. `footnote fetch bars "
            f"{ticker} --from yfinance --start {window.first}` brings more."
        )

    def _note_of_day(self, bar: Bar) -> list[str]:
        """Say so where the day asked for had no trading and the last one before it counts."""
        days = self.plan.days or DaySpan()
        asked = days.last if days.first == days.last else None
        if asked is None or days.fiscal or bar.day == asked:
            return []
        return [f"There is no price of {write_date(asked)}; the last before it counts"]

    def _enter(self, quote: Quote) -> Evidence:
        bar = quote.bar
        unit = "shares" if quote.field == "volume" else f"{bar.currency or 'USD'}/shares"
        notes = self._note_of_day(bar)
        if bar.adjustment != "none" and quote.field != "volume":
            notes.append(f"Prices are {_KINDS[bar.adjustment]} up to {write_date(bar.as_of)}")
        if bar.currency is None:
            notes.append("The prices name no currency; they are taken for US dollars")
        label = self.process.label if "price" in self.process.name else f"Price ({quote.field})"
        return self.ledger.keep(
            Evidence(
                key="",
                kind="bar",
                label=label,
                company=self.company.name,
                ticker=bar.ticker,
                metric="trading_volume" if quote.field == "volume" else f"{quote.field}_price",
                value=quote.value,
                unit=unit,
                period_end=bar.day,
                source={
                    "company": self.company.name,
                    "ticker": bar.ticker,
                    "day": bar.day.isoformat(),
                    "field": quote.field,
                    "value": plain_decimal(quote.value),
                    "unit": unit,
                    "adjustment": bar.adjustment,
                    "origin": bar.file or bar.source,
                    "as_of": bar.as_of.isoformat(),
                    "bars": quote.bars,
                    "sql": quote.sql,
                    "params": quote.params,
                    "note": ". ".join(notes),
                },
            )
        )

    # ------------------------------------------------------------------ filed figures

    def _figure(self, selector: Mapping[str, str], quote: Quote) -> Evidence:
        """Enter a figure as filed by the day of the price, on the price's share count.

        Raises:
            _NotHeldError: There is none, it is too old, or a split can't be placed.
        """
        if quote.bar.currency not in (None, "USD"):
            raise _NotHeldError(self._foreign(quote.bar.currency))
        metric, trailing = selector["metric"], selector["known"] == "trailing"
        found = self._newest(metric, quote.bar.day, trailing)
        item = self.ledger.enter(found, ticker=self.company.ticker)
        if item.period_end and quote.bar.day - item.period_end > _STALE:
            raise _NotHeldError(
                f"The newest {item.label.lower()} of {self.company.name} reported by "
                f"{write_date(quote.bar.day)} is of {write_date(item.period_end)}: too old to "
                f"set against that price. {self._how_to_ingest()}"
            )
        item = self._on_basis(item, quote)
        if metric == "shares_outstanding":
            self._check_count(item, quote)
        return item

    def _newest(self, metric: str, day: date, trailing: bool) -> FactFigure | Formula:
        """Return the newest figure filed by a day: a balance, or one of twelve months."""
        spans = Calendar.read(self.bench.warehouse, self.company.cik).spans
        parts = {"FY": "FY", "Q1": "TTM-Q1", "Q2": "TTM-Q2", "Q3": "TTM-Q3"}
        usual = [s for s in spans if s.end < day and s.period.part in parts][::-1]
        reasons: list[str] = []
        for span in usual[:_TRIES]:
            year, part = span.period.fiscal_year, span.period.part
            wanted = parts[part] if trailing else part
            found = resolve(self.bench.warehouse, metric, self.company.cik, year, wanted, as_of=day)
            if not isinstance(found, Missing):
                return found
            reasons.append(found.reason)
        label = self.bench.labels[metric]
        raise _NotHeldError(
            f"No {label.lower()} of {self.company.name} had been reported by {write_date(day)} in "
            f"what is on file. {self._why_none(reasons, day)}"
        )

    def _why_none(self, reasons: list[str], day: date) -> str:
        """Return why the newest figure is missing; or what brings reports where there are none."""
        [(filed,)] = self.connection.execute(
            "SELECT count(*) FROM fact WHERE cik = ? AND filed <= ?", [self.company.cik, day]
        ).fetchall()
        return reasons[0] if filed and reasons else self._how_to_ingest()

    def _on_basis(self, item: Evidence, quote: Quote) -> Evidence:
        """Restate an amount a share, or a share count, for the splits up to the price's basis."""
        direction = _ON_SHARES.get(item.unit)
        filed = self._filed(item)
        if direction is None or filed is None:
            return item
        between = splits_between(
            self._splits(), self._actions(), self._reports(), filed, quote.basis
        )
        if isinstance(between, str):
            raise _NotHeldError(
                f"{between}. `footnote fetch bars {self.company.ticker} --from yfinance` brings "
                "its day."
            )
        if between.factor == 1:
            return item
        return self._restated(item, between, direction)

    def _restated(self, item: Evidence, between: Between, direction: int) -> Evidence:
        factor = between.factor**direction
        name = item.metric
        code = f"{name} * {factor.numerator}" + (
            f" / {factor.denominator}" if factor.denominator != 1 else ""
        )
        return self.ledger.compute(
            code,
            {name: item},
            label=item.label,
            metric=name,
            unit=item.unit,
            dates=(item.period_start, item.period_end),
            note=f"Restated for the {' and the '.join(between.splits)} before the price's day",
        )

    def _filed(self, item: Evidence) -> date | None:
        """Return the newest filing day among the facts behind a figure."""
        if item.kind == "fact":
            return date.fromisoformat(item.source["filed"])
        given = [key for one in item.source["inputs"].values() for key in _listed(one)]
        days = [day for key in given if (day := self._filed(self.ledger[key]))]
        return max(days, default=None)

    def _check_count(self, shares: Evidence, quote: Quote) -> None:
        """Refuse a share count that the average counts of the earnings statement contradict.

        A company with several classes may report one of them, or add up unequal ones.

        Raises:
            _NotHeldError: It is less than half or more than twice the average.
        """
        for metric in _COUNTED:
            try:
                found = self._newest(metric, quote.bar.day, trailing=False)
            except _NotHeldError:
                continue
            average = self._on_basis(self.ledger.enter(found, ticker=self.company.ticker), quote)
            ratio = (shares.value or Decimal(0)) / (average.value or Decimal(1))
            if not Decimal("0.5") < ratio < 2:
                raise _NotHeldError(
                    f"The share count of {self.company.name} on file does not fit its average "
                    "share count: it may be of one class of several, so market capitalization "
                    "can't be worked out from it."
                )
            return

    def _splits(self) -> list[Split]:
        return find_splits(self._facts())

    def _reports(self) -> list[date]:
        rows = self.connection.execute(
            "SELECT DISTINCT filed FROM fact WHERE cik = ? "
            "AND (form LIKE '10-K%' OR form LIKE '10-Q%')",
            [self.company.cik],
        ).fetchall()
        return [row[0] for row in rows]

    def _facts(self) -> CompanyFacts:
        catalogue = Catalogue.installed(self.bench.warehouse)
        return Resolver(self.connection, catalogue, self.company.cik).facts

    def _actions(self) -> list[Action]:
        found = [
            action
            for ticker in self._tickers()
            for action in get_actions(self.connection, ticker, _FIRST_DAY, date.max)
        ]
        return list({(one.day, one.value): one for one in found if one.kind == "split"}.values())

    def _foreign(self, currency: str | None) -> str:
        return (
            f"The prices of {self.company.name} on file are in {currency}, its reports in US "
            "dollars; nothing on file says what one is in the other."
        )

    def _how_to_ingest(self) -> str:
        name = self.company.ticker or self.company.cik
        return f"`footnote ingest {name}` brings its reports."


def _listed(given: str | list[str]) -> list[str]:
    return given if isinstance(given, list) else [given]
