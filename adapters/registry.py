"""Which adapter serves a task; the base serves those that have none.

An adapter is a folder `<weights>/<name>/` with a `card.json`: at least `task` (or `tasks`),
`base_name`, `base_hash` and `prompt_hash` (per task).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from adapters.errors import SetupError
from adapters.inspection import changed_file

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
        files: SHA-256 of each file beside the card.
    """

    name: str
    folder: Path
    prompt_hashes: dict[str, str]
    base_name: str
    base_hash: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Registry:
    """The adapters at hand, by the task they serve."""

    cards: tuple[AdapterCard, ...] = ()

    @classmethod
    def open(
        cls,
        *,
        base_name: str,
        base_hash: str,
        folder: Path = SHIPPED_WEIGHTS,
        own_folder: Path | None = None,
    ) -> Registry:
        """Read every card of a weights folder.

        Args:
            base_name: The base model's.
            base_hash: The base model's.
            folder: The shipped adapters.
            own_folder: The user's adapters; they take their tasks over from shipped ones.

        Raises:
            SetupError: A card cannot be read, a file is not what its card says, two adapters
                serve one task, or an adapter was trained for another base.
        """
        cards = _read_cards(folder)
        if own_folder is not None and own_folder.is_dir():
            own = _read_cards(own_folder)
            taken = {task for card in own for task in card.prompt_hashes}
            cards = (*own, *(card for card in cards if not taken & set(card.prompt_hashes)))
        for card in cards:
            if card.base_hash != base_hash:
                raise SetupError(
                    f"adapter {card.name} was trained for {card.base_name} "
                    f"({card.base_hash[:12]}) and the base model is {base_name} "
                    f"({base_hash[:12]}); configure that base or remove {card.folder}"
                )
        _refuse_two_for_a_task(cards)
        return cls(cards)

    def check_prompt(self, adapter: str, task: str, prompt_hash: str | None) -> None:
        """Refuse an adapter that was trained with another template of this task.

        Raises:
            SetupError: The template has changed since.
        """
        trained = {card.name: card.prompt_hashes.get(task) for card in self.cards}.get(adapter)
        if trained and prompt_hash and trained != prompt_hash:
            raise SetupError(
                f"adapter {adapter} was trained with another prompt of task {task}; train it "
                f"anew with `footnote train {task}` or remove its folder"
            )

    def adapter_for(self, task: str) -> str:
        """Return the adapter's name, "base" where none serves the task."""
        for card in self.cards:
            if task in card.prompt_hashes:
                return card.name
        return NO_ADAPTER


def _read_cards(folder: Path) -> tuple[AdapterCard, ...]:
    cards = tuple(_read_card(path) for path in sorted(folder.glob("*/card.json")))
    for card in cards:
        if changed := changed_file(card.folder, card.files):
            raise SetupError(f"adapter {card.name}: {changed}; fetch or train it again")
    return cards


def _read_card(path: Path) -> AdapterCard:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return AdapterCard(
            name=path.parent.name,
            folder=path.parent,
            prompt_hashes=dict(content["prompt_hashes"]),
            base_name=str(content["base_name"]),
            base_hash=str(content["base_hash"]),
            files=dict(content.get("files", {})),
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
