"""Invented prices of an invented ticker with a split of two for one on 2024-06-03."""

from datetime import date, datetime
from decimal import Decimal

from tools.market.prices import Action, Adjustment, Bar, get_actions, get_bars, store_actions
from tools.market.prices import store_bars as store
from tools.warehouse import Warehouse

JUNE, JULY = date(2024, 6, 1), date(2024, 7, 1)


def bar(
    day: int, close: str, adjustment: Adjustment = "none", as_of: date = JULY, source: str = "file"
) -> Bar:
    when = date(2024, 5, day)
    price = Decimal(close)
    return Bar(
        "KTL", "1d", datetime(2024, 5, day), when, adjustment, price, price, price, price,
        Decimal(10), "USD", source, as_of,
    )  # fmt: skip


def closes(warehouse: Warehouse, **options: object) -> list[str]:
    start, end = date(2024, 5, 1), date(2024, 5, 31)
    found = get_bars(warehouse.connection, "ktl", start, end, **options)  # type: ignore[arg-type]
    return [f"{one.adjustment} {float(one.close):g}" for one in found]


def test_series_are_never_mixed(warehouse: Warehouse) -> None:
    store(warehouse.connection, [bar(1, "20"), bar(2, "22"), bar(1, "9.9", "total")])
    assert closes(warehouse) == ["none 20", "none 22"]
    assert closes(warehouse, adjusted=True) == ["total 9.9"]


def test_prices_corrected_for_splits_stand_in_and_say_so(warehouse: Warehouse) -> None:
    store(warehouse.connection, [bar(1, "10", "splits")])
    assert closes(warehouse) == closes(warehouse, adjusted=True) == ["splits 10"]


def test_corrected_prices_are_hidden_as_of_a_day_before_they_were_fetched(
    warehouse: Warehouse,
) -> None:
    store(warehouse.connection, [bar(1, "20"), bar(2, "22"), bar(1, "9.9", "total")])
    assert closes(warehouse, adjusted=True, as_of=JUNE) == []
    assert closes(warehouse, as_of=date(2024, 5, 1)) == ["none 20"]


def test_corrected_prices_come_from_one_fetch(warehouse: Warehouse) -> None:
    before_split = [bar(1, "19.8", "total", JUNE), bar(2, "21.8", "total", JUNE)]
    after_split = [bar(2, "10.9", "total", JULY)]
    store(warehouse.connection, before_split + after_split)
    assert closes(warehouse, adjusted=True) == ["total 19.8", "total 21.8"]
    store(warehouse.connection, [bar(1, "9.9", "total", JULY)])
    assert closes(warehouse, adjusted=True) == ["total 9.9", "total 10.9"]
    assert closes(warehouse, adjusted=True, as_of=JUNE) == ["total 19.8", "total 21.8"]


def test_the_source_with_the_most_days_is_taken_whole(warehouse: Warehouse) -> None:
    other = [bar(day, "5", source="yfinance") for day in (1, 2, 3)]
    store(warehouse.connection, [bar(1, "20"), *other])
    assert closes(warehouse) == ["none 5"] * 3
    assert closes(warehouse, source="file") == ["none 20"]


def test_a_later_fetch_corrects_a_price_as_traded(warehouse: Warehouse) -> None:
    store(warehouse.connection, [bar(1, "20", as_of=JUNE), bar(1, "20.5", as_of=JULY)])
    assert closes(warehouse) == ["none 20.5"]


def test_actions_are_kept_once(warehouse: Warehouse) -> None:
    split = Action("KTL", date(2024, 6, 3), "split", Decimal(2), "yfinance", JULY)
    store_actions(warehouse.connection, [split, split])
    start, end = date(2024, 1, 1), date(2024, 12, 31)
    assert get_actions(warehouse.connection, "KTL", start, end) == [split]
    assert get_actions(warehouse.connection, "KTL", start, end, as_of=JUNE) == []
