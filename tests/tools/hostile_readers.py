"""Readers that hang, crash or eat memory, for worker processes to run into."""

import ctypes
import os
import time
from dataclasses import dataclass
from typing import Any

from tools.errors import SetupError
from tools.ingestion.readers import READERS, Reader
from tools.ingestion.sources import Document


def accepts(name: str, head: bytes) -> bool:
    return name.startswith("bad-")


def prepare(document: Document) -> Any:
    return BEHAVIOUR[document.name.split("-")[1].split(".")[0]]()


def hang() -> None:
    while True:
        time.sleep(0.01)


def exit_at_once() -> None:
    os._exit(7)


def segfault() -> None:
    ctypes.string_at(0)


def eat_memory() -> bytes:
    return bytes(1 << 46)


@dataclass
class Unsendable:
    function: Any


def refuse() -> None:
    raise SetupError("not\nwanted")


BEHAVIOUR: dict[str, Any] = {
    "hang": hang,
    "exit": exit_at_once,
    "segfault": segfault,
    "memory": eat_memory,
    "lambda": lambda: Unsendable(lambda: None),
    "refuse": refuse,
}
HOSTILE = (Reader("hostile", accepts, prepare), *READERS)
