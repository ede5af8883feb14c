"""Makes words of text: the terms that passages are indexed and looked up by.

Deterministic and cheap, the same for passages and questions. A change here needs a new
`WORDS_VERSION`, after which segments made by the old rules are not used.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

WORDS_VERSION = 1

_STOPWORDS = frozenset(
    """
    a about above after again all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    had has have having he her here hers him his how i if in into is it its itself just many me more
    most much my no nor not now of off on once only or other our out over own said same say says she
    should so some such tell than that the their them then there these they this those through
    to too under until up very was we were what when where which while who whom why will with
    would you your company filing report describe mention
    """.split()
)
_WORD = re.compile(r"[^\W_]+(?:[&'’.-][^\W_]+)*")


def words(text: str) -> list[str]:
    """Return the words of a text that mean something, in order, without plural endings."""
    found = _WORD.findall(text.casefold())
    return [_stem(word) for word in found if word not in _STOPWORDS]


@lru_cache(maxsize=200_000)
def term_of(word: str) -> int:
    """Return a word's key in the index: 63 bits of its hash."""
    digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def content_of(text: str) -> int:
    """Return a text's key among the vectors: 64 bits of its hash.

    Among a million texts two share a key with a chance of one in forty million.
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    """Take off a plural (Harman's S stemmer) and a possessive."""
    word = word.removesuffix("'s").removesuffix("’s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
