"""The toolbox from the agent's side: recorded calls, LangChain tools, the command line."""

import json
from pathlib import Path

import pytest

from agent.assemble import Parts
from agent.config import Settings, read_settings
from agent.errors import SetupError
from agent.replay import replay
from agent.runs import RunStore
from agent.tool_output import outline
from agent.tooling import parse_arguments, run_tool, structured_tools


@pytest.fixture
def settings(sample_home: Path) -> Settings:
    return read_settings(home=sample_home, model="scripted")


def test_a_call_is_recorded_and_replays(settings: Settings) -> None:
    made = run_tool(settings, "list_filings", ["company=HLDN", "form=10-K"])
    record = RunStore(settings.runs_path).load(made["run"])
    parts = Parts(settings)
    [same] = replay(record, parts)
    assert same.same
    record["calls"][0]["digest"] = "0" * 64
    [changed] = replay(record, parts)
    parts.close()
    assert not changed.same


def test_words_become_arguments() -> None:
    words = ["companies=AAPL, MSFT", 'metrics=["revenue"]', "as_of=2024-01-01"]
    assert parse_arguments("get_figures", words) == {
        "companies": ["AAPL", "MSFT"],
        "metrics": ["revenue"],
        "as_of": "2024-01-01",
    }
    with pytest.raises(SetupError, match="key=value"):
        parse_arguments("get_figures", ["AAPL"])


def test_langchain_tools_answer_in_json_and_refuse_in_words(settings: Settings) -> None:
    parts = Parts(settings)
    tools = {tool.name: tool for tool in structured_tools(parts)}
    found = json.loads(tools["find_company"].invoke({"name": "AAPL"}))
    refused = tools["list_filings"].invoke({"company": "Pfizer"})
    parts.close()
    assert found["matches"][0]["name"] == "Apple Inc."
    assert "No company on file is called 'Pfizer'" in refused


def test_results_are_printed_as_an_outline() -> None:
    lines = outline({"name": "x", "empty": [], "rows": [{"a": "1", "b": ["p", "q"]}, {"a": "2"}]})
    assert lines == ["name: x", "rows:", "  - a: 1", "    b:", "      p, q", "  - a: 2"]
