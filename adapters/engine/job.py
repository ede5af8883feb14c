"""A request, what is handed back for it, and its state while it is computed."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.decode import Piece, Stop
from adapters.engine.metrics import Outcome, RequestRecord
from adapters.errors import DeadlineExceededError, GenerationCancelledError, ModelOutputError
from adapters.grammar import Grammar
from adapters.prompt import Prompt
from adapters.registry import NO_ADAPTER

if TYPE_CHECKING:
    from adapters.engine.masks import Mask
    from adapters.engine.residency import Resident


@dataclass(frozen=True)
class Request:
    """What to compute.

    Attributes:
        adapter: Name of a registered adapter, or "base".
        choices: Token sequences to score instead of decoding, each with its end token.
    """

    prompt: Prompt
    adapter: str = NO_ADAPTER
    grammar: Grammar | None = None
    stop: Stop = field(default_factory=Stop)
    choices: tuple[tuple[int, ...], ...] = ()


class Ticket:
    """A submitted request: iterate over its reply's pieces as they come.

    Attributes:
        record: What it took; None until it ended.
        log_probabilities: Per choice the log-probability of each of its tokens.
    """

    def __init__(self) -> None:
        self.record: RequestRecord | None = None
        self.log_probabilities: list[list[float]] = []
        self.is_cancelled = False
        self._pieces: queue.SimpleQueue[Piece | BaseException | None] = queue.SimpleQueue()

    def cancel(self) -> None:
        """Ask for an end; the iteration then raises GenerationCancelledError."""
        self.is_cancelled = True

    def __iter__(self) -> Iterator[Piece]:
        """Yield pieces.

        Raises:
            GenerationCancelledError, DeadlineExceededError, ModelOutputError, AdapterError:
                Why there is no (further) reply.
        """
        while (piece := self._pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def put(self, piece: Piece | BaseException | None) -> None:
        """Hand over a piece, the error that ended the reply, or None for its end."""
        self._pieces.put(piece)


@dataclass
class Job:
    """A request under computation.

    Attributes:
        computed: Tokens whose keys and values are in the blocks.
        pending: Tokens that follow them and are known already.
        reply: The reply so far.
    """

    request: Request
    ticket: Ticket
    arrived: float
    resident: Resident | None = None
    acts_from: int = 0
    blocks: list[int] = field(default_factory=list)
    computed: int = 0
    cached: int = 0
    pending: list[int] = field(default_factory=list)
    reply: list[int] = field(default_factory=list)
    mask: Mask | None = None
    forced: int = 0
    guessed: int = 0
    steps: int = 0
    waited_for_adapter: bool = False
    began: float | None = None
    first: float | None = None
    last: float = 0.0

    @property
    def is_ended(self) -> bool:
        """Whether its ticket is closed."""
        return self.ticket.record is not None

    @property
    def tokens(self) -> tuple[int, ...]:
        """The prompt's tokens."""
        return self.request.prompt.tokens

    @property
    def is_ready(self) -> bool:
        """Whether all of the prompt but its last token is computed."""
        return self.computed >= len(self.tokens) - 1

    @property
    def slot(self) -> int:
        """The adapter's number for rows after the prompt, -1 for the base."""
        return self.resident.slot if self.resident and self.acts_from <= len(self.tokens) else -1

    def check(self) -> None:
        """Raise if the caller cancelled or its deadline passed.

        Raises:
            GenerationCancelledError, DeadlineExceededError: See `Stop.check`.
        """
        if self.ticket.is_cancelled:
            raise GenerationCancelledError("decoding was cancelled")
        self.request.stop.check()

    def note_begin(self) -> None:
        """Note the moment of the first computation."""
        self.began = self.began or time.monotonic()

    def start(self) -> None:
        """Take what the grammar dictates before anything is computed."""
        if self.mask is not None and (forced := self.mask.forced()):
            self.emit(forced, is_forced=True)

    def cut_off(self) -> ModelOutputError | None:
        """Return the error of a reply that reached its limit too early, if it did."""
        if self.mask is None or self.mask.is_accepting:
            return None
        return ModelOutputError(
            f"the reply was cut off at {self.request.stop.max_new_tokens} tokens, "
            "before it was what the grammar asks for"
        )

    def emit(self, tokens: Sequence[int], *, is_forced: bool) -> None:
        """Add tokens to the reply and hand them over."""
        now = time.monotonic()
        self.first = self.first or now
        self.last = now
        self.reply.extend(tokens)
        self.pending.extend(tokens)
        self.forced += len(tokens) if is_forced else 0
        self.ticket.put(Piece(tuple(tokens), forced=is_forced))

    def end(self, error: BaseException | None) -> RequestRecord:
        """Close the ticket and say what the request took."""
        now = time.monotonic()
        count = len(self.reply)
        record = RequestRecord(
            adapter=self.request.adapter,
            outcome=_outcome(error),
            prompt_tokens=len(self.tokens),
            cached_tokens=self.cached,
            output_tokens=count,
            forced_tokens=self.forced,
            guessed_tokens=self.guessed,
            steps=self.steps,
            queue_ms=((self.began or now) - self.arrived) * 1000,
            first_token_ms=None if self.first is None else (self.first - self.arrived) * 1000,
            token_ms=None
            if self.first is None or count < 2
            else (self.last - self.first) * 1000 / (count - 1),
            total_ms=(now - self.arrived) * 1000,
            waited_for_adapter=self.waited_for_adapter,
        )
        self.ticket.record = record
        self.ticket.put(error)
        return record


def _outcome(error: Any) -> Outcome:
    if error is None:
        return "done"
    if isinstance(error, GenerationCancelledError):
        return "cancelled"
    return "late" if isinstance(error, DeadlineExceededError) else "failed"
