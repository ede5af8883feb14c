"""Filed figures beside a price: known on its day, and on the share count that it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from agent.act import Bench
from agent.calendar import Calendar
from agent.ledger import Ledger
from agent.state import CompanyRef, Evidence
from agent.wording import write_date
from tools.figures.company_facts import CompanyFacts
from tools.figures.figure import FactFigure, Formula, Missing
from tools.figures.metrics import Catalogue
from tools.figures.resolve import resolve
from tools.figures.resolver import Resolver
from tools.figures.splits import Split, find_splits
from tools.market.prices import Action, get_actions
from tools.market.quotes import Quote
from tools.market.share_basis import Between, splits_between

_FIRST_DAY = date(1900, 1, 1)
_STALE = timedelta(days=550)
_TRIES = 6
_ON_SHARES = {"USD/shares": -1, "shares": 1}
_COUNTED = ("shares_diluted", "shares_basic")


class NotHeldError(Exception):
    """Why a case can't be carried out; its text is for the person."""


class FiguresBesidePrice:
    """One company's filed figures, entered into a ledger so that they fit a price."""

    def __init__(self, company: CompanyRef, bench: Bench, ledger: Ledger) -> None:
        self.company, self.bench, self.ledger = company, bench, ledger
        self.connection = bench.warehouse.connection

    def enter(self, selector: Mapping[str, str], quote: Quote) -> Evidence:
        """Enter a figure as filed by the day of the price, on the price's share count.

        Raises:
            NotHeldError: There is none, it is too old, or a split can't be placed.
        """
        if quote.bar.currency not in (None, "USD"):
            raise NotHeldError(self.foreign(quote.bar.currency))
        metric, trailing = selector["metric"], selector["known"] == "trailing"
        found = self._newest(metric, quote.bar.day, trailing)
        item = self.ledger.enter(found, ticker=self.company.ticker)
        if item.period_end and quote.bar.day - item.period_end > _STALE:
            raise NotHeldError(
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
        raise NotHeldError(
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
        between = self.splits_between(filed, quote.basis)
        if isinstance(between, str):
            raise NotHeldError(
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
            NotHeldError: It is less than half or more than twice the average.
        """
        for metric in _COUNTED:
            try:
                found = self._newest(metric, quote.bar.day, trailing=False)
            except NotHeldError:
                continue
            average = self._on_basis(self.ledger.enter(found, ticker=self.company.ticker), quote)
            ratio = (shares.value or Decimal(0)) / (average.value or Decimal(1))
            if not Decimal("0.5") < ratio < 2:
                raise NotHeldError(
                    f"The share count of {self.company.name} on file does not fit its average "
                    "share count: it may be of one class of several, so market capitalization "
                    "can't be worked out from it."
                )
            return

    def splits_between(self, first: date, last: date) -> Between | str:
        """Return the splits between two days, or why they can't be told."""
        return splits_between(self._splits(), self._actions(), self._reports(), first, last)

    def tickers(self) -> list[str]:
        """Return the company's tickers, the one asked for first."""
        [(tickers,)] = self.connection.execute(
            "SELECT tickers FROM company WHERE cik = ?", [self.company.cik]
        ).fetchall()
        return list(dict.fromkeys(one for one in (self.company.ticker, *tickers) if one))

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
            for ticker in self.tickers()
            for action in get_actions(self.connection, ticker, _FIRST_DAY, date.max)
        ]
        return list({(one.day, one.value): one for one in found if one.kind == "split"}.values())

    def foreign(self, currency: str | None) -> str:
        """Say that prices and reports are in different currencies."""
        return (
            f"The prices of {self.company.name} on file are in {currency}, its reports in US "
            "dollars; nothing on file says what one is in the other."
        )

    def _how_to_ingest(self) -> str:
        name = self.company.ticker or self.company.cik
        return f"`footnote ingest {name}` brings its reports."


def _listed(given: str | list[str]) -> list[str]:
    return given if isinstance(given, list) else [given]
