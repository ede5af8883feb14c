"""The command line as a person uses it: exit codes, contract, one clear line for a mistake."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Result = subprocess.CompletedProcess[str]
CONTRACT = {"run", "status", "text", "figures", "footnotes", "steps", "ms"}


@pytest.fixture
def footnote(sample_home: Path, run_main: Callable[..., Result]) -> Callable[..., Result]:
    """Run a command over the sample in this process."""

    def run(*words: str, home: Path = sample_home) -> Result:
        environment = {"FOOTNOTE_HOME": str(home), "FOOTNOTE_MODEL": "scripted"}
        return run_main(*words, environment={**environment, "HOME": str(home)})

    return run


@pytest.fixture
def footnote_process(sample_home: Path) -> Callable[..., Result]:
    """Run a command over the sample as a shell does."""

    def run(*words: str) -> Result:
        code = "import sys; from agent.cli import main; main()"
        command = [sys.executable, "-c", code, *words]
        environment = {"FOOTNOTE_HOME": str(sample_home), "FOOTNOTE_MODEL": "scripted"}
        environment |= {"PATH": "/usr/bin:/bin", "HOME": str(sample_home), "COLUMNS": "200"}
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)

    return run


def test_help_names_every_command(footnote_process: Callable[..., Result]) -> None:
    text = footnote_process("--help").stdout
    for name in ("ingest", "ask", "chat", "why", "replay", "runs", "teach", "doctor", "bench"):
        assert name in text


def test_a_file_of_questions_gives_a_record_a_line(
    footnote: Callable[..., Result], tmp_path: Path
) -> None:
    lines = [
        '{"id": "a", "question": "What was Apple\'s revenue in fiscal 2023?"}',
        '{"id": "b", "question": 7}',
        "",
        "What was Walmart's net income in fiscal 2024?",
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(lines))
    done = footnote("ask", "--json", "--file", str(path))
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["id"] for record in records] == ["a", "b", "3"]
    assert [record["status"] for record in records] == ["answered", "failed", "answered"]
    assert all(set(record) >= CONTRACT for record in records)
    assert records[2]["figures"][0]["value"] == "15511000000"  # 10-K for fiscal 2024
    assert done.returncode == 1


def test_why_and_replay_open_a_recorded_run(footnote: Callable[..., Result]) -> None:
    asked = footnote("ask", "--json", "How fast did Apple's revenue grow in fiscal 2022?")
    run = json.loads(asked.stdout)["run"]
    opened = footnote("why", run, "1").stdout
    assert "(new - old) / abs(old)" in opened
    assert re.search(r"old = 365817000000", opened)
    replayed = footnote("replay", run)
    assert "reproduced" in replayed.stdout
    assert replayed.returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ask"], "Give one question"),
        (["ask", "--file", "/no/such/file"], "can't be read"),
        (["why", "last/../x", "1"], "is not a run id"),
        (["why", "20200101-000000-abcd", "1"], "There is no run"),
        (["ingest"], "Name a file or folder"),
        (["memory", "forget", "nothing"], "memory list"),
        (["ask", "hello", "--model", "nonsense:1"], "model"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_two(
    footnote: Callable[..., Result], words: list[str], said: str
) -> None:
    done = footnote(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_a_process_of_its_own_is_one_line(
    footnote_process: Callable[..., Result],
) -> None:
    done = footnote_process("why", "20200101-000000-abcd", "1")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "There is no run" in done.stderr


def test_an_empty_home_says_what_to_do(footnote: Callable[..., Result], tmp_path: Path) -> None:
    done = footnote("ask", "What was Apple's revenue in fiscal 2023?", home=tmp_path / "new")
    assert "footnote ingest" in done.stdout
    assert done.returncode == 0


def test_a_file_that_is_no_filing_is_named_and_skipped(
    footnote: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "notes.htm").write_text("<html><body>hello</body></html>")
    done = footnote("ingest", str(tmp_path / "notes.htm"), home=tmp_path / "new")
    assert "notes.htm" in done.stdout
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def readme_commands() -> list[list[str]]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\.venv/bin/footnote (.+?)(?:\s+# .*)?$", text, re.MULTILINE)
    return [shlex.split(line) for line in lines]


def test_the_readme_names_commands_that_exist(footnote: Callable[..., Result]) -> None:
    names = {words[0] for words in readme_commands()}
    assert {"ask", "why", "replay", "chat", "doctor", "ingest", "teach"} <= names
    assert all(footnote(name, "--help").returncode == 0 for name in names)


def test_the_readme_s_questions_run_as_written(footnote: Callable[..., Result]) -> None:
    for words in readme_commands():
        if words[0] in {"ask", "why", "replay"}:
            done = footnote(*words)
            assert done.returncode == 0, done.stderr
            assert "can't answer" not in done.stdout


def test_the_readme_shows_what_it_prints(footnote_process: Callable[..., Result]) -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("$ footnote ask ")[1]
    question, *printed = shown.split("```")[0].strip().splitlines()
    lines = footnote_process("ask", shlex.split(question)[0]).stdout.splitlines()
    assert lines[: len(printed)] == printed
