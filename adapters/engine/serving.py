"""The engine: one thread that computes many requests together, step by step.

Between two steps requests join and leave. A turn computes at most one piece of one prompt,
then one token (or the tokens that its grammar dictates) of every reply under way, whatever
adapters they use. A request's reply depends on nothing but the request: prompts are computed
in fixed pieces, replies by row-wise sums. An error of one request ends that one only.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np

from adapters.base_model import BaseModel
from adapters.decode import end_tokens
from adapters.engine.attention import BLOCK_TOKENS
from adapters.engine.cache import BlockPool
from adapters.engine.job import Job, Request, Ticket
from adapters.engine.masks import Masks
from adapters.engine.metrics import EngineRecord, Goals, RequestRecord
from adapters.engine.prompts import PromptRunner
from adapters.engine.reading import Reader
from adapters.engine.residency import AdapterStore
from adapters.engine.rows import STEP_ROWS, Row, StepRunner
from adapters.engine.tiles import MAX_ROWS
from adapters.engine.weights import Weights, pack
from adapters.errors import QueueFullError
from adapters.registry import NO_ADAPTER

# Above this many allowed tokens, all logits are computed: their weights are read in a row.
_FEW_ALLOWED = 8192


@dataclass(frozen=True)
class EngineLimits:
    """How much the engine may hold.

    Attributes:
        cache_bytes: Memory for keys and values.
        adapter_bytes: Memory for resident adapters.
        max_active: Requests computed together.
        max_waiting: Requests that may wait; more are refused.
        goals: What counts as in time.
    """

    cache_bytes: int = 512 * 2**20
    adapter_bytes: int = 512 * 2**20
    max_active: int = 16
    max_waiting: int = 1024
    goals: Goals = field(default_factory=Goals)


class Engine:
    """Computes requests on a base model with any registered adapters; thread-safe."""

    def __init__(
        self,
        base: BaseModel,
        limits: EngineLimits | None = None,
        *,
        weights: Weights | None = None,
        log: TextIO | None = None,
    ) -> None:
        """Lay out the weights (a few seconds), without starting the thread.

        Args:
            base: A model that `weights.unsupported` has no objection to.
            limits: Memory and queue limits.
            weights: The base's weights if they are laid out already.
            log: Takes each ended request's record as a line of JSON.
        """
        self.base = base
        self.limits = limits or EngineLimits()
        self.weights = weights or pack(base)
        shape = self.weights.shape
        block_bytes = 4 * BLOCK_TOKENS * shape.layers * shape.kv_heads * shape.width
        self._pool = BlockPool.of(shape, max(2, self.limits.cache_bytes // block_bytes))
        self._steps = StepRunner(self.weights, self._pool)
        self._store = AdapterStore(
            shape, self.limits.adapter_bytes, on_loaded=self._wake, placed=self._steps.place
        )
        self._reader = Reader(PromptRunner(self.weights, self._pool), self._store)
        self._masks = Masks(base.tokenizer, base.model.config.vocab_size)
        self._ends = end_tokens(base)
        self._log = log
        self._condition = threading.Condition()
        self._arrived: list[Job] = []
        self._waiting: list[Job] = []
        self._active: list[Job] = []
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._counts: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._last_slots: frozenset[int] = frozenset()

    def register(self, name: str, folder: Path) -> None:
        """Make an adapter known by name; its files are read when a request first needs it.

        Raises:
            ValueError: The name is the base's.
        """
        if name == NO_ADAPTER:
            raise ValueError(f"{name!r} names the model without an adapter")
        with self._condition:
            self._store.register(name, folder)

    def submit(self, request: Request) -> Ticket:
        """Queue a request and return at once.

        Raises:
            QueueFullError: Too many are waiting.
            ValueError: The request can never fit the cache, or the engine is closed.
        """
        longest = max((len(choice) for choice in request.choices), default=0)
        tokens = len(request.prompt.tokens) + (longest or request.stop.max_new_tokens)
        if -(-tokens // BLOCK_TOKENS) > len(self._pool.references):
            raise ValueError(f"{tokens:,} tokens do not fit the engine's cache")
        job = Job(request, Ticket(), time.monotonic())
        with self._condition:
            if self._is_closed:
                raise ValueError("the engine is closed")
            if len(self._arrived) + len(self._waiting) >= self.limits.max_waiting:
                raise QueueFullError(f"{self.limits.max_waiting:,} requests wait already")
            self._arrived.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="engine")
                self._thread.start()
            self._condition.notify_all()
        return job.ticket

    def record(self) -> EngineRecord:
        """Return the state and totals."""
        with self._condition:
            store, counts = self._store, self._counts
            ended = sum(self._outcomes.values())
            return EngineRecord(
                waiting=len(self._arrived) + len(self._waiting),
                active=len(self._active),
                requests=dict(self._outcomes),
                steps=counts["steps"],
                step_rows=counts["rows"],
                mixed_steps=counts["mixed"],
                switches=counts["switches"],
                prompt_pieces=self._reader.pieces,
                prompt_tokens=counts["prompt_tokens"],
                cached_tokens=counts["cached_tokens"],
                kv_bytes=self._pool.used_blocks * self._pool.block_bytes,
                kv_capacity_bytes=len(self._pool.references) * self._pool.block_bytes,
                adapters_registered=len(store.names),
                adapters_resident=len(store.resident_names),
                adapter_bytes=store.used_bytes,
                adapter_loads=store.loads,
                adapter_evictions=store.evictions,
                goals_met=counts["in_time"] / ended if ended else None,
            )

    def close(self) -> None:
        """End the thread; requests under way end with an error."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._store.close()

    def _wake(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def _run(self) -> None:
        while self._wait_for_work():
            self._turn()
        for job in [*self._active, *self._waiting]:
            self._end(job, ValueError("the engine was closed"))

    def _wait_for_work(self) -> bool:
        """Take arrivals; wait where there is nothing to do; say whether to go on."""
        with self._condition:
            while not self._is_closed:
                self._waiting.extend(self._arrived)
                self._arrived.clear()
                if self._active or self._waiting:
                    return True
                self._condition.wait()
            return False

    def _turn(self) -> None:
        """Do the least that can be done between two looks at the queue."""
        for job in [*self._waiting, *self._active]:
            self._guarded(job, Job.check)
        self._admit()
        reading = [job for job in self._active if not job.is_ready]
        if reading:
            self._guarded(reading[0], self._reader.read_on)
        for job in [job for job in self._active if job.is_ready and job.request.choices]:
            self._guarded(job, self._score)
        ready = [job for job in self._active if job.is_ready]
        if ready:
            self._step_or_end(ready)
        elif not reading and self._waiting:
            with self._condition:  # everyone waits for an adapter or for room
                if not self._arrived and not self._is_closed:
                    self._condition.wait(0.02)

    def _admit(self) -> None:
        for job in list(self._waiting):
            if len(self._active) >= self.limits.max_active:
                return
            self._guarded(job, self._begin)

    def _begin(self, job: Job) -> None:
        """Give a request its adapter, memory and grammar, or leave it waiting."""
        name = job.request.adapter
        if name != NO_ADAPTER and job.resident is None:
            with self._condition:
                job.resident = self._store.acquire(name)
            if job.resident is None:
                job.waited_for_adapter = True
                return
        if job.mask is None and job.request.grammar is not None:
            job.mask = self._masks.begin(job.request.grammar)
            job.start()
            if job.mask.is_stopped:
                self._end(job, None)
                return
        if not self._reader.begin(job):
            return
        self._counts["prompt_tokens"] += len(job.tokens)
        self._counts["cached_tokens"] += job.cached
        self._waiting.remove(job)
        self._active.append(job)

    def _score(self, job: Job) -> None:
        job.ticket.log_probabilities = self._reader.score(job)
        self._end(job, None)

    def _step_or_end(self, ready: list[Job]) -> None:
        try:
            self._step(ready)
        except Exception as error:
            # A defect of ours, raised where the replies are read; the engine serves the next.
            for job in ready:
                if not job.is_ended:
                    self._end(job, error)

    def _step(self, ready: list[Job]) -> None:
        """Compute the pending tokens of every reply, and pick what follows."""
        shared = max(1, STEP_ROWS // len(ready))
        ready.sort(key=lambda job: job.slot)
        rows: list[Row] = []
        lasts: list[tuple[Job, int]] = []
        for job in ready[:STEP_ROWS]:
            now, job.pending = job.pending[:shared], job.pending[shared:]
            places = range(job.computed, job.computed + len(now))
            slot = job.slot
            rows += [
                Row(token, place, job.blocks, slot)
                for token, place in zip(now, places, strict=True)
            ]
            job.computed += len(now)
            job.steps += 1
            if not job.pending:
                lasts.append((job, len(rows) - 1))
        self._count(rows)
        states = self._steps.run(rows)
        many: list[tuple[Job, int, np.ndarray | None]] = []
        for job, at in lasts:
            if job.mask is None:
                many.append((job, at, None))
            else:
                self._guarded(job, self._go_on_allowed, at, states[at], many)
        for start in range(0, len(many), MAX_ROWS):
            some = many[start : start + MAX_ROWS]
            logits = self._steps.all_logits(states[[at for _, at, _ in some]])
            for (job, _, ids), row in zip(some, logits, strict=True):
                token = row.argmax() if ids is None else ids[row[ids].argmax()]
                self._guarded(job, self._go_on, int(token))

    def _count(self, rows: list[Row]) -> None:
        slots = frozenset(row.slot for row in rows)
        self._counts.update(
            steps=1, rows=len(rows), mixed=len(slots) > 1, switches=slots != self._last_slots
        )
        self._last_slots = slots

    def _go_on_allowed(
        self, job: Job, at: int, state: np.ndarray, many: list[tuple[Job, int, np.ndarray | None]]
    ) -> None:
        """Pick the likeliest token that the grammar allows (the lowest id on a tie).

        Where it allows many, the row is left to `many`, whose logits are computed together.
        """
        assert job.mask is not None
        ids = job.mask.allowed()
        if len(ids) == 1:
            self._go_on(job, int(ids[0]))
        elif len(ids) <= _FEW_ALLOWED:
            self._go_on(job, int(ids[self._steps.logits(state, ids).argmax()]))
        else:
            many.append((job, at, ids))

    def _go_on(self, job: Job, token: int) -> None:
        """Add a token and what its grammar then dictates, or end the reply."""
        if token in self._ends:
            self._end(job, None)
            return
        if job.mask is not None:
            job.mask.take([token])
        job.emit([token], is_forced=False)
        if job.mask is not None and (forced := job.mask.forced()):
            job.emit(forced, is_forced=True)
        if job.mask is not None and job.mask.is_stopped:
            self._end(job, None)
        elif len(job.reply) >= job.request.stop.max_new_tokens:
            self._end(job, job.cut_off())

    def _guarded(self, job: Job, work: Callable[..., object], *arguments: object) -> None:
        """Do something for one request; its error is the request's alone."""
        if job.is_ended:
            return
        try:
            work(job, *arguments)
        except Exception as error:
            # Recorded and raised where the reply is read: neighbours must go on.
            self._end(job, error)

    def _end(self, job: Job, error: BaseException | None) -> None:
        with contextlib.suppress(ValueError):
            self._waiting.remove(job)
        with contextlib.suppress(ValueError):
            self._active.remove(job)
        self._pool.release(job.blocks)
        job.blocks = []
        if job.resident is not None:
            self._store.release(job.resident)
            job.resident = None
        record = job.end(error)
        self._note(record)

    def _note(self, record: RequestRecord) -> None:
        with self._condition:
            self._outcomes[record.outcome] += 1
            self._counts["in_time"] += self.limits.goals.are_met(record)
        if self._log is not None:
            self._log.write(record.as_json() + "\n")
