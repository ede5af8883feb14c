"""Prices, measures over prices, news and what is on file, asked in plain words over the sample."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.assemble import Parts
from agent.config import read_settings
from agent.replay import replay
from agent.session import Session
from tools.market.prices import Action, Adjustment, Bar, store_actions, store_bars

Ask = Callable[..., dict[str, Any]]
TODAY = date(2024, 9, 2)


def bar(ticker: str, day: date, close: str, adjustment: Adjustment = "none", **other: Any) -> Bar:
    """Return an invented bar: no price here was ever paid."""
    price = Decimal(close)
    made = Bar(
        ticker, "1d", datetime(day.year, day.month, day.day), day, adjustment, price, price,
        price, price, Decimal(1000), "USD", "file", TODAY, "invented.csv",
    )  # fmt: skip
    return replace(made, **other)


@pytest.fixture(scope="module")
def parts(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    import shutil

    home = tmp_path_factory.mktemp("market") / "home"
    shutil.copytree(sample_home, home)
    opened = Parts(read_settings(home=home, model="scripted"))
    with opened.open_for_writing() as warehouse, warehouse.transaction() as connection:
        # NVIDIA split ten for one on June 7, 2024; its first filing in new shares is of August 28
        store_bars(connection, [
            bar("NVDA", date(2024, 5, 24), "1000"), bar("NVDA", date(2024, 6, 20), "120"),
            bar("NVDA", date(2024, 8, 30), "110"),
            bar("TXN", date(2024, 5, 31), "190", "splits"),
            bar("MCD", date(2024, 5, 31), "250", "total"),
            bar("WMT", date(2024, 5, 31), "60", currency="GBP"),
        ])  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ask(parts: Parts) -> Iterator[Ask]:
    with Session.open(parts) as session:
        yield session.ask


def value(record: dict[str, Any], metric: str) -> Decimal:
    [figure] = [one for one in record["answer"]["figures"] if one["metric"] == metric]
    return Decimal(figure["value"])


def text(record: dict[str, Any]) -> str:
    return str(record["answer"]["text"])


# HLDN.csv: 40.86 on March 14, 2025; its 10-K: 30,990 thousand shares, diluted EPS 1.63, debt
# 86,866, cash 45,619, equity 274,710, revenue 462,166 (USD thousands), dividends 0.40 a share.
CAP = Decimal("40.86") * 30_990_000


@pytest.mark.parametrize(
    ("question", "metric", "expected"),
    [
        ("What is Halden's share price?", "close_price", Decimal("40.86")),
        ("What did HLDN close at on February 19, 2025?", "close_price", Decimal("41.62")),
        ("Halden's highest close in 2024?", "close_price", Decimal("40.22")),
        ("lowest closing price of Halden in 2024", "close_price", Decimal("29.14")),
        ("How many Halden shares were traded on 2025-02-19?", "trading_volume", Decimal(730388)),
        ("How much is Halden worth?", "market_cap", CAP),
        ("Halden's price to book", "price_book", CAP / 274_710_000),
        ("HLDN P/E?", "price_earnings", Decimal("40.86") / Decimal("1.63")),
        ("dividend yield of Halden", "dividend_yield", Decimal("0.40") / Decimal("40.86")),
        ("Halden's enterprise value", "enterprise_value", CAP + 86_866_000 - 45_619_000),
        (
            "How much did Halden's stock rise between February 18, 2025 and February 19, 2025?",
            "price_change", (Decimal("41.62") - Decimal("39.40")) / Decimal("39.40"),
        ),
        (
            "How did Halden's stock do in February 2025?",
            "price_change", (Decimal("41.40") - Decimal("38.70")) / Decimal("38.70"),
        ),
    ],
)  # fmt: skip
def test_measures_over_prices(
    ask: Ask, parts: Parts, question: str, metric: str, expected: Decimal
) -> None:
    record = ask(question)
    assert record["answer"]["status"] == "answered", text(record)
    assert abs(value(record, metric) - expected) < Decimal("1e-9")
    assert all(one.same for one in replay(record, parts))


def test_a_footnote_names_bar_adjustment_and_file(ask: Ask) -> None:
    [note] = ask("Halden's share price on March 3, 2025")["answer"]["footnotes"]
    assert (note["kind"], note["source"]["ticker"], note["source"]["day"]) == (
        "bar", "HLDN", "2025-03-03",
    )  # fmt: skip
    assert (note["source"]["adjustment"], note["source"]["origin"]) == ("none", "HLDN.csv")


def test_a_day_without_trading_is_said(ask: Ask) -> None:
    record = ask("What was Halden's share price on July 4, 2024?")
    assert "on July 3, 2024" in text(record)
    assert "There is no price of July 4, 2024; the last before it counts" in text(record)


def test_a_price_before_a_report_has_no_earnings_from_it(ask: Ask) -> None:
    record = ask("What was Halden's P/E on December 20, 2024?")  # its 10-K came on February 19
    assert record["answer"]["status"] == "abstained"
    assert "had been reported by December 20, 2024" in text(record)


def test_without_prices_the_command_that_brings_them_is_said(ask: Ask) -> None:
    record = ask("What is Apple's market cap?")
    assert record["answer"]["status"] == "abstained"
    assert "footnote fetch bars AAPL" in text(record)
    assert "footnote ingest AAPL.csv" in text(record)


def test_days_outside_of_what_is_held_are_refused(ask: Ask) -> None:
    record = ask("Halden's share price on March 3, 2019")
    assert record["answer"]["figures"] == []
    assert "from January 2, 2024 to March 14, 2025" in text(record)


def test_no_forecast_is_made(ask: Ask) -> None:
    record = ask("What will Halden's share price be next year?")
    assert record["answer"]["status"] == "abstained"
    assert "forecast" in text(record)


def test_old_price_and_old_share_count_agree_before_a_split(ask: Ask) -> None:
    record = ask("NVIDIA's market cap on May 24, 2024")
    # 10-K filed 2024-02-21: 2,464 million shares, before the split
    assert value(record, "market_cap") == Decimal(1000) * 2_464_000_000


def test_a_split_that_nothing_dates_is_not_guessed(ask: Ask) -> None:
    record = ask("NVIDIA's market cap on June 20, 2024")
    assert record["answer"]["status"] == "abstained"
    assert "10-for-1 split" in text(record)
    assert "before or after" in text(record)


def test_earnings_in_old_shares_are_restated_for_a_price_in_new_ones(ask: Ask) -> None:
    record = ask("NVIDIA's P/E on August 30, 2024")
    assert record["answer"]["status"] == "answered", text(record)
    # The quarter to July 28, 2024 is in new shares, those before it are not restated in what was
    # filed by then: so the twelve months end a quarter earlier, 17.09 in old shares.
    assert "the twelve months to Q1 FY2025" in text(record)
    assert round(value(record, "price_earnings"), 4) == round(Decimal(110) / Decimal("1.709"), 4)


def test_a_change_of_prices_as_traded_across_a_split_is_refused(ask: Ask) -> None:
    record = ask("How much did NVIDIA's stock fall between May 24, 2024 and August 30, 2024?")
    assert record["answer"]["status"] == "abstained"
    assert "split lies between" in text(record)


def test_prices_corrected_for_splits_say_so(ask: Ask) -> None:
    record = ask("What was Texas Instruments' share price on May 31, 2024?")
    assert "Prices are corrected for splits up to September 2, 2024" in text(record)


def test_prices_corrected_for_dividends_are_no_prices(ask: Ask) -> None:
    record = ask("McDonald's share price on May 31, 2024")
    assert record["answer"]["status"] == "abstained"


def test_prices_in_another_currency_are_not_set_against_dollars(ask: Ask) -> None:
    record = ask("Walmart's P/E on May 31, 2024")
    assert record["answer"]["status"] == "abstained"
    assert "GBP" in text(record)


def test_a_known_split_restates_the_share_count(ask: Ask, parts: Parts) -> None:
    split = Action("NVDA", date(2024, 6, 10), "split", Decimal(10), "file", TODAY)
    home = parts.settings.home
    parts.forget_vocabulary()
    with parts.open_for_writing() as warehouse, warehouse.transaction() as connection:
        store_actions(connection, [split])
    again = Parts(read_settings(home=home, model="scripted"))
    with Session.open(again) as session:
        record = session.ask("NVIDIA's market cap on June 20, 2024")
    assert record["answer"]["status"] == "answered", text(record)
    assert value(record, "market_cap") == Decimal(120) * 10 * 2_464_000_000
    assert "Restated for the 10-for-1 split" in text(record)


def test_news_comes_with_days_and_publisher(ask: Ask, parts: Parts) -> None:
    record = ask("Show me the headlines on Halden from February 2025")
    assert text(record).count("February") == 2
    assert record["answer"]["footnotes"][0]["source"]["source"] == "Narragansett Wire (invented)"
    assert all(one.same for one in replay(record, parts))
    assert "a second source" in text(ask("What was in the news about suppliers at Halden?"))
    assert ask("Any news on Apple?")["answer"]["status"] == "abstained"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which companies do you have?", "11 companies [1] are on file"),
        ("What do you hold for Halden?", "301 daily bars from January 2, 2024 to March 14, 2025"),
        ("When was the data on Walmart last updated?", "the newest was filed on May 29, 2026"),
        ("How fresh is the data?", "filed facts"),
        ("What is the P/E ratio?", "diluted earnings per share"),
    ],
)
def test_what_is_on_file_is_told(ask: Ask, parts: Parts, question: str, said: str) -> None:
    record = ask(question)
    assert record["answer"]["status"] == "answered"
    assert said in text(record)
    assert all(one.same for one in replay(record, parts))


def test_a_company_that_is_not_held_is_said(ask: Ask) -> None:
    record = ask("Do you have anything on Netflix?")
    assert "No company on file is called “Netflix”" in text(record)


def test_a_conversation_goes_on_about_prices(ask: Ask) -> None:
    ask("What is Halden's market cap?", thread="prices")
    record = ask("And on March 3, 2025?", thread="prices")
    assert value(record, "market_cap") == Decimal("41.24") * 30_990_000
    record = ask("How did the stock do in January 2025?", thread="prices")
    assert "rose" in text(record) or "fell" in text(record)
    record = ask("What was revenue in fiscal 2024?", thread="prices")
    assert value(record, "revenue") == Decimal(462_166_000)


def test_words_about_prices_in_a_filing_are_still_read_there(ask: Ask) -> None:
    record = ask("What does Halden say about its share price?")
    assert {note["kind"] for note in record["answer"]["footnotes"]} == {"passage"}
