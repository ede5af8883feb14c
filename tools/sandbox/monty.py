"""Runs programs in monty: a Python subset in worker processes of its own.

Promises, each with a hostile test: no files, no network, no operating-system modules, a time
limit, a memory limit, an output limit, a type check before the run, a fresh namespace for each
run, and the same value on every replay (fixed clock and seed; decimals with 34 significant
digits, those of IEEE decimal128, half-even).

Not covered: host functions run in this process and are trusted; the worker shares this user's
operating-system account, so a bug in monty itself is contained by the process border only.
"""

from __future__ import annotations

import datetime
import re
import threading
import time
from collections.abc import Sequence
from decimal import Decimal
from keyword import iskeyword
from typing import Any

import pydantic_monty as monty

from tools.errors import ToolError
from tools.sandbox.functions import DIGITS, FINANCIAL_FUNCTIONS
from tools.sandbox.interface import HostFunction, Program, ProgramResult, Value

_MAX_CODE_CHARS = 20_000
_MAX_OUTPUT_BYTES = 64 * 1024
_MAX_TYPE_CHECKED = 10_000
_KILL_GRACE_SECONDS = 0.25
_PRELUDE = f"""
import decimal
from decimal import Decimal
decimal.getcontext().prec = {DIGITS}
"""
_STUB_PRELUDE = "from decimal import Decimal as Decimal\nfrom typing import Any as Any\n"
_POLICY = monty.OSPolicy(
    datetime=datetime.datetime(2000, 1, 1),
    timezone="utc",
    sleep="zero",
    random_start={"seed": 0},
)


class MontySandbox:
    """A pool of warm monty workers; one fresh session a run."""

    def __init__(
        self,
        functions: Sequence[HostFunction] = FINANCIAL_FUNCTIONS,
        *,
        workers: int = 1,
        max_timeout_seconds: float = 30.0,
    ) -> None:
        self._functions = tuple(functions)
        self._workers = workers
        self._max_timeout_seconds = max_timeout_seconds
        self._pool: monty.Monty | None = None
        self._lock = threading.Lock()
        self._type_checked: set[tuple[str, str]] = set()

    def __enter__(self) -> MontySandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the workers. A later `run` starts new ones."""
        with self._lock:
            if self._pool is not None:
                self._pool.__exit__(None, None, None)
                self._pool = None

    def run(
        self, program: Program, *, timeout_seconds: float = 2.0, memory_mb: int = 64
    ) -> ProgramResult:
        """Run one program in a fresh namespace and return the value of its last expression.

        Args:
            program: The code and its inputs. `Decimal` and the host functions are in scope.
            timeout_seconds: Limit on the program's running time.
            memory_mb: Limit on the program's heap in MiB.

        Raises:
            ToolError: The program is wrong, too slow, too big, or has no usable value.
        """
        _check_program(program, timeout_seconds, self._max_timeout_seconds)
        started = time.perf_counter()
        printed = monty.CollectString(_MAX_OUTPUT_BYTES)
        limits = monty.ResourceLimits(
            max_feed_duration_secs=timeout_seconds, max_memory=memory_mb * 1024 * 1024
        )
        try:
            raw = self._run_once_more_after_crash(program, limits, printed)
        except monty.MontyTypingError as error:
            raise ToolError(self._typing_message(error, program)) from error
        except monty.MontyError as error:
            raise ToolError(_failure_message(error, timeout_seconds, memory_mb)) from error
        milliseconds = (time.perf_counter() - started) * 1000
        return ProgramResult(_convert(raw), printed.output, milliseconds)

    def _run_once_more_after_crash(
        self, program: Program, limits: monty.ResourceLimits, printed: monty.CollectString
    ) -> Any:
        """Programs are pure, so one that lost its worker through no limit is run a second time."""
        try:
            return self._run_in_session(program, limits, printed)
        except monty.MontyCrashedError as error:
            if error.timed_out:
                raise
        return self._run_in_session(program, limits, printed)

    def _run_in_session(
        self, program: Program, limits: monty.ResourceLimits, printed: monty.CollectString
    ) -> Any:
        stubs = self._stubs(program)
        type_check = (program.code, stubs) not in self._type_checked
        session = self._warm_pool().checkout(
            limits=limits,
            type_check=type_check,
            type_check_stubs=stubs if type_check else None,
            type_check_format="concise",
            os_policy=_POLICY,
        )
        with session:
            session.feed_run(_PRELUDE, skip_type_check=True)
            value = session.feed_run(
                program.code,
                inputs={name: _bind(value) for name, value in program.inputs.items()},
                external_lookup={item.name: item.function for item in self._offered(program)},
                print_callback=printed,
            )
        if len(self._type_checked) >= _MAX_TYPE_CHECKED:
            self._type_checked.clear()
        self._type_checked.add((program.code, stubs))
        return value

    def _warm_pool(self) -> monty.Monty:
        with self._lock:
            if self._pool is None:
                pool = monty.Monty(
                    min_processes=self._workers,
                    max_processes=self._workers,
                    request_timeout=self._max_timeout_seconds + 1,
                    feed_duration_limit_grace=_KILL_GRACE_SECONDS,
                )
                self._pool = pool.__enter__()
            return self._pool

    def _stubs(self, program: Program) -> str:
        kinds = {name: _type_name(value) for name, value in sorted(program.inputs.items())}
        names = "".join(f"{name}: {kind}\n" for name, kind in kinds.items())
        return _STUB_PRELUDE + names + "".join(f"{f.stub}\n" for f in self._offered(program))

    def _offered(self, program: Program) -> tuple[HostFunction, ...]:
        return (*self._functions, *program.functions)

    def _typing_message(self, error: monty.MontyTypingError, program: Program) -> str:
        found = re.sub(r"main\.py:(\d+):\d+: \w+\[[\w-]+\] ", r"line \1: ", error.display())
        inputs = ", ".join(f"{k}: {_type_name(v)}" for k, v in sorted(program.inputs.items()))
        functions = ", ".join(item.name for item in self._offered(program)) or "none"
        return (
            f"The program does not type-check: {'; '.join(found.split(chr(10))).strip('; ')}. "
            f"Inputs in scope: {inputs or 'none'}. Functions in scope: {functions}. "
            "Write decimal constants as Decimal('...'), not as floats; then try again."
        )


def _check_program(program: Program, timeout_seconds: float, max_timeout_seconds: float) -> None:
    if not program.code.strip():
        raise ToolError("The program is empty. Write Python that ends with an expression.")
    if len(program.code) > _MAX_CODE_CHARS:
        raise ToolError(
            f"The program has {len(program.code)} characters, more than {_MAX_CODE_CHARS}. "
            "Write a shorter program over the inputs."
        )
    if not 0 < timeout_seconds <= max_timeout_seconds:
        raise ValueError(f"timeout_seconds must be above 0 and at most {max_timeout_seconds}")
    for name, value in program.inputs.items():
        items = [value] if isinstance(value, Decimal) else _bind(value)
        finite = all(isinstance(item, Decimal) and item.is_finite() for item in items)
        if not finite or not name.isidentifier() or iskeyword(name):
            raise ToolError(
                f"Input {name!r} is not finite decimals under a Python name. "
                "Pass each figure as a Decimal, or a list of them, named like a variable."
            )


def _bind(value: Decimal | Sequence[Decimal]) -> Any:
    return value if isinstance(value, Decimal) else list(value)


def _type_name(value: Decimal | Sequence[Decimal]) -> str:
    return "Decimal" if isinstance(value, Decimal) else "list[Decimal]"


def _failure_message(error: monty.MontyError, timeout_seconds: float, memory_mb: int) -> str:
    cause = error.exception() if not isinstance(error, monty.MontyCrashedError) else None
    if isinstance(cause, TimeoutError) or getattr(error, "timed_out", False):
        return (
            f"The program ran longer than {timeout_seconds:g} seconds and was stopped. "
            "Write one without long loops."
        )
    if isinstance(cause, MemoryError):
        return (
            f"The program used more than {memory_mb} MiB of memory or printed more than "
            f"{_MAX_OUTPUT_BYTES // 1024} KiB and was stopped. Keep lists and output small."
        )
    if isinstance(error, monty.MontyCrashedError):
        return "The program's worker process died twice. Write a simpler program."
    if isinstance(error, monty.MontyConversionError):
        return f"The program's value cannot be used: {error}. End with a decimal expression."
    if isinstance(cause, ZeroDivisionError):
        return "The program divided by zero: that ratio has no meaning for these inputs."
    where = _error_line(error)
    return (
        f"The program failed{where}: {error}. "
        "Correct it; the last line must be an expression with the result."
    )


def _error_line(error: monty.MontyError) -> str:
    frames = error.traceback() if hasattr(error, "traceback") else []
    return f" at line {frames[-1].line}" if frames else ""


def _convert(raw: object) -> Value:
    """Turn the program's raw value into an exact one, or say why it is none."""
    if isinstance(raw, bool | str):
        return raw
    if isinstance(raw, int):
        return Decimal(raw)
    if isinstance(raw, Decimal):
        if not raw.is_finite():
            raise ToolError(f"The program's value is {raw}, not a number. Check its divisions.")
        return raw
    if isinstance(raw, list | tuple):
        return [_convert(item) for item in raw]
    if raw is None:
        raise ToolError("The program has no value. End it with an expression, not an assignment.")
    if isinstance(raw, float):
        raise ToolError(
            "The program's value is a float, which is not exact. "
            "Compute with the Decimal inputs and Decimal('...') constants only."
        )
    raise ToolError(
        f"The program's value is of type {type(raw).__name__}. "
        "End with a Decimal, a whole number, a text, or a list of these."
    )
