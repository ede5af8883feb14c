"""The toolbox at the agent's side: LangChain tools for models, and `footnote tool` for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from tools.errors import ToolError
from tools.json_values import to_json
from tools.toolbox.calls import Tool, ToolCall, call_tool, offered_tools

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool


def structured_tools(parts: Parts) -> list[BaseTool]:
    """Return the toolbox as LangChain tools; an error comes back as the text for the model."""
    from langchain_core.tools import StructuredTool
    from langchain_core.tools import ToolException as Refusal

    def bind(tool: Tool) -> BaseTool:
        def call(**arguments: Any) -> str:
            try:
                made = call_tool(parts.sources, tool.name, arguments)
            except ToolError as error:
                raise Refusal(str(error)) from error
            return json.dumps(made.result, ensure_ascii=False)

        return StructuredTool.from_function(
            call,
            name=tool.name,
            description=tool.description,
            args_schema=tool.arguments,
            handle_tool_error=True,
        )

    return [bind(tool) for tool in offered_tools().values()]


def tool_schemas() -> list[dict[str, Any]]:
    """Return what a model is told of each tool: name, description, JSON schema of arguments."""
    return [
        {"name": tool.name, "description": tool.description, "parameters": tool.schema}
        for tool in offered_tools().values()
    ]


def run_tool(settings: Settings, name: str, words: Sequence[str]) -> dict[str, Any]:
    """Call a tool with `key=value` arguments, record the call as a run, and return the record.

    Raises:
        SetupError: An argument is malformed, or the tool refuses; its message says why.
    """
    parts = Parts(settings)
    try:
        made = call_tool(parts.sources, name, parse_arguments(name, words))
    except ToolError as error:
        raise SetupError(str(error)) from error
    finally:
        parts.close()
    record = call_record(made, parts.runs.new_id())
    parts.runs.save(record)
    return record


def call_record(made: ToolCall, run_id: str) -> dict[str, Any]:
    """Return a run record of a single call."""
    shown = " ".join(f"{name}={_shown(value)}" for name, value in made.arguments.items())
    return {
        "run": run_id,
        "question": f"tool {made.name} {shown}",
        "asked": datetime.now(UTC).isoformat(timespec="seconds"),
        "answer": {"status": "answered", "text": ""},
        "calls": [to_json(made)],
        "steps": [],
    }


def parse_arguments(name: str, words: Sequence[str]) -> dict[str, Any]:
    """Read `key=value` words; a list is JSON, or values with commas between them.

    Raises:
        SetupError: A word has no `=`.
    """
    tool = offered_tools().get(name)
    kinds = _kinds(tool) if tool else {}
    arguments: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise SetupError(f"{word!r} is no argument: write key=value, such as company=AAPL.")
        arguments[key] = _parse(value, kinds.get(key, ""))
    return arguments


def _kinds(tool: Tool) -> Mapping[str, str]:
    """Return the JSON type of each argument, without null."""
    kinds = {}
    for name, schema in tool.schema["properties"].items():
        choices = [one.get("type", "") for one in (schema, *schema.get("anyOf", []))]
        kinds[name] = next((kind for kind in choices if kind not in ("", "null")), "")
    return kinds


def _parse(value: str, kind: str) -> Any:
    if kind == "array" and not value.startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    if kind == "array":
        try:
            return json.loads(value)
        except ValueError as error:
            raise SetupError(f"{value!r} is no JSON list: {error}.") from error
    return value


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
