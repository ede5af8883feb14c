"""The command line, run in this process: starting Python anew costs seconds a call."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from agent.cli import main

Result = subprocess.CompletedProcess[str]
RunMain = Callable[..., Result]


@pytest.fixture
def run_main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[RunMain]:
    """Return a function that runs `footnote WORDS` with these variables in the environment."""

    def run(*words: str, environment: dict[str, str]) -> Result:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["footnote", *words])
            patch.setenv("COLUMNS", "200")
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        said = capsys.readouterr()
        return Result(list(words), int(ended.value.code or 0), said.out, said.err)

    level = logging.getLogger("bitsandbytes").level
    yield run
    logging.getLogger("bitsandbytes").setLevel(level)
