from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.errors import SetupError
from adapters.training.rows import TrainingRow, read_rows, write_rows

ROW = TrainingRow(
    id="made-1",
    task="plan",
    origin="made by this test",
    group="revenue",
    variables={"question": "What did it sell?", "candidates": ["one", "two\u2028lines"]},
    completion="one",
)


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert write_rows(path, [ROW]) == 1
    assert list(read_rows(path, task="plan")) == [ROW]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_rows(tmp_path / f"{name}.jsonl", [TrainingRow(name, "plan", "o", "g", {}, "c")])
    assert [row.id for row in read_rows(tmp_path)] == ["a", "b"]


def test_a_failing_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [ROW])
    with pytest.raises(ZeroDivisionError):
        write_rows(path, (ROW if i else ROW.__class__(**{1 / i: 2}) for i in (1, 0)))  # type: ignore[arg-type]
    assert list(read_rows(path)) == [ROW]
    assert [entry.name for entry in tmp_path.iterdir()] == ["rows.jsonl"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"completion": " "}, "'completion' is not a text"),
        ({"variables": {"question": 3}}, "'variables' is not an object of texts"),
        ({"task": "qa"}, "of task 'qa', not 'plan'"),
        ({"split": "train"}, r"unknown fields \['split'\]"),
    ],
)
def test_a_line_that_is_no_row_is_named(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    good = json.loads(json.dumps(ROW.__dict__))
    path = tmp_path / "rows.jsonl"
    path.write_text("\n" + json.dumps({**good, **changes}) + "\n")
    with pytest.raises(SetupError, match=rf"rows\.jsonl:2 is not a training row: .*{message}"):
        list(read_rows(path, task="plan"))


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write_rows(path, [ROW, ROW])
    with pytest.raises(SetupError, match="repeats the id 'made-1'"):
        list(read_rows(path))


def test_missing_rows_are_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no training rows at"):
        list(read_rows(tmp_path))
