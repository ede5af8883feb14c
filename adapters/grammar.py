"""What a reply may look like, as a value; checked and enforced by llguidance.

The same grammar masks the embedded model's tokens while it decodes (`adapters.decode`)
and validates, byte by byte, what any other model replied (`Grammar.error_in`).
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llguidance import LLMatcher, LLTokenizer

GrammarKind = Literal["choices", "regex", "json", "lark"]


@dataclass(frozen=True)
class Grammar:
    """The set of replies that a step allows. Build it with one of the class methods.

    Attributes:
        kind: How `source` is written.
        source: A JSON list of strings, a regular expression, a JSON schema, or Lark.
    """

    kind: GrammarKind
    source: str

    @classmethod
    def of_choices(cls, choices: Sequence[str]) -> Grammar:
        """Allow exactly these strings, in this order of preference on a tie.

        Raises:
            ValueError: No choice, an empty one, or the same one twice.
        """
        if not choices or not all(choices) or len(set(choices)) != len(choices):
            raise ValueError(f"choices must be distinct and not empty: {list(choices)!r}")
        return cls("choices", json.dumps(list(choices), ensure_ascii=False))._checked()

    @classmethod
    def of_regex(cls, regex: str) -> Grammar:
        """Allow what the whole regular expression matches (Rust syntax, no look-around)."""
        return cls("regex", regex)._checked()

    @classmethod
    def of_json_schema(cls, schema: dict[str, Any]) -> Grammar:
        """Allow JSON documents of this schema, written without spare white space."""
        return cls("json", json.dumps(schema, ensure_ascii=False))._checked()

    @classmethod
    def of_lark(cls, lark: str) -> Grammar:
        """Allow what this Lark grammar (llguidance's dialect) derives from `start`."""
        return cls("lark", lark)._checked()

    @functools.cached_property
    def choices(self) -> tuple[str, ...]:
        """The allowed strings, or () where the grammar is not a choice list."""
        return tuple(json.loads(self.source)) if self.kind == "choices" else ()

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 of the grammar, 64 hex digits."""
        return hashlib.sha256(f"{self.kind}\n{self.source}".encode()).hexdigest()

    def compiled(self) -> str:
        """Return the grammar in llguidance's own form."""
        return _compile(self)

    def accepts(self, text: str) -> bool:
        """Say whether the whole text is allowed."""
        return self.error_in(text) is None

    def error_in(self, text: str) -> str | None:
        """Return what is wrong with a reply, written for the model, or None.

        The message says how far the reply was right and what was expected there.
        """
        data = text.encode()
        matcher = LLMatcher(_byte_tokenizer(), self.compiled(), log_level=0)
        # No token can hold the bytes below: a byte tokenizer's ids are the bytes.
        taken = matcher.try_consume_tokens(list(data))
        if taken == len(data) and matcher.is_accepting():
            return None
        accepted = data[:taken].decode(errors="ignore")
        if taken == len(data):
            where = f"it ends too early, after {_shown(accepted)}"
        else:
            rest = data[taken:].decode(errors="replace")
            where = f"{_shown(rest)} is not allowed after {_shown(accepted)}"
        return f"{_shown(text)} is not an allowed reply: {where}. {self.expectation()}"

    def expectation(self) -> str:
        """Say in words what a reply must be, for prompts and error messages."""
        if self.kind == "choices":
            return "Reply with exactly one of these:\n" + "\n".join(self.choices)
        if self.kind == "json":
            return "Reply with compact JSON only, of this schema:\n" + self.source
        name = "regular expression" if self.kind == "regex" else "Lark grammar"
        return f"Reply only with text that this {name} matches in full:\n{self.source}"

    def _checked(self) -> Grammar:
        error = LLMatcher.validate_grammar(self.compiled(), _byte_tokenizer())
        if error and not error.startswith("WARNING"):
            raise ValueError(f"{self.kind} grammar is not valid: {error}")
        return self


def _shown(text: str, limit_chars: int = 120) -> str:
    return repr(text if len(text) <= limit_chars else text[: limit_chars - 1] + "…")


@functools.cache
def _byte_tokenizer() -> LLTokenizer:
    return LLTokenizer("byte")


@functools.lru_cache(maxsize=512)
def _compile(grammar: Grammar) -> str:
    if grammar.kind == "regex":
        return str(LLMatcher.grammar_from_regex(grammar.source))
    if grammar.kind == "lark":
        return str(LLMatcher.grammar_from_lark(grammar.source))
    if grammar.kind == "json":
        compact = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
        return str(LLMatcher.grammar_from_json_schema(grammar.source, overrides=compact))
    strings = " | ".join(json.dumps(choice, ensure_ascii=False) for choice in grammar.choices)
    return str(LLMatcher.grammar_from_lark(f"start: {strings}"))
