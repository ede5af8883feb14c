from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.decode import Stop
from adapters.engine.job import Request
from adapters.errors import (
    AdapterError,
    DeadlineExceededError,
    GenerationCancelledError,
    ModelOutputError,
    QueueFullError,
)
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


def test_a_prompt_gives_the_same_reply_cached_or_not(
    make_engine: Callable[..., Any], tiny_base: Any
) -> None:
    engine = make_engine()
    one = request(tiny_base, TEXTS[3], "a1", grammar=DIGITS, tokens=40)
    first = reply(engine.submit(one))
    ticket = engine.submit(one)
    assert reply(ticket) == first
    assert ticket.record.cached_tokens == len(one.prompt.tokens) - 1


def test_failing_requests_leave_their_neighbours_alone(
    make_engine: Callable[..., Any], tiny_base: Any, tmp_path: Any
) -> None:
    good = [request(tiny_base, text, "a2") for text in TEXTS]
    expected = [reply(make_engine(max_active=1).submit(one)) for one in good]
    engine = make_engine()
    (tmp_path / "broken").mkdir()
    engine.register("broken", tmp_path / "broken")
    asked = iter([False] * 4)
    bad = [
        request(tiny_base, "x", "broken"),
        request(tiny_base, "x", "unknown"),
        request(tiny_base, "x", tokens=4, grammar=Grammar.of_regex("[a-z]{20}")),
        request(tiny_base, "x", stop=Stop(200, cancelled=lambda: next(asked, True))),
        request(tiny_base, "x", stop=Stop(200, deadline=0.0)),
        request(tiny_base, "x", stop=Stop(200, cancelled=lambda: 1 // 0 > 0)),
    ]
    tickets = [engine.submit(one) for pair in zip(good, bad, strict=False) for one in pair]
    tickets += [engine.submit(one) for one in bad[len(good) :]]
    assert [reply(ticket) for ticket in tickets[0:8:2]] == expected
    for ticket, error in zip(
        [*tickets[1:8:2], *tickets[8:]],
        [AdapterError, AdapterError, ModelOutputError, GenerationCancelledError,
         DeadlineExceededError, ZeroDivisionError], strict=True,
    ):  # fmt: skip
        with pytest.raises(error):
            reply(ticket)
    assert engine.record().requests == {"done": 4, "failed": 4, "cancelled": 1, "late": 1}


def test_a_full_queue_refuses(make_engine: Callable[..., Any], tiny_base: Any) -> None:
    engine = make_engine(max_waiting=1, max_active=1)
    with pytest.raises(QueueFullError):
        for _ in range(50):
            engine.submit(request(tiny_base, "x", tokens=100))


def test_least_recently_used_adapters_make_room(
    make_engine: Callable[..., Any], tiny_base: Any, adapter_folders: Any, tiny_weights: Any
) -> None:
    from adapters.engine.lora import load

    size = max(load(folder, tiny_weights.shape).bytes for folder in adapter_folders)
    engine = make_engine(adapter_bytes=3 * size)
    one = {name: request(tiny_base, TEXTS[0], name) for name in NAMES}
    before = {name: reply(engine.submit(one[name])) for name in NAMES}
    after = [engine.submit(one[name]) for name in reversed(NAMES)]
    assert [reply(ticket) for ticket in after] == [before[name] for name in reversed(NAMES)]
    record = engine.record()
    assert record.adapter_bytes <= 3 * size
    assert record.adapter_evictions > 4


def test_requests_leave_memory_as_it_was(make_engine: Callable[..., Any], tiny_base: Any) -> None:
    serve_and_compare(make_engine(cache_bytes=2**20, max_waiting=10_000), tiny_base, 60)


@pytest.mark.soak
def test_ten_thousand_requests_leave_memory_as_it_was(
    make_engine: Callable[..., Any], tiny_base: Any
) -> None:
    serve_and_compare(make_engine(cache_bytes=2**20, max_waiting=10_000), tiny_base, 10_000)


def serve_and_compare(engine: Any, base: Any, count: int) -> None:
    def serve(start: int) -> int:
        tickets = [
            engine.submit(request(base, f"{i} of {TEXTS[i % 4][: 20 + i % 90]}", NAMES[i % 10]))
            for i in range(start, start + count // 2)
        ]
        for ticket in tickets:
            reply(ticket)
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    half = serve(0)
    assert serve(count) - half < 20 * 2**20
    record = engine.record()
    assert record.requests == {"done": 2 * (count // 2)}
    assert (record.active, record.waiting) == (0, 0)
