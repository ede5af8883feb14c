"""A session: questions in, recorded runs out, over one graph and one checkpointer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import Command

from agent.act import Case
from agent.assemble import Parts
from agent.graph import build_graph
from agent.state import Answer, Step
from tools.json_values import to_json

OnStep = Callable[[Step], None]
_RECORDS = [
    ("agent.state", name)
    for name in (
        "Answer", "CompanyRef", "DaySpan", "Evidence", "Figure", "Footnote", "Found", "MemberRef",
        "MetricRef", "Period", "Plan", "Recalled", "Request", "Step", "Understanding",
    )
] + [("agent.act", Case.__name__)]  # fmt: skip


class Session:
    """Asks the graph and keeps the records; one conversation is one thread."""

    def __init__(self, parts: Parts, connection: sqlite3.Connection) -> None:
        serde = JsonPlusSerializer(allowed_msgpack_modules=_RECORDS)
        self._parts = parts
        self._graph = build_graph(parts, checkpointer=SqliteSaver(connection, serde=serde))
        self._waiting: dict[str, dict[str, Any]] = {}

    @classmethod
    @contextmanager
    def open(cls, parts: Parts) -> Iterator[Session]:
        """Open a session with its checkpoints; close it, and the parts, at the end."""
        parts.settings.home.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(parts.settings.checkpoints_path, check_same_thread=False)
        try:
            yield cls(parts, connection)
        finally:
            connection.close()
            parts.close()

    def ask(
        self, question: str, *, thread: str | None = None, on_step: OnStep | None = None
    ) -> dict[str, Any]:
        """Answer one question and return its run record.

        A question after a clarification in the same thread is taken as the reply to it.
        """
        run_id = self._parts.runs.new_id()
        thread_id = thread or run_id
        record = self._waiting.pop(thread_id, None) or self._new_record(run_id, question, thread_id)
        started = time.perf_counter()
        pending = bool(record.get("interrupted"))
        entry: Any = Command(resume=question) if pending else _entry(question, run_id)
        try:
            self._run(entry, thread_id, record, on_step)
        except BaseException as error:
            record["answer"] = to_json(Answer("failed", f"{type(error).__name__}: {error}"))
            self._finish(record, started)
            raise
        self._finish(record, started)
        if record.get("interrupted"):
            self._waiting[thread_id] = record
        return record

    def _run(
        self, entry: Any, thread_id: str, record: dict[str, Any], on_step: OnStep | None
    ) -> None:
        config: RunnableConfig = {
            "configurable": {"thread_id": thread_id},
            "recursion_limit": self._parts.settings.step_limit,
        }
        deadline = time.monotonic() + self._parts.settings.answer_seconds
        record["interrupted"] = False
        for update in self._graph.stream(entry, config, stream_mode="updates"):
            for node, change in update.items():
                if node == "__interrupt__":
                    record["interrupted"] = True
                    asked = change[0].value
                    answer = Answer("clarify", asked["text"], options=tuple(asked["options"]))
                    record["answer"] = to_json(answer)
                    continue
                self._note(record, change or {}, on_step)
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"no answer within {self._parts.settings.answer_seconds:g} seconds; "
                    "raise FOOTNOTE_ANSWER_SECONDS"
                )

    def _note(
        self, record: dict[str, Any], change: Mapping[str, Any], on_step: OnStep | None
    ) -> None:
        for step in change.get("steps", []):
            record["steps"].append(to_json(step))
            if on_step:
                on_step(step)
        for name in ("understanding", "plan", "found", "answer"):
            if change.get(name) is not None:
                record[name] = to_json(change[name])
        self._parts.runs.save(record)

    def _finish(self, record: dict[str, Any], started: float) -> None:
        record["ms"] = round((time.perf_counter() - started) * 1000, 1)
        self._parts.runs.save(record)

    def _new_record(self, run_id: str, question: str, thread_id: str) -> dict[str, Any]:
        settings = self._parts.settings
        return {
            "run": run_id,
            "thread": thread_id,
            "question": question,
            "asked": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": f"{settings.model}:{settings.model_name}",
            "steps": [],
        }


def _entry(question: str, run_id: str) -> dict[str, Any]:
    return {
        "question": question,
        "run_id": run_id,
        "answer": None,
        "plan": None,
        "teaching": None,
        "steps": [],
    }
