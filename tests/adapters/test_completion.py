from __future__ import annotations

import pytest

from adapters.completion import Limits, complete
from adapters.errors import (
    DeadlineExceededError,
    GenerationCancelledError,
    ModelOutputError,
    ScriptExhaustedError,
)
from adapters.grammar import Grammar
from adapters.scripted import ScriptedChatModel, first_choice
from adapters.tasks.spec import TaskSpec, Turn

TASK = TaskSpec("plan", (Turn("user", "{question}"),))
ASKED = {"question": "Which?"}
CHOICES = Grammar.of_choices(["revenue", "assets"])


def test_wrong_reply_is_sent_back_with_its_error() -> None:
    model = ScriptedChatModel(replies=["profit", "assets"])
    completion = complete(model, TASK, ASKED, CHOICES)
    assert (completion.text, completion.calls) == ("assets", 2)
    assert "'profit' is not an allowed reply" in model.calls[1].messages[-1].text


def test_usage_of_repairs_is_counted() -> None:
    completion = complete(ScriptedChatModel(replies=["profit", "assets"]), TASK, ASKED, CHOICES)
    assert completion.output_tokens == 2


def test_repairs_end_with_an_error_that_has_all_replies() -> None:
    model = ScriptedChatModel(replies=["one", "two", "three"])
    with pytest.raises(ModelOutputError, match="after 2 replies: 'two' is not") as raised:
        complete(model, TASK, ASKED, CHOICES, limits=Limits(max_repairs=1))
    assert raised.value.replies == ("one", "two")


def test_single_choice_is_forced_without_a_call() -> None:
    completion = complete(ScriptedChatModel(), TASK, ASKED, Grammar.of_choices(["revenue"]))
    assert (completion.text, completion.method, completion.calls) == ("revenue", "forced", 0)


def test_markdown_fence_around_a_reply_is_dropped() -> None:
    model = ScriptedChatModel(replies=["```\nassets\n```\n"])
    assert complete(model, TASK, ASKED, CHOICES).text == "assets"


def test_choose_with_a_model_that_cannot_score_asks_it() -> None:
    completion = complete(
        ScriptedChatModel(otherwise=first_choice), TASK, ASKED, CHOICES, method="choose"
    )
    assert (completion.text, completion.scores) == ("revenue", ())


def test_choose_without_choices_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a grammar of choices"):
        complete(ScriptedChatModel(), TASK, ASKED, Grammar.of_regex("a+"), method="choose")


def test_script_that_ran_out_raises() -> None:
    with pytest.raises(ScriptExhaustedError, match="has 0 replies and was asked 1 times"):
        complete(ScriptedChatModel(), TASK, ASKED, CHOICES)


def test_cancelled_before_the_call_makes_no_call() -> None:
    model = ScriptedChatModel(replies=["revenue"])
    with pytest.raises(GenerationCancelledError):
        complete(model, TASK, ASKED, CHOICES, limits=Limits(cancelled=lambda: True))
    assert model.calls == ()


def test_deadline_in_the_past_makes_no_call() -> None:
    model = ScriptedChatModel(replies=["revenue"])
    with pytest.raises(DeadlineExceededError):
        complete(model, TASK, ASKED, CHOICES, limits=Limits(deadline_seconds=0.0))
    assert model.calls == ()


def test_foreign_model_gets_no_arguments_of_ours() -> None:
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    model = FakeListChatModel(responses=["nonsense", "assets"])
    completion = complete(model, TASK, ASKED, CHOICES)
    assert (completion.text, completion.adapter, completion.calls) == ("assets", "", 2)
