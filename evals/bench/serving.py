"""`footnote bench serving`: the engine with many adapters, against itself and its peers.

All of it runs on the embedded base with random adapters of rank 16 on all linear layers.
What is compared runs by turns within one run, so that a busy machine slows both alike; the
figures are medians over runs. Peers that are not installed are left out (null).
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.bench.measure import machine

PAIRS = ("mixed_8_over_single", "adapters_1000_over_5", "adapters_1000_over_peft_swap",
         "single_stream_over_llamacpp")  # fmt: skip
ADAPTER_FILES = 16
TRACE_REQUESTS = 48
_WORDS = (
    "revenue margin cost growth segment fiscal quarter cash debt interest tax income share price "
    "store supply demand region product service customer contract risk lease asset"
).split()


@dataclass
class Found:
    """Runs of every ratio, and what they were made of.

    Attributes:
        ratios: Per ratio, one value a run; empty where a peer is missing.
        details: Named medians: tokens a second, milliseconds.
    """

    ratios: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PAIRS})
    switch_ms: list[float] = field(default_factory=list)
    details: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, value: float) -> None:
        """Keep one run's value."""
        self.details.setdefault(name, []).append(value)

    def as_dict(self) -> dict[str, Any]:
        """Return medians, null where nothing was measured."""
        return {
            "machine": machine(),
            "ratios": {name: _median(values) for name, values in self.ratios.items()},
            "switch_ms": _median(self.switch_ms),
            "details": {name: _median(values) for name, values in sorted(self.details.items())},
            "runs": {name: [round(value, 3) for value in v] for name, v in self.ratios.items()},
        }


def run_serving_bench(cache_dir: Path, *, runs: int = 5, only: str | None = None) -> Found:
    """Measure everything, or one ratio ("switch_ms" for that).

    Args:
        cache_dir: Footnote's cache folder, with the prepared model.
        runs: How often each pair is measured.
        only: Name of one ratio.
    """
    from adapters import base_model

    base = base_model.load(base_model.prepare("embedded", cache_dir))
    found = Found()
    with tempfile.TemporaryDirectory() as folder:
        folders = _write_adapters(Path(folder), base)
        measures: dict[str, Callable[[], None]] = {
            "switch_ms": lambda: _measure_switch(base, folders, found, runs),
            PAIRS[0]: lambda: _measure_mixed(base, folders, found, runs),
            PAIRS[1]: lambda: _measure_many(base, folders, found, runs),
            PAIRS[3]: lambda: _measure_single(base, found, runs),
            # PEFT last: it puts its layers into the base for good.
            PAIRS[2]: lambda: _measure_peft(base, folders, found, runs),
        }
        for name, work in measures.items():
            if only in (None, name):
                work()
    return found


def print_serving_bench(found: Found, *, as_json: bool) -> None:
    """Print the medians."""
    content = found.as_dict()
    if as_json:
        print(json.dumps(content))
        return
    print(content["machine"])
    for name, value in [*content["ratios"].items(), ("switch_ms", content["switch_ms"])]:
        print(f"{name:<32} {'not measured' if value is None else f'{value:.3g}'}")
    for name, value in content["details"].items():
        print(f"    {name:<36} {value:,.4g}")


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _write_adapters(folder: Path, base: Any) -> list[Path]:
    """Write a few adapters and name them a thousand times (hard links, each loaded as its own)."""
    import torch

    from adapters.lora_weights import CONFIG_FILE, WEIGHTS_FILE, LoraWeights, save_adapter

    linear = [
        (name, module.in_features, module.out_features)
        for name, module in base.model.named_modules()
        if name.endswith("_proj")
    ]
    for number in range(ADAPTER_FILES):
        generator = torch.Generator().manual_seed(number)
        modules = {
            name: (
                torch.randn(16, inputs, generator=generator) / inputs**0.5,
                torch.randn(outputs, 16, generator=generator) * 0.02,
            )
            for name, inputs, outputs in linear
        }
        targets = tuple(sorted({name.rpartition(".")[2] for name, _, _ in linear}))
        weights = LoraWeights(16, 32.0, targets, modules)
        save_adapter(folder / f"file{number}", weights, base_name=base.name)
    named = []
    for number in range(1000):
        target = folder / f"adapter{number}"
        target.mkdir()
        for file in (CONFIG_FILE, WEIGHTS_FILE):
            (target / file).hardlink_to(folder / f"file{number % ADAPTER_FILES}" / file)
        named.append(target)
    return named


def _prompt(base: Any, seed: int, tokens: int) -> Any:
    """A prompt of words that no other request shares."""
    from adapters.prompt import Prompt

    words = random.Random(seed).choices(_WORDS, k=2 * tokens)
    ids = base.tokenizer(" ".join(words), add_special_tokens=False)["input_ids"][:tokens]
    return Prompt(tuple(ids), 0)


def _request(base: Any, seed: int, adapter: str, *, tokens: int, reply: int) -> Any:
    """A request whose reply has exactly so many tokens, all of them chosen by the model."""
    from adapters.decode import Stop
    from adapters.engine.job import Request
    from adapters.grammar import Grammar

    # Never satisfied within the limit, so the reply runs up to it, whatever the weights say.
    grammar = Grammar.of_regex("[a-z ]{2000}")
    prompt = _prompt(base, seed, tokens)
    return Request(prompt, adapter, grammar, Stop(max_new_tokens=reply))


def _serve(engine: Any, requests: Sequence[Any]) -> float:
    """Return output tokens a second over requests that arrive together."""
    from adapters.errors import ModelOutputError

    began = time.perf_counter()
    tickets = [engine.submit(request) for request in requests]
    count = 0
    for ticket in tickets:
        with suppress(ModelOutputError):  # the limit came before the grammar's end, as meant
            for piece in ticket:
                count += len(piece.tokens)
    return count / (time.perf_counter() - began)


def _engine(base: Any, folders: Sequence[Path], **limits: Any) -> Any:
    from adapters.engine.serving import Engine, EngineLimits

    engine = Engine(base, EngineLimits(**limits), weights=_weights(base))
    for folder in folders:
        engine.register(folder.name, folder)
    return engine


_packed: dict[int, Any] = {}


def _weights(base: Any) -> Any:
    from adapters.engine.weights import pack

    if id(base) not in _packed:
        _packed[id(base)] = pack(base)
    return _packed[id(base)]


def _measure_mixed(base: Any, folders: list[Path], found: Found, runs: int) -> None:
    """8 rows on 8 adapters by 8 rows on one, tokens a second while decoding."""
    engine = _engine(base, folders[:8])

    def speed(names: list[str], seed: int) -> float:
        return _serve(
            engine,
            [_request(base, seed + i, n, tokens=8, reply=48) for i, n in enumerate(names)],
        )

    mixed, single = [folder.name for folder in folders[:8]], [folders[0].name] * 8
    speed(mixed, 0), speed(single, 0)  # everything is loaded and compiled
    for run in range(runs):
        ours, one = speed(mixed, 100 * run), speed(single, 100 * run)
        found.ratios["mixed_8_over_single"].append(ours / one)
        found.note("mixed_8_tokens_per_second", ours)
        found.note("single_8_tokens_per_second", one)
    engine.close()


def _zipf(count: int, requests: int, seed: int) -> list[int]:
    """Draw adapter numbers, the k-th with weight 1 / k."""
    weights = [1 / (rank + 1) for rank in range(count)]
    return random.Random(seed).choices(range(count), weights, k=requests)


def _measure_many(base: Any, folders: list[Path], found: Found, runs: int) -> None:
    """A Zipf trace over 1,000 registered adapters by one over 5, tokens a second."""
    engines = {count: _engine(base, folders[:count]) for count in (5, 1000)}

    def speed(count: int, seed: int) -> float:
        names = [folders[number].name for number in _zipf(count, TRACE_REQUESTS, seed)]
        return _serve(
            engines[count],
            [_request(base, seed + i, n, tokens=96, reply=32) for i, n in enumerate(names)],
        )

    for count in engines:
        speed(count, 7)
    for run in range(runs):
        few, many = speed(5, 1000 * run), speed(1000, 1000 * run)
        found.ratios["adapters_1000_over_5"].append(many / few)
        found.note("adapters_5_tokens_per_second", few)
        found.note("adapters_1000_tokens_per_second", many)
    record = engines[1000].record()
    found.note(
        "adapters_1000_loads_per_request", record.adapter_loads / sum(record.requests.values())
    )
    for engine in engines.values():
        engine.close()


def _measure_switch(base: Any, folders: list[Path], found: Found, runs: int) -> None:
    """What a step costs more when its adapter is another than the step before used."""
    from adapters.engine.cache import BlockPool
    from adapters.engine.lora import load
    from adapters.engine.rows import Row, StepRunner

    weights = _weights(base)
    pool = BlockPool.of(weights.shape, 64)
    steps = StepRunner(weights, pool)
    adapters = [load(folder, weights.shape) for folder in folders[:8]]
    for slot, adapter in enumerate(adapters):
        steps.place(slot, adapter)
    blocks = pool.take(2)
    assert blocks is not None

    def seconds(slots: Sequence[int]) -> float:
        began = time.perf_counter()
        for slot in slots:
            steps.run([Row(100, 16, blocks, slot)])
        return (time.perf_counter() - began) / len(slots)

    seconds(range(8))
    for _ in range(runs):
        times = [(seconds([number % 8 for number in range(16)]), seconds([0] * 16)) for _ in "123"]
        found.switch_ms.append(statistics.median(a - b for a, b in times) * 1000)
        found.note("step_ms", statistics.median(b for _, b in times) * 1000)


def _measure_peft(base: Any, folders: list[Path], found: Found, runs: int) -> None:
    """The same Zipf trace over 1,000 adapters, PEFT swapping them request by request."""
    from evals.bench.serving_peers import PeftSwap

    engine = _engine(base, folders)
    peer = PeftSwap(base, resident=50)
    by_name = {folder.name: folder for folder in folders}
    for run in range(runs + 1):
        names = [folders[number].name for number in _zipf(1000, TRACE_REQUESTS, 5000 * run)]
        requests = [
            _request(base, 5000 * run + i, n, tokens=96, reply=32) for i, n in enumerate(names)
        ]
        ours = _serve(engine, requests)
        theirs = peer.serve([(by_name[r.adapter], r) for r in requests[:3]])
        if run:  # the first loads and compiles
            found.ratios["adapters_1000_over_peft_swap"].append(ours / theirs)
            found.note("peft_swap_tokens_per_second", theirs)
    engine.close()


def _measure_single(base: Any, found: Found, runs: int) -> None:
    """Requests one after the other as the agent makes them, by llama.cpp on the same GGUF."""
    from evals.bench.serving_peers import LlamaCpp, agent_requests

    peer = LlamaCpp.start()
    if peer is None:
        return
    engine = _engine(base, [])
    requests = agent_requests(base, runs + 1)
    for run, request in enumerate(requests):
        began = time.perf_counter()
        ours_text, count = request.ask(engine)
        middle = time.perf_counter()
        theirs_text, their_count = peer.ask(request)
        ended = time.perf_counter()
        if run:  # the first compiles, and reads the part that all prompts share
            found.ratios["single_stream_over_llamacpp"].append((ended - middle) / (middle - began))
            found.note("single_stream_ms", (middle - began) * 1000)
            found.note("llamacpp_ms", (ended - middle) * 1000)
            found.note("single_stream_tokens", count)
            found.note("llamacpp_tokens", their_count)
        assert request.accepts(ours_text) and request.accepts(theirs_text)
    engine.close()
