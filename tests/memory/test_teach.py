from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from memory.embedder import Vectors
from memory.expressions import find_metrics
from memory.recall import recall
from memory.store import MemoryStore
from memory.teach import NotUnderstood, Proposal, accept, propose

METRICS = {
    "revenue": ["Revenue", "sales", "net sales", "top line"],
    "net_income": ["Net income", "profit", "bottom line"],
    "operating_income": ["Operating income", "EBIT"],
    "research_and_development": ["R&D", "research and development"],
    "total_debt": ["Total debt", "debt"],
    "cash": ["Cash", "cash and cash equivalents"],
    "net_debt": ["Net debt"],
    "capital_expenditures": ["Capex", "capital expenditures"],
    "operating_cash_flow": ["Operating cash flow", "cash from operations"],
    "shareholders_equity": ["Shareholders' equity", "equity"],
    "total_assets": ["Total assets"],
}


class OneVector:
    model_id = "one@1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.ones((len(texts), 4), dtype=np.float32) / 2


@pytest.mark.parametrize(
    ("sentence", "name", "formula"),
    [
        ("By net debt we mean total debt minus cash.", "net debt", "total_debt - cash"),
        (
            "When I say burn, I mean capex less operating cash flow",
            "burn",
            "capital_expenditures - operating_cash_flow",
        ),
        ("house margin = (sales - R&D) / sales", "house margin", None),
        (
            "growth spend means R&D and capex",
            "growth spend",
            "research_and_development + capital_expenditures",
        ),
        (
            "By quality we mean cash from operations as a percentage of net income",
            "quality",
            "operating_cash_flow / net_income",
        ),
        (
            "return on average equity is defined as profit divided by average shareholders' equity",
            "return on average equity",
            "net_income / average(shareholders_equity)",
        ),
        (
            "momentum means revenue divided by last year's revenue",
            "momentum",
            "revenue / prior(revenue)",
        ),
        (
            "remember that the sloan ratio means net income minus operating cash flow, "
            "over total assets",
            "sloan ratio",
            "(net_income - operating_cash_flow) / total_assets",
        ),
        ("cover is the ratio of cash to total debt", "cover", "(cash / total_debt)"),
    ],
)
def test_a_sentence_becomes_a_formula(sentence: str, name: str, formula: str | None) -> None:
    proposal = propose(sentence, METRICS, taught_by="ana")
    assert isinstance(proposal, Proposal)
    wanted = formula or "(revenue - research_and_development) / revenue"
    assert (proposal.record.name, proposal.record.data["formula"]) == (name, wanted)
    assert proposal.record.taught_by == "ana"


@pytest.mark.parametrize(
    ("sentence", "name", "alias"),
    [
        ("when I say bottom bottom line use net income", "bottom bottom line", "net_income"),
        ("Use operating income for core profit", "core profit", "operating_income"),
        ("Use EBIT when people say core profit", "core profit", "operating_income"),
        ("when we say top line, take profit", "top line", "net_income"),
    ],
)
def test_a_sentence_becomes_an_alias(sentence: str, name: str, alias: str) -> None:
    proposal = propose(sentence, METRICS, taught_by="ana")
    assert isinstance(proposal, Proposal)
    assert (proposal.record.name, proposal.record.data["alias"]) == (name, alias)


def test_words_without_metrics_become_a_definition() -> None:
    proposal = propose("A moat means a lasting advantage over rivals", METRICS, taught_by="ana")
    assert isinstance(proposal, Proposal)
    assert proposal.record.data["definition"] == "a lasting advantage over rivals"


def test_the_proposal_says_what_it_replaces() -> None:
    proposal = propose("by top line we mean net income", METRICS, taught_by="ana")
    assert isinstance(proposal, Proposal)
    assert proposal.replaces == "revenue"
    assert "replaces the shipped meaning" in proposal.summary


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("blah means total debt minus flurbs", "flurbs"),
        ("test means sales minus cash over debt", "two ways"),
        ("net debt means net debt minus cash", "defined by itself"),
        ("revenue means net sales", "already means"),
        ("what is net debt?", "no term and meaning"),
        ("hello there", "no term and meaning"),
        ("", "not one sentence"),
        ("x" * 5000, "not one sentence"),
        ("burn means capex minus", "breaks off"),
        ("burn means (capex", "breaks off"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(sentence: str, reason: str) -> None:
    answer = propose(sentence, METRICS, taught_by="ana")
    assert isinstance(answer, NotUnderstood)
    assert reason in answer.reason
    assert answer.needed


def test_nothing_is_remembered_before_it_is_accepted(tmp_path: Path) -> None:
    store = MemoryStore.open(tmp_path, OneVector())
    proposal = propose("by burn we mean capex less cash", METRICS, taught_by="ana")
    assert isinstance(proposal, Proposal)
    assert store.list() == []
    accept(store, proposal)
    found = recall(store, "how high was the burn?")[0].record
    assert found.data["formula"] == "capital_expenditures - cash"
    assert found.provenance == "said: by burn we mean capex less cash"


def test_the_longest_metric_name_is_read() -> None:
    assert find_metrics("net debt and total debt", METRICS) == ["net_debt", "total_debt"]
