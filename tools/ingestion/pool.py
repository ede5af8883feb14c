"""Parses sources in worker processes; the results come back in the order of the sources.

One document can neither crash nor hang the rest: a worker that dies or exceeds its time costs
the document it had and is replaced. What was parsed and waits to be stored is bounded.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import wait
from types import TracebackType

from tools.ingestion.intake import Skipped
from tools.ingestion.preparing import Result, Rules, skip
from tools.ingestion.sources import Source
from tools.ingestion.worker import LEAVES
from tools.ingestion.workers import Worker, size_on_disk

DEADLINE_SECONDS = 180.0
WORTH_WORKERS_BYTES = 1 << 20


def worker_count(found: Sequence[Source | Skipped], wanted: int | None) -> int:
    """How many workers to start for what was found; 0 is to parse it in this process.

    A worker is two seconds of work before it reads anything, which little input doesn't repay.
    """
    documents = [item for item in found if isinstance(item, Source)]
    if len(documents) < 2 or os.name != "posix":
        return 0
    if wanted is None:
        size = sum(map(size_on_disk, documents[:1000]))
        wanted = 0 if size < WORTH_WORKERS_BYTES else len(os.sched_getaffinity(0))
    return min(len(documents), wanted)


class Pool:
    """A few workers and what they have parsed; a context manager that ends them.

    A thread of this process hands out and collects, so that workers stay busy and deadlines hold
    while the caller stores.
    """

    def __init__(
        self,
        items: Sequence[Source | Skipped],
        count: int,
        rules: Rules,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        """Prepare to parse; the processes start on entering.

        Args:
            items: The sources, and what was skipped on the way, in order.
            count: How many processes.
            rules: What they go by.
            deadline_seconds: Time for one document; one above 16 MB has more in proportion.
        """
        self._items = enumerate(items)
        self._count = count
        self._rules = pickle.dumps(rules)
        self._deadline = deadline_seconds
        self._changed = threading.Condition()
        self._done: dict[int, bytes | Skipped] = {}  # parsed, by number, not yet taken
        self._given = 0
        self._taken = 0
        self._is_all_given = False
        self._is_closing = False
        self._failure: BaseException | None = None
        self._bell, self._button = Pipe(duplex=False)
        self._thread = threading.Thread(target=self._supervise, name="ingestion", daemon=True)

    def __enter__(self) -> Pool:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_closing = True
        self._ring()
        self._thread.join()
        self._bell.close()
        self._button.close()

    def results(self) -> Iterator[Result]:
        """What became of each source, in order."""
        while (found := self._take()) is not None:
            self._ring()
            yield found if isinstance(found, Skipped) else pickle.loads(found)

    def _take(self) -> bytes | Skipped | None:
        with self._changed:
            while self._taken not in self._done:
                if self._failure is not None:
                    raise self._failure
                if self._is_all_given and self._taken == self._given:
                    return None
                self._changed.wait()
            self._taken += 1
            return self._done.pop(self._taken - 1)

    def _ring(self) -> None:
        self._button.send_bytes(b"!")

    def _supervise(self) -> None:
        workers: list[Worker] = []
        try:
            workers += [Worker(self._rules) for _ in range(self._count)]
            while not self._is_closing:
                self._hand_out(workers)
                if self._is_all_given and all(worker.task is None for worker in workers):
                    return
                self._collect(workers)
        except BaseException as error:  # raised in the thread that takes the results
            with self._changed:
                self._failure = error
                self._changed.notify()
        finally:
            for worker in workers:
                worker.end()

    def _hand_out(self, workers: list[Worker]) -> None:
        """Give idle workers sources, as long as not too much waits to be taken."""
        idle = [worker for worker in workers if worker.is_idle]
        while idle and not self._is_all_given and self._given - self._taken < 2 * self._count:
            number, item = next(self._items, (self._given, None))
            if item is None:
                with self._changed:
                    self._is_all_given = True
                    self._changed.notify()
                return
            self._given += 1
            if isinstance(item, Skipped):
                self._finish(number, item)
            else:
                idle.pop().give(number, item, self._deadline)

    def _finish(self, number: int, found: bytes | Skipped) -> None:
        with self._changed:
            self._done[number] = found
            self._changed.notify()

    def _collect(self, workers: list[Worker]) -> None:
        """Wait for messages, a ring or a deadline, and act on them."""
        busy = [worker for worker in workers if not worker.is_idle]
        patience = min((worker.give_up_at for worker in busy), default=None)
        seconds = None if patience is None else max(0.0, patience - time.monotonic())
        ready = wait([self._bell, *(worker.connection for worker in workers)], seconds)
        if self._bell in ready:
            self._bell.recv_bytes()
        for place, worker in enumerate(workers):
            if worker.connection in ready:
                workers[place] = self._hear(worker)
            elif not worker.is_idle and time.monotonic() >= worker.give_up_at:
                workers[place] = self._replace(worker, is_late=True)

    def _hear(self, worker: Worker) -> Worker:
        """Take a worker's message; returns the worker that is in its place from now on."""
        message = worker.receive()
        if message is None:
            return self._replace(worker)
        if not worker.is_ready:
            worker.is_ready = True
            return worker
        assert worker.task is not None
        self._finish(worker.task, message[1:])
        worker.task = None
        if message[:1] == LEAVES:
            worker.end()
            return Worker(self._rules)
        return worker

    def _replace(self, worker: Worker, *, is_late: bool = False) -> Worker:
        """Put a new worker in place of one that died or hangs; its document is skipped."""
        ending = worker.end()
        if not worker.is_ready:
            raise RuntimeError(f"a worker process did not start ({ending})")
        if worker.task is not None and worker.source is not None:
            reason = (
                f"took longer than {worker.seconds:,.0f} s to read and was given up"
                if is_late
                else f"could not be read: its reader crashed ({ending})"
            )
            self._finish(worker.task, skip(worker.source, reason))
        return Worker(self._rules)
