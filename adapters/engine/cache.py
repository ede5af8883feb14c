"""Keys and values in blocks of 16 tokens, and which prompt beginnings are kept computed.

A sequence owns references to blocks; full blocks can be shared, so a cached beginning costs
nothing to go on from but a copy of its last, partly filled block. The key of a cached
beginning is its tokens, the pieces they were computed in and the adapter that computed them.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
import torch

from adapters.engine.attention import BLOCK_TOKENS
from adapters.engine.weights import Shape

Key = tuple[str, tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Kept:
    """A computed beginning: its blocks, and its length in tokens."""

    blocks: tuple[int, ...]
    length: int


@dataclass
class BlockPool:
    """All key and value blocks of a model.

    Attributes:
        keys: bfloat16 [layers, blocks, kv heads, width, 16].
        values: bfloat16 [layers, blocks, kv heads, 16, width].
    """

    keys: torch.Tensor
    values: torch.Tensor
    key_addresses: np.ndarray
    value_addresses: np.ndarray
    references: np.ndarray
    free: list[int]
    kept: OrderedDict[Key, Kept] = field(default_factory=OrderedDict)
    hits: int = 0
    misses: int = 0

    @classmethod
    def of(cls, shape: Shape, blocks: int) -> BlockPool:
        """Make a pool; memory is taken from the system as blocks are first used."""
        size = (shape.layers, blocks, shape.kv_heads)
        # Zeros: a block's unused slots are multiplied by weight 0, and 0 x NaN is NaN.
        keys = torch.zeros(*size, shape.width, BLOCK_TOKENS, dtype=torch.bfloat16)
        values = torch.zeros(*size, BLOCK_TOKENS, shape.width, dtype=torch.bfloat16)
        keys_at, values_at = (
            np.array([layer.data_ptr() for layer in tensor], dtype=np.int64)
            for tensor in (keys, values)
        )
        references = np.zeros(blocks, dtype=np.int64)
        return cls(keys, values, keys_at, values_at, references, list(range(blocks))[::-1])

    @property
    def block_bytes(self) -> int:
        """Memory of one block over all layers."""
        return 2 * int(self.keys[:, 0].numel()) * self.keys.element_size()

    @property
    def used_blocks(self) -> int:
        """Blocks that a sequence or a kept beginning holds."""
        return len(self.references) - len(self.free)

    def take(self, count: int) -> list[int] | None:
        """Take new blocks, giving up kept beginnings for them; None where there are too few."""
        while len(self.free) < count and self.kept:
            self.release(self.kept.popitem(last=False)[1].blocks)
        if len(self.free) < count:
            return None
        blocks = [self.free.pop() for _ in range(count)]
        self.references[blocks] += 1
        return blocks

    def release(self, blocks: tuple[int, ...] | list[int]) -> None:
        """Give references back; blocks that nobody holds are free again."""
        for block in blocks:
            self.references[block] -= 1
            if self.references[block] == 0:
                self.free.append(block)

    def keep(self, key: Key, blocks: list[int], length: int) -> None:
        """Keep the beginning that the first `length` tokens of these blocks hold."""
        if key in self.kept:
            self.kept.move_to_end(key)
            return
        held = tuple(blocks[: -(-length // BLOCK_TOKENS)])
        self.references[list(held)] += 1
        self.kept[key] = Kept(held, length)

    def find(self, keys: list[Key]) -> Kept | None:
        """Return the first of these beginnings that is kept (give the longest first)."""
        for key in keys:
            if key in self.kept:
                self.kept.move_to_end(key)
                self.hits += 1
                return self.kept[key]
        self.misses += 1
        return None

    def go_on(self, kept: Kept | None, tokens: int) -> list[int] | None:
        """Return blocks for a sequence of `tokens` tokens that begins with `kept`.

        None where memory does not suffice now. The last block is copied where it is not full,
        since the sequence will write into it.
        """
        needed = -(-tokens // BLOCK_TOKENS)
        if kept is None:
            return self.take(needed)
        full = kept.length // BLOCK_TOKENS
        # Held while others are given up for room.
        self.references[list(kept.blocks)] += 1
        fresh = self.take(needed - full)
        if fresh is not None and kept.length % BLOCK_TOKENS:
            self.keys[:, fresh[0]] = self.keys[:, kept.blocks[full]]
            self.values[:, fresh[0]] = self.values[:, kept.blocks[full]]
        self.release(kept.blocks[full:] if fresh is not None else kept.blocks)
        return None if fresh is None else [*kept.blocks[:full], *fresh]

    def forget(self) -> None:
        """Give up every kept beginning."""
        while self.kept:
            self.release(self.kept.popitem()[1].blocks)
