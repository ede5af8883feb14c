"""Gets documents of EDGAR's, from the copy on disk where that will do.

Lists (submissions, companyfacts, tickers) change: a copy older than `fresh_seconds` is asked about
with a conditional request. Without a connection the copy is used, and noted in `stale`. Complete
submissions never change: a copy of one is used without asking.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tools.edgar import cache
from tools.edgar.cache import Copy
from tools.edgar.errors import Unreachable
from tools.edgar.exchange import Exchange
from tools.edgar.settings import EdgarSettings


@dataclass(frozen=True, slots=True)
class Stale:
    """A copy that was used though EDGAR could not be asked about it."""

    address: str
    fetched: float


class Client:
    """Reads EDGAR; a context manager, safe to share between threads."""

    def __init__(self, settings: EdgarSettings) -> None:
        """Open nothing yet.

        Raises:
            SetupError: The settings have no contact address, or too high a rate.
        """
        self.settings = settings
        self.stale: list[Stale] = []
        self._exchange = Exchange(settings)
        self._offline: Unreachable | None = None
        self._notes = threading.Lock()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop waiting requests and drop the connections."""
        self._exchange.close()

    def json(self, address: str) -> Path:
        """Return the place of a current copy of a JSON document.

        Raises:
            EdgarError: There is none at EDGAR; or it can't be had, and there is no copy.
        """
        place = self.settings.place(address)
        copy = cache.find(place)
        if copy is not None and 0 <= time.time() - copy.fetched < self.settings.fresh_seconds:
            return copy.path
        try:
            return self._ask(address, place, copy).path
        except Unreachable:
            if copy is None:
                raise
            with self._notes:
                self.stale.append(Stale(address, copy.fetched))
            return copy.path

    def submission(self, address: str) -> bytes:
        """Return a complete submission's bytes, asking EDGAR; it is for the caller to keep them.

        Raises:
            EdgarError: It can't be had.
        """
        self._refuse_offline()
        accession = address.rsplit("/", 1)[1].removesuffix(".txt")
        return self._exchange.get(address, {}, lambda body: broken_submission(body, accession)).body

    def _ask(self, address: str, place: Path, copy: Copy | None) -> Copy:
        self._refuse_offline()
        headers = copy.validators if copy is not None else {}
        try:
            reply = self._exchange.get(address, headers, broken_json)
        except Unreachable as error:
            self._offline = error
            raise
        if reply.unchanged and copy is not None:
            return cache.confirm(copy)
        return cache.keep(place, reply.body, reply.headers)

    def _refuse_offline(self) -> None:
        """Once there was no connection, don't wait for the next request to find out, too."""
        if self._offline is not None:
            raise Unreachable(str(self._offline))


def broken_json(body: bytes) -> str:
    """Say what is wrong with a body that should be JSON, looking at its ends only."""
    text = body.strip()
    if text[:1] == b"<":
        return "EDGAR sent a web page where JSON belongs"
    whole = (text[:1], text[-1:]) in ((b"{", b"}"), (b"[", b"]"))
    return "" if whole else "EDGAR sent JSON that breaks off"


def broken_submission(body: bytes, accession: str) -> str:
    """Say what is wrong with a body that should be the complete submission `accession`."""
    if accession.encode() not in body[:4000]:
        return f"EDGAR sent something else than the submission {accession}"
    tail = body[-400:].upper()
    whole = b"</SEC-DOCUMENT>" in tail or b"END PRIVACY-ENHANCED MESSAGE" in tail
    return "" if whole else "EDGAR sent a submission that breaks off"
