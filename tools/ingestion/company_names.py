"""Company names as people write them, out of names as EDGAR and filers shout them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_ORDER = {"inline": 3, "submissions": 2, "companyfacts": 1}
_SMALL = {"of", "and", "the", "for", "in", "de", "du", "del", "la"}
_SPELLED = {
    "inc": "Inc.", "corp": "Corp.", "co": "Co.", "ltd": "Ltd.", "cos": "Cos.", "plc": "plc",
    "nv": "N.V.", "sa": "S.A.", "llc": "LLC", "lp": "LP", "usa": "USA", "us": "US",
}  # fmt: skip


def best_name(names: Iterable[tuple[str, str, date]]) -> str:
    """Choose the name to show among (name, source, as of); former names come last.

    Mixed case beats capitals, then the filer's own document beats EDGAR's lists, then the
    newest wins. Capitals are rewritten.
    """
    ranked = sorted(names, key=lambda row: row[2])
    ranked.sort(key=lambda row: (row[1] != "former", not _shouted(row[0]), _ORDER.get(row[1], 0)))
    return tidy(ranked[-1][0])


def tidy(name: str) -> str:
    """Rewrite a name in capitals: 'TEXAS INSTRUMENTS INC' becomes 'Texas Instruments Inc.'."""
    plain = re.sub(r"\s+", " ", name.replace("\u2019", "'")).strip()
    plain = re.sub(r"\s*/[A-Z]{2,3}/?$", "", plain)
    if not _shouted(plain):
        return plain
    words = plain.split(" ")
    return " ".join(_word(word, first=index == 0) for index, word in enumerate(words))


def _shouted(name: str) -> bool:
    letters = [character for character in name if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    return len(letters) > 5 and capitals / len(letters) > 0.8


def _word(word: str, *, first: bool) -> str:
    bare = word.strip(".,()").lower()
    if bare in _SPELLED:
        comma = "," if word.endswith(",") else ""
        return _SPELLED[bare] + comma
    if bare in _SMALL and not first:
        return word.lower()
    if "&" in word or len(bare) <= 2 or not re.search("[aeiouy]", bare):
        return word
    if bare.startswith("mc") and len(bare) > 4:
        return "Mc" + word[2:].capitalize()
    return "-".join(part.capitalize() for part in word.split("-"))
