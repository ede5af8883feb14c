"""Who decides between the model's choice of plan and the rules of code."""

from pathlib import Path

import pytest

from adapters.completion import ScoredChoice
from adapters.scripted import ScriptedCall, ScriptedChatModel
from agent.assemble import Parts
from agent.config import read_settings
from agent.graph import build_graph
from agent.plan_choice import probability_of, weigh
from agent.state import Answer, State, Step


class PlanningModel(ScriptedChatModel):
    """A scripted model that says it has an adapter for plans."""

    def adapter_for(self, task: str) -> str:
        return "plan" if task == "plan" else "base"


def ask(home: Path, question: str, reply: str, **settings: bool) -> tuple[Answer, list[Step]]:
    def choose(call: ScriptedCall) -> str:
        assert call.grammar is not None
        return reply if reply in call.grammar.choices else call.grammar.choices[0]

    parts = Parts(read_settings(home=home, model="scripted", **settings))
    parts.__dict__["model"] = PlanningModel(otherwise=choose)
    state: State = {"question": question, "answer": None, "teaching": None, "steps": []}
    try:
        final = build_graph(parts).invoke(state)
    finally:
        parts.close()
    answer = final["answer"]
    assert isinstance(answer, Answer)
    return answer, [step for step in final["steps"] if step.node == "plan"]


@pytest.mark.parametrize(
    ("choice", "probability", "by_code", "is_plan", "chosen"),
    [
        ("growth A 1", 0.5, ["growth A 1", "change A 1"], True, "growth A 1"),
        ("lookup A 1", 0.6, ["growth A 1"], True, "growth A 1"),
        ("lookup A 1", 0.99, ["growth A 1"], True, "lookup A 1"),
        ("none", 0.6, ["lookup A 1"], True, "lookup A 1"),
        ("none", 0.99, ["lookup A 1"], True, "none"),
        ("lookup A 1", 0.5, ["none"], False, "none"),
        ("lookup A 1", 0.99, ["none"], False, "lookup A 1"),
        ("ask", 0.4, ["none"], False, "ask"),
    ],
)
def test_overruling_code_takes_a_sure_model(
    choice: str, probability: float, by_code: list[str], is_plan: bool, chosen: str
) -> None:
    assert weigh(choice, probability, by_code, is_plan=is_plan) == chosen


def test_probability_is_a_share_of_all_choices() -> None:
    scores = (ScoredChoice("a", -1.0), ScoredChoice("b", -1.0), ScoredChoice("c", -50.0))
    assert probability_of("a", scores) == pytest.approx(0.5)
    assert probability_of("a", ()) == 1.0


def test_the_adapter_reads_words_that_code_does_not_know(sample_home: Path) -> None:
    answer, steps = ask(sample_home, "Apple blorp revenue in fiscal 2023", "lookup A 1")
    assert answer.status == "answered"
    assert "$383.285 billion" in answer.text
    assert steps[0].task == "plan"


def test_the_adapter_may_refuse_what_code_would_answer(sample_home: Path) -> None:
    answer, _ = ask(sample_home, "Apple revenue in fiscal 2023", "none")
    assert (answer.status, answer.figures) == ("abstained", ())


def test_with_adapters_off_code_decides_as_without_one(sample_home: Path) -> None:
    answer, _ = ask(sample_home, "Apple blorp revenue in 2023", "lookup A 1", adapters=False)
    assert answer.status == "abstained"
    assert "blorp" in answer.text


def test_an_impossible_date_is_not_put_to_the_model(sample_home: Path) -> None:
    answer, _ = ask(sample_home, "Apple cash on February 30, 2023", "lookup A 1")
    assert answer.status == "abstained"
