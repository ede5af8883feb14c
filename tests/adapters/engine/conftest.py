from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.engine.random_adapters import write_adapter


@pytest.fixture(scope="session")
def adapter_folders(tiny_base: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Nine adapters of ranks 8, 16 and 24, the last activated by the tokens of "net"."""
    root = tmp_path_factory.mktemp("adapters")
    folders = [
        write_adapter(root / f"a{i}", tiny_base.model, i, rank=8 * (1 + i % 3), size=2.0)
        for i in range(8)
    ]
    wanted = tiny_base.tokenizer("net", add_special_tokens=False)["input_ids"]
    activated = write_adapter(
        root / "a8", tiny_base.model, 8, size=2.0, alora_invocation_tokens=wanted
    )
    return [*folders, activated]


@pytest.fixture(scope="session")
def tiny_weights(tiny_base: Any) -> Any:
    from adapters.engine.weights import pack

    return pack(tiny_base)


@pytest.fixture
def make_engine(
    tiny_base: Any, tiny_weights: Any, adapter_folders: list[Path]
) -> Iterator[Callable[..., Any]]:
    """Make engines over the tiny model, all adapters registered; they are closed after."""
    from adapters.engine.serving import Engine, EngineLimits

    engines = []

    def make(**limits: Any) -> Any:
        engine = Engine(tiny_base, EngineLimits(**limits), weights=tiny_weights)
        for folder in adapter_folders:
            engine.register(folder.name, folder)
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.close()
