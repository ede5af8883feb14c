"""The tools over the bundled sample: values checked by hand, refusals a model can act on."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.errors import ToolError
from tools.sandbox.monty import MontySandbox
from tools.toolbox.calls import call_tool, offered_tools
from tools.toolbox.reference import render_reference
from tools.toolbox.sources import Sources
from tools.warehouse import Warehouse

HALDEN_10K = "0009990001-25-000001"


def embed_letters(texts: list[str]) -> Any:
    """Count letters: a meaning of a sort, the same each time."""
    counts = np.array([[text.lower().count(c) for c in "aeinorst"] for text in texts], np.float32)
    return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1)


@pytest.fixture(scope="module")
def sources(sample_home: Path) -> Iterator[Sources]:
    with (
        Warehouse.open(sample_home / "warehouse.duckdb", read_only=True) as warehouse,
        MontySandbox() as sandbox,
        Sources(warehouse, lambda: sandbox, lambda: (embed_letters, "letters")) as found,
    ):
        yield found


def call(sources: Sources, tool: str, **arguments: Any) -> Any:
    return call_tool(sources, tool, arguments).result


@pytest.mark.parametrize(
    ("text", "why"),
    [("aapl", "ticker"), ("Apple", "name"), ("CIK 0000320193", "CIK"), ("Appel", "similar name")],
)
def test_a_company_is_found_by_what_people_call_it(sources: Sources, text: str, why: str) -> None:
    found = call(sources, "find_company", name=text)
    assert found["matches"][0]["cik"] == 320193
    assert found["matches"][0]["why"] == why


def test_filings_say_what_is_held_of_them(sources: Sources) -> None:
    [filing] = call(sources, "list_filings", company="HLDN")["filings"]
    assert filing["accession"] == HALDEN_10K
    assert filing["period_end"] == "2024-12-28"
    assert {"1A", "7", "8"} <= set(filing["items"])


def test_cut_lists_say_so(sources: Sources) -> None:
    found = call(sources, "list_filings", company="AAPL", form="10-Q", limit=2)
    assert len(found["filings"]) == 2
    assert found["truncated"]


def test_a_figure_carries_its_source(sources: Sources) -> None:
    found = call(
        sources, "get_figures", companies=["AAPL"], metrics=["net sales"], periods=["FY2023"],
        as_of="2023-12-31",
    )  # fmt: skip
    [figure] = found["figures"]
    assert figure["value"] == "383285000000"  # 10-K for fiscal 2023
    assert figure["source"]["accession"] == "0000320193-23-000106"
    assert figure["source"]["concept"].startswith("us-gaap:Revenue")


def test_a_formula_opens_its_inputs(sources: Sources) -> None:
    found = call(
        sources, "get_figures", companies=["AAPL"], metrics=["gross_margin"], periods=["FY2023"]
    )
    source = found["figures"][0]["source"]
    assert source["expression"] == "gross_profit / revenue"
    # 10-K for fiscal 2023: gross margin 169,148 (USD millions)
    assert source["inputs"]["gross_profit"]["value"] == "169148000000"


def test_what_is_missing_says_why(sources: Sources) -> None:
    found = call(
        sources, "get_figures", companies=["AAPL"], metrics=["revenue"], periods=["FY1987"]
    )
    assert found["figures"] == []
    assert "1987" in found["missing"][0]["reason"]


def test_ranges_and_quarters_are_periods(sources: Sources) -> None:
    found = call(
        sources, "get_figures", companies=["AAPL"], metrics=["revenue"],
        periods=["FY2022..FY2023", "Q2 2023"],
    )  # fmt: skip
    # 10-Ks for fiscal 2022 and 2023; 10-Q filed 2023-05-05
    assert [figure["value"] for figure in found["figures"]] == [
        "394328000000", "383285000000", "94836000000",
    ]  # fmt: skip


def test_periods_are_compared_exactly(sources: Sources) -> None:
    found = call(
        sources, "compare_periods", company="AAPL", metrics=["revenue"], first="2022", second="2023"
    )
    [change] = found["changes"]
    assert change["change"] == "-11043000000"  # 383,285 less 394,328 (USD millions)
    assert round(Decimal(change["relative"]), 4) == Decimal("-0.0280")


def test_peers_need_an_industry_on_file(sources: Sources) -> None:
    with pytest.raises(ToolError, match=r"SIC code.*get_figures"):
        call(sources, "compare_peers", company="AAPL", metric="revenue")


def test_a_section_is_read_on_from_where_it_was_cut(sources: Sources) -> None:
    first = call(sources, "read_section", accession=HALDEN_10K, item="Item 1A", characters=300)
    assert first["truncated"]
    second = call(
        sources, "read_section", accession=HALDEN_10K, item="1a", start=first["next_start"],
        characters=300,
    )  # fmt: skip
    assert second["span_start"] == first["span_end"]
    assert first["text"].startswith("Item 1A. Risk Factors")


def test_passages_are_found_with_their_place(sources: Sources) -> None:
    found = call(
        sources, "search_passages", question="single supplier of fiber coils", companies=["HLDN"]
    )
    best = found["passages"][0]
    assert "Quillon Photonics" in best["text"]
    assert best["span_end"] - best["span_start"] == len(best["text"])


def test_a_table_is_found_by_its_labels_and_read(sources: Sources) -> None:
    tables = call(
        sources, "find_tables", accession=HALDEN_10K, about="square feet Norway", limit=1
    )["tables"]
    table = call(sources, "get_table", accession=HALDEN_10K, table_no=tables[0]["table_no"])
    cells = {(cell["row"], cell["column"]): cell["printed"] for cell in table["cells"]}
    assert cells["Horten, Norway", "Square feet"] == "86000"


def test_sql_runs_on_the_locked_connection(sources: Sources) -> None:
    found = call(sources, "query_sql", sql="SELECT count(*) AS n FROM company")
    assert found["rows"] == [[11]]
    with pytest.raises(ToolError, match="not allowed"):
        call(sources, "query_sql", sql="SELECT * FROM read_csv('/etc/passwd')")


def test_a_program_asks_for_figures_and_says_what_it_was_given(sources: Sources) -> None:
    code = "sum(figures('apple', 'revenue', 'FY2022..FY2023')) - figure('AAPL', 'revenue', 2023)"
    found = call(sources, "run_program", code=code)
    assert found["value"] == "394328000000"  # what remains is fiscal 2022
    names = [given["name"] for given in found["given"]]
    assert names == ["figure('AAPL', 'revenue', 'FY2022')", "figure('AAPL', 'revenue', 'FY2023')"]
    assert all(given["source"]["accession"] for given in found["given"])


def test_a_program_reads_cells_and_rows(sources: Sources) -> None:
    code = f"cell('{HALDEN_10K}', 2, 'Horten, Norway', 'square feet') + sql('SELECT 1')[0][0]"
    found = call(sources, "run_program", code=code)
    assert found["value"] == "86001"
    assert found["given"][0]["source"]["text"] == "86,000"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("figure('Pfizer', 'revenue', 2023)", "No company on file is called 'Pfizer'"),
        ("figure('AAPL', 'revenue', 'FY2022..FY2023')", "use figures"),
        ("figure('AAPL', 'revenue', 1987)", "Needed: "),
        (f"cell('{HALDEN_10K}', 2, 'Atlantis', 'Square feet')", "0 numbers of table 2"),
        ("sql(\"SELECT * FROM read_text('/etc/passwd')\")", "not allowed"),
        ("sql('DROP TABLE fact')", "not allowed|cannot be parsed"),
        ("sql('SELECT * FROM fact')", "more than 50 rows"),
        ("[figure('AAPL', 'revenue', y) for y in range(1000, 9999)]", "is no period"),
        ("figure.__self__", "no attribute"),
        ("figure.__call__.__globals__['sys']", "no attribute"),
        ("open('/etc/passwd').read()", "open"),
        ("figure('AAPL', 'revenue', [2023])", "does not type-check"),
    ],
)
def test_a_program_has_no_other_access(sources: Sources, code: str, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        call(sources, "run_program", code=code)


def test_prices_that_are_not_on_file_say_so(sources: Sources) -> None:
    found = call(sources, "get_bars", ticker="aapl", start="2024-06-01", end="2024-06-30")
    assert found["bars"] == []
    assert "No prices of AAPL" in found["note"]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("get_figure", {}, "Did you mean get_figures"),
        ("find_company", {}, r"`name`: Field required.*It takes `name`"),
        ("find_company", {"name": "Apple", "limit": 500}, "less than or equal to 20"),
        ("find_company", {"name": "Apple", "colour": "red"}, "`colour`"),
        ("list_filings", {"company": "Pfizer"}, "No company on file is called 'Pfizer'"),
        ("list_filings", {"company": "Appel"}, r"Did you mean Apple Inc\."),
        ("read_section", {"accession": HALDEN_10K, "item": "99"}, "It has: .*1 Business"),
        ("read_section", {"accession": "x", "item": "1"}, "list_filings"),
        ("get_table", {"accession": HALDEN_10K, "table_no": 999}, "find_tables"),
        ("get_bars", {"ticker": "A", "start": "2024-02-01", "end": "2024-01-01"}, "earlier day"),
    ],
)
def test_a_refusal_says_what_to_do_next(
    sources: Sources, name: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ToolError, match=said):
        call_tool(sources, name, arguments)


@pytest.mark.parametrize(
    ("metric", "period", "said"),
    [
        ("revnue", "FY2023", "Nearest names: revenue"),
        ("revenue", "yesterday", "is no period"),
        ("revenue", "FY2023..FY2019", "the earlier first"),
        ("revenue", "FY1980..FY2019", "at most 30 years"),
    ],
)
def test_unknown_metrics_and_periods_name_what_is_near(
    sources: Sources, metric: str, period: str, said: str
) -> None:
    with pytest.raises(ToolError, match=said):
        call(sources, "get_figures", companies=["AAPL"], metrics=[metric, metric], periods=[period])


def test_a_call_made_again_has_the_same_digest(sources: Sources) -> None:
    first = call_tool(sources, "find_company", {"name": "walmart"})
    assert first.arguments == {"name": "walmart", "limit": 5}
    assert call_tool(sources, first.name, first.arguments).digest == first.digest


def test_every_argument_is_described_to_the_model() -> None:
    for tool in offered_tools().values():
        assert tool.description
        for name, schema in tool.schema["properties"].items():
            assert schema["description"], (tool.name, name)
        assert "sources" not in tool.schema["properties"]


def test_the_reference_page_is_in_step() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "tools.md"
    assert page.read_text(encoding="utf-8") == render_reference(), (
        "run `python -m tools.toolbox.reference > docs/tools.md`"
    )


def test_twelve_months_are_a_period(sources: Sources) -> None:
    found = call(
        sources, "get_figures", companies=["AAPL"], metrics=["revenue"],
        periods=["TTM Q3 FY2025", "TTM Q4 2024"],
    )  # fmt: skip
    assert [(one["period"], one["value"]) for one in found["figures"]] == [
        ("TTM Q3 FY2025", "408625000000"),
        ("FY2024", "391035000000"),
    ]


def test_segments_are_facts_of_one_filing(sources: Sources) -> None:
    found = call(sources, "get_segments", company="HLDN", metric="revenue", axis="geography")
    names = [one["member"] for one in found["figures"]]
    assert names[0] == "United States"
    # the geography note adds up to the income statement's 462,166 (USD thousands)
    assert sum(Decimal(one["figure"]["value"]) for one in found["figures"]) == Decimal(462166000)
    with pytest.raises(ToolError, match="name no members"):
        call(sources, "get_segments", company="AAPL", metric="revenue")
