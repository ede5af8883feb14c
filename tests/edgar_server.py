"""A server on loopback that speaks EDGAR's addresses and formats, and fails on demand.

It serves a `Site`: pages by path, built from the bundled sample or from a folder of real files. It
answers as EDGAR does (403 for who does not say who they are, ETag and 304, gzip, directory
listings) and notes every request with its time and headers.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from datetime import date
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

UNDECLARED = (
    "<html><head><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool"
    "</title></head><body><h1>Your Request Originates from an Undeclared Automated Tool</h1>"
    "<p>Declare your traffic with a user agent that names your company.</p></body></html>"
)
THRESHOLD = (
    "<html><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head><body>"
    "<h1>Request Rate Threshold Exceeded</h1><p>Access is limited for requests originating from "
    "undeclared automated tools; at most 10 requests a second.</p></body></html>"
)
Behaviour = Literal[
    "threshold", "undeclared", "busy", "error", "slow", "truncated", "cut json", "reset", "web page"
]


@dataclass
class Fault:
    """How requests whose path matches go wrong, for the next `times` of them."""

    pattern: str
    behaviour: Behaviour
    times: int = 1
    retry_after: str = ""
    seconds: float = 0.0


@dataclass
class Seen:
    """A request, as it arrived."""

    path: str
    when: float
    headers: dict[str, str]
    status: int = 0


@dataclass
class Site:
    """Pages by path; `conditional` says which validators the server sends."""

    pages: dict[str, bytes] = field(default_factory=dict)
    conditional: bool = True

    def put_json(self, path: str, document: Any) -> None:
        self.pages[path] = json.dumps(document).encode()

    def put_submission(self, cik: int, accession: str, text: bytes, primary: str = "") -> None:
        """Add a filing: complete submission, index pages, and the document in it."""
        folder = f"/Archives/edgar/data/{cik}/{accession.replace('-', '')}"
        names = [f"{accession}.txt", f"{accession}-index.htm", *([primary] if primary else [])]
        self.pages[f"{folder}/{accession}.txt"] = text
        self.pages[f"{folder}/{accession}-index.htm"] = listing_page(folder, names)
        self.pages[f"{folder}/"] = listing_page(folder, names)
        items = [{"name": name, "type": "text.gif", "size": ""} for name in names]
        self.put_json(f"{folder}/index.json", {"directory": {"name": folder, "item": items}})
        if primary:
            body = re.search(rb"<TEXT>\n?(.*?)</TEXT>", text, re.DOTALL)
            self.pages[f"{folder}/{primary}"] = body[1] if body else b""

    def page(self, path: str) -> bytes | None:
        """The page at a path; concepts and frames are made out of companyfacts."""
        if found := re.fullmatch(r"/api/xbrl/companyconcept/(CIK\d{10})/(.+)/(.+)\.json", path):
            return self._concept(*found.groups())
        if found := re.fullmatch(
            r"/api/xbrl/frames/(.+)/(.+)/(.+)/(CY\d{4}(?:Q\dI?)?)\.json", path
        ):
            return self._frame(*found.groups())
        return self.pages.get(path)

    def _concept(self, name: str, taxonomy: str, tag: str) -> bytes | None:
        facts = json.loads(self.pages.get(f"/api/xbrl/companyfacts/{name}.json", b"{}"))
        block = facts.get("facts", {}).get(taxonomy, {}).get(tag)
        if block is None:
            return None
        about = {"cik": facts["cik"], "taxonomy": taxonomy, "tag": tag, "label": block["label"]}
        return json.dumps({**about, "entityName": facts["entityName"], **block}).encode()

    def _frame(self, taxonomy: str, tag: str, unit: str, period: str) -> bytes | None:
        """One row a company, as EDGAR has it: of the last filing, without form or filing date."""
        data, label = [], ""
        for path, body in self.pages.items():
            if not path.startswith("/api/xbrl/companyfacts/"):
                continue
            facts = json.loads(body)
            block = facts["facts"].get(taxonomy, {}).get(tag, {"units": {}})
            rows = block["units"].get(unit.replace("-per-", "/"), [])
            fits = [row for row in rows if _in_frame(row, period)]
            label = block.get("label", label)
            if fits:
                row = max(fits, key=lambda one: one["filed"])
                about = {"cik": facts["cik"], "entityName": facts["entityName"], "loc": "US-CA"}
                dates = {key: row[key] for key in ("start", "end") if key in row}
                data.append({"accn": row["accn"], **about, **dates, "val": row["val"]})
        head = {"taxonomy": taxonomy, "tag": tag, "ccp": period, "uom": unit, "label": label}
        about = {**head, "description": label, "pts": len(data), "data": data}
        return json.dumps(about).encode() if data else None


def _in_frame(row: dict[str, Any], period: str) -> bool:
    """Whether EDGAR would put a fact into a frame: by length, and by where its middle lies."""
    year, end = int(period[2:6]), date.fromisoformat(row["end"])
    if period.endswith("I") or "start" not in row:
        closes = date(year, 3 * int(period[7]), 28) if period.endswith("I") else end
        return period.endswith("I") and "start" not in row and abs((end - closes).days) <= 45
    start = date.fromisoformat(row["start"])
    middle, days = start + (end - start) / 2, (end - start).days
    if "Q" not in period:
        return abs(days - 365) <= 30 and middle.year == year
    quarter = (middle.month + 2) // 3
    return abs(days - 91) <= 30 and (middle.year, quarter) == (year, int(period[7]))


def listing_page(folder: str, names: list[str]) -> bytes:
    rows = "".join(f'<tr><td><a href="{folder}/{name}">{name}</a></td></tr>' for name in names)
    return f"<html><body><h1>Index of {folder}</h1><table>{rows}</table></body></html>".encode()


class EdgarServer:
    """Serves a site on a free port; a context manager."""

    def __init__(self, site: Site, *, most_per_second: int | None = None) -> None:
        self.site = site
        self.faults: list[Fault] = []
        self.requests: list[Seen] = []
        self.most_per_second = most_per_second
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.edgar = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> EdgarServer:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering; safe to call twice."""
        self._http.shutdown()
        self._http.server_close()

    def paths(self, part: str = "") -> list[str]:
        """Paths asked for, in order, that contain `part`."""
        return [seen.path for seen in self.requests if part in seen.path]

    def busiest_second(self) -> int:
        """The most requests that arrived within one second."""
        times = sorted(seen.when for seen in self.requests)
        return max((sum(0 <= late - at < 1 for late in times) for at in times), default=0)

    def fault_for(self, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.pattern, path):
                    fault.times -= 1
                    return fault
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        server: EdgarServer = self.server.edgar  # type: ignore[attr-defined]
        seen = Seen(self.path, time.time(), dict(self.headers))
        with server.lock:
            server.requests.append(seen)
            second = sum(seen.when - other.when < 1 for other in server.requests[-50:])
        if server.most_per_second is not None and second > server.most_per_second:
            self._send(403, THRESHOLD.encode(), "text/html")
            return
        fault = server.fault_for(self.path)
        if fault is not None and self._fail(fault):
            return
        if "@" not in self.headers.get("User-Agent", ""):
            self._send(403, UNDECLARED.encode(), "text/html")
            return
        self._answer(server.site)

    def _answer(self, site: Site) -> None:
        path = self.path.split("?")[0]
        if path == "/cgi-bin/browse-edgar":
            path = _browse(self.path)
        body = site.page(path)
        if body is None:
            self._send(404, b"<html><body>Not found</body></html>", "text/html")
            return
        validators = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"',
            "Last-Modified": formatdate(1_700_000_000, usegmt=True),
        }
        if not site.conditional:
            validators = {}
        if validators and self.headers.get("If-None-Match") == validators["ETag"]:
            self._send(304, b"", "", validators)
            return
        self._send(200, body, _type_of(path), validators)

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        headers = dict(headers or {})
        if len(body) > 500 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        self.server.edgar.requests[-1].status = status  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fail(self, fault: Fault) -> bool:
        """Go wrong; returns whether that was the answer."""
        again = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        if fault.behaviour == "slow":
            time.sleep(fault.seconds)
            return False
        if fault.behaviour in ("truncated", "reset"):
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b'{"half": ')
            self.wfile.flush()
            if fault.behaviour == "reset":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            return True
        status, text = {
            "threshold": (403, THRESHOLD),
            "undeclared": (403, UNDECLARED),
            "busy": (429, "Too Many Requests"),
            "error": (503, "Service Unavailable"),
            "cut json": (200, '{"cik": 1, "facts": {"us-ga'),
            "web page": (200, "<html><body>EDGAR is closed for maintenance</body></html>"),
        }[fault.behaviour]
        self._send(status, text.encode(), "text/html", again)
        return True


def _browse(path: str) -> str:
    found = re.search(r"CIK=0*(\d+)", path)
    return f"/submissions/CIK{int(found[1]):010d}.json" if found else path


def _type_of(path: str) -> str:
    if path.endswith(".json"):
        return "application/json"
    return "text/plain" if path.endswith(".txt") else "text/html"
