"""The one place that offers tool functions and calls them: schemas, validation, records."""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from rapidfuzz import process

from tools.errors import ToolError
from tools.json_values import to_json
from tools.toolbox.companies import find_company, list_filings
from tools.toolbox.documents import read_section, search_passages
from tools.toolbox.figures import compare_peers, compare_periods, get_figures
from tools.toolbox.frames import get_frame
from tools.toolbox.market import get_bars, get_news
from tools.toolbox.programs import run_program
from tools.toolbox.query import query_sql
from tools.toolbox.segments import get_segments
from tools.toolbox.sources import Sources
from tools.toolbox.statements import get_holdings, get_statement
from tools.toolbox.tables import find_tables, get_table

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    find_company,
    list_filings,
    get_figures,
    compare_periods,
    compare_peers,
    get_statement,
    get_segments,
    get_holdings,
    search_passages,
    read_section,
    find_tables,
    get_table,
    query_sql,
    run_program,
    get_bars,
    get_news,
    get_frame,
)


@dataclass(frozen=True)
class Tool:
    """A tool function as a model sees it.

    Attributes:
        name: What it is called by; stored in run records.
        description: The docstring without its arguments.
        arguments: The model's arguments; refuses unknown ones.
        function: The function; its first argument is `Sources`.
    """

    name: str
    description: str
    arguments: type[BaseModel]
    function: Callable[..., Any]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        return self.arguments.model_json_schema()


@dataclass(frozen=True)
class ToolCall:
    """A call that was made: with `name` and `arguments` it can be made again.

    Attributes:
        result: What came back, as JSON.
        digest: SHA-256 of the result's canonical JSON, to compare a replay with.
    """

    name: str
    arguments: dict[str, Any]
    result: Any
    digest: str


@lru_cache(maxsize=1)
def offered_tools() -> Mapping[str, Tool]:
    """Return all tools by name, in the order in which they are offered."""
    return {function.__name__: _tool(function) for function in FUNCTIONS}


def call_tool(sources: Sources, name: str, arguments: Mapping[str, Any]) -> ToolCall:
    """Check the arguments, call a tool, and return the call with its result.

    Raises:
        ToolError: There is no such tool, an argument is wrong, or the tool refuses.
    """
    tool = _find_tool(name)
    try:
        given = tool.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        raise ToolError(_explain(tool, error)) from error
    values = {field: getattr(given, field) for field in tool.arguments.model_fields}
    result = to_json(tool.function(sources, **values))
    kept = {field: to_json(value) for field, value in values.items() if value is not None}
    return ToolCall(name, kept, result, digest(result))


def digest(result: Any) -> str:
    """Return the hash by which two results are compared."""
    text = json.dumps(result, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _find_tool(name: str) -> Tool:
    tools = offered_tools()
    if name not in tools:
        near = process.extractOne(name, list(tools), score_cutoff=60)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ToolError(f"There is no tool {name!r}.{hint} Tools: {', '.join(tools)}.")
    return tools[name]


def _tool(function: Callable[..., Any]) -> Tool:
    text = inspect.getdoc(function) or ""
    description, _, section = text.partition("\nArgs:\n")
    described = _argument_texts(section)
    signature = inspect.signature(function, eval_str=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(signature.parameters.items())[1:]:
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (parameter.annotation, Field(default, description=described[name]))
    arguments = create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)
    return Tool(function.__name__, description.strip(), arguments, function)


def _argument_texts(section: str) -> dict[str, str]:
    """Read the `Args` section of a docstring: a line `name: text`, continued by indentation."""
    texts: dict[str, str] = {}
    name = ""
    for line in section.split("\n"):
        if match := re.match(r" {4}(\w+): (.*)", line):
            name = match[1]
            texts[name] = match[2]
        elif name and line.startswith("        "):
            texts[name] += f" {line.strip()}"
        elif line.strip():
            break
    return texts


def _explain(tool: Tool, error: ValidationError) -> str:
    """Say which arguments are wrong and what the tool takes."""
    faults = []
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        faults.append(f"`{where}`: {one['msg']}")
    takes = "; ".join(
        f"`{name}`{'' if field.is_required() else ' (optional)'}: {str(field.description)[:-1]}"
        for name, field in tool.arguments.model_fields.items()
    )
    return f"{tool.name} can't be called so: {'; '.join(faults)}. It takes {takes}."
