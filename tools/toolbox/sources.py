"""What tool functions work with: the warehouse, its locked twin, and the embedder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType

from tools.figures.metrics import Catalogue
from tools.sandbox.interface import Sandbox
from tools.search.passages import Embed
from tools.sql import LockedSql
from tools.warehouse import Warehouse


@dataclass(frozen=True)
class Sources:
    """Everything a tool function may look at; close it to let go of the locked connection.

    Attributes:
        warehouse: Open read-only, with an installed catalogue.
        sandbox: Makes the sandbox when a program is first run.
        embed: Makes the embedding function when passages are first searched, with its model's id.
        known_as: Everyday names of companies, by CIK.
    """

    warehouse: Warehouse
    sandbox: Callable[[], Sandbox]
    embed: Callable[[], tuple[Embed, str]]
    known_as: Mapping[int, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The metrics that the warehouse was given."""
        return Catalogue.installed(self.warehouse)

    @cached_property
    def locked(self) -> LockedSql:
        """A connection on which foreign SQL is harmless."""
        return LockedSql(self.warehouse.path)

    def close(self) -> None:
        """Close the locked connection, if one was opened; the warehouse is its owner's."""
        with suppress(KeyError):
            self.__dict__.pop("locked").close()

    def __enter__(self) -> Sources:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
