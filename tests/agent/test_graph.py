"""The way back from a failed step: another plan, a set number of times."""

from pathlib import Path
from typing import Any

import pytest

from agent import steps
from agent.assemble import Parts
from agent.config import read_settings
from agent.graph import build_graph
from agent.state import Found, Plan, State
from tools.errors import ToolError


def run_with_failing(
    home: Path, monkeypatch: pytest.MonkeyPatch, failing: set[str]
) -> tuple[list[str], dict[str, Any]]:
    """Ask a question that fits two plans; carrying out the processes in `failing` fails."""
    tried: list[str] = []
    carry_out = steps._carry_out

    def broken(plan: Plan, parts: Parts) -> Found:
        tried.append(plan.process)
        if plan.process in failing:
            raise ToolError("the program failed")
        return carry_out(plan, parts)

    monkeypatch.setattr(steps, "_carry_out", broken)
    parts = Parts(read_settings(home=home, model="scripted"))
    question = "Apple's revenue from 2021 to 2023: how did it change, what growth?"
    state: State = {"question": question, "answer": None, "teaching": None, "steps": []}
    try:
        final = build_graph(parts).invoke(state)
    finally:
        parts.close()
    return tried, final


def test_a_failed_plan_is_repaired_by_the_other_one(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, final = run_with_failing(sample_home, monkeypatch, {"growth"})
    assert tried == ["growth", "change"]
    assert final["answer"].status == "answered"
    assert "$17.468 billion" in final["answer"].text  # 383,285 - 365,817


def test_when_every_plan_fails_the_reason_is_given(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, final = run_with_failing(sample_home, monkeypatch, {"growth", "change"})
    assert sorted(tried) == ["change", "growth"]
    assert final["answer"].figures == ()
    assert "the program failed" in final["answer"].text
