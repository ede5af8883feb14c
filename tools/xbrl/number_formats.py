"""Inline XBRL's numeric transformations: text as displayed to an exact number.

Source: XBRL International, Inline XBRL Transformation Registry 1 to 5, and the SEC's
`ixt-sec` registry. Date transformations are not here: no numeric fact uses them.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation

EXACT = Context(prec=120)

_DOT = {"numdotdecimal", "numdotdecimalin", "numdotdecimalapos", "numcommadot", ""}
_COMMA = {"numcommadecimal", "numcommadecimalapos", "numspacecomma", "numdotcomma"}
_ZERO = {"fixedzero", "zerodash", "numdash", "nocontent", "fixedempty"}
_UNIT = {"numunitdecimal", "numunitdecimalin"}
_WORDS = {"numwordsen"}

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: number for number, word in enumerate(_ONES)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SPACES = "\u00a0\u2009\u202f\u2002\u2003\u3000"


class NotANumber(ValueError):
    """A displayed text that its declared format cannot turn into a number."""


def read_number(text: str, transform: str) -> Decimal:
    """Turn displayed text into a non-negative number.

    Args:
        text: The element's text, e.g. '391,035'.
        transform: Local name of the `format` attribute, e.g. 'num-dot-decimal'; '' for none.

    Raises:
        NotANumber: The text does not fit the transformation, or it is unknown.
    """
    name = transform.replace("-", "").lower()
    shown = text.translate({ord(space): " " for space in _SPACES}).strip()
    if name in _ZERO:
        return Decimal(0)
    if name in _WORDS:
        return read_words(shown)
    if name in _DOT:
        return _plain(re.sub(r"[,\s'`\u2019\u02bc]", "", shown), text)
    if name in _COMMA:
        return _plain(re.sub(r"[.\s'`\u2019\u02bc]", "", shown).replace(",", "."), text)
    if name in _UNIT:
        return _units(shown, text)
    raise NotANumber(f"unknown number format {transform!r}")


def read_words(text: str) -> Decimal:
    """Read an English number: 'two hundred and five', 'twenty-one', 'no'.

    Raises:
        NotANumber: A word is not a number word.
    """
    words = re.split(r"[\s,\-\u2010-\u2014]+", text.strip().lower())
    words = [word for word in words if word and word != "and"]
    if words in (["no"], ["none"], ["nil"]):
        return Decimal(0)
    if len(words) == 1 and re.fullmatch(r"\d+", words[0]):
        return Decimal(words[0])
    if not words:
        raise NotANumber("no number words")
    total = group = 0
    for word in words:
        if word in _SMALL:
            group += _SMALL[word]
        elif word in ("a", "an") and len(words) > 1:
            group += 1
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in _LARGE:
            total += max(group, 1) * _LARGE[word]
            group = 0
        else:
            raise NotANumber(f"{word!r} is not a number word")
    return Decimal(total + group)


def _plain(digits: str, text: str) -> Decimal:
    if not re.fullmatch(r"(\d+(\.\d*)?|\.\d+)", digits, re.ASCII):
        raise NotANumber(f"{text!r} is not a number")
    try:
        return EXACT.create_decimal(digits)
    except InvalidOperation as error:
        raise NotANumber(f"{text!r} is not a number") from error


def _units(shown: str, text: str) -> Decimal:
    parts = re.findall(r"\d[\d,. ]*", shown)
    if len(parts) not in (1, 2):
        raise NotANumber(f"{text!r} is not an amount in units and hundredths")
    whole = re.sub(r"[,. ]", "", parts[0])
    cents = re.sub(r"[,. ]", "", parts[1]).zfill(2) if len(parts) == 2 else "00"
    return _plain(f"{whole}.{cents}", text)
