import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from memory.embedder import Vectors
from memory.errors import SetupError
from memory.records import make_record
from memory.seeding import SEEDS, seed
from memory.store import MemoryStore

_PLACEHOLDER = re.compile(r"{([a-z_]+)}")
_COMMON = set(
    "company metric period as_of value direction size rows definition sentences best_company "
    "best_period worst_company worst_period part_metric whole_metric member axis".split()
)


class CountingEmbedder:
    model_id = "count@1"
    embedded = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return np.ones((len(texts), 4), dtype=np.float32) / 2


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for name in ("metrics.yaml", "processes.yaml"):
        shutil.copy(SEEDS / name, folder / name)
    return folder


def processes() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((SEEDS / "processes.yaml").read_text())[
        "processes"
    ]
    return loaded


def test_seeding_twice_embeds_once(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    store = MemoryStore.open(tmp_path, embedder)
    first = seed(store)
    embedded = embedder.embedded
    assert first.added == len(store.list()) > 50
    again = MemoryStore.open(tmp_path, embedder)
    assert seed(again).added == 0
    assert embedder.embedded == embedded


def test_a_changed_seed_file_updates_only_what_changed(tmp_path: Path, seeds: Path) -> None:
    embedder = CountingEmbedder()
    store = MemoryStore.open(tmp_path, embedder)
    count = seed(store, seeds).added
    path = seeds / "processes.yaml"
    path.write_text(path.read_text().replace("- What is free cash flow?", "- What is FCF?"))
    before = embedder.embedded
    summary = seed(store, seeds)
    assert (summary.added, summary.unchanged, summary.withdrawn) == (1, count - 1, 0)
    assert embedder.embedded == before + 1
    assert len(store.history("process/definition/seed")) == 2


def test_a_seed_that_ships_no_more_is_withdrawn(tmp_path: Path, seeds: Path) -> None:
    store = MemoryStore.open(tmp_path, CountingEmbedder())
    seed(store, seeds)
    path = seeds / "processes.yaml"
    content = yaml.safe_load(path.read_text())
    content["processes"] = [p for p in content["processes"] if p["name"] != "peak"]
    path.write_text(yaml.safe_dump(content))
    assert seed(store, seeds).withdrawn == 1
    assert store.history("process/peak/seed")[0].ended_because == "withdrawn"


def test_a_forgotten_seed_stays_forgotten(tmp_path: Path, seeds: Path) -> None:
    store = MemoryStore.open(tmp_path, CountingEmbedder())
    seed(store, seeds)
    store.forget("process/peak/seed", by="ana")
    path = seeds / "metrics.yaml"
    path.write_text(path.read_text() + "\n# a comment\n")
    seed(store, seeds)
    assert "process/peak/seed" not in {item.id for item in store.list()}


def test_taught_records_survive_seeding(tmp_path: Path, seeds: Path) -> None:
    store = MemoryStore.open(tmp_path, CountingEmbedder())
    store.add(make_record("term", "burn", "cash spent", provenance="said", taught_by="ana"))
    seed(store, seeds)
    assert store.get("term/burn/taught").text == "cash spent"


def test_a_broken_seed_file_is_a_setup_error(tmp_path: Path, seeds: Path) -> None:
    (seeds / "metrics.yaml").write_text("metrics: [{label: no name}]")
    with pytest.raises(SetupError, match=r"metrics\.yaml is not valid"):
        seed(MemoryStore.open(tmp_path, CountingEmbedder()), seeds)


@pytest.mark.parametrize("process", processes(), ids=lambda process: process["name"])
def test_a_process_says_what_the_agent_needs(process: dict[str, Any]) -> None:
    # what is found by its own words needs few examples of how else people ask for it
    assert len(process["examples"]) >= (2 if process.get("words") else 10)
    assert not re.search(r"\d", process["answer"] + process.get("row", ""))
    for bounds in process["slots"].values():
        assert 0 <= bounds["min"] <= bounds["max"]
    inputs = process.get("inputs", {})
    names = set() if inputs == "formula" else set(inputs)
    allowed = _COMMON | names | {f"{n}_period" for n in names} | {f"{n}_company" for n in names}
    allowed |= {f"{n}_day" for n in names}
    assert set(_PLACEHOLDER.findall(process["answer"] + process.get("row", ""))) <= allowed
    if "program" in process:
        assert process["unit"] in ("same", "ratio", *(["USD"] if process.get("words") else []))
        words = set(re.findall(r"[a-z]+", process["program"]))
        assert words <= names | {"abs", "sum", "len", "cagr"}
