"""A measurement: the median over runs with their spread, against a goal and maybe a peer."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """What one thing took.

    Attributes:
        goal: What it must reach, as in '< 10 ms'.
        is_met: Whether it did; None where it was not to be told.
        peer: What the peer took in the same run, in the same unit; None without one.
        ratio: The median of peer by ours, input by input.
        note: What was measured, and why there is no peer.
    """

    median: float
    min: float
    max: float
    n: int
    unit: str
    goal: str
    is_met: bool | None
    peer: float | None = None
    ratio: float | None = None
    note: str = ""


def measure(
    values: Sequence[float],
    unit: str,
    goal: str,
    *,
    ratios: Sequence[float] = (),
    peers: Sequence[float] = (),
    note: str = "",
) -> Measure:
    """Sum up runs; `goal` is '< N unit' or '>= N unit', 'x' as unit meaning the ratio."""
    median = statistics.median(values)
    ratio = statistics.median(ratios) if ratios else None
    sign, limit, of = goal.split()
    told = ratio if of == "x" else median
    is_met = None if told is None else told < float(limit) if sign == "<" else told >= float(limit)
    return Measure(
        median, min(values), max(values), len(values), unit, goal, is_met,
        statistics.median(peers) if peers else None, ratio, note,
    )  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def machine() -> str:
    """This machine, in a line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gb()} GB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _memory_gb() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def print_measures(found: Iterable[tuple[str, Measure]]) -> None:
    """Print a line as each measurement comes, and what was compared below it."""
    print(
        f"{'':<26} {'median':>10} {'min':>10} {'max':>10} {'n':>4} {'peer':>9} {'ratio':>7}  goal"
    )
    for name, one in found:
        peer = "" if one.peer is None else f"{one.peer:,.3g}"
        ratio = "" if one.ratio is None else f"{one.ratio:,.1f}x"
        verdict = {True: "met", False: "MISSED", None: "not told"}[one.is_met]
        print(
            f"{name:<26} {one.median:>10,.4g} {one.min:>10,.4g} {one.max:>10,.4g} {one.n:>4} "
            f"{peer:>9} {ratio:>7}  {one.goal}: {verdict}"
        )
        print(f"    {one.unit}: {one.note}", flush=True)


def as_json(found: Iterable[tuple[str, Measure]]) -> str:
    """The measurements as one JSON object."""
    plain: dict[str, Any] = {name: asdict(one) for name, one in found}
    return json.dumps({"machine": machine(), "measures": plain}, indent=1)
