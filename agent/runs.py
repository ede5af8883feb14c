"""Run records: one JSON file a question, written after every step: a crash loses nothing."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.errors import SetupError
from tools.json_values import to_json

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


class RunStore:
    """The folder of run records."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_id(self) -> str:
        """Return an id that sorts by time."""
        return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"

    def save(self, record: Mapping[str, Any]) -> None:
        """Write a record whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{record['run']}.json"
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(to_json(record), ensure_ascii=False, indent=1), "utf-8")
        draft.replace(path)

    def load(self, run_id: str) -> dict[str, Any]:
        """Read a record; `last` is the newest.

        Raises:
            SetupError: There is no such run, or its file is damaged.
        """
        name = self._newest() if run_id == "last" else run_id
        if not _RUN_ID.fullmatch(name):
            raise SetupError(f"{run_id!r} is not a run id; `footnote runs` lists them.")
        path = self._folder / f"{name}.json"
        try:
            record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise SetupError(f"There is no run {run_id}; `footnote runs` lists them.") from None
        except (OSError, ValueError) as error:
            raise SetupError(f"The record of run {run_id} can't be read: {error}") from error
        return record

    def list(self, limit: int = 20) -> list[dict[str, Any]]:
        """Return the newest records, newest first; damaged ones are left out."""
        found = []
        for path in sorted(self._folder.glob("*.json"), reverse=True)[:limit]:
            try:
                found.append(json.loads(path.read_text("utf-8")))
            except (OSError, ValueError):
                continue
        return found

    def _newest(self) -> str:
        names = sorted(path.stem for path in self._folder.glob("*.json"))
        if not names:
            raise SetupError('There is no run yet; ask something with `footnote ask "..."`.')
        return names[-1]
