"""Act on a plan over prices: bars of the days asked for, figures as filed by then, one program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agent.act import Bench, Case
from agent.calendar import Calendar
from agent.ledger import Ledger
from agent.market_figures import FiguresBesidePrice, NotHeldError
from agent.process import Process
from agent.state import CompanyRef, DaySpan, Evidence, Found, Plan
from agent.wording import write_date
from tools.json_values import plain_decimal
from tools.market.prices import Bar
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

_KINDS = {"none": "as traded", "splits": "corrected for splits"}


def act_on_prices(plan: Plan, process: Process, bench: Bench) -> Found:
    """Look up and compute everything a plan over prices needs, company by company."""
    ledger = Ledger(bench.sandbox, bench.labels)
    done: list[Case] = []
    missing: list[str] = []
    for company in plan.companies:
        try:
            done.append(_Prices(plan, company, process, bench, ledger).run())
        except NotHeldError as reason:
            missing.append(str(reason))
    if done and len(plan.companies) > 3:  # asked of all: those without prices are left out
        missing = []
    return Found(ledger.items, {"cases": tuple(done)}, tuple(dict.fromkeys(missing)))


@dataclass(frozen=True)
class _Window:
    """Days to take bars of, both included."""

    first: date
    last: date


class _Prices:
    """One company's case."""

    def __init__(
        self, plan: Plan, company: CompanyRef, process: Process, bench: Bench, ledger: Ledger
    ) -> None:
        self.plan, self.company, self.process = plan, company, process
        self.bench, self.ledger = bench, ledger
        self.filed = FiguresBesidePrice(company, bench, ledger)
        self.connection = bench.warehouse.connection
        self.notes: list[str] = []

    def run(self) -> Case:
        """Carry the case out.

        Raises:
            NotHeldError: It can't be.
        """
        quotes = self._quotes()
        last = max(quotes.values(), key=lambda one: one.bar.day)
        inputs = {name: self._enter(quote) for name, quote in quotes.items()}
        for name, selector in self.process.inputs.items():
            if "metric" in selector:
                inputs[name] = self.filed.enter(selector, last)
        for name in self.process.positive:
            if (inputs[name].value or 0) <= 0:
                label = self.bench.labels[self.process.inputs[name]["metric"]]
                raise NotHeldError(
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
            raise NotHeldError(self.filed.foreign(currency))
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
            NotHeldError: There is none on those days.
        """
        wanted = {n: s for n, s in self.process.inputs.items() if "bar" in s}
        held = self._held()
        is_change = any(selector["bar"] == "first" for selector in wanted.values())
        window = self._window(held, is_change, wanted)
        bars = read_series(self.connection, held.ticker, window.first, window.last, self.plan.as_of)
        if not bars:
            raise NotHeldError(self._none_between(held, window))
        if is_change:
            bars = self._from(bars, held)
        found = {}
        for name, selector in wanted.items():
            field: Field = selector.get("field", "close")  # type: ignore[assignment]
            which: Which = selector["bar"]  # type: ignore[assignment]
            quote = choose(bars, which, field)
            if quote is None:
                raise NotHeldError(f"The prices of {held.ticker} on file have no {field}.")
            found[name] = quote
        return found

    def _held(self) -> Held:
        held = held_prices(self.connection, self.filed.tickers(), self.plan.as_of)
        if held is None:
            ticker = self.filed.tickers()[0] if self.filed.tickers() else self.company.name
            by = f" as known on {write_date(self.plan.as_of)}" if self.plan.as_of else ""
            raise NotHeldError(
                f"No daily prices of {self.company.name} are on file{by}. `footnote fetch bars "
                f"{ticker} --from yfinance --start 2024-01-01` brings them, or `footnote ingest "
                f"{ticker}.csv` from a file."
            )
        return held

    def _window(
        self, held: Held, is_change: bool, wanted: Mapping[str, Mapping[str, str]]
    ) -> _Window:
        """Return the days to read bars of: a whole span, or the days up to the one asked for."""
        days = self._days(held)
        if days.last and days.last > held.last + LONGEST_PAUSE:
            raise NotHeldError(
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
        whole = days.fiscal.startswith("FY")
        year, part = (days.fiscal[2:], "FY") if whole else (days.fiscal[:4], days.fiscal[4:])
        spans = Calendar.read(self.bench.warehouse, self.company.cik).spans
        for span in spans:
            if (str(span.period.fiscal_year), span.period.part) == (year, part):
                first = span.end if days.points else span.start
                return DaySpan(first, span.end)
        raise NotHeldError(f"{self.company.name} has no fiscal period {days.fiscal} on file.")

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
            raise NotHeldError(
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
            NotHeldError: There is one between the days.
        """
        between = self.filed.splits_between(first, last)
        said = between if isinstance(between, str) else " and ".join(between.splits)
        if said:
            ticker = self.company.ticker
            raise NotHeldError(
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
