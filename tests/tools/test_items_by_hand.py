"""Items of old and odd filings, against a list made by reading the documents.

data/README.md says how the list was made. An item is right where its section begins with the
words the list has a hash of and does not run on into the next item.
"""

import json
import re
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

BY_HAND = Path(__file__).parent / "data" / "items_by_hand.jsonl"
HEADING_LETTERS = 300  # a heading and a page head may stand before the body
GOAL = 0.95

Row = dict[str, Any]


def by_hand() -> dict[str, list[Row]]:
    """The list, by filing."""
    filings: dict[str, list[Row]] = defaultdict(list)
    for line in BY_HAND.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        filings[row["filing"]].append(row)
    return filings


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def begins(row: Row, text: str, *, within: int = HEADING_LETTERS) -> bool:
    """Tell whether a section's text begins with the body that the list describes."""
    length, wanted = row["start_letters"], row["start_sha256"]
    found = letters(text[: 4 * (within + length)])
    starts = range(min(within, len(found) - length) + 1)
    return any(sha256(found[at : at + length].encode()).hexdigest() == wanted for at in starts)


def runs_on(row: Row, following: Row, text: str) -> bool:
    """Tell whether a section goes on into the next item's body.

    Items may open with the same words, so only what comes after the item's own length is
    searched; short bodies ("None.") cannot be told from other text.
    """
    rest = letters(text)[row["letters"] :]
    return following.get("start_letters", 0) == 32 and begins(following, rest, within=len(rest))


def judge(rows: list[Row], sections: dict[str, str]) -> list[tuple[str, str]]:
    """Pair every item of the list, and every item claimed besides, with a verdict."""
    verdicts = []
    listed = {name for row in rows for name in row.get("merged", [row["item"]])}
    for place, row in enumerate(rows):
        text = next(
            (sections[name] for name in row.get("merged", [row["item"]]) if name in sections), None
        )
        following = rows[place + 1] if place + 1 < len(rows) else None
        if "start_sha256" not in row:
            continue
        if text is None:
            verdict = "missing"
        elif not begins(row, text):
            verdict = "elsewhere"
        else:
            verdict = "runs on" if following and runs_on(row, following, text) else "right"
        verdicts.append((row["item"], verdict))
    claimed = [name for name in sections if re.fullmatch(r"(II-)?\d+[A-C]?", name)]
    return verdicts + [(name, "not there") for name in claimed if name not in listed]


def test_a_section_that_swallows_the_next_item_is_not_right():
    one = {"item": "1", "letters": 11, "start_letters": 9, "start_sha256": ""}
    one["start_sha256"] = sha256(b"wemakepap").hexdigest()
    body = "The mills stand in Lowell, and in Fitchburg too."
    two = {"item": "2", "letters": 38, "start_letters": 32, "start_sha256": ""}
    two["start_sha256"] = sha256(letters(body)[:32].encode()).hexdigest()
    sections = {"1": f"We make paper. Item 2. {body}", "2": body}
    assert judge([one, two], sections) == [("1", "runs on"), ("2", "right")]
    assert judge([one, two], sections | {"1": "We make paper."})[0] == ("1", "right")


def test_the_list_covers_every_filing_once():
    filings = by_hand()
    assert len(filings) == 21
    for rows in filings.values():
        names = [row["item"] for row in rows]
        assert len(set(names)) == len(names)
        assert [row["position"] for row in rows] == sorted(row["position"] for row in rows)


def test_a_section_at_the_wrong_place_is_not_right():
    wanted = {"item": "1", "start_letters": 9, "start_sha256": sha256(b"wemakepap").hexdigest()}
    [(_, right)] = judge([wanted], {"1": "Item 1. Business\nWe make paper."})
    [(_, wrong)] = judge([wanted], {"1": "Item 1. Business 3 Item 2. Properties 4"})
    assert (right, wrong) == ("right", "elsewhere")
    assert judge([wanted], {"9C": "None."}) == [("1", "missing"), ("9C", "not there")]


@pytest.mark.data
def test_items_of_old_filings_are_found(tmp_path, shared_data, capsys):
    folder = shared_data / "filings" / "10k_1994_2026"
    paths = {path.parent.name: path for path in sorted(folder.glob("*/*.gz"))}
    assert set(paths) == set(by_hand())
    with Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse:
        skipped = ingest(warehouse, list(paths.values())).skipped
        sections = _sections(warehouse, paths)
    wrong = []
    counts: Counter[str] = Counter()
    for name, rows in by_hand().items():
        for item, verdict in judge(rows, sections.get(name, {})):
            counts[verdict] += 1
            if verdict != "right":
                wrong.append(f"{name} item {item}: {verdict}")
    rate = counts["right"] / counts.total()
    with capsys.disabled():
        print(
            f"\nitems right: {counts['right']} of {counts.total()} ({rate:.1%})", *wrong, sep="\n"
        )
    assert skipped == []
    assert rate >= GOAL


def _sections(warehouse: Warehouse, paths: dict[str, Path]) -> dict[str, dict[str, str]]:
    """Read the stored sections, by folder name and item; an item in two pieces is joined."""
    names = {str(path): name for name, path in paths.items()}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    rows = warehouse.connection.execute(
        "SELECT ingested_file.path, section.item, section.text FROM section"
        " JOIN filing USING (accession)"
        " JOIN ingested_file ON ingested_file.content_sha256 = filing.content_sha256"
        " ORDER BY section.accession, section.ordinal"
    ).fetchall()
    for path, item, text in rows:
        sections = found[names[path]]
        item = item.replace("(T)", "")
        sections[item] = f"{sections[item]}\n{text}" if item in sections else text
    return found
