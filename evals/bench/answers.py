"""Time answers: the load, structured answers and passage answers, as medians with their spread.

The model is loaded and warmed by one question of each kind before anything counts. Prints the
machine; the peer of each figure is the same question asked again, with all caches warm.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from agent.asking import read_questions
from agent.assemble import Parts
from agent.config import Settings
from agent.session import Session

SAMPLE_QUESTIONS = (
    "What was Apple's revenue in fiscal 2023?",
    "How fast did NVIDIA's revenue grow in fiscal 2024?",
    "What was Walmart's operating margin in fiscal 2024?",
    "Who had the higher net margin in fiscal 2023, Home Depot or Walmart?",
    "McDonald's free cash flow over the last five years",
    "Apple's revenue in the second quarter of fiscal 2023",
    "What do you mean by free cash flow?",
    "What does Halden say about its dependence on a single supplier?",
    "What does Halden say about cybersecurity?",
    "What does Halden say about competition?",
)


def run_bench(settings: Settings, file: Path | None) -> None:
    """Ask a file's questions, or the sample's, twice each, and print medians."""
    questions = [str(q.get("question", "")) for q in read_questions(file)] if file else None
    started = time.perf_counter()
    with Session.open(Parts(settings)) as session:
        session.ask(SAMPLE_QUESTIONS[0])
        session.ask(SAMPLE_QUESTIONS[-1])
        print(f"{platform.machine()}, {os.cpu_count()} cores, python {platform.python_version()}")
        print(f"start to first two answers: {time.perf_counter() - started:.1f} s")
        print_medians(_time_all(session, questions or SAMPLE_QUESTIONS))


def _time_all(session: Session, questions: Sequence[str]) -> dict[str, list[tuple[float, float]]]:
    spent: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for question in questions:
        record = session.ask(question)
        again = session.ask(question)
        kinds = {note["kind"] for note in record["answer"]["footnotes"]}
        if record["answer"]["status"] != "answered":
            kind = record["answer"]["status"]
        else:
            kind = "passage" if "passage" in kinds else "structured"
        spent[kind].append((record["ms"] / 1000, again["ms"] / 1000))
    return spent


def print_medians(spent: dict[str, list[tuple[float, float]]]) -> None:
    """Print a row for each kind: count, median and largest, and the ratio to the warm repeat."""
    print(f"{'kind':<12} {'n':>4} {'median s':>9} {'max s':>7} {'repeat s':>9} {'ratio':>6}")
    for kind, times in sorted(spent.items()):
        first, again = zip(*times, strict=True)
        median, repeat = statistics.median(first), statistics.median(again)
        print(
            f"{kind:<12} {len(times):>4} {median:>9.2f} {max(first):>7.2f} {repeat:>9.2f} "
            f"{median / repeat:>6.1f}"
        )
