"""The reference page of the tools, written from their signatures and docstrings.

`python -m tools.toolbox.reference > docs/tools.md` writes it; a test compares.
"""

from __future__ import annotations

import json
from typing import Any

from tools.toolbox.calls import Tool, offered_tools

_HEAD = """\
# Tools for the agent

Typed functions over the warehouse, made for a model to call (`tools/toolbox/`). Each takes plain
values and returns a frozen record that serialises to JSON; each value carries its source: the fact
(accession, concept, fact id, character span where the filing was read), or the formula with its
inputs opened in turn. Decimals are written as text, exact, in whole units (USD, not millions).
What is refused comes back as a message that says what was wrong, what was expected and what to do
next. Nothing is silent: what was cut says `truncated`, what is missing says why.

Try one as the model would see it: `footnote tool get_figures companies=AAPL metrics=revenue
periods=FY2023..FY2024`; `footnote tool --list` names them, `footnote tool --list --json` prints the
JSON schemas. A call is recorded like a question, so `footnote replay last` makes it again. In
Python: `tools.toolbox.calls.call_tool(sources, name, arguments)`; for LangChain,
`agent.tooling.structured_tools(parts)`.

This page is written from the signatures by `python -m tools.toolbox.reference > docs/tools.md`.
"""


def render_reference() -> str:
    """Return the page as Markdown."""
    return "\n".join([_HEAD, *(_entry(tool) for tool in offered_tools().values())])


def _entry(tool: Tool) -> str:
    rows = "\n".join(
        f"| `{name}` | {_kind(schema)} | {_default(tool, name)} | {schema['description']} |"
        for name, schema in tool.schema["properties"].items()
    )
    head = f"## {tool.name}\n\n{tool.description}\n\n"
    return f"{head}| argument | type | default | meaning |\n|---|---|---|---|\n{rows}\n"


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return ", ".join(f'"{value}"' for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "any"))


def _default(tool: Tool, name: str) -> str:
    field = tool.arguments.model_fields[name]
    return "required" if field.is_required() else f"`{json.dumps(field.default)}`"


if __name__ == "__main__":
    print(render_reference(), end="")
