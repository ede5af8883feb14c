"""Fixtures shared by all tests: where the real filings lie, and a home of the test's own."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real filings, or skip the test where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the folder of real filings at ../shared/data")
    return SHARED_DATA


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point FOOTNOTE_HOME at an empty folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FOOTNOTE_HOME", str(folder))
    return folder
