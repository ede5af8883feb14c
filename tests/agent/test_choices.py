"""What the plan task is offered to choose from, over the bundled sample."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.assemble import Parts
from agent.choices import Offer, offer, plan_variables
from agent.config import read_settings
from agent.steps import recall_records
from agent.understand import understand


@pytest.fixture(scope="module")
def parts(sample_home: Path) -> Iterator[Parts]:
    parts = Parts(read_settings(home=sample_home, model="scripted"))
    yield parts
    parts.close()


def offered(question: str, parts: Parts, before: str = "") -> Offer:
    context = understand(before, parts.linkers) if before else None
    found = understand(question, parts.linkers, context)
    return offer(found, parts.desk, recall_records(found, parts), before=before)


def test_every_process_that_fits_is_offered_with_its_periods(parts: Parts) -> None:
    made = offered("Apple revenue in 2023", parts)
    assert made.plans["lookup A 1"].line == "lookup(revenue; AAPL; FY2023)"
    assert made.plans["growth A 1"].line == "growth(revenue; AAPL; FY2022, FY2023)"
    assert made.plans["passage 1"].process == "passage"
    assert "comparison A 1" not in made.plans
    assert made.choices[-2:] == ("none", "ask")


def test_two_metrics_make_shares_both_ways_round(parts: Parts) -> None:
    made = offered("Apple R&D against revenue 2023", parts)
    assert made.plans["share A B 1"].metrics == ("research_and_development", "revenue")
    assert made.plans["share B A 1"].metrics == ("revenue", "research_and_development")


def test_words_taken_back_can_be_left_out(parts: Parts) -> None:
    made = offered("Walmart, sorry, Apple revenue, no, net income 2023", parts)
    assert made.plans["lookup B 2"].line == "lookup(net_income; AAPL; FY2023)"


def test_metrics_are_recalled_by_meaning_where_none_is_named(parts: Parts) -> None:
    made = offered("how much of its own stock did Apple take off the market in 2022", parts)
    assert "share_repurchases" in made.metrics
    assert len(made.metrics) <= 5


def test_an_ambiguous_word_offers_each_of_its_metrics(parts: Parts) -> None:
    made = offered("Walmart margin 2022", parts)
    assert {"gross_margin", "operating_margin", "net_margin"} <= set(made.metrics)


def test_a_short_form_of_a_name_is_a_guess_to_choose_and_never_a_link(parts: Parts) -> None:
    found = understand("How was McD revenue in 2022", parts.linkers)
    assert [company.ticker for company in found.company_guesses] == ["MCD"]
    assert found.companies == ()
    assert found.leftover == ("McD",)


def test_the_prompt_names_what_the_choices_mean(parts: Parts) -> None:
    made = offered("hm, Apple blorp revenue in 2023", parts)
    shown = plan_variables(made, parts.wording.labels)
    assert shown["metrics"][0] == "Revenue"
    assert shown["companies"] == ["Apple Inc."]
    assert shown["periods"] == "1 year"
    assert "blorp" in shown["unknown"]


def test_a_follow_up_is_shown_after_its_question(parts: Parts) -> None:
    made = offered("and the year before?", parts, before="Apple revenue in 2023")
    assert made.question == "Apple revenue in 2023 / and the year before?"
    assert made.plans["lookup A 1"].line == "lookup(revenue; AAPL; FY2022)"


@pytest.mark.parametrize(
    ("question", "leftover"),
    [
        ("Apple revenue per employee in 2022", ("per", "employee")),
        ("Apple revenue per year from 2020 to 2022", ()),
        ("how many days does Apple hold its inventory", ("days",)),
    ],
)
def test_words_that_make_another_metric_are_not_explained_away(
    question: str, leftover: tuple[str, ...], parts: Parts
) -> None:
    found = understand(question, parts.linkers)
    assert set(leftover) <= set(found.leftover)
    assert bool(found.leftover) == bool(leftover)


def test_it_and_that_stand_for_what_was_asked_before(parts: Parts) -> None:
    before = understand("Apple revenue in 2023", parts.linkers)
    found = understand("did it grow?", parts.linkers, before)
    assert [company.ticker for company in found.companies] == ["AAPL"]
    assert [metric.names[0] for metric in found.metrics] == ["revenue"]
