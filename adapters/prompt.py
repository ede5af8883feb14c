"""Chat messages to prompt tokens, by the base model's own chat template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

from adapters.base_model import BaseModel
from adapters.errors import PromptTooLongError

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


@dataclass(frozen=True)
class Prompt:
    """A tokenized prompt.

    Attributes:
        tokens: All prompt tokens, the assistant's opening included.
        prefix_length: How many of them come before the last message, tokens; that part is
            the same for every call of a task. 0 where the template does not split there.
    """

    tokens: tuple[int, ...]
    prefix_length: int


def encode(base: BaseModel, messages: Sequence[BaseMessage], *, reply_tokens: int) -> Prompt:
    """Tokenize messages, leaving the model room for a reply.

    Text that spells one of the model's control tokens ("<|im_end|>") is broken up first,
    so that no question or filing can open or close a turn.

    Raises:
        PromptTooLongError: Prompt and reply do not fit the context together.
        ValueError: A message has a role that the template does not know.
    """
    turns = [
        {"role": _role(message), "content": _defused(base, str(message.text))}
        for message in messages
    ]
    tokens = _tokens(base, turns, reply_opened=True)
    limit = base.context_tokens - reply_tokens
    if len(tokens) > limit:
        raise PromptTooLongError(len(tokens), limit)
    prefix = _tokens(base, turns[:-1], reply_opened=False) if len(turns) > 1 else ()
    splits = tokens[: len(prefix)] == prefix
    return Prompt(tokens, len(prefix) if splits else 0)


def _tokens(
    base: BaseModel, turns: Sequence[dict[str, str]], *, reply_opened: bool
) -> tuple[int, ...]:
    text = base.tokenizer.apply_chat_template(
        list(turns), tokenize=False, add_generation_prompt=reply_opened
    )
    return tuple(base.tokenizer(text, add_special_tokens=False)["input_ids"])


def _role(message: BaseMessage) -> str:
    if message.type not in _ROLES:
        raise ValueError(f"the embedded model takes no {message.type!r} messages")
    return _ROLES[message.type]


def _defused(base: BaseModel, text: str) -> str:
    for token in base.tokenizer.added_tokens_decoder.values():
        if token.special and token.content in text:
            text = text.replace(token.content, f"{token.content[0]} {token.content[1:]}")
    return text
