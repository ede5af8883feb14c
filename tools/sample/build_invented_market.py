"""Writes the invented company's prices and news: `python -m tools.sample.build_invented_market`.

The prices walk between anchors that agree with its 10-K (the public float of June 2024, the range
of closes, what it paid for its own shares in the fourth quarter); equal code gives equal bytes.
None of it happened.
"""

from __future__ import annotations

import csv
import io
import json
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

_HERE = Path(__file__).parent
BARS = _HERE / "HLDN.csv"
NEWS = _HERE / "hldn-news.json"
AS_OF = date(2025, 3, 17)

_ANCHORS = [
    (date(2024, 1, 2), 30.45), (date(2024, 1, 17), 29.14), (date(2024, 2, 22), 33.60),
    (date(2024, 4, 15), 34.10), (date(2024, 6, 28), 35.47), (date(2024, 8, 5), 34.20),
    (date(2024, 10, 1), 37.60), (date(2024, 10, 25), 38.20), (date(2024, 11, 12), 38.30),
    (date(2024, 12, 16), 40.22), (date(2024, 12, 27), 38.60), (date(2025, 1, 31), 38.70),
    (date(2025, 2, 18), 39.40), (date(2025, 2, 19), 41.62), (date(2025, 3, 14), 40.86),
]  # fmt: skip
# Item 1A says between which closes fiscal 2024 ran.
_LOWEST, _HIGHEST = 29.14, 40.22
# The exchange's holidays, and the day of mourning of January 9, 2025.
_CLOSED = {
    date(2024, 1, 15), date(2024, 2, 19), date(2024, 3, 29), date(2024, 5, 27), date(2024, 6, 19),
    date(2024, 7, 4), date(2024, 9, 2), date(2024, 11, 28), date(2024, 12, 25), date(2025, 1, 1),
    date(2025, 1, 9), date(2025, 1, 20), date(2025, 2, 17),
}  # fmt: skip
# First days without the dividend; fiscal 2024's four came to $0.40 a share.
_DIVIDENDS = {
    date(2024, 2, 29): "0.10", date(2024, 5, 31): "0.10", date(2024, 8, 30): "0.10",
    date(2024, 11, 29): "0.10", date(2025, 2, 28): "0.11",
}  # fmt: skip
_WIRE = "Narragansett Wire (invented)"
_NEWS = [
    ("2025-03-12T13:05:00Z", "Halden Marine to show its new ring-laser gyrocompass in Bergen",
     "The company said first deliveries are planned for the autumn."),
    ("2025-02-19T21:10:00Z", "Halden Marine reports fiscal 2024 results",
     "The maker of gyrocompasses and sonars filed its annual report. Diluted earnings rose to "
     "$1.63 a share from $1.15."),
    ("2025-02-05T14:30:00Z", "Halden Marine raises its quarterly dividend to $0.11 a share",
     "The dividend is payable on March 14 to holders of record on February 28."),
    ("2025-01-16T12:00:00Z", "Ship owners order more sonars, survey of yards finds",
     "Halden Marine was among the suppliers that yards named most often."),
    ("2024-11-14T13:45:00Z", "Halden Marine names a second source for fibre coils",
     "The company has depended on one supplier for the coils of its gyrocompasses."),
    ("2024-08-07T20:20:00Z", "Halden Marine buys back shares as orders hold up",
     "The repurchases come under the authorization of February 2022."),
    ("2024-05-14T15:00:00Z", "Holders of Halden Marine elect all directors", ""),
]  # fmt: skip


def trading_days() -> Iterator[date]:
    """Give the exchange's trading days from the first anchor to the last."""
    day = _ANCHORS[0][0]
    while day <= _ANCHORS[-1][0]:
        if day.weekday() < 5 and day not in _CLOSED:
            yield day
        day += timedelta(days=1)


def build_bars() -> str:
    """Return the table of daily prices as traded."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(
        ["date", "open", "high", "low", "close", "volume", "currency", "dividend", "as_of"]
    )
    chance = Random(9990001)
    before = _ANCHORS[0][1] - 0.12
    for day in trading_days():
        close = _between_anchors(day)
        if day not in dict(_ANCHORS):
            close += chance.uniform(-0.35, 0.35)
            if day.year == 2024:
                close = min(max(close, _LOWEST + 0.05), _HIGHEST - 0.05)
        first = before + chance.uniform(-0.15, 0.15)
        high = max(first, close) + chance.uniform(0.02, 0.30)
        low = min(first, close) - chance.uniform(0.02, 0.30)
        volume = chance.randrange(90_000, 240_000) * (4 if day == date(2025, 2, 19) else 1)
        prices = [f"{price:.2f}" for price in (first, high, low, close)]
        table.writerow([day, *prices, volume, "USD", _DIVIDENDS.get(day, ""), AS_OF])
        before = close
    return out.getvalue()


def build_news() -> str:
    """Return the news as JSON."""
    items = [
        {
            "published": published, "title": title, "text": text, "source": _WIRE,
            "ticker": "HLDN", "as_of": f"{AS_OF}T00:00:00Z",
        }
        for published, title, text in _NEWS
    ]  # fmt: skip
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def _between_anchors(day: date) -> float:
    place = bisect_right(_ANCHORS, (day, float("inf"))) - 1
    (start, low), (end, high) = _ANCHORS[place], _ANCHORS[min(place + 1, len(_ANCHORS) - 1)]
    whole = (end - start).days or 1
    return low + (high - low) * (day - start).days / whole


if __name__ == "__main__":
    BARS.write_text(build_bars(), encoding="utf-8")
    NEWS.write_text(build_news(), encoding="utf-8")
