"""The first-light questions: over the sample always, over the real filings where they are there."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.answer import as_contract
from agent.assemble import Parts
from agent.config import read_settings
from agent.replay import replay
from agent.session import Session
from evals.suites.first_light import Scored, read_questions, score
from tools.ingestion.run import ingest


def ask_all(parts: Parts, questions: list[dict[str, Any]]) -> Iterator[tuple[Scored, bool]]:
    """Yield each question's verdict and whether its run replays."""
    with Session.open(parts) as session:
        rows = parts.warehouse.connection.execute("SELECT name, tickers FROM company").fetchall()
        for question in questions:
            record = session.ask(question["question"])
            same = all(one.same for one in replay(record, parts))
            yield score(question, as_contract(record), dict(rows)), same


def report(results: list[tuple[Scored, bool]]) -> str:
    lines = [f"{one.verdict} {one.id}: {one.explanation}" for one, _ in results]
    return "\n".join(line for line in lines if not line.startswith("right"))


def test_every_question_over_the_sample_is_right_and_replays(sample_home: Path) -> None:
    parts = Parts(read_settings(home=sample_home, model="scripted"))
    results = list(ask_all(parts, read_questions(data="sample")))
    assert len(results) >= 15
    assert {one.verdict for one, _ in results} == {"right"}, report(results)
    assert all(same for _, same in results)


@pytest.mark.data
@pytest.mark.timeout(3600)
def test_questions_over_real_filings(shared_data: Path, tmp_path: Path) -> None:
    """Right nearly nine in ten (54 of 60), wrong at most one, and every run replays."""
    parts = Parts(read_settings(home=tmp_path, model="scripted"))
    questions = read_questions(data="shared")
    tickers = {figure["company"] for one in questions for figure in one["figures"]}
    folders = [shared_data / "filings" / "10k" / ticker for ticker in sorted(tickers)]
    sources = [shared_data / "edgar" / "companyfacts", shared_data / "edgar" / "submissions"]
    asked_text = {"SBUX", "TGT", "MDT", "BKNG", "NVDA", "AMT", "CL", "GD", "LIN", "QCOM"}
    folders += [shared_data / "filings" / "10k" / ticker for ticker in asked_text - tickers]
    with parts.open_for_writing() as warehouse:
        ingest(warehouse, [*sources, *(folder for folder in folders if folder.is_dir())])
    results = list(ask_all(parts, questions))
    verdicts = Counter(one.verdict for one, _ in results)
    assert verdicts["right"] >= 0.88 * len(results), report(results)
    assert verdicts["wrong"] + verdicts["failed"] <= 1, report(results)
    assert all(same for _, same in results)


ASKED = {
    "id": "q",
    "kind": "single",
    "expect": "answered",
    "figures": [{"company": "ACME", "period": "FY2023", "value": "100", "tolerance": "1"}],
    "must_mention": [],
}


def answer(value: str, *, ticker: str = "ACME", status: str = "answered") -> dict[str, Any]:
    figure = {"company": "Acme Corp", "ticker": ticker, "value": value}
    return {"status": status, "text": "text", "figures": [figure]}


@pytest.mark.parametrize(
    ("contract", "verdict"),
    [
        (answer("101"), "right"),
        (answer("102"), "wrong"),
        (answer("100", ticker="OTHER"), "wrong"),
        (answer("100", status="abstained"), "abstained"),
        (answer("100", status="failed"), "failed"),
    ],
)
def test_an_answer_is_scored_by_value_and_company(contract: dict[str, Any], verdict: str) -> None:
    assert score(ASKED, contract).verdict == verdict


def test_an_answer_where_none_exists_is_wrong() -> None:
    assert score({**ASKED, "expect": "abstained"}, answer("100")).verdict == "wrong"
