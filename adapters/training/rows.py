"""Training rows: one JSON object a line, made anywhere, read here.

A row holds a task's variables and not its prompt, so that the prompt of training is the
prompt of serving: both come out of `TaskSpec.render`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adapters.errors import SetupError

_TEXT_FIELDS = ("id", "task", "origin", "group", "completion")


@dataclass(frozen=True)
class TrainingRow:
    """One example of a task.

    Attributes:
        id: Its name, unique within a file; the data set's own id where it has one.
        task: `TaskSpec.name`.
        origin: Where it comes from: data set and split, or generator with its version.
        group: What held-out rows are chosen by (document, company, metric, wording): rows of
            one group are all trained on or all held out.
        variables: What `TaskSpec.render` takes.
        completion: The reply to learn, as text without an end token.
    """

    id: str
    task: str
    origin: str
    group: str
    variables: Mapping[str, str | Sequence[str]]
    completion: str


def read_rows(path: Path, *, task: str | None = None) -> Iterator[TrainingRow]:
    """Read a file of rows, or every `*.jsonl` of a folder in the order of their names.

    Args:
        path: File or folder.
        task: Refuse rows of another task.

    Raises:
        SetupError: There is no such file, or a line is no row; the message names the line.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise SetupError(f"there are no training rows at {path}; give a .jsonl file or a folder")
    seen: dict[str, str] = {}
    for file in files:
        with file.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    row = _row(line, f"{file}:{number}", task)
                    _refuse_twice(seen, row.id, f"{file}:{number}")
                    yield row


def write_rows(path: Path, rows: Iterable[TrainingRow]) -> int:
    """Write rows, replacing the file only once all of them are there; return how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    count = 0
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
                count += 1
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return count


def _row(line: str, where: str, task: str | None) -> TrainingRow:
    try:
        content = json.loads(line)
    except ValueError as error:
        raise SetupError(f"{where} is not JSON ({error}); correct or remove the line") from error
    problem = _problem(content, task)
    if problem:
        raise SetupError(f"{where} is not a training row: {problem}; correct or remove the line")
    return TrainingRow(**content)


def _problem(content: Any, task: str | None) -> str:
    """Say what is wrong with a parsed line; empty when nothing is."""
    if not isinstance(content, dict):
        return "it is not an object"
    wanted = {*_TEXT_FIELDS, "variables"}
    if set(content) != wanted:
        missing, unknown = sorted(wanted - set(content)), sorted(set(content) - wanted)
        return f"missing fields {missing}, unknown fields {unknown}"
    for name in _TEXT_FIELDS:
        if not isinstance(content[name], str) or not content[name].strip():
            return f"{name!r} is not a text, or an empty one"
    variables = content["variables"]
    if not isinstance(variables, dict) or not all(map(_is_value, variables.values())):
        return "'variables' is not an object of texts and lists of texts"
    if task is not None and content["task"] != task:
        return f"it is of task {content['task']!r}, not {task!r}"
    return ""


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def _refuse_twice(seen: dict[str, str], name: str, where: str) -> None:
    if name in seen:
        raise SetupError(f"{where} repeats the id {name!r} of {seen[name]}; give it another")
    seen[name] = where
