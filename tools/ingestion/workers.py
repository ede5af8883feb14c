"""One worker process, seen from its parent: started, given a source, heard, ended.

What it runs is `tools.ingestion.worker`.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import time
from multiprocessing import Pipe
from pathlib import Path

from tools.ingestion.sources import Source

START_SECONDS = 120.0
_BYTES_PER_DEADLINE = 16 << 20  # a larger file has proportionally more time
_PROGRAM = "from tools.ingestion.worker import main; main()"


class Worker:
    """A worker process and what it has in hand.

    Attributes:
        connection: Where its messages come from.
        is_ready: Whether it has started up.
        task: Number of the source it has, or None.
        source: That source.
        seconds: The time it has, to start or for its source.
        give_up_at: When that is over, on the monotonic clock.
    """

    def __init__(self, rules: bytes) -> None:
        """Start a process; it says so when it is ready.

        Args:
            rules: The pickled `Rules` it goes by.
        """
        self.connection, theirs = Pipe()
        path = [str(Path.cwd()) if entry == "" else entry for entry in sys.path]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno()), str(os.getpid())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1"},
        )
        theirs.close()
        self.is_ready = False
        self.task: int | None = None
        self.source: Source | None = None
        self._allow(START_SECONDS)
        with contextlib.suppress(OSError):  # it is gone: the next `receive` says so
            self.connection.send_bytes(rules)

    @property
    def is_idle(self) -> bool:
        """Whether it can take a source."""
        return self.is_ready and self.task is None

    def give(self, number: int, source: Source, seconds: float) -> None:
        """Hand it a source and start its clock."""
        self.task, self.source = number, source
        if source.member is None:
            seconds *= max(1.0, size_on_disk(source) / _BYTES_PER_DEADLINE)
        self._allow(seconds)
        with contextlib.suppress(OSError):
            self.connection.send_bytes(pickle.dumps(source))

    def _allow(self, seconds: float) -> None:
        self.seconds = seconds
        self.give_up_at = time.monotonic() + seconds

    def receive(self) -> bytes | None:
        """Take its message; None if it is gone."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            return None

    def end(self) -> str:
        """Kill it if need be, and say how it ended."""
        with contextlib.suppress(OSError):
            self.process.kill()
        status = self.process.wait()
        self.connection.close()
        return f"signal {-status}" if status < 0 else f"exit status {status}"


def size_on_disk(source: Source) -> int:
    """Bytes of a source's file, or of the whole zip; 0 where there is no such file."""
    try:
        return source.path.stat().st_size
    except OSError:
        return 0
