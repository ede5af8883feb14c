"""How to talk to EDGAR: who we say we are, where it is, how often we may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.errors import SetupError

MOST_REQUESTS_PER_SECOND = 10.0  # https://www.sec.gov/os/accessing-edgar-data, "fair access"
WWW = "https://www.sec.gov"
DATA = "https://data.sec.gov"
_CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, slots=True)
class EdgarSettings:
    """Everything a client needs to know; nothing here is read from the environment.

    Attributes:
        user_agent: Name and e-mail address, which the SEC asks every program to declare.
        cache: Folder for what was fetched and for the rate limit that all processes share.
        url: Base address of the site with archives and ticker lists.
        data_url: Base address of the JSON APIs.
        requests_per_second: At most 10.
        workers: Downloads at once; they share the rate limit.
        timeout_seconds: Without a byte for so long, a request has failed.
        attempts: How often a request is tried in all.
        backoff_seconds: The first pause after a failure; it doubles, with jitter.
        longest_pause_seconds: No pause is longer; a server that asks for more is given up.
        fresh_seconds: So long after it was fetched, a list is used again without asking.
    """

    user_agent: str
    cache: Path
    url: str = WWW
    data_url: str = DATA
    requests_per_second: float = 8.0
    workers: int = 4
    timeout_seconds: float = 30.0
    attempts: int = 5
    backoff_seconds: float = 0.5
    longest_pause_seconds: float = 60.0
    fresh_seconds: float = 900.0

    def check(self) -> None:
        """Refuse what the SEC would refuse.

        Raises:
            SetupError: No contact in the user agent, or too many requests a second.
        """
        if not _CONTACT.search(self.user_agent):
            found = f"is {self.user_agent!r}, without an e-mail address" if self.user_agent else ""
            raise SetupError(
                "The SEC wants to know who asks: set FOOTNOTE_EDGAR_USER_AGENT (or edgar_user_agent"
                ' in config.toml) to your name and e-mail address, such as "Jane Doe '
                f'jane@example.com"; it {found or "is not set"}.'
            )
        if not 0 < self.requests_per_second <= MOST_REQUESTS_PER_SECOND:
            raise SetupError(
                f"edgar_requests_per_second is {self.requests_per_second:g}; the SEC allows "
                f"{MOST_REQUESTS_PER_SECOND:g} at most, so set it between 0 and 10."
            )

    def actual(self, address: str) -> str:
        """Where an address of EDGAR's really is, under the configured bases."""
        for known, configured in ((DATA, self.data_url), (WWW, self.url)):
            if address.startswith(known + "/"):
                return configured.rstrip("/") + address[len(known) :]
        raise ValueError(f"not an address of EDGAR: {address}")

    def place(self, address: str) -> Path:
        """Where the copy of an address lies: the cache folder, the host, and the path there."""
        host, _, path = self.actual(address).split("://", 1)[1].partition("/")
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        return self.cache.joinpath("edgar", host.replace(":", "_"), *parts)
