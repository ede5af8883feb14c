"""Replay: the recorded SQL and programs run again, and each figure is compared digit for digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console

from agent.assemble import Parts
from agent.config import Settings
from agent.programs import read_rows, recorded_program, write_rows
from tools.errors import ToolError
from tools.json_values import plain_decimal
from tools.sql import LockedSql
from tools.toolbox.calls import call_tool
from tools.toolbox.host import plain_cell


@dataclass(frozen=True)
class Replayed:
    """One piece of evidence, then and now; `now` says why where there is no value."""

    key: str
    kind: str
    label: str
    then: str
    now: str

    @property
    def same(self) -> bool:
        """Whether it came out the same."""
        return self.then == self.now


def replay_runs(settings: Settings, run_ids: Sequence[str]) -> bool:
    """Replay runs, print what came out, and return whether all figures are the same."""
    screen = Console()
    parts = Parts(settings)
    try:
        names = [r["run"] for r in parts.runs.list(10_000)] if list(run_ids) == ["all"] else run_ids
        outcomes = [_print_replay(parts.runs.load(name), parts, screen) for name in names]
    finally:
        parts.close()
    if len(outcomes) > 1:
        screen.print(f"{sum(outcomes)} of {len(outcomes)} runs came out the same.")
    return all(outcomes)


def _print_replay(record: Mapping[str, Any], parts: Parts, screen: Console) -> bool:
    results = replay(record, parts)
    for one in results:
        state = "same" if one.same else f"DIFFERENT, now {one.now}"
        line = f"  {one.kind:<8} {one.label}: {one.then[:60]} {state}"
        screen.print(line, markup=False, highlight=False)
    same = all(one.same for one in results)
    word = "reproduced" if same else "NOT reproduced"
    screen.print(f"{record['run']} {word} ({len(results)} sources)", highlight=False)
    return same


def replay(record: Mapping[str, Any], parts: Parts) -> list[Replayed]:
    """Run a record's sources again, in their order."""
    evidence = (record.get("found") or {}).get("evidence", [])
    values: dict[str, Any] = {}
    results = []
    parts.warehouse.connection.execute("SELECT 1")  # brought up to date before it is locked
    with LockedSql(parts.settings.warehouse_path) as locked:
        for item in evidence:
            then = item["value"] if item["value"] is not None else _text_of(item)
            now = _again(item, values, parts, locked)
            values[item["key"]] = now
            results.append(Replayed(item["key"], item["kind"], item["label"], then, now))
    calls = enumerate(record.get("calls", []), start=1)
    return results + [_call_again(number, call, parts) for number, call in calls]


def _call_again(number: int, call: Mapping[str, Any], parts: Parts) -> Replayed:
    """Make a recorded tool call again and compare the digests of its results."""
    try:
        now = call_tool(parts.sources, call["name"], call["arguments"]).digest
    except ToolError as error:
        now = f"the call fails: {error}"
    return Replayed(f"call{number}", "call", call["name"], call["digest"], now)


def _again(
    item: Mapping[str, Any], values: Mapping[str, Any], parts: Parts, locked: LockedSql
) -> str:
    source = item["source"]
    if item["kind"] == "query":
        return _query_again(source, locked)
    if item["kind"] == "news":
        return _news_again(source, locked)
    if "sql" in source:
        return _look_up_again(source, locked)
    if item["kind"] == "program":
        return _compute_again(source, values, parts)
    if item["kind"] == "passage":
        row = parts.warehouse.connection.execute(
            "SELECT text FROM passage WHERE accession = ? AND span_start = ? AND span_end = ?",
            [source["accession"], source["span_start"], source["span_end"]],
        ).fetchone()
        return str(row[0]) if row else "the passage is no longer on file"
    return _text_of(item)


def _look_up_again(source: Mapping[str, Any], locked: LockedSql) -> str:
    """Run a recorded query on the locked connection: a record is a file that anyone can edit."""
    try:
        found = locked.query(source["sql"], source["params"], max_rows=2)
    except ToolError as error:
        return f"the query fails: {error}"
    if len(found.rows) != 1:
        return f"the query finds {len(found.rows)} rows"
    row = dict(zip(found.columns, found.rows[0], strict=True))
    return plain_decimal(row["value"])


def _news_again(source: Mapping[str, Any], locked: LockedSql) -> str:
    try:
        rows = locked.query(source["sql"], source["params"]).rows
    except ToolError as error:
        return f"the query fails: {error}"
    return str(rows[0][0]) if rows else "the item is no longer on file"


def _query_again(source: Mapping[str, Any], locked: LockedSql) -> str:
    try:
        found = locked.query(source["sql"], source["params"])
    except ToolError as error:
        return f"the query fails: {error}"
    return write_rows([[plain_cell(value) for value in row] for row in found.rows])


def _compute_again(source: Mapping[str, Any], values: Mapping[str, Any], parts: Parts) -> str:
    def value_of(key: str) -> Any:
        text = str(values[key])
        return read_rows(text) if text.startswith("[") else Decimal(text)

    try:
        result = parts.sandbox.run(recorded_program(source, value_of)).value
    except (ToolError, ArithmeticError, ValueError) as error:
        return f"the program fails: {error}"
    return plain_decimal(result) if isinstance(result, Decimal) else str(result)


def _text_of(item: Mapping[str, Any]) -> str:
    return str(item["source"].get("text", ""))
