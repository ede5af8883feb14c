"""What a training says while it runs: a log in JSON lines, and a bar with the time left."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import IO


class Progress:
    """Writes to `log.jsonl` always, and draws a bar where a person looks on."""

    def __init__(self, folder: Path, total: int, stream: IO[str] | None = None) -> None:
        """Open the log for appending.

        Args:
            folder: The training's folder.
            total: Optimizer steps of the whole training.
            stream: Where the bar goes; standard error without it.
        """
        self.total = total
        self.stream = stream or sys.stderr
        self.log = (folder / "log.jsonl").open("a", encoding="utf-8")
        self.begun, self.first_step = time.monotonic(), -1
        self.drawn = 0.0

    def write(self, event: str, **values: object) -> None:
        """Append a line: event, Unix time in seconds, values."""
        line = {"event": event, "time": round(time.time(), 3), **values}
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()

    def show(self, step: int, text: str) -> None:
        """Draw the bar: steps, text, time left; on no terminal a line every half minute."""
        now = time.monotonic()
        if self.first_step < 0:
            self.begun, self.first_step = now, step
        terminal = self.stream.isatty()
        if step < self.total and now - self.drawn < (0.2 if terminal else 30.0):
            return
        self.drawn = now
        done = step - self.first_step
        left = (now - self.begun) / done * (self.total - step) if done else None
        filled = int(24 * step / max(self.total, 1))
        bar = "#" * filled + "-" * (24 - filled)
        line = f"[{bar}] {step}/{self.total}  {text}  {clock(left)} left"
        self.stream.write(f"\r\033[K{line}" if terminal else line + "\n")
        self.stream.flush()

    def close(self) -> None:
        """End the bar's line and the log."""
        if self.stream.isatty():
            self.stream.write("\n")
        self.log.close()


def clock(seconds: float | None) -> str:
    """Write a duration as 1:02:03; "?" where unknown."""
    if seconds is None:
        return "?"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
