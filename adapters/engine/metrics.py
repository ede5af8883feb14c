"""What serving cost: a record a request, and totals of an engine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Outcome = Literal["done", "cancelled", "late", "failed"]


@dataclass(frozen=True)
class RequestRecord:
    """What one request took; times in milliseconds.

    Attributes:
        adapter: Its adapter, "base" for none.
        outcome: "late" when its deadline passed.
        prompt_tokens: Tokens of the prompt.
        cached_tokens: How many of them were computed before.
        output_tokens: Tokens of the reply.
        forced_tokens: How many of them the grammar dictated.
        guessed_tokens: How many came from the prompt and were right.
        steps: Decoding steps it took part in.
        queue_ms: From its arrival until its first computation.
        first_token_ms: From its arrival to its first token; None without one.
        token_ms: Mean time from one token to the next; None below two.
        total_ms: From its arrival to its end.
        waited_for_adapter: Whether its adapter was read from disk.
    """

    adapter: str
    outcome: Outcome
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    forced_tokens: int
    guessed_tokens: int
    steps: int
    queue_ms: float
    first_token_ms: float | None
    token_ms: float | None
    total_ms: float
    waited_for_adapter: bool

    def as_json(self) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Goals:
    """What a request should stay within, milliseconds (the service level objective)."""

    first_token_ms: float = 2_000.0
    token_ms: float = 100.0

    def are_met(self, record: RequestRecord) -> bool:
        """Say whether a request was answered in time."""
        return (
            record.outcome == "done"
            and (record.first_token_ms or 0) <= self.first_token_ms
            and (record.token_ms or 0) <= self.token_ms
        )


@dataclass(frozen=True)
class EngineRecord:
    """An engine's state and totals since it began.

    Attributes:
        waiting: Requests not computed yet.
        active: Requests under computation.
        requests: Requests ended, by outcome.
        steps: Decoding steps.
        step_rows: Tokens computed in them.
        mixed_steps: Steps with rows of more than one adapter.
        switches: Steps whose adapters were not those of the step before.
        prompt_pieces: Pieces of prompts computed.
        prompt_tokens: Prompt tokens asked for.
        cached_tokens: How many of them were computed before.
        kv_bytes: Memory of blocks in use; kv_capacity_bytes at most.
        adapters_registered: Known adapters.
        adapters_resident: Adapters in memory, taking adapter_bytes.
        adapter_loads: Adapters read from disk.
        adapter_evictions: Adapters put out of memory.
        goals_met: Fraction of ended requests within the goals; None without any.
    """

    waiting: int
    active: int
    requests: dict[str, int]
    steps: int
    step_rows: int
    mixed_steps: int
    switches: int
    prompt_pieces: int
    prompt_tokens: int
    cached_tokens: int
    kv_bytes: int
    kv_capacity_bytes: int
    adapters_registered: int
    adapters_resident: int
    adapter_bytes: int
    adapter_loads: int
    adapter_evictions: int
    goals_met: float | None

    def as_json(self) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(asdict(self))
