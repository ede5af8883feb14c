"""One request to EDGAR and its answer, whatever it takes: pacing, retries, pauses, whole bodies."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from tools.edgar.errors import EdgarError, NotThere, Refused, Unreachable
from tools.edgar.rate import SharedRate
from tools.edgar.settings import EdgarSettings

_BUSY = frozenset({429, 500, 502, 503, 504})
_CONNECT_ATTEMPTS = 2
_THRESHOLD_FACTOR = 10  # who went over the rate limit waits ten times as long as after a hiccup
Check = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a whole body, or word that the copy at hand is still good."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class _Failure:
    error: EdgarError
    pause_seconds: float | None = None
    everyone: bool = False


class Exchange:
    """Sends requests; safe to share between threads."""

    def __init__(self, settings: EdgarSettings) -> None:
        """Open nothing yet.

        Raises:
            SetupError: The settings have no contact address, or too high a rate.
        """
        settings.check()
        self._settings = settings
        self._stopped = threading.Event()
        self._rate = SharedRate(
            settings.cache / "edgar", settings.requests_per_second, sleep=self._sleep
        )
        self._http = httpx.Client(
            headers={"User-Agent": settings.user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=settings.timeout_seconds,
        )

    def close(self) -> None:
        """Wake whoever waits, with KeyboardInterrupt, and drop the connections."""
        self._stopped.set()
        self._http.close()

    def get(self, address: str, headers: Mapping[str, str], check: Check) -> Reply:
        """Get the body at an address of EDGAR's.

        Args:
            address: As on EDGAR itself, whatever base is configured.
            headers: Such as If-None-Match.
            check: Says what is wrong with a body, or "" if nothing is; a bad one is tried again.

        Raises:
            NotThere: There is nothing.
            Unreachable: No connection.
            Refused: The user agent or the rate was refused.
            EdgarError: It kept failing.
        """
        url = self._settings.actual(address)
        for attempt in range(1, self._settings.attempts + 1):
            self._rate.wait()
            outcome = self._try(url, headers, check)
            if isinstance(outcome, Reply):
                return outcome
            if outcome.pause_seconds is None or attempt == self._settings.attempts:
                raise outcome.error
            if isinstance(outcome.error, Unreachable) and attempt == _CONNECT_ATTEMPTS:
                raise outcome.error
            self._pause(outcome, attempt)
        raise AssertionError("attempts is at least 1")

    def _pause(self, failure: _Failure, attempt: int) -> None:
        asked = failure.pause_seconds or 0.0
        growing = self._settings.backoff_seconds * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
        if failure.everyone and not asked:
            growing *= _THRESHOLD_FACTOR
        pause = min(max(asked, growing), self._settings.longest_pause_seconds)
        if failure.everyone:
            self._rate.hold(pause)
        else:
            self._sleep(pause)

    def _sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise KeyboardInterrupt

    def _try(self, url: str, headers: Mapping[str, str], check: Check) -> Reply | _Failure:
        try:
            answer = self._http.get(url, headers=dict(headers))
        except httpx.ConnectError as error:
            return _Failure(Unreachable(f"no connection to {httpx.URL(url).host} ({error})"), 0.0)
        except httpx.TimeoutException:
            waited = self._settings.timeout_seconds
            return _Failure(EdgarError(f"no answer within {waited:g} s: {url}"), 0.0)
        except httpx.DecodingError:
            return _Failure(EdgarError(f"a body that does not unpack: {url}"), 0.0)
        except httpx.TransportError as error:
            return _Failure(EdgarError(f"the connection broke off ({error}): {url}"), 0.0)
        return self._judge(answer, url, check)

    def _judge(self, answer: httpx.Response, url: str, check: Check) -> Reply | _Failure:
        status = answer.status_code
        if status == 304:
            return Reply(b"", answer.headers, unchanged=True)
        if status == 404:
            return _Failure(NotThere(f"EDGAR has nothing at {url}"))
        if status == 403:
            return _forbidden(answer.text, self._settings.user_agent)
        if status in _BUSY:
            return self._busy(answer, url)
        if status != 200:
            return _Failure(EdgarError(f"EDGAR answered {status} for {url}"))
        problem = check(answer.content)
        if problem:
            return _Failure(EdgarError(f"{problem}: {url}"), 0.0)
        return Reply(answer.content, answer.headers)

    def _busy(self, answer: httpx.Response, url: str) -> _Failure:
        asked = retry_after(answer.headers.get("Retry-After", ""))
        error = EdgarError(f"EDGAR answered {answer.status_code} again and again for {url}")
        if asked > self._settings.longest_pause_seconds:
            patience = f"EDGAR asks for a pause of {asked:.0f} s; run the command again after that"
            return _Failure(Refused(f"{patience}, it goes on where it stopped"))
        return _Failure(error, asked, everyone=answer.status_code == 429)


def _forbidden(page: str, user_agent: str) -> _Failure:
    """Tell the two refusals apart: too many requests, or a user agent that names nobody."""
    words = " ".join(page.lower().split())
    if "undeclared automated tool" in words and "threshold" not in words:
        return _Failure(
            Refused(
                f"EDGAR takes the user agent {user_agent!r} for an undeclared tool; set "
                "edgar_user_agent to your own name and e-mail address"
            )
        )
    if "threshold" in words or "request rate" in words:
        error = Refused(
            "EDGAR refuses this machine for a while, for too many requests; wait ten minutes and "
            "run the same command again, it goes on where it stopped"
        )
        return _Failure(error, 0.0, everyone=True)
    return _Failure(
        EdgarError("EDGAR refused the request (403) without saying why; see edgar_user_agent")
    )


def retry_after(value: str) -> float:
    """Seconds that a Retry-After header asks for; 0 if it asks for nothing understandable."""
    text = value.strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else 0.0
