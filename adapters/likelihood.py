"""How likely a model finds each of a few replies.

The choices are laid out as one tree of tokens, shared beginnings once, and computed in a
single forward pass after the prompt: each token sees the prompt and its own ancestors, by
the attention mask (the "tree attention" of speculative decoding).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch

from adapters.base_model import BaseModel
from adapters.decode import Context

Normalisation = Literal["sum", "mean"]
# Rows of logits held at once: 256 x 49,152 x 4 bytes = 50 MB.
_LOGIT_ROWS = 256


@dataclass
class TokenTree:
    """Choices as a tree; node 0 is the prompt's last token.

    Attributes:
        tokens: Token of each node but node 0.
        parents: Node that each of them follows.
        paths: Per choice, its nodes from first to last.
    """

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    paths: list[list[int]] = field(default_factory=list)

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> TokenTree:
        """Merge sequences that begin alike."""
        tree = cls()
        nodes: dict[tuple[int, int], int] = {}
        for sequence in sequences:
            node, path = 0, []
            for token in sequence:
                key = (node, token)
                if key not in nodes:
                    tree.tokens.append(token)
                    tree.parents.append(node)
                    nodes[key] = len(tree.tokens)
                node = nodes[key]
                path.append(node)
            tree.paths.append(path)
        return tree

    def depths(self) -> list[int]:
        """Distance of each node from the prompt's last token, node 0 left out."""
        depths = [0]
        for parent in self.parents:
            depths.append(depths[parent] + 1)
        return depths[1:]

    def visible(self) -> torch.Tensor:
        """Which node sees which: bool [nodes, nodes], node 0 left out."""
        size = len(self.tokens)
        seen = torch.eye(size, dtype=torch.bool)
        for node, parent in enumerate(self.parents):
            if parent:
                seen[node] |= seen[parent - 1]
        return seen


def log_probabilities(
    base: BaseModel,
    context: Context,
    sequences: Sequence[Sequence[int]],
    *,
    normalisation: Normalisation = "mean",
) -> list[float]:
    """Score token sequences as continuations of a computed prompt.

    Args:
        base: The model.
        context: The prompt; it is not changed.
        sequences: Tokens of each choice, its end token included, none empty.
        normalisation: "sum" gives log p(choice | prompt), "mean" divides by its tokens.

    Returns:
        One natural-log probability per sequence.
    """
    tree = TokenTree.of(sequences)
    assert context.logits is not None
    # Inner nodes only: what a leaf would say next is not asked.
    inner = sorted(set(tree.parents) - {0})
    rows = {0: 0, **{node: row + 1 for row, node in enumerate(inner)}}
    hidden = _hidden_states(base, context, tree)
    wanted = [
        (rows[parent], token) for parent, token in zip(tree.parents, tree.tokens, strict=True)
    ]
    table = _score_rows(base, context.logits, hidden[[node - 1 for node in inner]], wanted)
    totals = [sum(table[node - 1] for node in path) for path in tree.paths]
    if normalisation == "sum":
        return totals
    return [total / len(path) for total, path in zip(totals, tree.paths, strict=True)]


def _hidden_states(base: BaseModel, context: Context, tree: TokenTree) -> torch.Tensor:
    """Run the tree through the model's layers: [nodes, hidden]."""
    model = base.model
    past = int(context.cache.get_seq_length())
    size = len(tree.tokens)
    seen = torch.cat([torch.ones(size, past, dtype=torch.bool), tree.visible()], dim=1)
    blocked = torch.finfo(model.dtype).min
    mask = torch.zeros(size, past + size, dtype=model.dtype).masked_fill(~seen, blocked)
    positions = torch.tensor([[past + depth - 1 for depth in tree.depths()]])
    with torch.inference_mode():
        output = model.get_decoder()(
            input_ids=torch.tensor([tree.tokens], device=model.device),
            attention_mask=mask[None, None].to(model.device),
            position_ids=positions.to(model.device),
            past_key_values=context.fork().cache,
            use_cache=True,
        )
    return torch.as_tensor(output.last_hidden_state[0])


def _score_rows(
    base: BaseModel,
    first: torch.Tensor,
    hidden: torch.Tensor,
    wanted: Sequence[tuple[int, int]],
) -> list[float]:
    """Look up log p(token | row) for (row, token) pairs; row 0 is `first`, the rest `hidden`."""
    by_row: dict[int, list[int]] = {}
    for place, (row, _) in enumerate(wanted):
        by_row.setdefault(row, []).append(place)
    found = [0.0] * len(wanted)
    head = base.model.get_output_embeddings()
    with torch.inference_mode():
        blocks = [(0, first[None])]
        for start in range(0, hidden.shape[0], _LOGIT_ROWS):
            blocks.append((start + 1, head(hidden[start : start + _LOGIT_ROWS]).float()))
        for start, logits in blocks:
            log_p = torch.log_softmax(logits, dim=-1).cpu()
            for row in range(start, start + log_p.shape[0]):
                for place in by_row.get(row, ()):
                    found[place] = float(log_p[row - start, wanted[place][1]])
    return found
