from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.grammar import Grammar


def test_choice_that_begins_another_one_is_accepted() -> None:
    grammar = Grammar.of_choices(["net sales", "net sales growth"])
    assert grammar.accepts("net sales")
    assert grammar.accepts("net sales growth")


def test_error_names_what_was_wrong_and_what_was_expected() -> None:
    error = Grammar.of_choices(["net income", "revenue"]).error_in("net profit")
    assert error is not None
    assert "'profit' is not allowed after 'net '" in error
    assert "Reply with exactly one of these:\nnet income\nrevenue" in error


def test_early_end_is_told_apart_from_a_wrong_word() -> None:
    error = Grammar.of_choices(["net income", "revenue"]).error_in("net")
    assert error is not None
    assert "it ends too early, after 'net'" in error


@pytest.mark.parametrize("choices", [[], [""], ["a", "a"]])
def test_useless_choices_are_refused(choices: list[str]) -> None:
    with pytest.raises(ValueError, match="distinct and not empty"):
        Grammar.of_choices(choices)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5, unique=True))
def test_every_choice_is_accepted_and_nothing_longer(choices: list[str]) -> None:
    choices = [c for c in choices if "\x00" not in c and c.isprintable()] or ["x"]
    grammar = Grammar.of_choices(choices)
    assert all(grammar.accepts(choice) for choice in choices)
    longest = max(choices, key=len)
    assert not grammar.accepts(longest + "!")


def test_json_schema_holds_reply_to_its_values() -> None:
    grammar = Grammar.of_json_schema(
        {
            "type": "object",
            "properties": {"metric": {"enum": ["revenue", "assets"]}},
            "required": ["metric"],
            "additionalProperties": False,
        }
    )
    assert grammar.accepts('{"metric":"assets"}')
    assert not grammar.accepts('{"metric":"EBITDA"}')


@pytest.mark.parametrize("regex", ["(", "a{2"])
def test_broken_regex_is_refused_when_built(regex: str) -> None:
    with pytest.raises(ValueError, match="regex grammar is not valid"):
        Grammar.of_regex(regex)


def test_lark_with_an_unknown_rule_is_refused_when_built() -> None:
    with pytest.raises(ValueError, match="lark grammar is not valid"):
        Grammar.of_lark("start: missing")


def test_equal_grammars_have_equal_hashes() -> None:
    assert Grammar.of_choices(["a", "b"]).hash == Grammar.of_choices(("a", "b")).hash
    assert Grammar.of_choices(["a", "b"]).hash != Grammar.of_choices(["b", "a"]).hash
