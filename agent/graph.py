"""The graph: nodes and edges only. A node is one function, state in, partial state out.

understand -> recall -> plan -> act -> check -> answer -> learn, with a way back from a failed
`act` or `check` to `plan` (a set number of times, each time for another plan) and a question to the
person where a name is ambiguous.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from langchain_core.runnables import RunnableLambda
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import interrupt

from agent import steps
from agent.assemble import Parts
from agent.check import check_evidence
from agent.learn import is_teaching, propose_record, teach
from agent.state import Answer, State, Step
from memory.teach import Proposal

Node = Callable[[State], dict[str, Any]]


def build_graph(
    parts: Parts, *, checkpointer: Any = None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile the graph over assembled parts."""

    def understand(state: State) -> dict[str, Any]:
        if is_teaching(state["question"]):
            return {"teaching": state["question"], "answer": None}
        found = steps.understand_question(state, parts)
        if isinstance(found, Answer):
            return {"answer": found}
        return {"understanding": found, "tried": (), "problems": ()}

    def recall(state: State) -> dict[str, Any]:
        return {"recalled": steps.recall_records(state["understanding"], parts)}

    def plan(state: State) -> dict[str, Any]:
        chosen, others, cost = steps.choose_plan(state, parts)
        if isinstance(chosen, Answer):
            return {"answer": chosen, "steps": [cost]}
        tried = (*state["tried"], chosen.line)
        return {"plan": chosen, "tried": tried, "plans_left": others, "steps": [cost]}

    def clarify(state: State) -> dict[str, Any]:
        answer = state["answer"]
        assert answer is not None
        reply = interrupt({"text": answer.text, "options": list(answer.options)})
        return {"question": steps.merge_reply(state, str(reply)), "answer": None}

    def act(state: State) -> dict[str, Any]:
        found, spent = steps.carry_out(state, parts)
        return {"found": found, "problems": found.missing, "steps": spent}

    def check(state: State) -> dict[str, Any]:
        problems = check_evidence(state["found"].evidence, parts.sandbox)
        return {"problems": tuple(problems)}

    def answer(state: State) -> dict[str, Any]:
        text, cost = steps.word_answer(state, parts)
        return {"answer": text, "steps": [cost]}

    def learn(state: State) -> dict[str, Any]:
        if sentence := state.get("teaching"):
            proposal = propose_record(sentence, parts)
            reply = "no"
            if isinstance(proposal, Proposal):
                options = ["yes", "no"]
                reply = interrupt({"text": f"{proposal.summary} Remember it?", "options": options})
            return {"answer": teach(sentence, str(reply), parts), "teaching": None}
        return {"context": steps.context_after(state)}

    def after_understand(state: State) -> str:
        return "learn" if state.get("answer") or state.get("teaching") else "recall"

    def after_plan(state: State) -> str:
        done = state.get("answer")
        if done is None:
            return "act"
        return "clarify" if done.status == "clarify" else "learn"

    def after_act(state: State) -> str:
        if not state["problems"]:
            return "check"
        return _retry_or_answer(state, parts)

    graph = StateGraph(State)
    layers = {"understand": "loop", "recall": "memory", "check": "script", "learn": "loop"}
    for name, node in [
        ("understand", understand), ("recall", recall), ("plan", plan), ("clarify", clarify),
        ("act", act), ("check", check), ("answer", answer), ("learn", learn),
    ]:  # fmt: skip
        timed = _timed(name, layers[name], node) if name in layers else node
        graph.add_node(name, RunnableLambda(timed))
    graph.add_edge(START, "understand")
    graph.add_conditional_edges("understand", after_understand, ["learn", "recall"])
    graph.add_edge("recall", "plan")
    graph.add_conditional_edges("plan", after_plan, ["act", "clarify", "learn"])
    graph.add_edge("clarify", "understand")
    graph.add_conditional_edges("act", after_act, ["check", "plan", "answer"])
    graph.add_conditional_edges(
        "check",
        lambda state: "answer" if not state["problems"] else _retry_or_answer(state, parts),
        ["answer", "plan"],
    )
    graph.add_edge("answer", "learn")
    graph.add_edge("learn", END)
    return graph.compile(checkpointer=checkpointer)


def _retry_or_answer(state: State, parts: Parts) -> str:
    """Go back to the planner while another plan is open and repairs are left."""
    repairs = len(state["tried"]) - 1
    return "plan" if state["plans_left"] and repairs < parts.settings.max_repairs else "answer"


def _timed(name: str, layer: Any, node: Node) -> Node:
    def run(state: State) -> dict[str, Any]:
        started = time.perf_counter()
        update = node(state)
        spent = (time.perf_counter() - started) * 1000
        return {**update, "steps": [Step(name, layer, ms=round(spent, 1))]}

    return run
