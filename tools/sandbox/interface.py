"""What every sandbox promises: decimals in, an exact value out, errors that a model can use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, TypeAlias

Value: TypeAlias = "Decimal | bool | str | list[Value]"


@dataclass(frozen=True)
class HostFunction:
    """A trusted function of this process that programs may call by name.

    Attributes:
        name: The name programs call it by.
        function: Deterministic over one warehouse; takes and returns plain values, no objects.
        stub: Its typed signature, one `def` line ending in `...`, for the type check.
    """

    name: str
    function: Callable[..., Any]
    stub: str


@dataclass(frozen=True)
class Program:
    """A program and the evidence it works on.

    Attributes:
        code: Python source; the program's value is the value of its last expression.
        inputs: Evidence by name, bound as global variables: finite decimals in base units, or
            lists of them.
        functions: What this program may call besides the sandbox's own functions.
    """

    code: str
    inputs: Mapping[str, Decimal | Sequence[Decimal]] = field(default_factory=dict)
    functions: tuple[HostFunction, ...] = ()


@dataclass(frozen=True)
class ProgramResult:
    """What a program came to.

    Attributes:
        value: The last expression's value. Whole numbers come back as `Decimal`.
        stdout: What the program printed.
        ms: Wall time of the run in milliseconds, type check included.
    """

    value: Value
    stdout: str
    ms: float


class Sandbox(Protocol):
    """Runs programs that a model wrote."""

    def run(
        self, program: Program, *, timeout_seconds: float = 2.0, memory_mb: int = 64
    ) -> ProgramResult:
        """Run one program in a fresh namespace and return its value.

        Raises:
            ToolError: The program is wrong, too slow, too big, or has no usable value.
        """
        ...
