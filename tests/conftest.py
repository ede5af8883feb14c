"""Fixtures shared by all tests: where the real filings lie, and a home of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edgar_server import EdgarServer, Site
from tests.edgar_site import sample_site

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real filings, or skip the test where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the folder of real filings at ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def sample_pages() -> dict[str, bytes]:
    """Return EDGAR's pages on the companies of the bundled sample."""
    return sample_site().pages


@pytest.fixture
def edgar(sample_pages: dict[str, bytes]) -> Iterator[EdgarServer]:
    """Serve EDGAR on loopback, out of the bundled sample."""
    with EdgarServer(Site(dict(sample_pages))) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point FOOTNOTE_HOME at an empty folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FOOTNOTE_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the bundled sample loaded and the memory seeded."""
    from agent.assemble import Parts
    from agent.config import read_settings
    from tools.sample import load_sample

    folder = tmp_path_factory.mktemp("sample_home")
    parts = Parts(read_settings(home=folder, model="scripted"))
    with parts.open_for_writing() as warehouse:
        load_sample(warehouse)
    assert parts.memory.list()
    parts.close()
    return folder
