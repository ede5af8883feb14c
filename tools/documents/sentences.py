"""Splits running text into whole sentences with exact character spans.

Passage answers quote whole sentences and filings are chunked at sentence ends, so a span must
never cut a sentence at "U.S." or "No. 1". Rule-based, deterministic, made for filing prose.
It does not repair text: headings and list items without an end mark end at a blank line.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Abbreviations that are followed by more of the same sentence, whatever comes next.
_TITLES = _words(
    "mr mrs ms dr prof sr st messrs hon gen col capt lt rev gov sen rep no nos art sec fig figs vs "
    "cf approx ca reg regs para pars ex exh vol pp pt ch e.g i.e viz resp incl excl est cap"
)
# Abbreviations that may end a sentence: they do so when a sentence starter follows.
_MAY_END = _words(
    "inc corp co cos ltd llc llp l.p l.l.c plc n.v s.a a.g b.v n.a p.l.c jr u.s u.k e.u u.n u.s.a "
    "d.c a.m p.m etc dept div bros intl assn avg est al mo yr yrs jan feb mar apr jun jul aug sept "
    "sep oct nov dec"
)
# Words that open a sentence often and follow a company suffix or "U.S." in mid-sentence rarely.
_STARTERS = _words(
    "The This These Those That A An We Our In On At For From To It Its If As By When While Where "
    "Although However Additionally Furthermore Moreover Such Any All Some Many Most Each There "
    "They Their You Your Under During After Before Since Because Of With Without Also Further "
    "Accordingly Certain Other Both No Not Certain Changes Following Beginning Based See"
)
_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s|$)")
_BREAK = re.compile(r"[ \t\r\f\v\u00a0]*\n[ \t\r\f\v\u00a0]*\n\s*")
_LAST_TOKEN = re.compile(r"[^\s(\[\"'“‘]*$")
_NEXT_WORD = re.compile(r"\s+[\"'“‘(\[]*([^\s]+)")
_LIST_MARK = re.compile(r"\(?(?:\d{1,3}|[ivxl]{1,5}|[A-Za-z])\)?\Z", re.ASCII)
_NUMBERED = re.compile(r"\b(?:item|note|part|section|exhibit|rule|article|chapter)\s+\Z", re.I)
_REACH = 120
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]\Z")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the `(start, end)` character spans of the sentences of `text`, in order.

    Spans are stripped of outer white space, never empty, never overlap, and together hold every
    character of `text` that is not white space.
    """
    spans: list[tuple[int, int]] = []
    for block_start, block_end in _blocks(text):
        spans.extend(_split_block(text, block_start, block_end))
    return spans


def sentences(text: str) -> list[str]:
    """Return the sentences themselves, as they stand in `text`."""
    return [text[start:end] for start, end in split_sentences(text)]


def _blocks(text: str) -> list[tuple[int, int]]:
    """Spans between blank lines; a sentence never runs over one."""
    blocks, start = [], 0
    for gap in _BREAK.finditer(text):
        blocks.append((start, gap.start()))
        start = gap.end()
    blocks.append((start, len(text)))
    return blocks


def _split_block(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    sentence_start = start
    for mark in _END.finditer(text, start, stop):
        if not _is_sentence_end(text, sentence_start, mark, stop):
            continue
        _append_trimmed(spans, text, sentence_start, mark.end())
        sentence_start = mark.end()
    _append_trimmed(spans, text, sentence_start, stop)
    return spans


def _is_sentence_end(text: str, sentence_start: int, mark: re.Match[str], stop: int) -> bool:
    following = _NEXT_WORD.match(text, mark.end(), stop)
    if following is None:
        return True
    next_word = following.group(1)
    if next_word[0].islower() or next_word[0] in ",;:)]%":
        return False
    if mark.group()[0] != "." or len(mark.group()) > 1:
        return True
    return _full_stop_ends(text, sentence_start, mark.start(), next_word)


def _full_stop_ends(text: str, sentence_start: int, dot: int, next_word: str) -> bool:
    """Decide on a single full stop before a word that starts with a capital or a digit."""
    sentence_start = max(sentence_start, dot - _REACH)  # long text without an end stays linear
    found = _LAST_TOKEN.search(text, sentence_start, dot)
    token = found.group() if found else ""
    before = text[sentence_start : dot - len(token)].rstrip(" \t\"'“‘([")
    if _LIST_MARK.match(token) and (not before or before.endswith("\n")):
        return False  # "1." or "(a)." opens a line: it belongs to what follows
    numbered = token[:1].isdigit() and _NUMBERED.search(text, sentence_start, dot - len(token))
    if numbered and next_word not in _STARTERS:
        return False  # "Item 1A. Risk Factors"
    word = token.lower()
    if word in _TITLES:
        return False
    if word in _MAY_END or _DOTTED.match(token):
        return next_word.rstrip(",") in _STARTERS
    if len(token) == 1 and token.isupper() and token != "I":
        return next_word.rstrip(",") in _STARTERS  # an initial: "John D. Smith"
    return True


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, stop: int) -> None:
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    if start < stop:
        spans.append((start, stop))
