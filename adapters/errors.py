"""What can go wrong in the language-model layer, one class per reader."""

from __future__ import annotations


class SetupError(Exception):
    """For the person at the keyboard: one sentence that ends with the fix."""


class PromptTooLongError(Exception):
    """A rendered prompt does not fit the model's context.

    Attributes:
        prompt_tokens: Length of the prompt, tokens.
        limit_tokens: The longest prompt that leaves room for the reply, tokens.
    """

    def __init__(self, prompt_tokens: int, limit_tokens: int) -> None:
        self.prompt_tokens = prompt_tokens
        self.limit_tokens = limit_tokens
        super().__init__(
            f"the prompt has {prompt_tokens:,} tokens and the model takes at most "
            f"{limit_tokens:,}; ask a shorter question or give fewer passages"
        )


class ModelOutputError(Exception):
    """The model did not produce a reply that its grammar accepts.

    Attributes:
        replies: Every rejected reply, first to last.
    """

    def __init__(self, message: str, replies: tuple[str, ...] = ()) -> None:
        self.replies = replies
        super().__init__(message)


class ScriptExhaustedError(Exception):
    """A scripted model was asked more often than it has replies."""


class GenerationCancelledError(Exception):
    """The caller cancelled while the model was still decoding."""


class DeadlineExceededError(Exception):
    """Decoding took longer than the caller's limit."""


class AdapterError(Exception):
    """An adapter cannot be used; other adapters and requests are not concerned.

    Attributes:
        name: The adapter.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"adapter {name} cannot be used: {reason}")


class QueueFullError(Exception):
    """The engine has as many requests waiting as it may hold; try again later."""
