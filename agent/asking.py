"""`footnote ask`: one question or a file of them, as text or as JSON records."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from agent.answer import as_contract
from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SETUP_ERRORS, SetupError
from agent.footnotes import footnote_line
from agent.session import Session


def ask_once(settings: Settings, question: str, *, json_output: bool) -> bool:
    """Answer one question on standard output; return whether it failed."""
    screen = Console(stderr=True)
    parts = Parts(settings, tell=lambda line: screen.print(f"[dim]{line}[/dim]"))
    with Session.open(parts) as session:
        if json_output:
            contract = _ask_recorded(session, {"question": question}, 1)
            del contract["id"]
            print(json.dumps(contract, ensure_ascii=False))
            return bool(contract["status"] == "failed")
        record = session.ask(question)
    print_answer(record)
    return bool(record["answer"]["status"] == "failed")


def ask_file(settings: Settings, path: Path, *, json_output: bool) -> bool:
    """Answer every question of a file, in order; return whether any failed.

    A question that fails is recorded with its error, and the rest goes on.
    """
    questions = list(read_questions(path))
    failed = False
    with Session.open(Parts(settings)) as session:
        for number, entry in enumerate(questions, start=1):
            contract = _ask_recorded(session, entry, number)
            failed = failed or contract["status"] == "failed"
            if json_output:
                print(json.dumps(contract, ensure_ascii=False), flush=True)
            else:
                print(f"{contract['id']}: {contract['text']}", flush=True)
    return failed


def _ask_recorded(session: Session, entry: dict[str, Any], number: int) -> dict[str, Any]:
    name = entry.get("id", str(number))
    try:
        question = entry.get("question")
        if not isinstance(question, str):
            raise ValueError('this line has no "question" text')
        return {"id": name, **as_contract(session.ask(question))}
    except SETUP_ERRORS:
        raise
    except Exception as error:  # a batch item: recorded and counted, the rest goes on
        return {"id": name, **failed_contract(f"{type(error).__name__}: {error}")}


def failed_contract(text: str) -> dict[str, Any]:
    """Return the record of a question that failed before it had one."""
    return {
        "run": None,
        "status": "failed",
        "text": text,
        "figures": [],
        "footnotes": [],
        "steps": [],
        "ms": 0,
    }


def read_questions(path: Path) -> Iterator[dict[str, Any]]:
    """Yield questions from a file with one a line, or with JSON lines of `id` and `question`.

    Raises:
        SetupError: The file can't be read as text.
    """
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
    except OSError as error:
        raise SetupError(f"{path} can't be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    for line in text.split("\n"):
        if not line.strip():
            continue
        if line.lstrip().startswith("{"):
            try:
                yield json.loads(line)
            except ValueError:
                yield {"error": line}
        else:
            yield {"question": line.strip()}


def print_answer(record: dict[str, Any], console: Console | None = None) -> None:
    """Print an answer and a line for each footnote."""
    screen = console or Console()
    answer = record["answer"]
    screen.print(answer["text"], markup=False, highlight=False, soft_wrap=True)
    for note in answer.get("footnotes", []):
        screen.print(
            f"  {footnote_line(note)}", markup=False, highlight=False, style="dim", soft_wrap=True
        )
    screen.print(f"run {record['run']}, {record['ms'] / 1000:.1f} s", style="dim", highlight=False)
