"""Prompts of requests: where they begin, piece by piece, and scoring replies after them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from adapters.engine.cache import Key
from adapters.engine.job import Job
from adapters.engine.lora import Adapter
from adapters.engine.prompts import Piece, PromptRunner
from adapters.engine.residency import AdapterStore
from adapters.likelihood import TokenTree

# A prompt is computed in pieces of at most this many tokens, between which others go on.
PIECE_TOKENS = 128
_HEAD_ROWS = 64


@dataclass
class Reader:
    """Computes prompts, going on from the longest beginning that is kept."""

    runner: PromptRunner
    store: AdapterStore
    pieces: int = 0

    def begin(self, job: Job) -> bool:
        """Give a request its blocks, from a kept beginning where there is one.

        Returns:
            Whether there was room; without, nothing has changed.
        """
        pool = self.runner.pool
        job.acts_from = _acts_from(job)
        reply = 0 if job.request.choices else job.request.stop.max_new_tokens
        ends = self._ends(job)
        keys = [_key(job, ends[: i + 1]) for i in reversed(range(len(ends)))]
        kept = pool.find(keys)
        blocks = pool.go_on(kept, len(job.tokens) + reply + len(job.reply))
        if blocks is None:
            return False
        job.blocks = blocks
        job.computed = job.cached = kept.length if kept else 0
        # The last token is computed as the first row of the reply, which gives its logits.
        job.pending = [job.tokens[-1], *job.reply]
        return True

    def read_on(self, job: Job) -> None:
        """Compute the next piece of a prompt."""
        job.note_begin()
        ends = self._ends(job)
        index = next(i for i, end in enumerate(ends) if end > job.computed)
        end = ends[index]
        self.runner.run(
            Piece(job.tokens[job.computed : end], job.computed, job.blocks, _adapter(job, end))
        )
        job.computed = end
        self.pieces += 1
        self.runner.pool.keep(_key(job, ends[: index + 1]), job.blocks, end)

    def score(self, job: Job) -> list[list[float]]:
        """Return the log-probability of every token of every choice after the prompt.

        The choices are laid out as one tree and computed in one pass (`TokenTree`).
        """
        tree = TokenTree.of(job.request.choices)
        start = len(job.tokens) - 1
        count = len(tree.tokens) + 1
        sees = torch.zeros(count, count, dtype=torch.bool)
        sees[:, 0] = True
        sees[1:, 1:] = tree.visible()
        piece = Piece(
            (job.tokens[-1], *tree.tokens), start, job.blocks, _adapter(job, len(job.tokens)),
            sees, (start, *(start + depth for depth in tree.depths())), is_kept=False,
        )  # fmt: skip
        states = self.runner.run(piece)
        inner = sorted(set(tree.parents))
        log_p = self._log_probabilities(states, inner, tree)
        return [[log_p[node - 1] for node in path] for path in tree.paths]

    def _log_probabilities(
        self, states: torch.Tensor, inner: list[int], tree: TokenTree
    ) -> list[float]:
        """Return log p of each node but the first, given the one before it."""
        found = [0.0] * len(tree.tokens)
        children: dict[int, list[int]] = {}
        for node, parent in enumerate(tree.parents):
            children.setdefault(parent, []).append(node)
        head = self.runner.weights.head
        for start in range(0, len(inner), _HEAD_ROWS):
            nodes = inner[start : start + _HEAD_ROWS]
            # Always as many rows: oneDNN keeps a compiled kernel for each size it meets.
            rows = torch.zeros(_HEAD_ROWS, states.shape[1], dtype=head.dtype)
            rows[: len(nodes)] = states[nodes].to(head.dtype)
            with torch.inference_mode():
                log_p = torch.log_softmax(F.linear(rows, head).float(), dim=-1)
            for row, node in enumerate(nodes):
                for child in children[node]:
                    found[child] = float(log_p[row, tree.tokens[child]])
        return found

    def _ends(self, job: Job) -> list[int]:
        """Where the pieces of a prompt end; the same for every prompt that begins alike.

        New pieces begin where the task's own part ends and where an activated adapter begins
        to act, so that these beginnings can be kept.
        """
        last = len(job.tokens) - 1
        borders = {job.request.prompt.prefix_length, job.acts_from}
        marks = sorted({0, last, *(border for border in borders if 0 < border < last)})
        ends: list[int] = []
        for start, stop in itertools.pairwise(marks):
            ends += [*range(start + PIECE_TOKENS, stop, PIECE_TOKENS), stop]
        return ends


def _acts_from(job: Job) -> int:
    """Return the first token on which the adapter acts; past the prompt for never."""
    never = len(job.tokens) + 1
    if job.resident is None:
        return never
    wanted = job.resident.adapter.invocation
    if not wanted:
        return 0
    for start in range(len(job.tokens) - len(wanted), -1, -1):
        if job.tokens[start : start + len(wanted)] == wanted:
            return start
    return never


def _adapter(job: Job, end: int) -> Adapter | None:
    """Return the adapter that computes the piece that ends here."""
    return job.resident.adapter if job.resident and job.acts_from < end else None


def _key(job: Job, ends: list[int]) -> Key:
    """Name a beginning: its tokens, where its pieces ended, and the adapter where that acted."""
    acted = job.resident is not None and job.acts_from < ends[-1]
    adapter = job.resident.key if acted and job.resident else ""
    return (adapter, job.tokens[: ends[-1]], tuple(ends))
