"""Every reader against malformed input: a result or a SetupError, nothing else, and soon.

A few hundred examples here; `python -m tests.tools.test_fuzz_readers 20000` runs as many more.
"""

import io
import pickle
import random
import socket
import sys
import threading
import time
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.conftest import _build
from tests.tools.invented_company import body, row
from tests.tools.office_files import make_docx, make_pdf
from tools.documents.office import is_named_office
from tools.errors import SetupError
from tools.ingestion.finding import sources
from tools.ingestion.intake import Skipped, unpack
from tools.ingestion.preparing import Rules, prepare
from tools.ingestion.readers import READERS, reader_of
from tools.ingestion.sources import Document, Source

HTML = _build(body()).encode()
HEADER = (
    b"<SEC-DOCUMENT>x.txt\n<SEC-HEADER>\nACCESSION NUMBER:\t\t0001999999-25-000031\n"
    b"CONFORMED SUBMISSION TYPE:\t10-K\nCONFORMED PERIOD OF REPORT:\t20241231\n"
    b"FILED AS OF DATE:\t\t20250218\nCOMPANY CONFORMED NAME:\t\t\tBRINDLE PAPER CORP\n"
    b"CENTRAL INDEX KEY:\t\t\t0001999999\n</SEC-HEADER>\n<DOCUMENT>\n<TYPE>10-K\n<TEXT>\n"
)
FACTS = (
    b'{"cik": 1999999, "entityName": "Brindle", "facts": {"us-gaap": {"Revenues": {"label": "r", '
    b'"units": {"USD": [' + str(row(5)).replace("'", '"').encode() + b"]}}}}}"
)
LISTING = (
    b'{"cik": "1999999", "name": "Brindle", "tickers": ["B"], "formerNames": [], "filings": '
    b'{"recent": {"accessionNumber": ["0001999999-25-000007"], "form": ["10-K"], '
    b'"filingDate": ["2025-02-14"], "reportDate": ["2024-12-31"], "primaryDocument": ["b.htm"]}}}'
)
INSTANCE = (
    b'<?xml version="1.0"?><xbrl xmlns="http://www.xbrl.org/2003/instance" '
    b'xmlns:us-gaap="http://fasb.org/us-gaap/2012" xmlns:dei="http://xbrl.sec.gov/dei/2012">'
    b'<context id="c"><entity><identifier scheme="http://www.sec.gov/CIK">0001999999</identifier>'
    b"</entity><period><instant>2012-12-31</instant></period></context>"
    b'<unit id="u"><measure>iso4217:USD</measure></unit>'
    b'<dei:DocumentType contextRef="c">10-K</dei:DocumentType>'
    b'<us-gaap:Assets contextRef="c" unitRef="u" decimals="0">5</us-gaap:Assets></xbrl>'
)
SEEDS = {
    "a.htm": HTML,
    "full-submission.txt": HEADER + HTML + b"</TEXT></DOCUMENT>",
    "old.txt": HEADER + b"FORM 10-K\n\nITEM 1. BUSINESS\n\n  Sales   1,234   (56)\n" * 3,
    "CIK0001999999.json": FACTS,
    "CIK0001999999-submissions.json": LISTING,
    "brin-20121231.xml": INSTANCE,
    "BRI_2024-05-02_note.pdf": make_pdf(
        [("#Thesis", "Brindle makes paper in two mills. " * 4)] * 2
    ),
    "BRI_2024-05-02_call.docx": make_docx(["Ada Bright: We grew.", (("Sales", "5"), ("Tax", "2"))]),
}
SCRAPS = [
    b"", b"<", b">", b"&", b"&#0;", b"&#xD800;", b"\0", b"\xff\xfe", b"\xc3", b"<![CDATA[", b"<!--",
    b"<table>", b"</table>", b"<td colspan=99999999>", b"<td rowspan='-1'>",
    b"-9999999999999999999",
    b"1e999999", b"NaN", b"null", b"{}", b"[]", b'"', b"2024-02-30", b"0000-00-00", b"9" * 400,
    b'scale="999999999"', b'scale="-999999999"', b"<ix:continuation>", b"<TYPE>", b"<TEXT>",
    b"(" * 300, b"<div>" * 3000, b"[" * 3000, b"{\"a\":" * 3000, b"\r", b"\xa0" * 50, b"Item 1A.",
    b'continuedAt="f-1" id="f-1"', b"\xe2\x80\xae", b"<?xml version='1.1'?>", b"<!DOCTYPE html>",
]  # fmt: skip


def mutate(data: bytes, seed: int, count: int) -> bytes:
    """Cut, repeat, swap and overwrite pieces of a document."""
    rng = random.Random(seed)
    for _ in range(count):
        one, two = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        short = min(two, one + 80)
        change = rng.randrange(7)
        if change == 0:
            data = data[:one] + data[short:]
        elif change == 1:
            data = data[:one] + rng.choice(SCRAPS) + data[one:]
        elif change == 2:
            data = data[:one] + rng.choice(SCRAPS) + data[short:]
        elif change == 3:
            data = data[:one] + data[one:short] * rng.randrange(2, 40) + data[short:]
        elif change == 4:
            data = data[:one] + bytes(rng.randbytes(short - one)) + data[short:]
        elif change == 5 and rng.random() < 0.3:
            data = data[:two]
        else:
            data = data[short:two] + data[:short] + data[two:]
        data = data[:400_000]
    return data


def read(name: str, data: bytes) -> object:
    """What ingestion does with bytes, up to the database."""
    document = Document(name, data, sha256(data).hexdigest(), Path(name))
    try:
        return pickle.dumps(reader_of(document, READERS).prepare(document))
    except SetupError as error:
        assert str(error)
        return None


@settings(
    deadline=None, derandomize=True, max_examples=120,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(
    name=st.sampled_from(sorted(SEEDS)),
    seed=st.integers(0, 2**32),
    count=st.integers(1, 8),
)
def test_mutated_documents_are_read_or_refused(name: str, seed: int, count: int) -> None:
    read(name, mutate(SEEDS[name], seed, count))


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    name=st.sampled_from(sorted(SEEDS)),
    prefix=st.sampled_from([b"", b"<html>", b"{", b'{"facts":', b"<xbrl ", HEADER, b"%PDF-1.4\n"]),
    data=st.binary(max_size=400),
)
def test_any_bytes_are_read_or_refused(name: str, prefix: bytes, data: bytes) -> None:
    read(name, prefix + data)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    text=st.sampled_from(sorted(name for name in SEEDS if not is_named_office(name))),
    encoding=st.sampled_from(["utf-16", "utf-16-be", "utf-32", "cp1252", "latin-1", "utf-7"]),
)
def test_other_encodings_are_read_or_refused(text: str, encoding: str) -> None:
    read(text, SEEDS[text].decode().encode(encoding))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 6))
def test_broken_zips_are_read_or_skipped(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("CIK1.json", FACTS)
        archive.writestr("deep/CIK2.json", LISTING)
    path = tmp_path_factory.mktemp("zip") / "bulk.zip"
    path.write_bytes(mutate(packed.getvalue(), seed, count))
    for item in sources([path]):
        if isinstance(item, Source):
            prepare(item, Rules(max_bytes=1_000_000))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(data=st.binary(max_size=300))
def test_broken_gzips_are_unpacked_or_refused(data: bytes) -> None:
    try:
        unpack(b"\x1f\x8b" + data, 10_000)
    except SetupError as error:
        assert str(error)


LAUGHS = (
    '<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {chr(97 + n)} "{f"&{chr(96 + n)};" * 10}">' for n in range(1, 12)
    )
    + "]>"
)  # fmt: skip
QUADRATIC = f'<!ENTITY a "{"x" * 100_000}">]>'


def with_entities(document: bytes, declarations: str, use: str) -> bytes:
    """Put a document type with entities before a document's root, and uses of them inside."""
    text = document.decode()
    start = text.index("<html") if "<html" in text else text.index("<xbrl")
    root = text[start + 1 : start + 5]
    declared = f"{text[:start]}<!DOCTYPE {root} [{declarations}{text[start:]}"
    for mark in ("BRINDLE PAPER CORP", "<p>Item 1. Business</p>", "5</us-gaap:Assets>"):
        declared = declared.replace(mark, use + mark)
    return declared.encode()


@pytest.mark.parametrize("name", ["a.htm", "brin-20121231.xml"])
@pytest.mark.parametrize(
    ("declarations", "use"), [(LAUGHS, "&l;"), (QUADRATIC, "&a;" * 100_000)], ids=["laughs", "quad"]
)
def test_entity_bombs_are_not_expanded(name: str, declarations: str, use: str) -> None:
    began = time.process_time()
    result = read(name, with_entities(SEEDS[name], declarations, use))
    assert time.process_time() - began < 20
    assert result is None or len(bytes(result)) < 5_000_000  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ["a.htm", "full-submission.txt", "brin-20121231.xml"])
def test_external_entities_are_not_read(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRETWORD")
    with listening() as (port, calls):
        address = f"http://127.0.0.1:{port}/x.dtd"
        for declarations in (
            f'<!ENTITY a SYSTEM "{secret.as_uri()}">]>',
            f'<!ENTITY a SYSTEM "{address}">]>',
            f'<!ENTITY % p SYSTEM "{address}">%p; <!ENTITY a "b">]>',
            f'<!ENTITY % p SYSTEM "{secret.as_uri()}">%p; <!ENTITY a "b">]>',
        ):
            result = read(name, with_entities(SEEDS[name], declarations, "&a;"))
            assert b"TOPSECRETWORD" not in (result or b"")  # type: ignore[operator]
    assert calls == []


class listening:
    """A socket on loopback that notes who connects."""

    def __enter__(self) -> tuple[int, list[object]]:
        self.calls: list[object] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()
        return self.socket.getsockname()[1], self.calls

    def accept(self) -> None:
        while True:
            try:
                connection, where = self.socket.accept()
            except OSError:
                return
            self.calls.append(where)
            connection.close()

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def test_bombs_cost_only_their_own_line(tmp_path: Path) -> None:
    (tmp_path / "deep.htm").write_bytes(b"<html>" + b"<div>" * 200_000)
    (tmp_path / "deep.json").write_bytes(b'{"facts":' * 100_000)
    (tmp_path / "wide.htm").write_bytes(
        HTML.replace(b"</body>", b"<table><tr><td colspan=99999999>1</td></tr></table></body>")
    )
    began = time.process_time()
    found = [prepare(item, Rules()) for item in sources([tmp_path]) if isinstance(item, Source)]
    assert time.process_time() - began < 30
    assert [isinstance(one, Skipped) for one in found][:2] == [True, True]


def main(count: int) -> None:
    """Mutate at random, saying what fails and what is slow."""
    chance = random.Random()
    for _ in range(count):
        name, seed, changes = (
            chance.choice(sorted(SEEDS)),
            chance.getrandbits(32),
            chance.randint(1, 8),
        )
        began = time.process_time()
        try:
            read(name, mutate(SEEDS[name], seed, changes))
        except Exception as error:
            print(
                f"{name} seed={seed} count={changes}: {type(error).__name__}: {error}", flush=True
            )
        spent = time.process_time() - began
        if spent > 3:
            print(f"{name} seed={seed} count={changes}: {spent:.1f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
