"""Days and times as files of prices and news write them, read as UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tools.errors import SetupError

_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_COMPACT_DATE = re.compile(r"(?:19|20)\d{6}")
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?(?:\.\d*)?")
_MAIL_DATE = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} ")


def read_moment(value: Any) -> datetime:
    """Read a day or a time as UTC without a zone; a time that names no zone is taken for UTC.

    Knows ISO 8601, `20240102`, `01/02/2024` (the month first), seconds and milliseconds since 1970,
    and the dates of mail and RSS.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    text = str(value if value is not None else "").strip()
    try:
        return in_utc(_read(text.removesuffix(" UTC")))
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:30]!r} is not a date") from None


def _read(text: str) -> datetime:
    if _COMPACT_DATE.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d")
    if found := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    if found := _US_DATE.fullmatch(text):
        return datetime(int(found[3]), int(found[1]), int(found[2]))
    if _MAIL_DATE.match(text):
        return parsedate_to_datetime(text)
    return datetime.fromisoformat(text)


def in_utc(moment: datetime) -> datetime:
    """Return a time as UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def refuse_days_first(values: Iterable[tuple[str, Any]]) -> None:
    """Refuse a table of which one date has the day before the month: others may, unseen.

    Args:
        values: Where each stands, and the date.

    Raises:
        SetupError: One has.
    """
    for where, value in values:
        found = _US_DATE.fullmatch(str(value or "").strip())
        if found and int(found[1]) > 12 >= int(found[2]):
            raise SetupError(
                f"{where}: {found[0]} has the day first, which can't be told in every row; "
                "write dates as YYYY-MM-DD"
            )
