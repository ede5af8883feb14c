from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tools.documents.table_reading import Table
from tools.documents.tables import TableCell
from tools.statements.from_tables import lines_from_tables
from tools.statements.label_concepts import concept_of_label
from tools.statements.r_files import lines_from_r_files
from tools.statements.records import StatementLine
from tools.xbrl.records import InlineFact

YEAR = (date(2024, 1, 1), date(2024, 12, 31))


def fact(concept: str, value: int, *, dimensions: str | None = None) -> InlineFact:
    return InlineFact(
        f"us-gaap:{concept}", Decimal(value), str(value), "USD", *YEAR, dimensions, "-6",
        "1", None, None, None,
    )  # fmt: skip


def table(
    number: int,
    rows: Sequence[tuple[str, int | None, int]],
    facts: list[InlineFact] | None = None,
    *,
    caption: str | None = None,
) -> Table:
    """A table of (label, value in millions, indent); each row shows the fact of its value."""
    cells = []
    for row_no, (label, value, indent) in enumerate(rows):
        place = None
        if facts is not None:
            place = next(
                i for i, one in enumerate(facts) if abs(one.value) == abs((value or 0) * 10**6)
            )
        number_ = None if value is None else Decimal(value)
        cells.append(
            TableCell(
                row_no,
                1,
                label,
                "2024",
                str(value),
                number_,
                False,
                place,
                indent,
                Decimal(10**6),
                "USD",
                *YEAR,
            )
        )
    return Table(number, "8", "millions", tuple(cells), 0, 1, "figures", caption)


INCOME_ROWS = (
    ("Net sales: Products", 700, 10),
    ("Net sales: Services", 300, 10),
    ("Net sales: Total net sales", 1000, 20),
    ("Operating income", 250, 1),
    ("Provision for income taxes", -60, 1),
    ("Net income", 190, 1),
    ("Basic", 3, 1),
)
PRODUCT = '{"srt:ProductOrServiceAxis":"us-gaap:ProductMember"}'
FACTS = [
    fact("Revenues", 700_000_000, dimensions=PRODUCT),
    fact("Revenues", 300_000_000, dimensions=PRODUCT.replace("Product", "Service")),
    fact("Revenues", 1_000_000_000),
    fact("OperatingIncomeLoss", 250_000_000),
    fact("IncomeTaxExpenseBenefit", 60_000_000),
    fact("NetIncomeLoss", 190_000_000),
    fact("EarningsPerShareBasic", 3_000_000),
]


def shape(lines: Sequence[StatementLine]) -> list[tuple[int, str, bool]]:
    return [(line.depth, line.label, line.is_abstract) for line in lines]


def test_rows_with_facts_make_an_income_statement_with_its_headings() -> None:
    lines = lines_from_tables([table(3, INCOME_ROWS, FACTS)], FACTS)
    assert {line.statement for line in lines} == {"income"}
    assert shape(lines)[:5] == [
        (0, "Net sales", True),
        (1, "Products", False),
        (1, "Services", False),
        (2, "Total net sales", False),
        (0, "Operating income", False),
    ]
    assert lines[1].dimensions == PRODUCT


def test_a_row_printed_with_the_other_sign_is_negated() -> None:
    lines = lines_from_tables([table(3, INCOME_ROWS, FACTS)], FACTS)
    negated = [line.label for line in lines if line.negated]
    assert negated == ["Provision for income taxes"]


def test_a_balance_sheet_on_two_pages_is_joined() -> None:
    facts = [
        fact("CashAndCashEquivalentsAtCarryingValue", 100_000_000),
        fact("Assets", 700_000_000),
        fact("Liabilities", 200_000_000),
        fact("StockholdersEquity", 500_000_000),
        fact("LiabilitiesAndStockholdersEquity", 701_000_000),
    ]
    assets = table(5, (("Cash", 100, 1), ("Other", 100, 1), ("Total assets", 700, 1)), facts)
    rows = (("Total liabilities", 200, 1), ("Total equity", 500, 1), ("Total", 701, 1))
    claims = table(6, rows, facts)
    lines = lines_from_tables([assets, claims], facts)
    assert [(line.statement, line.table_no) for line in lines] == [
        *[("balance", 5)] * 3,
        *[("balance", 6)] * 3,
    ]


def test_a_note_of_the_parent_alone_is_no_statement() -> None:
    titled = table(3, INCOME_ROWS, FACTS, caption="Parent Company Statements of Income")
    assert lines_from_tables([titled], FACTS) == []


def test_without_xbrl_labels_and_title_tell_the_statement() -> None:
    rows = (
        ("Net sales", 900, 1),
        ("Costs and expenses", 700, 1),
        ("Provision for income taxes", 80, 1),
        ("Net earnings", 120, 1),
        ("Net earnings per share", 2, 1),
    )
    named = table(2, rows, caption="STATEMENT OF EARNINGS")
    unnamed = table(2, rows, caption="Selected data")
    assert {line.statement for line in lines_from_tables([named], ())} == {"income"}
    assert lines_from_tables([unnamed], ()) == []
    assert all(line.concept is None for line in lines_from_tables([named], ()))


def test_a_colon_in_one_rows_own_words_is_no_heading() -> None:
    rows = (*INCOME_ROWS[3:], ("Common stock: par value $1", 1000, 1))
    lines = lines_from_tables([table(3, rows, FACTS)], FACTS)
    assert "Common stock: par value $1" in [line.label for line in lines]


def test_labels_mean_concepts() -> None:
    assert concept_of_label("TOTAL ASSETS") == "Assets"
    assert concept_of_label("Total liabilities and share owners' equity") == (
        "LiabilitiesAndStockholdersEquity"
    )
    assert concept_of_label("Net cash provided by (used for) operating activities:") == (
        "NetCashProvidedByUsedInOperatingActivities"
    )
    assert concept_of_label("Goodwill") is None


SUMMARY = b"""<FilingSummary><MyReports><Report><HtmlFileName>R2.htm</HtmlFileName>
<LongName>0000002 - Statement - CONSOLIDATED STATEMENTS OF INCOME</LongName>
<MenuCategory>Statements</MenuCategory></Report></MyReports></FilingSummary>"""


def r_row(concept: str, label: str, value: str, style: str = "re") -> str:
    shown = f"<td class='nump'>{value}</td>" if value else "<td class='text'></td>"
    label = label if value else f"<strong>{label}</strong>"
    return (
        f"<tr class='{style}'><td class='pl'><a onclick=\"Show.showAR( this, 'defref_{concept}', "
        f'window );">{label}</a></td>{shown}</tr>'
    )


def test_rendered_reports_give_lines_members_and_signs() -> None:
    member = "srt_ProductOrServiceAxis=us-gaap_ProductMember"
    body = "".join(
        (
            r_row("us-gaap_IncomeStatementAbstract", "Income Statement [Abstract]", ""),
            r_row("us-gaap_Revenues", "Net sales", "$ 1,000"),
            r_row("us-gaap_OperatingIncomeLoss", "Operating income", "250", "reu"),
            r_row("us-gaap_IncomeTaxExpenseBenefit", "Income taxes", "(60)"),
            r_row("us-gaap_NetIncomeLoss", "Net income", "190", "rou"),
            r_row(member, "Product [Member]", "", "rh"),
            r_row("us-gaap_Revenues", "Net sales", "700"),
        )
    )
    page = f"<html><body><table class='report'>{body}</table></body></html>".encode()
    lines = lines_from_r_files({"FilingSummary.xml": SUMMARY, "R2.htm": page}, FACTS)
    assert [(line.label, line.negated, line.dimensions) for line in lines] == [
        ("Income Statement", False, None),
        ("Net sales", False, None),
        ("Operating income", False, None),
        ("Income taxes", True, None),
        ("Net income", False, None),
        ("Net sales", False, PRODUCT),
    ]
    assert [line.preferred_label for line in lines if line.preferred_label] == ["totalLabel"] * 2
