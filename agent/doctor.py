"""`footnote doctor`: one screen on what works here, what doesn't, and how to fix it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from rich.console import Console

from agent.config import Settings

_LOW_DISK_BYTES = 2 * 10**9


@dataclass(frozen=True)
class Finding:
    """One line of the screen; `fix` is empty where nothing needs fixing."""

    name: str
    works: bool
    detail: str
    fix: str = ""


def examine(settings: Settings) -> bool:
    """Print the findings and return whether everything needed works."""
    screen = Console()
    findings = [_guarded(name, check, settings) for name, check in _CHECKS.items()]
    for one in findings:
        mark = "[green]ok  [/green]" if one.works else "[red]no  [/red]"
        screen.print(mark, end="")
        screen.print(f"{one.name:<10} {one.detail}", markup=False, highlight=False, soft_wrap=True)
        if one.fix:
            screen.print(f"              fix: {one.fix}", markup=False, highlight=False)
    return all(one.works for one in findings)


def _guarded(name: str, check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    """Run a check; what it raises is its finding."""
    try:
        return check(settings)
    except Exception as error:  # a check that fails is a finding, not a crash
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        return Finding(name, False, text, "make setup" if isinstance(error, ImportError) else "")


def _python(_: Settings) -> Finding:
    fits = sys.version_info >= (3, 11)
    return Finding("python", fits, platform.python_version(), "" if fits else "install Python 3.11")


def _home(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True)
    probe = settings.home / ".probe"
    probe.write_text("")
    probe.unlink()
    free = shutil.disk_usage(settings.home).free
    detail = f"{settings.home}, {free / 10**9:.0f} GB free"
    return Finding("home", True, detail, "free some disk" if free < _LOW_DISK_BYTES else "")


def _warehouse(settings: Settings) -> Finding:
    from tools.warehouse import Warehouse

    if not settings.warehouse_path.exists():
        return Finding("warehouse", False, "empty", "footnote ingest --sample")
    with Warehouse.open(settings.warehouse_path, read_only=True) as warehouse:
        row = warehouse.connection.execute(
            "SELECT (SELECT count(*) FROM company), (SELECT count(*) FROM filing), "
            "(SELECT count(*) FROM fact), (SELECT count(*) FROM passage)"
        ).fetchone()
    companies, filings, facts, passages = row or (0, 0, 0, 0)
    detail = f"{companies} companies, {filings} filings, {facts} facts, {passages} passages"
    return Finding("warehouse", facts > 0, detail, "" if facts else "footnote ingest --sample")


def _model(settings: Settings) -> Finding:
    from adapters.conversion import prepare

    if settings.model != "embedded":
        return Finding("model", True, f"{settings.model}: {settings.model_name}")
    folder = prepare(settings.model_name, settings.cache, verify=True)
    return Finding("model", True, f"{folder.name}, hashes verified")


def _quantized(settings: Settings) -> Finding:
    import bitsandbytes
    import torch

    where = "cuda" if torch.cuda.is_available() else f"cpu, {torch.get_num_threads()} threads"
    detail = f"bitsandbytes {bitsandbytes.__version__}, torch {torch.__version__} on {where}"
    return Finding("4-bit", True, detail)


def _embedder(_: Settings) -> Finding:
    from memory.embedder import MiniLM

    size = MiniLM().embed(["a probe"]).shape[1]
    return Finding("embedder", True, f"all-MiniLM-L6-v2, {size} dimensions")


def _sandbox(_: Settings) -> Finding:
    from decimal import Decimal

    from tools.sandbox.interface import Program
    from tools.sandbox.monty import MontySandbox

    sandbox = MontySandbox()
    try:
        result = sandbox.run(Program("a / b", {"a": Decimal(1), "b": Decimal(4)}))
    finally:
        sandbox.close()
    version = metadata.version("pydantic-monty")
    return Finding(
        "sandbox", result.value == Decimal("0.25"), f"monty {version}, {result.ms:.1f} ms"
    )


def _memory(settings: Settings) -> Finding:
    from agent.assemble import Parts

    parts = Parts(settings)
    try:
        records = parts.memory.list()
    finally:
        parts.close()
    taught = sum(record.is_taught for record in records)
    return Finding("memory", True, f"{len(records)} records, {taught} of them taught")


_CHECKS: dict[str, Callable[[Settings], Finding]] = {
    "python": _python,
    "home": _home,
    "warehouse": _warehouse,
    "model": _model,
    "4-bit": _quantized,
    "embedder": _embedder,
    "sandbox": _sandbox,
    "memory": _memory,
}
