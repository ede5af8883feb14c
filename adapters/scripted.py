"""A chat model that says what it was told to: for tests, docs and `--model scripted`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from adapters.errors import ScriptExhaustedError
from adapters.grammar import Grammar


@dataclass(frozen=True)
class ScriptedCall:
    """What a scripted model was asked.

    Attributes:
        messages: The rendered prompt.
        task: Name of the task, "" when the caller named none.
        grammar: What the reply had to be, None when free.
    """

    messages: tuple[BaseMessage, ...]
    task: str
    grammar: Grammar | None


Reply = str | Callable[[ScriptedCall], str]


def first_choice(call: ScriptedCall) -> str:
    """Reply with the first choice that the grammar allows.

    Raises:
        ScriptExhaustedError: The grammar is not a choice list, so there is no first one.
    """
    if call.grammar is None or not call.grammar.choices:
        raise ScriptExhaustedError(
            f"the scripted model has no reply for task {call.task!r}, which offers no choices; "
            "give it one more reply"
        )
    return call.grammar.choices[0]


class ScriptedChatModel(BaseChatModel):
    """Gives its replies in order, then `otherwise`, and raises when it has neither.

    Usage counts words, since there is no tokenizer.

    Attributes:
        replies: Texts, or functions of the call.
        otherwise: Used once the replies ran out, e.g. `first_choice`.
    """

    replies: Sequence[Reply] = ()
    otherwise: Reply | None = None
    takes_task: bool = True

    _calls: list[ScriptedCall] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def calls(self) -> tuple[ScriptedCall, ...]:
        """Everything asked so far, oldest first."""
        return tuple(self._calls)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = ScriptedCall(tuple(messages), kwargs.get("task", ""), kwargs.get("grammar"))
        reply = self._reply_to(call)
        self._calls.append(call)
        prompt_words = sum(len(str(message.text).split()) for message in messages)
        reply_words = len(reply.split())
        message = AIMessage(
            content=reply,
            usage_metadata={
                "input_tokens": prompt_words,
                "output_tokens": reply_words,
                "total_tokens": prompt_words + reply_words,
            },
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _reply_to(self, call: ScriptedCall) -> str:
        position = len(self._calls)
        reply = self.replies[position] if position < len(self.replies) else self.otherwise
        if reply is None:
            raise ScriptExhaustedError(
                f"the scripted model has {len(self.replies)} replies and was asked "
                f"{position + 1} times; the last task was {call.task!r}"
            )
        return reply if isinstance(reply, str) else reply(call)
