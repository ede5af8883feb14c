import re
from collections import Counter
from pathlib import Path

import pytest

from tools.errors import SetupError, ToolError
from tools.figures.metrics import Catalogue, install_catalogue
from tools.warehouse import Warehouse

CATALOGUE = Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"


def _metric(name="sales", **changes):
    return {
        "name": name,
        "label": "Sales",
        "unit": "USD",
        "period_type": "duration",
        "definition": "What was sold.",
        "concepts": ["Revenues"],
    } | changes


@pytest.fixture(scope="module")
def shipped():
    return Catalogue.load(CATALOGUE)


def test_shipped_catalogue_covers_the_statements(shipped):
    assert len(shipped.metrics) >= 60
    statements = Counter(metric.statement for metric in shipped.metrics.values())
    assert statements.keys() == {"income", "balance", "cash_flow", "per_share", "ratio"}
    assert min(statements.values()) >= 10


def test_everyday_words_lead_to_their_metric(shipped):
    owner = {word: m.name for m in shipped.metrics.values() for word in m.synonyms}
    assert owner["top line"] == "revenue"
    assert owner["bottom line"] == "net_income"
    assert owner["capex"] == "capital_expenditures"
    assert owner["cash from operations"] == "operating_cash_flow"
    assert owner["buybacks"] == "share_repurchases"
    assert owner["shareholders' equity"] == "shareholders_equity"


def test_no_phrase_means_two_metrics(shipped):
    owners = {}
    for metric in shipped.metrics.values():
        for phrase in {metric.name.replace("_", " "), metric.label.lower(), *metric.synonyms}:
            assert owners.setdefault(phrase, metric.name) == metric.name, phrase


def test_ambiguous_words_are_nobodys_synonym(shipped):
    synonyms = {word for m in shipped.metrics.values() for word in m.synonyms}
    assert not synonyms & set(shipped.ambiguous)
    assert shipped.ambiguous["profit"].default == "net_income"
    assert shipped.ambiguous["margin"].default is None


def test_definitions_hold_no_digits(shipped):
    for metric in shipped.metrics.values():
        assert metric.definition.endswith("."), metric.name
        assert not re.search(r"\d", metric.definition), metric.name


def test_ratios_are_formulas_only(shipped):
    for metric in shipped.metrics.values():
        if metric.statement == "ratio":
            assert metric.formulas and not metric.concepts, metric.name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": "EUR"}, "unit"),
        ({"period_type": "year"}, "period_type"),
        ({"colour": "blue"}, "colour"),
        ({"concepts": []}, "concepts"),
        ({"formula": "profit / sales"}, "profit"),
    ],
)
def test_a_wrong_record_is_refused_with_the_reason(changes, said):
    with pytest.raises(SetupError, match=said):
        Catalogue.from_records([_metric(**changes)])


def test_formulas_that_go_in_a_circle_are_refused():
    records = [_metric("a", formula="b + 1"), _metric("b", formula="a - 1")]
    with pytest.raises(SetupError, match="circle"):
        Catalogue.from_records(records)


def test_an_unknown_metric_is_told_to_the_model(shipped):
    with pytest.raises(ToolError, match="no metric 'profitz'"):
        shipped.metric("profitz")


def test_installing_replaces_what_was_there(tmp_path, shipped):
    with Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse:
        install_catalogue(warehouse, Catalogue.from_records([_metric()]))
        install_catalogue(warehouse, shipped)
        install_catalogue(warehouse, shipped)
        assert dict(Catalogue.installed(warehouse).metrics) == dict(shipped.metrics)
        count = warehouse.connection.execute(
            "SELECT count(*) FROM metric_concept WHERE metric = 'sales'"
        ).fetchone()
        assert count == (0,)


def test_a_warehouse_without_catalogue_says_what_to_do(tmp_path):
    with (
        Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse,
        pytest.raises(SetupError, match="footnote ingest"),
    ):
        Catalogue.installed(warehouse)
