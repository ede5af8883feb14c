from __future__ import annotations

from pathlib import Path

import pytest

import adapters.errors
from adapters.training.rows import TrainingRow, write_rows
from agent.config import Settings
from agent.errors import SetupError
from agent.training import train_adapter


def test_rows_of_a_published_test_split_stop_the_training(tmp_path: Path) -> None:
    row = TrainingRow("financebench_id_00001", "qa", "somewhere", "g", {"question": "?"}, "1")
    write_rows(tmp_path / "rows.jsonl", [row])
    recipe = tmp_path / "qa.toml"
    recipe.write_text("task = 'qa'")
    settings = Settings(home=tmp_path)
    with pytest.raises(adapters.errors.SetupError, match="names a test split"):
        train_adapter(settings, "qa", recipe=recipe, data=tmp_path / "rows.jsonl")


def test_rows_of_a_given_file_of_questions_stop_the_training(tmp_path: Path) -> None:
    question = "how many harbours does the invented ferry line call at in its first winter"
    variables = {"question": question.title(), "sentences": ["one"]}
    write_rows(tmp_path / "qa.jsonl", [TrainingRow("a", "qa", "made", "g", variables, "1")])
    (tmp_path / "refused.txt").write_text(question + "\n")
    (tmp_path / "qa.toml").write_text("task = 'qa'")
    with pytest.raises(adapters.errors.SetupError, match="has the words of a refused text"):
        train_adapter(
            Settings(home=tmp_path), "qa", recipe=tmp_path / "qa.toml",
            data=tmp_path / "qa.jsonl", refuse_texts=tmp_path / "refused.txt",
        )  # fmt: skip


def test_a_recipe_of_another_task_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("task = 'plan'")
    with pytest.raises(SetupError, match="for task 'plan', not 'qa'"):
        train_adapter(Settings(home=tmp_path), "qa", recipe=tmp_path / "plan.toml")


def test_missing_rows_are_named(tmp_path: Path) -> None:
    with pytest.raises(adapters.errors.SetupError, match=r"no training rows at .*plan\.jsonl"):
        train_adapter(Settings(home=tmp_path), "plan")
