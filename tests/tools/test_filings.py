import gzip
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.documents import filings
from tools.documents.passage_split import clean_text, is_table, running_heads, split_passages
from tools.documents.tables import join_fragments, label_cells, read_figure, scale_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$391,035", (Decimal("391035"), False)),
        ("(1,234)", (Decimal("-1234"), False)),
        ("$(0.35)", (Decimal("-0.35"), False)),
        ("(2)%", (Decimal("-2"), True)),
        ("24.1%", (Decimal("24.1"), True)),
        ("\u2014", (None, False)),
        ("$\u2014", (None, False)),
        ("2024", (Decimal("2024"), False)),
        ("12,34", None),
        ("Total", None),
    ],
)
def test_printed_figures(text: str, expected: tuple[Decimal | None, bool] | None) -> None:
    assert read_figure(text) == expected


def test_fragments_of_a_figure_are_one_cell() -> None:
    row = [("Net loss", 3), ("$", 1), ("(1,234", 1), (")", 1), ("", 3), ("12.5", 2), ("%", 1)]
    cells = [(cell.start, cell.end, cell.text) for cell in join_fragments(row)]
    assert cells == [(0, 3, "Net loss"), (3, 6, "$(1,234)"), (9, 12, "12.5%")]


def test_cells_know_their_row_and_column() -> None:
    rows = [
        [("", 3), ("Years ended", 6)],
        [("", 3), ("2024", 3), ("2023", 3)],
        [("Gross margin:", 3), ("", 3), ("", 3)],
        [("Products", 3), ("$", 1), ("10", 1), ("", 1), ("$", 1), ("9", 1), ("", 1)],
        [("Total gross margin", 3), ("", 1), ("10", 1), ("", 1), ("", 1), ("9", 1), ("", 1)],
    ]
    found = [(cell.row_label, cell.col_label, cell.text) for cell in label_cells(rows)]
    assert found == [
        ("Gross margin: Products", "Years ended 2024", "$10"),
        ("Gross margin: Products", "Years ended 2023", "$9"),
        ("Total gross margin", "Years ended 2024", "10"),
        ("Total gross margin", "Years ended 2023", "9"),
    ]


def test_new_header_in_mid_table_replaces_the_old_one() -> None:
    rows = [
        [("", 1), ("2024", 1), ("2023", 1)],
        [("Cash", 1), ("5", 1), ("6", 1)],
        [("", 1), ("Fair value", 1), ("Cost", 1)],
        [("Notes", 1), ("7", 1), ("8", 1)],
    ]
    assert [cell.col_label for cell in label_cells(rows)] == ["2024", "2023", "Fair value", "Cost"]


def test_layout_tables_and_page_numbers_are_no_tables() -> None:
    assert label_cells([[("\u2022", 1), ("a risk", 1)]]) == []
    assert label_cells([[("Form 10-K", 1), ("12", 1)]]) == []


def test_scale_is_the_nearest_statement_of_it() -> None:
    assert scale_of(["", "in thousands ... (Dollars in millions)"]) == "millions"
    assert scale_of(["(in thousands)", "in millions"]) == "thousands"
    assert scale_of(["net of tax"]) is None


def test_page_furniture_goes_and_cut_paragraphs_are_joined() -> None:
    page = "Brindle Corp | 2024 Form 10-K | {}"
    parts = [
        "The mills in the north of the country were closed for repairs\n\n"
        f"{page.format(number)}\n\n{number}\n\nand opened again."
        for number in range(7)
    ]
    text = "\n\n".join(parts)
    joined = clean_text(text, running_heads([text]))
    assert joined.split("\n\n")[0].endswith("closed for repairs and opened again.")
    assert "Form 10-K" not in joined


def test_rendered_tables_are_told_from_prose() -> None:
    assert is_table("iPhone  $  201,183  \u2014%\nMac  29,984  2%")
    assert not is_table("The Company sells paper.  It has two mills.  Both are old and large ones.")


@given(st.lists(st.integers(3, 60), min_size=1, max_size=40))
def test_passages_are_whole_sentences_in_order(lengths: list[int]) -> None:
    text = " ".join("Paper " + "mill " * (length - 2) + "works." for length in lengths)
    spans = split_passages(text)
    assert all(text[span.start : span.end].startswith("Paper ") for span in spans)
    assert all(text[span.start : span.end].endswith("works.") for span in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
    assert all(span.words <= 190 for span in spans)


def test_document_without_items_is_still_read() -> None:
    html = "<html><body><p>" + "Brindle makes paper in two mills. " * 20 + "</p></body></html>"
    found = filings.read(html, "10-K")
    [section] = found.sections
    assert section.item == "other"
    assert found.plain_text[found.passages[0].span_start :].startswith("Brindle makes paper")


@pytest.mark.data
def test_apple_10k_has_its_items_passages_and_cells(shared_data: Path) -> None:
    path = shared_data / "filings" / "10k" / "AAPL" / "10K_2024-11-01.htm.gz"
    found = filings.read(gzip.decompress(path.read_bytes()).decode(), "10-K")
    items = {section.item: section for section in found.sections}
    assert {"1", "1A", "1C", "7", "7A", "8", "9A", "15"} <= items.keys()
    assert items["7"].title == "Management's Discussion and Analysis"
    plain = found.plain_text
    for passage in found.passages:
        assert plain[passage.span_start : passage.span_end] == passage.text
    services = [
        (cell.col_label, cell.value, table.unit_scale, table.item)
        for table in found.tables
        for cell in table.cells
        if (cell.row_label or "").startswith("Services (1)")
    ]
    assert ("2024", Decimal("96169"), "millions", "7") in services
