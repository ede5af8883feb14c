"""The rate limit that all threads and processes of a machine share, as one small locked file.

Requests are let through one by one, at even distances, by whoever holds the lock; so no second
sees more than the limit whatever the number of processes. A server's "slow down" stops them all.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

_SLACK = 1.1  # distances are 10 % longer than the limit asks: arrivals jitter
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class _State:
    last: float = 0.0
    not_before: float = 0.0


class SharedRate:
    """Lets requests through at most so often, over everyone who names the same folder."""

    def __init__(
        self,
        folder: Path,
        requests_per_second: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Share the limit with all others that use `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "rate.json"
        self._distance = _SLACK / requests_per_second
        self._sleep = sleep
        self._threads = threading.Lock()
        self._processes = FileLock(folder / "rate.lock")

    def wait(self) -> None:
        """Return when a request may be sent, at once."""
        while True:
            with self._threads, self._processes.acquire(poll_interval=_POLL_SECONDS):
                state = self._read()
                now = time.time()
                pause = self._next(state, now) - now
                if pause <= self._distance:
                    self._sleep(max(0.0, pause))
                    self._write(_State(time.time(), state.not_before))
                    return
            self._sleep(min(pause, 1.0))  # someone was told to slow down; the lock stays free

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long."""
        with self._threads, self._processes.acquire(poll_interval=_POLL_SECONDS):
            state = self._read()
            until = max(state.not_before, time.time() + seconds)
            self._write(_State(state.last, until))

    def _next(self, state: _State, now: float) -> float:
        if state.last > now + self._distance:  # the clock was set back since
            return now
        return max(now, state.last + self._distance, state.not_before)

    def _read(self) -> _State:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return _State(float(found["last"]), float(found["not_before"]))
        except (OSError, ValueError, KeyError, TypeError):
            return _State()

    def _write(self, state: _State) -> None:
        text = json.dumps({"last": state.last, "not_before": state.not_before})
        self._path.write_text(text, encoding="utf-8")
