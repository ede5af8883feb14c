from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.decode import Stop
from adapters.engine.job import Request
from adapters.grammar import Grammar
from adapters.prompt import Prompt

NAMES = ("base", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8")
TEXTS = (
    "net income is net of tax.",
    "What the company said about prices, and about what it pays for grain.",
    "x",
    "The first word of a long answer is not net, it is the second. " * 4,
)
DIGITS = Grammar.of_regex(r"no|[0-9]{3} million (dollars|euros), or [0-9]{2}%")


def request(
    base: Any, text: str, adapter: str = "base", *, tokens: int = 12, **more: Any
) -> Request:
    ids = tuple(base.tokenizer(text, add_special_tokens=False)["input_ids"])
    stop = more.pop("stop", Stop(max_new_tokens=tokens))
    return Request(Prompt(ids, min(len(ids) // 2, len(ids) - 1)), adapter, stop=stop, **more)


def reply(ticket: Any) -> list[int]:
    return [token for piece in ticket for token in piece.tokens]


def mixed(base: Any) -> list[Request]:
    return [
        request(
            base, text, name, tokens=6 + i % 7, grammar=DIGITS if (i + j) % 3 == 0 else None
        ) if (i + j) % 3 else request(base, text, name, tokens=40, grammar=DIGITS)
        for i, name in enumerate(NAMES)
        for j, text in enumerate(TEXTS)
    ]  # fmt: skip


@pytest.mark.parametrize("max_active", [2, 3, 5, 8, 16])
def test_a_mixed_batch_replies_as_each_request_alone(
    make_engine: Callable[..., Any], tiny_base: Any, max_active: int
) -> None:
    requests = mixed(tiny_base)
    alone = make_engine(max_active=1)
    expected = [reply(alone.submit(one)) for one in requests]
    engine = make_engine(max_active=max_active)
    tickets = [engine.submit(one) for one in requests]
    assert [reply(ticket) for ticket in tickets] == expected
    assert len({tuple(tokens) for tokens in expected}) > len(requests) // 2
    assert engine.record().mixed_steps > 0
