"""PDF and DOCX: text, tables, headings and pages; and what is refused, with one line each."""

import io
import sys
import zipfile
from decimal import Decimal

import pytest

from tests.tools.office_files import make_docx, make_pdf
from tools.documents import docx, pdf
from tools.documents.filings import read_blocks
from tools.documents.office import office_blocks
from tools.documents.paged_text import clean_pages
from tools.errors import SetupError

PROSE = (
    "Brindle makes paper in two mills and sells it to printers in both regions of the country. "
    "The price of pulp is the largest of its costs, and it moves with the world market for wood. "
)
TABLE = (
    ("(in millions)", "2023", "2022"),
    ("Net sales", "$ 1,234", "$ 1,100"),
    ("Cost of sales", "(800)", "(700)"),
    ("Operating income", "434", "400"),
)
PAGES = (
    ("#Item 1. Business", "", PROSE * 2),
    ("#Item 1A. Risk Factors", "", PROSE.replace("mills", "plants")),
    ("#Item 8. Financial Statements and Supplementary Data", "", *TABLE, "", PROSE),
)


def test_pdf_becomes_items_with_their_pages() -> None:
    found = read_blocks([(office_blocks("a.pdf", make_pdf(PAGES, head="Brindle 10-K")), "10-K")])
    assert [section.item for section in found.sections] == ["1", "1A", "8"]
    assert [page for page, _ in found.pages] == [1, 2, 3]
    starts = [found.plain_text[start:].split(".")[0] for _, start in found.pages]
    assert starts == ["Item 1", "Item 1A", "Item 8"]


def test_running_heads_and_page_numbers_are_no_text() -> None:
    found = read_blocks([(office_blocks("a.pdf", make_pdf(PAGES, head="Brindle 10-K")), "10-K")])
    assert "Brindle 10-K" not in found.plain_text
    assert not {"41", "42", "43"} & set(found.plain_text.split())
    assert found.sections[0].text.split("\n\n")[1] == (PROSE * 2).strip()


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_table_cells_have_labels_scale_and_sign(kind: str) -> None:
    if kind == "pdf":
        data = make_pdf(PAGES)
    else:
        data = make_docx(["#Item 8. Financial Statements", PROSE, TABLE, PROSE])
    [table] = read_blocks([(office_blocks(f"a.{kind}", data), "10-K")]).tables
    cells = {
        (cell.row_label, cell.col_label): (cell.value, cell.scale)
        for cell in table.cells
        if cell.value is not None
    }
    million = Decimal(1_000_000)
    assert cells == {
        ("Net sales", "2023"): (Decimal(1234), million),
        ("Net sales", "2022"): (Decimal(1100), million),
        ("Cost of sales", "2023"): (Decimal(-800), million),
        ("Cost of sales", "2022"): (Decimal(-700), million),
        ("Operating income", "2023"): (Decimal(434), million),
        ("Operating income", "2022"): (Decimal(400), million),
    }


def test_words_cut_at_line_ends_are_joined_as_the_document_writes_them() -> None:
    lines = [
        "the mar-", "ket is long-", "term, a well-", "known fact; non-", "recurring.", "",
        "A market of long-term loans.", "", "It was known as well as any.",
    ]  # fmt: skip
    [page] = clean_pages(["\n".join(lines)])
    assert " ".join(page.split()).startswith(
        "the market is long-term, a well-known fact; non-recurring."
    )


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    left = [f"left line number words are many here {word}" for word in "abcdefghijklmnop"]
    right = [f"right side words of another story {word}" for word in "abcdefghijklmnop"]
    printed = [f"{one:<60}{two}" for one, two in zip(left, right, strict=True)]
    assert pdf.has_gutter(printed)
    assert not pdf.has_gutter([f"{one} {two}" for one, two in zip(left, right, strict=True)])
    assert not pdf.has_gutter([f"{one:<60}1,234   5,678" for one in left])


def test_docx_keeps_headings_tables_and_no_deleted_text() -> None:
    blocks = office_blocks("a.docx", make_docx(["#Outlook", PROSE, TABLE]))
    assert [(block.kind, block.bold) for block in blocks] == [
        ("prose", True),
        ("prose", False),
        ("table", False),
    ]
    changed = _with_body(
        "<w:p><w:r><w:t>We </w:t></w:r><w:del><w:r><w:delText>lost</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>grew.</w:t></w:r></w:ins></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert [block.text for block in docx.read_docx(changed)] == ["We grew.", "In a control."]


def _with_body(body: str) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(make_docx(["MARK"])))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                text = data.decode()
                data = text.replace("<w:p><w:r><w:t>MARK</w:t></w:r></w:p>", body).encode()
                assert data != text.encode()
            target.writestr(name, data)
    return stream.getvalue()


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(SetupError) as caught:
        office_blocks(name, data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pdf_under_a_password_is_refused() -> None:
    assert "needs a password" in refusal("a.pdf", make_pdf(PAGES, password="secret"))


def test_scan_without_text_is_refused_with_the_remedy() -> None:
    reason = refusal("a.pdf", make_pdf([(), (), ()]))
    assert "without text (3 pages" in reason
    assert "ocrmypdf" in reason


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_truncated_pdf_is_refused_or_read(share: float) -> None:
    data = make_pdf(PAGES)
    try:
        assert office_blocks("a.pdf", data[: int(len(data) * share)])
    except SetupError as error:
        assert "PDF" in str(error)


def test_too_many_pages_and_too_much_time_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_pdf(PAGES)
    with pytest.raises(SetupError, match="0 of 3 pages were read"):
        pdf.read_pages(data, max_seconds=-1.0)
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    assert "3 pages, more than the limit of 2" in refusal("a.pdf", data)


def test_docx_that_unpacks_too_large_is_refused() -> None:
    stream = io.BytesIO(make_docx(["Small."]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as held:
        for number in range(3):
            held.writestr(f"word/media/{number}.xml", b"\0" * 80_000_000)
    assert len(stream.getvalue()) < 1_000_000
    assert "more than the limit of 200 MB" in refusal("a.docx", stream.getvalue())


def test_broken_docx_is_refused() -> None:
    data = make_docx([PROSE])
    assert "not a readable DOCX" in refusal("a.docx", data[: len(data) // 2])
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as held:
        held.writestr("a.txt", "no document")
    assert "not a readable DOCX" in refusal("a.docx", empty.getvalue())


def test_entities_in_a_docx_are_not_expanded() -> None:
    source = zipfile.ZipFile(io.BytesIO(make_docx(["Small."])))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                text = data.decode().replace("Small.", "&secret;")
                head, body = text.split("?>", 1)
                entity = '<!DOCTYPE d [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
                data = f"{head}?>{entity}{body}".encode()
            target.writestr(name, data)
    try:
        assert all("root" not in block.text for block in docx.read_docx(stream.getvalue()))
    except SetupError as error:
        assert "not a readable DOCX" in str(error)


@pytest.mark.parametrize(
    ("name", "module", "make"),
    [("a.pdf", "pypdf", lambda: make_pdf(PAGES)), ("a.docx", "docx", lambda: make_docx([PROSE]))],
)
def test_missing_library_names_the_command(
    name: str, module: str, make: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make()  # type: ignore[operator]
    monkeypatch.setitem(sys.modules, module, None)
    assert "pip install 'footnote[documents]'" in refusal(name, data)


def test_old_and_encrypted_word_files_are_refused() -> None:
    assert "without a password" in refusal("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100)
    assert "neither PDF nor DOCX" in refusal("a.pdf", b"<html>Paper.</html>")
