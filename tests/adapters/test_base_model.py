from __future__ import annotations

from pathlib import Path

import pytest

from adapters import base_model
from adapters.errors import SetupError
from adapters.model_folder import write_manifest


def test_changed_manifest_is_refused_on_load(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"0123456789")
    write_manifest(tmp_path, name="Any-1B")
    assert base_model.problems(tmp_path) == []
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(SetupError, match="was changed; remove"):
        base_model.load(tmp_path)


def test_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="holds no model; run `make setup`"):
        base_model.load(tmp_path)
    with pytest.raises(SetupError, match="there is no model folder"):
        base_model.prepare(str(tmp_path / "missing"))
