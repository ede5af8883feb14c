"""The engine's adapters against PEFT's: the same weights give the same probabilities."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from adapters.decode import Stop
from adapters.engine.job import Request
from adapters.prompt import Prompt

PROMPT = "What the company said about prices is net of what it pays for grain."
CHOICES = ("no", "12 million euros", "the second word")


def by_peft(
    base: Any, dtype: torch.dtype, folder: Path, prompt: list[int], choices: list[list[int]]
) -> torch.Tensor:
    """Log-probabilities of all choices' tokens, by transformers and PEFT in a type."""
    model = PeftModel.from_pretrained(copy.deepcopy(base.model).to(dtype), str(folder)).to(dtype)
    model.eval()
    found = []
    for choice in choices:
        ids = torch.tensor([[*prompt, *choice]])
        with torch.no_grad():
            scores = model(input_ids=ids).logits[0].float().log_softmax(-1)
        places = range(len(prompt) - 1, len(prompt) + len(choice) - 1)
        found += [scores[place, token] for place, token in zip(places, choice, strict=True)]
    return torch.stack(found)


def by_engine(engine: Any, name: str, prompt: list[int], choices: list[list[int]]) -> torch.Tensor:
    given = tuple(tuple(choice) for choice in choices)
    asked = Request(Prompt(tuple(prompt), len(prompt) // 2), name, None, Stop(), given)
    ticket = engine.submit(asked)
    assert list(ticket) == []
    return torch.tensor([value for values in ticket.log_probabilities for value in values])


@pytest.mark.parametrize("name", ["a0", "a1", "a2", "a8"])
def test_an_adapter_gives_the_probabilities_that_peft_gives(
    name: str, make_engine: Callable[..., Any], tiny_base: Any, adapter_folders: list[Path]
) -> None:
    def encode(text: str) -> list[int]:
        return list(tiny_base.tokenizer(text, add_special_tokens=False)["input_ids"])

    prompt, choices = encode(PROMPT), [encode(choice) for choice in CHOICES]
    folder = next(folder for folder in adapter_folders if folder.name == name)
    exact = by_peft(tiny_base, torch.float32, folder, prompt, choices)
    rounded = by_peft(tiny_base, torch.bfloat16, folder, prompt, choices)
    engine = make_engine()
    found = by_engine(engine, name, prompt, choices)
    without = by_engine(engine, "base", prompt, choices)
    assert (without - exact).abs().mean() > 1  # the adapter's effect is plain
    assert (found - exact).abs().mean() < 1.5 * (rounded - exact).abs().mean()
