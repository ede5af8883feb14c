"""Reads arithmetic over metrics in everyday words: "total debt less cash and investments".

The result is a Python expression over metric names, with `prior(metric)` and `average(metric)` as
the metric catalogue writes them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from memory.records import normalize_phrase

_PRIOR = re.compile(r"(?:last|previous|prior)[ -]year(?:['’]s)?|(?:the )?year before(?:['’]s)?")
_AVERAGE = re.compile(r"(?:the )?(?:average|mean)(?: of)?")
_PAIR = re.compile(r"(?:the )?(?P<kind>sum|total|difference|ratio|product) (?:of|between)")
_SPOKEN_DIVISION = re.compile(
    r"(?:,? (?:expressed |taken )?)?(?:as|in) (?:an? )?(?:percentage|percent|share|fraction|"
    r"proportion|multiple) of|(?:in )?relative to|divided by|over|per|to"
)
_SYMBOLS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"plus|added to|together with|\+"), "+"),
    (re.compile(r"minus|less|net of|excluding|without|after (?:deducting|subtracting)|[-–−]"), "-"),
    (re.compile(r"multiplied by|times|[*×]"), "*"),
    (re.compile(r"[÷/:]"), "/"),
    (_SPOKEN_DIVISION, "/"),
)
_SKIPPED = re.compile(r"(?:the|its|their|our|company['’]s|all|any|a|an|simply|just|of)\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?![\w.])")
_NUMBER_WORDS = {"half": "0.5", "half of": "0.5", "twice": "2", "double": "2", "one": "1"}
_WORD = re.compile(r"[^\W_]+(?:[&'’./-][^\W_]+)*|\S")


class ExpressionError(ValueError):
    """The words are no arithmetic over known metrics.

    Attributes:
        needed: What would help.
        has_arithmetic: Whether a metric or an operation was in it all the same.
    """

    def __init__(self, message: str, needed: str, *, has_arithmetic: bool) -> None:
        super().__init__(message)
        self.needed = needed
        self.has_arithmetic = has_arithmetic


@dataclass(frozen=True)
class Expression:
    """A formula that was read.

    Attributes:
        code: Python expression over metric names.
        metrics: The metrics in it, each once, in order.
        is_single: Whether it is one bare metric.
    """

    code: str
    metrics: tuple[str, ...]
    is_single: bool


@dataclass(frozen=True)
class _Token:
    kind: str  # metric, number, operator, pair, prior, average, and, (, ), word
    text: str
    is_spoken: bool = False  # a division in words, which may reach further than a sign does


def find_metrics(
    text: str, metrics: Mapping[str, Sequence[str]], *, whole: bool = False
) -> list[str]:
    """Return the metrics that `text` names; with `whole`, those whose name is all of it."""
    phrases = _phrases(metrics)
    if whole:
        metric = phrases.get(normalize_phrase(text))
        return [metric] if metric else []
    tokens = _tokenize(text, phrases)
    return list(dict.fromkeys(token.text for token in tokens if token.kind == "metric"))


def parse_expression(text: str, metrics: Mapping[str, Sequence[str]]) -> Expression:
    """Read `text` as arithmetic over `metrics`, a map from name to label and synonyms.

    Raises:
        ExpressionError: It holds words that are neither a metric nor an operation.
    """
    tokens = list(_tokenize(text, _phrases(metrics)))
    unknown = [token.text for token in tokens if token.kind == "word"]
    known = any(token.kind not in ("word", "and", "number", "(", ")") for token in tokens)
    if unknown or not any(token.kind == "metric" for token in tokens):
        raise ExpressionError(
            f"“{' '.join(unknown) or text}” is no metric that I know",
            _suggestion(" ".join(unknown), metrics),
            has_arithmetic=known and _is_mostly_known(tokens),
        )
    code = _Parser(tokens).parse()
    used = dict.fromkeys(token.text for token in tokens if token.kind == "metric")
    return Expression(code, tuple(used), len(tokens) == 1)


def _is_mostly_known(tokens: Sequence[_Token]) -> bool:
    """Tell a formula with a few unknown words from prose that happens to name a metric."""
    words = sum(token.kind == "word" for token in tokens)
    operations = sum(token.kind in ("operator", "pair") for token in tokens)
    named = sum(token.kind == "metric" for token in tokens)
    return operations > 0 and named > 0 and words <= 3 * (operations + named)


def _phrases(metrics: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Map each normalised phrase to its metric; a metric's own name wins over a synonym."""
    phrases: dict[str, str] = {}
    for metric in metrics:
        phrases[normalize_phrase(metric)] = metric
    for metric, others in metrics.items():
        for phrase in others:
            phrases.setdefault(normalize_phrase(phrase), metric)
    phrases.pop("", None)
    return phrases


def _tokenize(text: str, phrases: Mapping[str, str]) -> Iterator[_Token]:
    text = " ".join(text.lower().split())
    longest = max((len(phrase.split()) for phrase in phrases), default=0)
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token, position = _next_token(text, position, phrases, longest)
        if token is not None:
            yield token


def _next_token(
    text: str, position: int, phrases: Mapping[str, str], longest: int
) -> tuple[_Token | None, int]:
    metric = _metric_at(text, position, phrases, longest)
    if metric:
        return metric
    for kind, pattern in (("prior", _PRIOR), ("average", _AVERAGE)):
        if end := _match_words(pattern, text, position):
            return _Token(kind, kind), end
    if (pair := _PAIR.match(text, position)) and _ends_word(text, pair.end()):
        return _Token("pair", pair["kind"]), pair.end()
    for pattern, symbol in _SYMBOLS:
        if end := _match_words(pattern, text, position):
            return _Token("operator", symbol, pattern is _SPOKEN_DIVISION), end
    for phrase in sorted(_NUMBER_WORDS, key=len, reverse=True):
        if text.startswith(phrase, position) and _ends_word(text, position + len(phrase)):
            return _Token("number", _NUMBER_WORDS[phrase]), position + len(phrase)
    if number := _NUMBER.match(text, position):
        return _Token("number", number.group()), number.end()
    if skipped := _SKIPPED.match(text, position):
        return None, skipped.end()
    if text[position] in "()":
        return _Token(text[position], text[position]), position + 1
    if text[position] in "\"'“”‘’":
        return None, position + 1
    word = _WORD.match(text, position)
    assert word is not None
    kind = "and" if word.group() in ("and", ",", "&") else "word"
    return _Token(kind, word.group()), word.end()


def _metric_at(
    text: str, position: int, phrases: Mapping[str, str], longest: int
) -> tuple[_Token, int] | None:
    """The longest metric phrase that starts here."""
    ends = [m.end() for m in re.finditer(r"[^\W_]+(?=[\W_]|$)", text[position:])][: longest + 2]
    for end in reversed(ends):
        part = text[position : position + end]
        if any(mark in part for mark in "()+*=,"):
            continue
        metric = phrases.get(normalize_phrase(part.replace("_", " ")))
        if metric and not part.startswith(("the ", "and ")) and part[0].isalnum():
            return _Token("metric", metric), position + end
    return None


def _match_words(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found and _ends_word(text, found.end()) else 0


def _ends_word(text: str, end: int) -> bool:
    return end >= len(text) or not (text[end - 1].isalnum() and text[end].isalnum())


def _suggestion(unknown: str, metrics: Mapping[str, Sequence[str]]) -> str:
    phrases = _phrases(metrics)
    near = difflib.get_close_matches(normalize_phrase(unknown), sorted(phrases), n=3, cutoff=0.5)
    if near:
        return f"Name metrics that exist; near to it are: {', '.join(near)}."
    return "Name metrics that exist, joined by plus, minus, times or divided by."


class _Parser:
    """Recursive descent: sums of products of atoms; "A, B and C" repeats the last sign."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def parse(self) -> str:
        self._refuse_unclear_division()
        code = self._sum()
        if self._at < len(self._tokens):
            raise self._wrong()
        return code

    def _refuse_unclear_division(self) -> None:
        """Refuse "a minus b over c", which has two readings; "a minus b, over c" has one."""
        depth, sums, unclear, before = 0, False, False, ""
        for token in self._tokens:
            depth += {"(": 1, ")": -1}.get(token.kind, 0)
            if depth == 0 and token.kind == "operator":
                sums = sums or token.text in "+-"
                unclear = unclear or (token.is_spoken and before != "and")
            before = token.kind
        if sums and unclear:
            raise ExpressionError(
                "it can be read in two ways",
                "Add brackets: (a - b) / c, or a - (b / c).",
                has_arithmetic=True,
            )

    def _peek(self, *kinds: str) -> _Token | None:
        if self._at < len(self._tokens) and self._tokens[self._at].kind in kinds:
            return self._tokens[self._at]
        return None

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _sum(self) -> str:
        code, sign = self._product(), "+"
        while self._peek("operator", "and"):
            self._skip_ands()
            operator = self._take().text if self._peek("operator") else sign
            if operator in "*/":  # after a comma: it takes all that came before
                code = f"({code}) {operator} {self._atom()}"
                continue
            sign = operator
            code = f"{code} {sign} {self._product()}"
        return code

    def _skip_ands(self) -> None:
        while self._peek("and"):
            self._take()

    def _product(self) -> str:
        code = self._atom()
        while (token := self._peek("operator")) and token.text in "*/":
            self._take()
            code = f"{code} {token.text} {self._atom()}"
        return code

    def _atom(self) -> str:
        if self._peek("metric"):
            return self._take().text
        if self._peek("number"):
            number = self._take().text
            return f"{number} * {self._atom()}" if self._peek("metric", "prior") else number
        if function := self._peek("prior", "average"):
            self._take()
            if not self._peek("metric"):
                raise self._wrong()
            return f"{function.text}({self._take().text})"
        if pair := self._peek("pair"):
            self._take()
            return self._pair(pair.text)
        if self._peek("("):
            self._take()
            code = self._sum()
            if not self._peek(")"):
                raise self._wrong()
            self._take()
            return f"({code})"
        raise self._wrong()

    def _pair(self, kind: str) -> str:
        """Read what follows "sum of", "difference between", "ratio of"."""
        parts = [self._atom()]
        while self._peek("and") or self._is_to():
            self._take()
            self._skip_ands()
            parts.append(self._atom())
        sign = {"sum": "+", "total": "+", "difference": "-", "ratio": "/", "product": "*"}[kind]
        if len(parts) < 2:
            raise self._wrong()
        return f"({f' {sign} '.join(parts)})"

    def _is_to(self) -> bool:
        token = self._peek("operator")
        return token is not None and token.is_spoken

    def _wrong(self) -> ExpressionError:
        at = self._tokens[self._at].text if self._at < len(self._tokens) else "the end"
        return ExpressionError(
            f"it breaks off at “{at}”",
            "Write it as metrics joined by plus, minus, times or divided by.",
            has_arithmetic=True,
        )
