import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.edgar_server import EdgarServer, Fault
from tools.edgar import addresses
from tools.edgar.client import Client
from tools.edgar.errors import EdgarError, NotThere, Refused, Unreachable
from tools.edgar.exchange import retry_after
from tools.edgar.settings import EdgarSettings
from tools.errors import SetupError

APPLE = addresses.companyfacts(320193)
Open = Callable[..., Client]


@pytest.fixture
def open_client(edgar: EdgarServer, tmp_path: Path) -> Open:
    def build(**changes: object) -> Client:
        known = {
            "user_agent": "Jane Doe jane@example.com", "cache": tmp_path / "cache",
            "url": edgar.url, "data_url": edgar.url, "backoff_seconds": 0.01,
            "requests_per_second": 10.0,
        }  # fmt: skip
        return Client(EdgarSettings(**(known | changes)))  # type: ignore[arg-type]

    return build


@pytest.mark.parametrize("user_agent", ["", "Jane Doe", "footnote/0.1 (no contact)"])
def test_who_does_not_say_who_asks_is_told_what_to_set(open_client: Open, user_agent: str) -> None:
    with pytest.raises(SetupError, match=r"FOOTNOTE_EDGAR_USER_AGENT.*e-mail"):
        open_client(user_agent=user_agent)


def test_more_than_ten_requests_a_second_are_refused(open_client: Open) -> None:
    with pytest.raises(SetupError, match="10 at most"):
        open_client(requests_per_second=11)


def test_the_user_agent_is_declared_and_gzip_asked_for(
    edgar: EdgarServer, open_client: Open
) -> None:
    with open_client() as client:
        client.json(addresses.TICKERS)
    [seen] = edgar.requests
    assert seen.headers["User-Agent"] == "Jane Doe jane@example.com"
    assert "gzip" in seen.headers["Accept-Encoding"]


def test_a_copy_lies_under_edgar_s_own_path(
    edgar: EdgarServer, open_client: Open, tmp_path: Path
) -> None:
    with open_client() as client:
        place = client.json(APPLE)
    assert place.relative_to(tmp_path / "cache" / "edgar").parts[1:] == (
        "api", "xbrl", "companyfacts", "CIK0000320193.json",
    )  # fmt: skip
    assert place.read_bytes() == edgar.site.pages["/api/xbrl/companyfacts/CIK0000320193.json"]


def test_a_fresh_copy_is_not_asked_about(edgar: EdgarServer, open_client: Open) -> None:
    for _ in range(2):
        with open_client() as client:
            client.json(APPLE)
    assert len(edgar.requests) == 1


def test_an_older_copy_is_asked_about_and_kept_when_unchanged(
    edgar: EdgarServer, open_client: Open
) -> None:
    for _ in range(2):
        with open_client(fresh_seconds=0) as client:
            client.json(APPLE)
    assert [seen.status for seen in edgar.requests] == [200, 304]
    assert "If-None-Match" in edgar.requests[1].headers
    assert "If-Modified-Since" in edgar.requests[1].headers


def test_a_changed_document_replaces_the_copy(edgar: EdgarServer, open_client: Open) -> None:
    with open_client(fresh_seconds=0) as client:
        client.json(APPLE)
        edgar.site.put_json("/api/xbrl/companyfacts/CIK0000320193.json", {"cik": 320193})
        assert json.loads(client.json(APPLE).read_bytes()) == {"cik": 320193}


def test_a_damaged_copy_is_fetched_anew(edgar: EdgarServer, open_client: Open) -> None:
    with open_client() as client:
        place = client.json(APPLE)
        whole = place.read_bytes()
        place.write_bytes(whole[:100])
        assert client.json(APPLE).read_bytes() == whole
    assert [seen.status for seen in edgar.requests] == [200, 200]


@pytest.mark.parametrize(
    "behaviour", ["busy", "error", "truncated", "reset", "cut json", "web page", "threshold"]
)
def test_what_passes_is_tried_again(edgar: EdgarServer, open_client: Open, behaviour: str) -> None:
    edgar.faults.append(Fault("companyfacts", behaviour, times=2))  # type: ignore[arg-type]
    with open_client() as client:
        assert json.loads(client.json(APPLE).read_bytes())["cik"] == 320193
    assert len(edgar.requests) == 3


def test_a_slow_answer_is_given_up_and_tried_again(edgar: EdgarServer, open_client: Open) -> None:
    edgar.faults.append(Fault("companyfacts", "slow", seconds=1.0))
    with open_client(timeout_seconds=0.2) as client:
        assert client.json(APPLE).exists()
    assert len(edgar.requests) == 2


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("busy", "answered 429"),
        ("error", "answered 503"),
        ("truncated", "broke off"),
        ("cut json", "breaks off"),
        ("web page", "web page"),
    ],
)
def test_tries_are_bounded_and_leave_no_copy(
    edgar: EdgarServer, open_client: Open, behaviour: str, said: str, tmp_path: Path
) -> None:
    edgar.faults.append(Fault("companyfacts", behaviour, times=99))  # type: ignore[arg-type]
    with open_client(attempts=3) as client, pytest.raises(EdgarError, match=said):
        client.json(APPLE)
    assert len(edgar.requests) == 3
    assert not list(tmp_path.glob("**/CIK*"))
    assert not list(tmp_path.glob("**/.part-*"))


def test_the_two_refusals_are_told_apart(edgar: EdgarServer, open_client: Open) -> None:
    edgar.faults = [Fault("", "undeclared"), Fault("", "threshold", times=99)]
    with open_client(attempts=2) as client:
        with pytest.raises(Refused, match="undeclared tool; set edgar_user_agent"):
            client.json(APPLE)
        with pytest.raises(Refused, match="wait ten minutes"):
            client.json(APPLE)
    assert len(edgar.requests) == 3  # the first is not tried again: nothing would change


def test_retry_after_is_obeyed_by_everyone(edgar: EdgarServer, open_client: Open) -> None:
    edgar.faults.append(Fault("companyfacts", "busy", retry_after="1"))
    with open_client() as client:
        client.json(APPLE)
    first, second = edgar.requests
    assert second.when - first.when >= 1.0


def test_a_pause_beyond_patience_ends_the_run(edgar: EdgarServer, open_client: Open) -> None:
    edgar.faults.append(Fault("companyfacts", "busy", retry_after="600"))
    with open_client() as client, pytest.raises(Refused, match="pause of 600 s"):
        client.json(APPLE)


@pytest.mark.parametrize(("text", "seconds"), [("7", 7.0), ("", 0.0), ("soon", 0.0)])
def test_retry_after_is_read(text: str, seconds: float) -> None:
    assert retry_after(text) == seconds
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


def test_nothing_there_is_said_once(edgar: EdgarServer, open_client: Open) -> None:
    with open_client() as client, pytest.raises(NotThere, match="CIK0000000005"):
        client.json(addresses.companyfacts(5))
    assert len(edgar.requests) == 1


def test_without_a_connection_copies_serve_and_are_named(
    edgar: EdgarServer, open_client: Open
) -> None:
    with open_client() as client:
        place = client.json(APPLE)
    edgar.close()
    with open_client(fresh_seconds=0) as client:
        assert client.json(APPLE) == place
        assert [stale.address for stale in client.stale] == [APPLE]
        with pytest.raises(Unreachable):
            client.json(addresses.TICKERS)


def test_concepts_and_frames_are_fetched(open_client: Open) -> None:
    with open_client() as client:
        place = client.json(addresses.company_concept(320193, "us-gaap", "Assets"))
        assert json.loads(place.read_bytes())["tag"] == "Assets"
        place = client.json(addresses.frame("us-gaap", "NetIncomeLoss", "USD", "CY2024"))
        assert json.loads(place.read_bytes())["pts"] >= 1
