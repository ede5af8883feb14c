"""The data-layer questions: twelve months, segments, statements, splits and prices."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agent.answer import as_contract
from agent.assemble import Parts
from agent.config import read_settings
from agent.replay import replay
from agent.session import Session
from evals.suites.first_light import QUESTIONS, Scored, read_questions, score
from tools.ingestion.run import ingest

DATA_LAYER = QUESTIONS.with_name("data_layer.jsonl")
# The 10-Ks that the questions over real filings were worked out from.
FILINGS = {
    "AAPL": "2023-11-03",
    "AMZN": "2024-02-02",
    "MCD": "2024-02-22",
    "QCOM": "2023-11-01",
    "SBUX": "2023-11-17",
}


def ask_all(parts: Parts, questions: list[dict[str, Any]]) -> list[tuple[Scored, bool]]:
    results = []
    with Session.open(parts) as session:
        rows = parts.warehouse.connection.execute("SELECT name, tickers FROM company").fetchall()
        for question in questions:
            record = session.ask(question["question"])
            same = all(one.same for one in replay(record, parts))
            results.append((score(question, as_contract(record), dict(rows)), same))
    return results


def test_questions_over_the_sample_are_right_and_replay(sample_home: Path) -> None:
    parts = Parts(read_settings(home=sample_home, model="scripted"))
    results = ask_all(parts, read_questions(DATA_LAYER, "sample"))
    assert len(results) == 25
    assert [(one.id, one.explanation) for one, _ in results if one.verdict != "right"] == []
    assert all(same for _, same in results)


@pytest.mark.data
def test_questions_over_real_filings_are_right_and_replay(
    shared_data: Path, tmp_path: Path
) -> None:
    parts = Parts(read_settings(home=tmp_path, model="scripted"))
    folder = shared_data / "filings" / "10k"
    paths = [folder / ticker / f"10K_{filed}.htm.gz" for ticker, filed in FILINGS.items()]
    with parts.open_for_writing() as warehouse:
        ingest(warehouse, paths)
    results = ask_all(parts, read_questions(DATA_LAYER, "shared"))
    verdicts = Counter(one.verdict for one, _ in results)
    assert verdicts["right"] >= 14, [one for one, _ in results if one.verdict != "right"]
    assert verdicts["wrong"] + verdicts["failed"] == 0
    assert all(same for _, same in results)
