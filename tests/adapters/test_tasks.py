from __future__ import annotations

import pytest

from adapters.tasks.plan_by_example import PLAN_BY_EXAMPLE
from adapters.tasks.qa import picked_sentences, sentence_grammar
from adapters.tasks.spec import TaskSpec, Turn, list_mark, write_list
from adapters.tasks.wording import WORDING


def test_render_writes_a_list_with_letters() -> None:
    messages = WORDING.render(question="How much?", phrasings=["It was [a].", "[a] it was."])
    assert messages[-1].text == ("Phrasings:\nA. It was [a].\nB. [a] it was.\nQuestion: How much?")


def test_render_refuses_missing_and_unknown_variables() -> None:
    with pytest.raises(ValueError, match=r"missing variables \['candidates', 'context'\]"):
        PLAN_BY_EXAMPLE.render(question="How much?")
    with pytest.raises(ValueError, match=r"unknown variables \['hint'\]"):
        PLAN_BY_EXAMPLE.render(question="q", candidates=["a"], context="none", hint="x")


def test_plans_are_left_to_the_grammar() -> None:
    messages = PLAN_BY_EXAMPLE.render(question="How much?", candidates=["look up"], context="none")
    assert messages[-1].text == "Notes: none\nQuestion: How much?"


def test_braces_in_a_value_are_not_filled() -> None:
    task = TaskSpec("t", (Turn("user", "{question} {context}"),))
    assert task.render(question="{context}", context="x")[0].text == "{context} x"


def test_line_break_in_a_candidate_cannot_add_one() -> None:
    assert write_list(["one\nB. two"], "letters") == "A. one B. two"


def test_prompt_hash_changes_with_the_wording() -> None:
    first = TaskSpec("t", (Turn("user", "{question}"),))
    second = TaskSpec("t", (Turn("user", "{question}?"),))
    assert first.prompt_hash != second.prompt_hash
    assert first.prompt_hash == TaskSpec("t", (Turn("user", "{question}"),)).prompt_hash


def test_marks_go_on_after_z() -> None:
    assert [list_mark(i, "letters") for i in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_sentence_grammar_names_only_sentences_there_are() -> None:
    grammar = sentence_grammar(12, max_picked=2)
    assert [grammar.accepts(reply) for reply in ("12,1", "none", "13", "0", "1,2,3", "")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_picked_sentences_drops_repeats_and_keeps_order() -> None:
    assert picked_sentences("12,1,12") == (11, 0)
    assert picked_sentences("none") == ()
