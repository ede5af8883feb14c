"""Decoding steps: buffers, tables of resident adapters, and logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from adapters.engine.attention import BLOCK_TOKENS
from adapters.engine.cache import BlockPool
from adapters.engine.lora import MAX_RANK, Adapter
from adapters.engine.products import all_logits, some_logits
from adapters.engine.step import PARTS, run_step
from adapters.engine.tiles import MAX_ROWS
from adapters.engine.weights import Weights

# Rows in one step; more tokens are computed in several.
STEP_ROWS = 32


@dataclass(frozen=True)
class Row:
    """One token to compute.

    Attributes:
        position: Its place in the sequence.
        blocks: The sequence's blocks.
        slot: Place of its adapter among the resident ones, -1 for the base.
    """

    token: int
    position: int
    blocks: Sequence[int]
    slot: int = -1


@dataclass
class StepRunner:
    """Computes rows; not thread-safe."""

    weights: Weights
    pool: BlockPool
    _buffers: dict[str, np.ndarray] = field(default_factory=dict)
    _tables: np.ndarray = field(default_factory=lambda: np.zeros((0, 1, 1, 4), np.int64))
    _scales: np.ndarray = field(default_factory=lambda: np.zeros((0, 1, 1), np.float32))

    def __post_init__(self) -> None:
        """Allocate the buffers."""
        shape = self.weights.shape
        qkv = (shape.heads + 2 * shape.kv_heads) * shape.width
        widths = {
            "x": shape.hidden, "h": max(shape.hidden, shape.heads * shape.width), "qkv": qkv,
            "mixed": max(shape.inner, shape.heads * shape.width), "gate_up": 2 * shape.inner,
        }  # fmt: skip
        rows = STEP_ROWS + MAX_ROWS
        self._buffers = {
            name: np.zeros((rows, width), np.float32) for name, width in widths.items()
        }
        longest = len(self.weights.cos) + BLOCK_TOKENS
        group = shape.heads // shape.kv_heads
        self._buffers["scores"] = np.zeros(group * longest, np.float32)
        self._buffers["low"] = np.zeros(STEP_ROWS * MAX_RANK, np.float32)
        self._logits = np.zeros((MAX_ROWS, shape.vocabulary), np.float32)
        self._tables = np.full((0, shape.layers, len(PARTS), 4), -1, np.int64)
        self._scales = np.zeros((0, shape.layers, len(PARTS)), np.float32)

    def place(self, slot: int, adapter: Adapter | None) -> None:
        """Put an adapter where rows find it under `slot`, or take it away."""
        missing = slot + 1 - len(self._tables)
        if missing > 0:
            more = max(missing, 16)
            empty = np.full((more, *self._tables.shape[1:]), -1, np.int64)
            self._tables = np.concatenate([self._tables, empty])
            zeros = np.zeros((more, *self._scales.shape[1:]), np.float32)
            self._scales = np.concatenate([self._scales, zeros])
        self._tables[slot] = -1 if adapter is None else adapter.table
        self._scales[slot] = 0 if adapter is None else adapter.scales

    def run(self, rows: Sequence[Row]) -> np.ndarray:
        """Compute rows, which become part of their sequences; float32 [rows, hidden].

        Rows of one sequence may be given together, in order. Order rows so that those with
        the same adapter are neighbours. At most `STEP_ROWS`; the result is valid until the
        next call.
        """
        weights = self.weights
        count = len(rows)
        longest = max(len(row.blocks) for row in rows)
        blocks = np.zeros((count, longest), np.int64)
        tokens, positions = np.empty(count, np.int64), np.empty(count, np.int64)
        groups: list[list[int]] = []
        for i, row in enumerate(rows):
            blocks[i, : len(row.blocks)] = row.blocks
            tokens[i], positions[i] = row.token, row.position
            if groups and groups[-1][0] == row.slot:
                groups[-1][2] = i + 1
            else:
                groups.append([row.slot, i, i + 1])
        buffers = self._buffers
        run_step(
            weights.dims, weights.table, weights.norms, weights.final_norm, weights.cos,
            weights.sin, weights.embedding.data_ptr(), weights.shape.epsilon,
            self.pool.key_addresses, self.pool.value_addresses, tokens, positions, blocks,
            np.array(groups, dtype=np.int64), self._tables, self._scales, buffers["x"],
            buffers["h"], buffers["qkv"], buffers["mixed"], buffers["gate_up"],
            buffers["scores"], buffers["low"],
        )  # fmt: skip
        return buffers["x"].reshape(-1)[: count * weights.shape.hidden].reshape(count, -1)

    def logits(self, state: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """Return one row's logits of some tokens, float32 [ids]; state as `run` returned it."""
        out = np.empty(len(ids), np.float32)
        head, half = self._head()
        some_logits(head, half, state.ctypes.data, ids, out, self.weights.shape.hidden)
        return out

    def all_logits(self, states: np.ndarray) -> np.ndarray:
        """Return all logits of up to `MAX_ROWS` states, float32 [rows, vocabulary]."""
        held = np.zeros((MAX_ROWS, self.weights.shape.hidden), np.float32)
        held[: len(states)] = states
        head, half = self._head()
        all_logits(
            head, half, held.ctypes.data, self._logits, self.weights.shape.hidden, len(states)
        )
        return self._logits[: len(states)]

    def _head(self) -> tuple[int, bool]:
        head = self.weights.head
        return head.data_ptr(), head.element_size() == 2
