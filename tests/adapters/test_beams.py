from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from llguidance.hf import from_tokenizer

from adapters.beams import Asked, BeamSearch
from adapters.grammar import Grammar
from adapters.prompt import encode

COLOURS = Grammar.of_regex("(red|green|blue)(, (red|green|blue)){0,2}")


@pytest.fixture
def search(tiny_base: Any) -> BeamSearch:
    tokens = from_tokenizer(tiny_base.tokenizer, n_vocab=tiny_base.model.config.vocab_size)
    return BeamSearch(tiny_base.model, tiny_base.tokenizer, tokens, width=3, max_new_tokens=24)


def asked(base: Any, text: str) -> Asked:
    return Asked(encode(base, [HumanMessage(text)], reply_tokens=24).tokens, COLOURS)


def test_replies_are_distinct_allowed_and_ordered(tiny_base: Any, search: BeamSearch) -> None:
    replies = search.replies([asked(tiny_base, "which colours?")])[0]
    assert 1 < len(replies) <= 3
    assert all(COLOURS.accepts(reply.text) for reply in replies)
    assert len({reply.text for reply in replies}) == len(replies)
    values = [reply.log_probability for reply in replies]
    assert values == sorted(values, reverse=True)
    assert all(value < 0 for value in values)


def test_prompts_of_other_lengths_beside_it_change_nothing(
    tiny_base: Any, search: BeamSearch
) -> None:
    prompts = [asked(tiny_base, text) for text in ("a", "which colours does a flag have?", "bb")]
    alone = [search.replies([prompt])[0] for prompt in prompts]
    together = search.replies(prompts)
    assert [[r.text for r in one] for one in together] == [[r.text for r in one] for one in alone]


def test_one_beam_is_what_the_chat_model_decodes(tiny_base: Any, tiny_model: Any) -> None:
    tokens = from_tokenizer(tiny_base.tokenizer, n_vocab=tiny_base.model.config.vocab_size)
    greedy = BeamSearch(tiny_base.model, tiny_base.tokenizer, tokens, 1, 24)
    reply = greedy.replies([asked(tiny_base, "which colours?")])[0][0]
    decoded = tiny_model.invoke([HumanMessage("which colours?")], grammar=COLOURS)
    assert reply.text == decoded.text
