"""What `footnote tool` prints: a call's result, the tools, or their schemas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from agent.config import Settings
from agent.tooling import run_tool, tool_schemas
from tools.toolbox.calls import offered_tools

_INDENT = "  "


def print_tools(*, json_output: bool) -> None:
    """Print the tools: with `json_output` what a model is told of them."""
    if json_output:
        print(json.dumps(tool_schemas(), ensure_ascii=False, indent=1))
        return
    for tool in offered_tools().values():
        names = [
            name if field.is_required() else f"[{name}]"
            for name, field in tool.arguments.model_fields.items()
        ]
        print(f"{tool.name} {' '.join(names)}")
        print(f"{_INDENT}{tool.description.splitlines()[0]}")


def print_call(
    settings: Settings, name: str, arguments: Sequence[str], *, json_output: bool
) -> None:
    """Call a tool and print what it gives, as indented text or as JSON."""
    record = run_tool(settings, name, arguments)
    result = record["calls"][0]["result"]
    if json_output:
        print(json.dumps({"run": record["run"], "result": result}, ensure_ascii=False))
        return
    screen = Console()
    for line in outline(result):
        screen.print(line, markup=False, highlight=False, soft_wrap=True)
    screen.print(f"run {record['run']}", style="dim", highlight=False)


def outline(value: Any, depth: int = 0) -> list[str]:
    """Return JSON as indented lines: what is empty is left out."""
    pad = _INDENT * depth
    if isinstance(value, dict):
        lines = []
        for name, inner in value.items():
            if inner in (None, "", [], {}):
                continue
            if isinstance(inner, dict | list):
                lines += [f"{pad}{name}:", *outline(inner, depth + 1)]
            else:
                lines.append(f"{pad}{name}: {inner}")
        return lines
    if isinstance(value, list):
        if not any(isinstance(item, dict | list) for item in value):
            return [f"{pad}{', '.join(str(item) for item in value)}"]
        lines = []
        for item in value:
            inner_lines = outline(item, depth + 1)
            first = inner_lines[0].strip() if inner_lines else ""
            lines += [f"{pad}- {first}", *inner_lines[1:]]
        return lines
    return [f"{pad}{value}"]
