"""What planning looks at, and how it says that there is no plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.calendar import Calendar
from agent.state import CompanyRef


@dataclass(frozen=True)
class Blocked:
    """Why no plan can be made.

    Attributes:
        text: What to say.
        options: What to choose from, where asking helps.
        final: No plan could be made of the question whatever its words mean.
    """

    text: str
    options: tuple[str, ...] = ()
    final: bool = False


@dataclass(frozen=True)
class Desk:
    """What planning may look at: companies, their calendars and texts, and kinds of metrics."""

    companies: Sequence[CompanyRef]
    calendar: Callable[[int], Calendar]
    has_text: Callable[[int], bool]
    is_balance: Callable[[str], bool]
    is_flow: Callable[[str], bool]
    is_formula: Callable[[str], bool]
    is_metric: Callable[[str], bool]
    has_prices: Callable[[int], bool] = lambda cik: False
    is_in_days: Callable[[str], bool] = lambda metric: False
