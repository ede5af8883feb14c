from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from adapters.decode import Decoder, Stop
from adapters.likelihood import TokenTree, log_probabilities
from adapters.prompt import encode

SEQUENCES = [[10, 11, 12, 2], [10, 11, 2], [40, 2], [10, 50, 51, 2]]


def test_tree_shares_common_beginnings() -> None:
    tree = TokenTree.of([[5, 6, 7], [5, 6, 8], [9]])
    assert tree.tokens == [5, 6, 7, 8, 9]
    assert tree.parents == [0, 1, 2, 2, 0]
    assert tree.paths == [[1, 2, 3], [1, 2, 4], [5]]
    assert tree.depths() == [1, 2, 3, 3, 1]


def test_tree_scores_equal_scores_one_by_one(tiny_base: Any) -> None:
    import torch

    prompt = encode(tiny_base, [HumanMessage("x")], reply_tokens=4)
    context = Decoder(tiny_base).read(prompt, Stop())
    found = log_probabilities(tiny_base, context, SEQUENCES, normalisation="sum")
    for sequence, score in zip(SEQUENCES, found, strict=True):
        ids = torch.tensor([[*prompt.tokens, *sequence]])
        with torch.inference_mode():
            log_p = tiny_base.model(ids).logits[0].float().log_softmax(-1)
        start = len(prompt.tokens) - 1
        expected = sum(float(log_p[start + i, token]) for i, token in enumerate(sequence))
        assert score == pytest.approx(expected, abs=1e-3)


def test_mean_divides_by_tokens(tiny_base: Any) -> None:
    context = Decoder(tiny_base).read(
        encode(tiny_base, [HumanMessage("x")], reply_tokens=4), Stop()
    )
    totals = log_probabilities(tiny_base, context, SEQUENCES, normalisation="sum")
    means = log_probabilities(tiny_base, context, SEQUENCES, normalisation="mean")
    assert means == [total / len(s) for total, s in zip(totals, SEQUENCES, strict=True)]
