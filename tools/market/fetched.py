"""What the adapters of public APIs share: their result, their errors, and numbers made exact."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tools.errors import SetupError
from tools.market.prices import Action, Bar

_PLACES = Decimal(1).scaleb(-10)  # what is stored


class FetchError(Exception):
    """A public API can't be reached, refused, or sent what makes no sense; one line says which."""


@dataclass(frozen=True, slots=True)
class FetchedBars:
    """One ticker's bars, dividends and splits; `notes` say what is missing of what was asked."""

    bars: tuple[Bar, ...]
    actions: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()


def require(module: str, package: str, extra: str) -> Any:
    """Import a library that is an extra.

    Raises:
        SetupError: It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SetupError(
            f"Fetching from here needs the package {package}: pip install 'footnote[{extra}]'"
        ) from error


def to_decimal(text: str) -> Decimal | None:
    """Read a number as an API writes it, or a float's repr; None where there is none (NaN)."""
    number = Decimal(text)
    return number.quantize(_PLACES) if number.is_finite() and number.adjusted() < 28 else None
