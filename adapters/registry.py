"""Which adapter serves a task. No adapter is shipped yet, so the base serves all of them.

An adapter is a folder `<weights>/<name>/` with a `card.json`: at least `task` (or `tasks`),
`base_name`, `base_hash` and `prompt_hash` (per task).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from adapters.errors import SetupError

NO_ADAPTER = "base"
SHIPPED_WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class AdapterCard:
    """What an adapter was trained for and on.

    Attributes:
        name: Its folder's name.
        folder: Where its weights are.
        prompt_hashes: Hash of the prompt template it was trained with, per task it serves.
        base_name: Base model it belongs to.
        base_hash: That base's `adapters.base_model.base_hash`.
    """

    name: str
    folder: Path
    prompt_hashes: dict[str, str]
    base_name: str
    base_hash: str


@dataclass(frozen=True)
class Registry:
    """The adapters at hand, by the task they serve."""

    cards: tuple[AdapterCard, ...] = ()

    @classmethod
    def open(cls, *, base_name: str, base_hash: str, folder: Path = SHIPPED_WEIGHTS) -> Registry:
        """Read every card of a weights folder.

        Raises:
            SetupError: A card cannot be read, two adapters serve one task, or an adapter
                was trained for another base.
        """
        cards = tuple(_read_card(path) for path in sorted(folder.glob("*/card.json")))
        for card in cards:
            if card.base_hash != base_hash:
                raise SetupError(
                    f"adapter {card.name} was trained for {card.base_name} "
                    f"({card.base_hash[:12]}) and the base model is {base_name} "
                    f"({base_hash[:12]}); configure that base or remove {card.folder}"
                )
        _refuse_two_for_a_task(cards)
        return cls(cards)

    def adapter_for(self, task: str) -> str:
        """Return the adapter's name, "base" where none serves the task."""
        for card in self.cards:
            if task in card.prompt_hashes:
                return card.name
        return NO_ADAPTER


def _read_card(path: Path) -> AdapterCard:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return AdapterCard(
            name=path.parent.name,
            folder=path.parent,
            prompt_hashes=dict(content["prompt_hashes"]),
            base_name=str(content["base_name"]),
            base_hash=str(content["base_hash"]),
        )
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise SetupError(f"{path} is not an adapter's card ({error}); remove its folder") from error


def _refuse_two_for_a_task(cards: Iterable[AdapterCard]) -> None:
    served: dict[str, str] = {}
    for card in cards:
        for task in card.prompt_hashes:
            if task in served:
                raise SetupError(
                    f"adapters {served[task]} and {card.name} both serve task {task}; remove one"
                )
            served[task] = card.name
