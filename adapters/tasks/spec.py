"""A task's prompt: one `render` for training rows and for serving.

The template is data (turns with `{variable}` places); the variables are strict, so a
misspelt one fails here and not as a silent blank in the prompt. The prompt hash is saved
with an adapter's weights, so weights trained on another wording are refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

Role = Literal["system", "user", "assistant"]
ListStyle = Literal["letters", "numbers", "lines"]
VariableValue = str | Sequence[str]

_PLACE = re.compile(r"\{([a-z_]+)\}")
_MESSAGE_CLASS: dict[Role, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


@dataclass(frozen=True)
class Turn:
    """One message of a template; `{name}` marks a variable, nothing else is special."""

    role: Role
    text: str


@dataclass(frozen=True)
class TaskSpec:
    """What the model is asked to do in one kind of step.

    Attributes:
        name: The task's name, which also selects its adapter ("plan", "qa", ...).
        turns: The template, system turn first.
        lists: How each list variable is written; a list variable that is not named here
            is an error.
        unshown: Variables that belong to the task and that this wording leaves out, since
            the grammar carries them.
        max_new_tokens: Decoding limit, tokens.
        normalisation: How choices are scored: "mean" log-probability a token, which a base needs
            for choices of different length, or "sum", right for an adapter trained to write one.
    """

    name: str
    turns: tuple[Turn, ...]
    lists: Mapping[str, ListStyle] = field(default_factory=dict)
    unshown: tuple[str, ...] = ()
    max_new_tokens: int = 64
    normalisation: Literal["sum", "mean"] = "mean"

    @property
    def variables(self) -> frozenset[str]:
        """Names that `render` wants, no more and no fewer."""
        shown = {name for turn in self.turns for name in _PLACE.findall(turn.text)}
        return frozenset(shown | set(self.unshown))

    @property
    def prompt_hash(self) -> str:
        """SHA-256 over the template and list styles, 64 hex digits."""
        turns = [[turn.role, turn.text] for turn in self.turns]
        content = json.dumps([self.name, turns, sorted(self.lists.items())], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def render(self, **variables: VariableValue) -> list[BaseMessage]:
        """Fill the template.

        A value's own braces are left alone: the template is filled in one pass.

        Raises:
            ValueError: A variable is missing, unknown, or a list without a style.
        """
        wanted, given = self.variables, frozenset(variables)
        if wanted != given:
            raise ValueError(
                f"task {self.name!r}: missing variables {sorted(wanted - given)}, "
                f"unknown variables {sorted(given - wanted)}"
            )
        written = {name: self._write(name, value) for name, value in variables.items()}
        return [
            _MESSAGE_CLASS[turn.role](_PLACE.sub(lambda place: written[place[1]], turn.text))
            for turn in self.turns
        ]

    def _write(self, name: str, value: VariableValue) -> str:
        if isinstance(value, str):
            return value
        if name not in self.lists:
            raise ValueError(f"task {self.name!r}: variable {name!r} takes text, not a list")
        return write_list(value, self.lists[name])


def list_mark(index: int, style: ListStyle) -> str:
    """Return the mark of a list's item, counted from 0: 'A', ..., 'Z', 'AA' or '1', '2'."""
    if style == "numbers":
        return str(index + 1)
    if style == "lines":
        return ""
    mark = string.ascii_uppercase[index % 26]
    return mark if index < 26 else list_mark(index // 26 - 1, style) + mark


def write_list(items: Sequence[str], style: ListStyle) -> str:
    """Write one item a line; line breaks inside an item become spaces."""
    lines = [" ".join(item.split()) for item in items]
    if style == "lines":
        return "\n".join(lines)
    return "\n".join(f"{list_mark(i, style)}. {line}" for i, line in enumerate(lines))
