import os
import time
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import ToolError
from tools.sandbox.interface import Program, Value
from tools.sandbox.monty import MontySandbox

OLD, NEW = Decimal("383285000000"), Decimal("391035000000")
_SHARED = MontySandbox()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[MontySandbox]:
    yield _SHARED
    _SHARED.close()


def value(sandbox: MontySandbox, code: str, **inputs: Decimal) -> Value:
    return sandbox.run(Program(code, inputs)).value


def refusal(sandbox: MontySandbox, code: str, **limits: float) -> str:
    with pytest.raises(ToolError) as caught:
        sandbox.run(Program(code, {"old": OLD, "new": NEW}), **limits)  # type: ignore[arg-type]
    return str(caught.value)


def test_decimals_go_in_and_come_out_exactly(sandbox: MontySandbox) -> None:
    exact = Decimal("12345678901234567890.1234567891")
    assert str(value(sandbox, "x", x=exact)) == str(exact)
    assert str(value(sandbox, "new - old", old=OLD, new=NEW)) == "7750000000"


def test_division_keeps_34_digits(sandbox: MontySandbox) -> None:
    assert str(value(sandbox, "one / 3", one=Decimal(1))) == "0." + "3" * 34


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(-(10**15), 10**15, places=2),
    st.decimals(-(10**15), 10**15, places=2).filter(bool),
)
def test_arithmetic_equals_pythons_own(a: Decimal, b: Decimal) -> None:
    for code in ("a + b", "a - b", "a * b", "a / b", "(a - b) / abs(b)"):
        with localcontext() as context:
            context.prec = 34
            expected = eval(code, {"a": a, "b": b})
        first = value(_SHARED, code, a=a, b=b)
        assert str(first) == str(expected) == str(value(_SHARED, code, a=a, b=b))


def test_a_list_of_figures_can_be_averaged(sandbox: MontySandbox) -> None:
    program = Program("sum(values) / len(values)", {"values": [Decimal(1), Decimal(2)]})
    assert sandbox.run(program).value == Decimal("1.5")


def test_other_values_are_whole_numbers_texts_truths_and_lists(sandbox: MontySandbox) -> None:
    assert value(sandbox, "2 + 3") == Decimal(5)
    assert value(sandbox, "'higher' if new > old else 'lower'", old=OLD, new=NEW) == "higher"
    assert value(sandbox, "new > old", old=OLD, new=NEW) is True
    assert value(sandbox, "sorted([new, old])", old=OLD, new=NEW) == [OLD, NEW]


def test_what_is_printed_is_returned(sandbox: MontySandbox) -> None:
    assert sandbox.run(Program("print('hello')\n1")).stdout == "hello\n"


def test_host_functions_compute_in_decimals(sandbox: MontySandbox) -> None:
    # Doubling in ten years is 7.1773 percent a year; the others by hand: 60/1.1 + 60/1.21 - 100.
    doubled = value(sandbox, "cagr(Decimal(1), Decimal(2), 10)")
    assert str(doubled).startswith("0.071773462536293")
    assert value(sandbox, "pct_change(Decimal(-4), Decimal(-3))") == Decimal("0.25")
    flows = "[Decimal(-100), Decimal(60), Decimal(60)]"
    assert str(value(sandbox, f"npv(Decimal('0.1'), {flows})")).startswith("4.132231404958677")
    assert value(sandbox, f"irr({flows})") == Decimal("0.1306623862918075")


def test_a_host_function_says_why_it_cannot_answer(sandbox: MontySandbox) -> None:
    assert "cagr needs both values above zero" in refusal(sandbox, "cagr(-old, new, 3)")
    assert "change sign exactly once" in refusal(sandbox, "irr([old, new])")


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd').read()",
        "from pathlib import Path\nPath('/etc/passwd').read_text()",
        "from pathlib import Path\nPath('/tmp/written-by-sandbox').write_text('x')",
        "import os\nos.listdir('/')",
        "import os\nos.environ",
    ],
)
def test_no_files_and_no_environment(sandbox: MontySandbox, code: str) -> None:
    assert refusal(sandbox, code)
    assert not Path("/tmp/written-by-sandbox").exists()


@pytest.mark.parametrize("module", ["socket", "urllib.request", "http.client", "subprocess"])
def test_no_network_and_no_processes(sandbox: MontySandbox, module: str) -> None:
    assert module.split(".")[0] in refusal(sandbox, f"import {module}\n1")


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.system('id')",
        "__import__('os').system('id')",
        "eval('__import__(\"os\")')",
        "().__class__.__bases__[0].__subclasses__()",
        "import ctypes\n1",
        "import sys\nsys.modules",
    ],
)
def test_no_way_to_the_interpreter(sandbox: MontySandbox, code: str) -> None:
    assert refusal(sandbox, code)


@pytest.mark.parametrize(
    "code",
    ["while True: pass", "x = 0\nfor i in range(10**12): x += i\nx", "[1 for _ in iter(int, 1)]"],
)
def test_an_endless_program_is_stopped_at_its_time_limit(sandbox: MontySandbox, code: str) -> None:
    started = time.perf_counter()
    assert "longer than 0.3 seconds" in refusal(sandbox, code, timeout_seconds=0.3)
    assert time.perf_counter() - started < 1.5


def test_sleeping_takes_no_time(sandbox: MontySandbox) -> None:
    started = time.perf_counter()
    assert value(sandbox, "import time\ntime.sleep(30)\n1") == 1
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    "code", ["[0] * 10**9", "'a' * 10**10", "2 ** 10**9", "x = []\nwhile True: x.append('a' * 999)"]
)
def test_a_greedy_program_is_stopped_at_its_memory_limit(sandbox: MontySandbox, code: str) -> None:
    assert "16 MiB" in refusal(sandbox, code, timeout_seconds=10, memory_mb=16)


def test_a_flood_of_output_is_stopped(sandbox: MontySandbox) -> None:
    code = "for i in range(10**5): print('x' * 100)\n1"
    assert "printed more than 64 KiB" in refusal(sandbox, code, timeout_seconds=10)


def test_endless_recursion_is_an_error_not_a_crash(sandbox: MontySandbox) -> None:
    assert "recursion" in refusal(sandbox, "def f(n: int) -> int: return f(n + 1)\nf(0)")


def test_a_type_error_names_the_inputs_before_anything_runs(sandbox: MontySandbox) -> None:
    message = refusal(sandbox, "revenue * 2")
    assert "line 1: Name `revenue` used when not defined" in message
    assert "new: Decimal, old: Decimal" in message
    assert "floats" in refusal(sandbox, "new * 0.5")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("new / (old - old)", "divided by zero"),
        ("growth = new - old", "no value"),
        ("1 / 3", "not exact"),
        ("Decimal('NaN')", "not a number"),
        ("{'a': new}", "type dict"),
        ("raise ValueError('no data')", "line 1: ValueError: no data"),
        ("new +", "Expected an expression"),
        ("  ", "empty"),
        ("(" * 9000 + "new" + ")" * 9000, "too deeply nested"),
        ("new" + " + new" * 9000, "more than 20000"),
    ],
)
def test_a_wrong_program_is_told_what_to_do(sandbox: MontySandbox, code: str, message: str) -> None:
    assert message in refusal(sandbox, code)


def test_inputs_must_be_finite_decimals(sandbox: MontySandbox) -> None:
    with pytest.raises(ToolError, match="finite decimals"):
        sandbox.run(Program("x", {"x": Decimal("Infinity")}))
    with pytest.raises(ToolError, match="Python name"):
        sandbox.run(Program("1", {"not a name": Decimal(1)}))


def test_one_run_leaves_nothing_for_the_next(sandbox: MontySandbox) -> None:
    assert value(sandbox, "secret = 1\nDecimal(secret)") == 1
    assert "`secret` used when not defined" in refusal(sandbox, "secret")


def test_clock_and_chance_are_the_same_on_every_run(sandbox: MontySandbox) -> None:
    code = "import datetime, random\nf'{datetime.datetime.now()} {random.random()}'"
    assert value(sandbox, code) == value(sandbox, code)
    assert "2000-01-01" in str(value(sandbox, code))


def test_a_killed_worker_is_replaced() -> None:
    before = set(_children())
    with MontySandbox() as sandbox:
        assert value(sandbox, "1") == 1
        (worker,) = set(_children()) - before
        os.kill(worker, 9)
        assert value(sandbox, "2") == 2


def test_a_warm_run_takes_a_few_milliseconds(sandbox: MontySandbox) -> None:
    program = Program("(new - old) / abs(old)", {"old": OLD, "new": NEW})
    times = [sandbox.run(program).ms for _ in range(20)]
    assert sorted(times)[10] < 20  # 0.3 ms on an idle machine


def test_closing_ends_the_worker_and_a_later_run_starts_one() -> None:
    sandbox = MontySandbox()
    before = set(_children())
    value(sandbox, "1")
    assert len(set(_children()) - before) == 1
    sandbox.close()
    assert set(_children()) <= before
    assert value(sandbox, "1") == 1
    sandbox.close()


def _children() -> list[int]:
    """Process ids of this process's own monty workers."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found
