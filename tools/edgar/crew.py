"""Threads for downloads that don't keep a program alive.

An executor's threads are waited for when the program ends, so a Ctrl-C would wait for a silent
server; these are left behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_Job = tuple[Future[Any], Callable[[], Any]]


class Crew:
    """A few daemon threads that take jobs in order."""

    def __init__(self, size: int) -> None:
        """Start the threads."""
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._size = size
        self._dismissed = threading.Event()
        for number in range(size):
            threading.Thread(target=self._work, name=f"edgar-{number}", daemon=True).start()

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Have a job done."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        return future

    def dismiss(self) -> None:
        """Start no further job; those under way are left alone."""
        self._dismissed.set()
        for _ in range(self._size):
            self._jobs.put(None)

    def _work(self) -> None:
        while (taken := self._jobs.get()) is not None and not self._dismissed.is_set():
            future, job = taken
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except BaseException as error:  # handed to whoever waits for the result
                future.set_exception(error)
