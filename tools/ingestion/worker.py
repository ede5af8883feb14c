"""A worker process: reads sources from its parent, sends back what was parsed.

Started by `tools.ingestion.workers` as a program of its own, so that it has no part in the
parent's threads, locks and open files, and its end harms nobody.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from tools.ingestion.preparing import Rules, prepare, skip
from tools.ingestion.sources import Source

STAYS, LEAVES = b"+", b"-"
_RETIREMENT_BYTES = 1 << 30  # a worker that has grown so large makes way for a new one
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve the connection whose file descriptor is the first argument, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _die_with_parent(int(sys.argv[2]))
    connection = Connection(int(sys.argv[1]))
    rules: Rules = pickle.loads(connection.recv_bytes())
    _limit_memory()
    connection.send_bytes(STAYS)
    try:
        while True:
            source: Source = pickle.loads(connection.recv_bytes())
            answer = _answer(source, rules)
            retiring = _peak_bytes() > _RETIREMENT_BYTES
            connection.send_bytes((LEAVES if retiring else STAYS) + answer)
            if retiring:
                return
    except (EOFError, ConnectionError):
        return


def _answer(source: Source, rules: Rules) -> bytes:
    gc.disable()  # a document is a million small objects and no cycles to speak of
    try:
        return pickle.dumps(prepare(source, rules), protocol=5)
    except Exception as error:
        return pickle.dumps(skip(source, f"can't be handed over ({type(error).__name__}: {error})"))
    finally:
        gc.enable()


def _die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when the parent is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


def _limit_memory() -> None:
    """Leave half of the machine's memory to everybody else."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = total // 2
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _peak_bytes() -> int:
    """The most memory this process ever held."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        [peak] = [line for line in lines if line.startswith("VmHWM:")]
        return int(peak.split()[1]) * 1024
    except (OSError, ValueError):
        return 0
