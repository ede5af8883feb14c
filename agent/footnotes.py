"""Open footnotes: a line for each under an answer, and the whole source on request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from agent.errors import SetupError

_CONTEXT_CHARACTERS = 1200


def footnote_line(note: Mapping[str, Any]) -> str:
    """Return a footnote in one line."""
    source = note["source"]
    head = f"[{note['n']}]"
    if note["kind"] == "fact":
        return (
            f"{head} {source['company']}: {_concept(source)}, {_span(source)}, "
            f"{source['form']} filed {source['filed']} ({source['accession']})"
        )
    if note["kind"] == "program":
        return f"{head} computed: {' '.join(source['code'].split())}"
    if note["kind"] == "cell":
        return (
            f"{head} {source['company']}: table {source['table_no']}, {source['row']}, "
            f"{source['column']}, {source['form']} filed {source['filed']} ({source['accession']})"
        )
    if note["kind"] == "bar":
        return (
            f"{head} {source['ticker']} {source['day']}: {source['field']} {source['value']} "
            f"{source['unit'].split('/')[0]}, {_ADJUSTMENTS[source['adjustment']]} "
            f"({source['origin']}, as of {source['as_of']})"
        )
    if note["kind"] == "news":
        return f"{head} {source['source']}, {source['published']} UTC{_at(source.get('url'))}"
    if note["kind"] == "query":
        return f"{head} query: {source['sql']}"
    if note["kind"] == "passage":
        return (
            f"{head} {source['company']}, {_dated(source)}, {_section(source)} "
            f"({source['accession']})"
        )
    return f"{head} memory: {source.get('name', '')}, from {source.get('taught_by', 'seed')}"


def find_footnote(record: Mapping[str, Any], n: int) -> dict[str, Any]:
    """Return footnote `n` of a run record.

    Raises:
        SetupError: The run has no such footnote.
    """
    notes = (record.get("answer") or {}).get("footnotes", [])
    for note in notes:
        if note["n"] == n:
            return dict(note)
    has = f"it has 1 to {len(notes)}" if notes else "its answer has none"
    raise SetupError(f"Run {record['run']} has no footnote {n}: {has}.")


def print_footnote(
    record: Mapping[str, Any], n: int, *, as_json: bool = False, console: Console | None = None
) -> None:
    """Print the source of a footnote; a program's inputs are opened under it."""
    note = find_footnote(record, n)
    if as_json:
        print(json.dumps(note, ensure_ascii=False, indent=1))
        return
    screen = console or Console()
    for line in describe(record, note):
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


def describe(record: Mapping[str, Any], note: Mapping[str, Any], depth: int = 0) -> list[str]:
    """Return the lines that open a footnote."""
    pad = "    " * depth
    source = note["source"]
    if note["kind"] == "fact":
        rows = _fact_rows(source)
    elif note["kind"] == "passage":
        rows = _passage_rows(source)
    elif note["kind"] == "cell":
        rows = _cell_rows(source)
    elif note["kind"] == "bar":
        rows = _bar_rows(source)
    elif note["kind"] == "news":
        rows = _news_rows(source)
    elif note["kind"] == "query":
        rows = [("query", source["sql"]), ("rows", source["text"])]
    elif note["kind"] == "program":
        rows = [
            ("computed", source["label"]),
            ("program", source["code"]),
            ("output", source["output"]),
        ]
        rows += [("with", f"{k} = {v}") for k, v in source.get("constants", {}).items()]
    else:
        rows = [("term", source["name"]), ("means", source["text"]), ("from", source["taught_by"])]
    if source.get("note"):
        rows.append(("note", source["note"]))
    lines = [f"{pad}[{note['n']}] {note['kind']}"]
    lines += [f"{pad}  {name:<12} {value}" for name, value in rows]
    for name, given in source.get("inputs", {}).items() if note["kind"] == "program" else ():
        for one in given if isinstance(given, list) else [given]:
            lines.append(f"{pad}  input        {name} = {one['value']}")
            lines += describe(record, find_footnote(record, one["footnote"]), depth + 1)
    return lines


def _fact_rows(source: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("company", f"{source['company']} (CIK {source['cik']})"),
        ("concept", _concept(source)),
        ("as filed", f"{source['value_as_filed']} ({source['value']} {source['unit']})"),
        ("period", _span(source)),
        ("filing", f"{source['form']} {source['accession']}"),
        ("filed", source["filed"]),
        ("address", source.get("url") or "not known for this file"),
    ]


_ADJUSTMENTS = {
    "none": "as traded",
    "splits": "corrected for splits",
    "total": "corrected for splits and dividends",
}


def _bar_rows(source: Mapping[str, Any]) -> list[tuple[str, Any]]:
    chosen = f", out of {source['bars']} bars" if source["bars"] > 1 else ""
    return [
        ("company", source["company"]),
        ("bar", f"{source['ticker']}, {source['day']}, {source['field']}{chosen}"),
        ("value", f"{source['value']} {source['unit']}"),
        ("adjusted", _ADJUSTMENTS[source["adjustment"]]),
        ("source", source["origin"]),
        ("as of", source["as_of"]),
    ]


def _news_rows(source: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("headline", source["quote"]),
        ("published", f"{source['published']} UTC by {source['source']}"),
        ("address", source.get("url") or "not known"),
        ("known here", source["as_of"]),
        ("text", source["body"]),
    ]


def _at(url: str | None) -> str:
    return f": {url}" if url else ""


def _cell_rows(source: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("company", source["company"]),
        ("filing", f"{source['form']} {source['accession']}, filed {source['filed']}"),
        ("table", f"{source['table_no']}: {source['row']}; {source['column']}"),
        ("as printed", source["text"]),
    ]


def _passage_rows(source: Mapping[str, Any]) -> list[tuple[str, Any]]:
    text, quote = source["text"], source["quote"]
    shown = " ".join(text.split())
    shown = shown.replace(quote, f"»{quote}«")[:_CONTEXT_CHARACTERS]
    return [
        ("company", source["company"]),
        ("filing", f"{_dated(source)} ({source['accession']})"),
        (
            "section",
            f"{_section(source)}, characters {source['span_start']}-{source['span_end']}",
        ),
        ("address", source.get("url") or "not known for this file"),
        ("text", shown),
    ]


def _dated(source: Mapping[str, Any]) -> str:
    if source["form"] == "transcript":
        return f"call of {source['filed']}"
    if source["form"] == "note":
        return f"research note of {source['filed']}"
    return f"{source['form']} filed {source['filed']}"


def _section(source: Mapping[str, Any]) -> str:
    """Name a passage's place: item or part of a call, speaker, page."""
    spoken = source["form"] in ("transcript", "note")
    parts = [source["item"].replace("-", " ") if spoken else f"Item {source['item']}"]
    if source.get("speaker"):
        role = source.get("role")
        parts.append(f"{source['speaker']} ({role})" if role else source["speaker"])
    if source.get("page"):
        parts.append(f"page {source['page']}")
    return ", ".join(parts)


def _concept(source: Mapping[str, Any]) -> str:
    member = source.get("member")
    return f"{source['concept']} of {member}" if member else str(source["concept"])


def _span(source: Mapping[str, Any]) -> str:
    start, end = source.get("period_start"), source["period_end"]
    return f"{start} to {end}" if start else f"at {end}"
