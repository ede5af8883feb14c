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
def sample_home(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """Return a home of this run's own with the bundled sample loaded and the memory seeded."""
    from tests.sample_home import copy_sample_home

    own = tmp_path_factory.mktemp("sample")
    cache = getattr(pytestconfig, "cache", None)  # `-p no:cacheprovider` turns it off
    kept = cache.mkdir("footnote-sample") if cache else own / "kept"
    return copy_sample_home(kept, own / "home")
