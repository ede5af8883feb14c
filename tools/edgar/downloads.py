"""Downloads filings with `sec-edgar-downloader`, under our rate limit, retries and addresses.

The library sends every request through one function of its own, `_sec_gateway._call_sec`. While a
`Downloads` is open, that function is ours: lists come from the client's copies, submissions through
its exchange. The library swallows every Exception and prints it, so a failure leaves it as a
BaseException; and it writes files in place, so it writes into a folder that nobody else reads, from
where a whole file is moved.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock
from sec_edgar_downloader import Downloader, _sec_gateway

from tools.edgar import addresses
from tools.edgar.cache import write_whole
from tools.edgar.client import Client
from tools.edgar.errors import EdgarError
from tools.edgar.listing import ListedFiling

_ONE_AT_A_TIME = threading.RLock()
_LEFT_BEHIND_SECONDS = 24 * 3600
_gateway: Any = _sec_gateway


class _Failed(BaseException):
    """Carries an error through the library's `except Exception`."""

    def __init__(self, error: EdgarError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the library uses of a response."""

    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Downloads:
    """The library, routed through a client; a context manager, one at a time in a process."""

    def __init__(self, client: Client) -> None:
        """Open nothing yet."""
        self._client = client
        self._folder = client.settings.cache / "edgar" / "partial"

    def __enter__(self) -> Downloads:
        with ExitStack() as stack:
            stack.enter_context(_ONE_AT_A_TIME)
            stack.callback(setattr, _gateway, "_call_sec", _gateway._call_sec)
            _gateway._call_sec = self._call
            self._staging = self._make_staging()
            stack.callback(shutil.rmtree, self._staging, ignore_errors=True)
            self._library = self._open_library()
            self._undo = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._undo.close()

    def _make_staging(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.iterdir():  # of processes that were killed
            if time.time() - old.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._folder))

    def _open_library(self) -> Downloader:
        name, _, contact = self._client.settings.user_agent.rpartition(" ")
        try:
            return Downloader(name, contact, self._staging)
        except _Failed as failed:
            raise failed.error from failed

    def place(self, filing: ListedFiling) -> Path:
        """Where a filing's complete submission lies, once it is here."""
        return self._client.settings.place(addresses.submission(filing.cik, filing.accession))

    def get(self, filing: ListedFiling, listed: Sequence[ListedFiling]) -> Path:
        """Return the place of a filing's complete submission, downloading it if it isn't there.

        Args:
            filing: Which.
            listed: All filings of the company.

        Raises:
            EdgarError: It can't be had.
        """
        place = self.place(filing)
        if place.exists():
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(".lock")):  # another process may be fetching it
            if not place.exists():
                self._download(filing, listed, place)
        return place

    def _download(self, filing: ListedFiling, listed: Sequence[ListedFiling], place: Path) -> None:
        if filing.plain_form not in Downloader.supported_forms:  # such as 10-K405
            address = addresses.submission(filing.cik, filing.accession)
            write_whole(place, self._client.submission(address))
            return
        alike = [
            other.accession
            for other in listed
            if (other.plain_form, other.filed) == (filing.plain_form, filing.filed)
        ]
        try:
            self._library.get(
                filing.plain_form,
                str(filing.cik),
                limit=len(alike),  # or it would read every older page of the list
                after=filing.filed,
                before=filing.filed,
                include_amends=True,
                accession_numbers_to_skip={*alike} - {filing.accession},
            )
        except _Failed as failed:
            raise failed.error from failed
        for delivered in self._staging.glob(f"**/{filing.accession}/full-submission.txt"):
            delivered.replace(place)
            return
        raise EdgarError(f"sec-edgar-downloader did not deliver {filing.accession}")

    def _call(self, uri: str, user_agent: str, host: str) -> _Answer:
        """Stand in for the library's one function that sends requests."""
        try:
            if uri.endswith(".txt"):
                return _Answer(self._client.submission(uri))
            return _Answer(self._client.json(uri).read_bytes())
        except EdgarError as error:
            raise _Failed(error) from error
