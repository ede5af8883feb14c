"""Every task by its name: the TaskSpecs of this folder's modules."""

from __future__ import annotations

import importlib
import pkgutil

import adapters.tasks
from adapters.errors import SetupError
from adapters.tasks.spec import TaskSpec


def tasks() -> dict[str, TaskSpec]:
    """Return all tasks by name, in alphabetical order."""
    found = {}
    for module in pkgutil.iter_modules(adapters.tasks.__path__):
        for value in vars(importlib.import_module(f"adapters.tasks.{module.name}")).values():
            if isinstance(value, TaskSpec):
                found[value.name] = value
    return dict(sorted(found.items()))


def task_named(name: str) -> TaskSpec:
    """Return a task.

    Raises:
        SetupError: There is none of that name.
    """
    known = tasks()
    if name not in known:
        raise SetupError(f"there is no task {name!r}; name one of {', '.join(known)}")
    return known[name]
