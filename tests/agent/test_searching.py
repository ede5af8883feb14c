import json
from pathlib import Path

import pytest

from agent.config import read_settings
from agent.errors import SetupError
from agent.searching import build_index, print_passages

LIMITS = {"tickers": [], "items": [], "forms": [], "as_of": None, "limit": 2, "as_json": True}


@pytest.mark.model
def test_search_prints_where_each_passage_stands(
    sample_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = {**LIMITS, "items": ["1a"], "forms": ["10-K"]}
    settings = read_settings(home=sample_home, model="scripted")
    assert print_passages(settings, "gyrocompass fiber coils from one supplier", **limits)  # type: ignore[arg-type]
    first = json.loads(capsys.readouterr().out)[0]
    assert first["accession"] == "0009990001-25-000001"
    assert (first["item"], first["filed"]) == ("1A", "2025-02-19")
    assert "Quillon Photonics" in first["text"]
    assert not print_passages(settings, "anything", **{**limits, "forms": ["8-K"]})  # type: ignore[arg-type]


@pytest.mark.model
def test_a_ticker_that_is_not_on_file_is_said(sample_home: Path) -> None:
    settings = read_settings(home=sample_home, model="scripted")
    with pytest.raises(SetupError, match="ticker NOPE"):
        print_passages(settings, "anything", **{**LIMITS, "tickers": ["nope"]})  # type: ignore[arg-type]


def test_index_says_what_it_holds(sample_home: Path) -> None:
    settings = read_settings(home=sample_home, model="scripted")
    assert build_index(settings, vectors=False).endswith("passages of 1 documents indexed")
