"""Small PDF and DOCX files, made on the spot."""

import io
from collections.abc import Sequence

from docx import Document
from fpdf import FPDF

Line = str | tuple[str, ...]


def make_pdf(pages: Sequence[Sequence[Line]], *, head: str = "", password: str = "") -> bytes:
    """Lay out pages: '#' begins a bold line, a tuple is a table's row, '' leaves a gap."""
    pdf = FPDF()
    pdf.set_auto_page_break(False)
    for number, lines in enumerate(pages, start=1):
        pdf.add_page()
        pdf.set_font("Times", size=10)
        if head:
            pdf.cell(0, 5, head, new_x="LMARGIN", new_y="NEXT")
            pdf.ln(4)
        for line in lines:
            _line(pdf, line)
        pdf.set_y(-15)
        pdf.set_font("Times", size=10)
        pdf.cell(0, 5, str(number + 40), align="C")
    if password:
        pdf.set_encryption(owner_password="owner", user_password=password)
    return bytes(pdf.output())


def _line(pdf: FPDF, line: Line) -> None:
    if isinstance(line, tuple):
        for column, text in enumerate(line):
            width, align = (100, "L") if column == 0 else (30, "R")
            pdf.cell(width, 5, text, align=align)
        pdf.ln(7)
    elif not line:
        pdf.ln(5)
    else:
        pdf.set_font("Times", "B" if line.startswith("#") else "", 10)
        pdf.multi_cell(0, 5, line.lstrip("#"), new_x="LMARGIN", new_y="NEXT")


def make_docx(parts: Sequence[str | Sequence[Sequence[str]]]) -> bytes:
    """Write paragraphs ('#' makes a heading) and tables (rows of cells)."""
    document = Document()
    for part in parts:
        if isinstance(part, str):
            if part.startswith("#"):
                document.add_heading(part.lstrip("#"), level=1)
            else:
                document.add_paragraph(part)
            continue
        table = document.add_table(rows=0, cols=len(part[0]))
        for row in part:
            cells = table.add_row().cells
            for cell, text in zip(cells, row, strict=True):
                cell.text = text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
