import json
from datetime import date
from decimal import Decimal

from rich.console import Console

from agent.statement_view import as_csv, as_json, print_statement
from tools.statements.statement import Column, Filing, Line, Statement, Value

FILING = Filing(
    "0001-24-000001", 1, "Brindle", "BRIN", "10-K", date(2024, 2, 1), date(2023, 12, 31), "inline"
)


def value(number: str, unit: str = "USD") -> Value:
    return Value(Decimal(number), unit, "fact", FILING.accession, "us-gaap:X", 7, "-6")


def statement() -> Statement:
    column = Column(
        "12 months to Dec 31, 2023", date(2023, 1, 1), date(2023, 12, 31), FILING.accession,
        fiscal="FY2023",
    )  # fmt: skip
    lines = (
        Line("Costs:", 0, None, True, False, False, (None,)),
        Line("Cost of a thing with a very long name indeed", 1, "us-gaap:X", False, False, True,
             (value("-1250000000"),)),
        Line("Per share", 0, "us-gaap:X", False, True, False, (value("1.5", "USD/shares"),)),
    )  # fmt: skip
    return Statement("income", "INCOME", FILING, "linkbase", (column,), lines, 10**6, "USD")


def printed(width: int) -> str:
    screen = Console(width=width, record=True, force_terminal=False, quiet=False)
    with screen.capture() as capture:
        print_statement(statement(), screen)
    return capture.get()


def test_money_is_in_the_statements_scale_and_negatives_in_brackets() -> None:
    text = printed(100)
    assert "(1,250)" in text
    assert "1.50" in text
    assert "USD in millions, except per share" in text
    assert "accession 0001-24-000001" in text


def test_no_line_is_wider_than_the_screen() -> None:
    assert max(len(line) for line in printed(60).splitlines()) <= 60


def test_digits_stand_under_digits_and_a_long_label_hangs() -> None:
    rows = printed(60).splitlines()
    negative = next(row for row in rows if "(1,250)" in row)
    positive = next(row for row in rows if "1.50" in row)
    assert negative.rstrip().index("0)") == positive.rstrip().rindex("0")
    label = next(row for row in rows if "Cost of a thing" in row)
    after = rows[rows.index(label) + 1]
    assert label.startswith("  Cost") and (after.startswith("    ") or "(1,250)" in label)


def test_a_dividends_filed_decimals_are_shown() -> None:
    column = statement().columns[0]
    line = Line("Dividend", 0, "us-gaap:X", False, False, False, (value("0.7467", "USD/shares"),))
    shown = Statement("income", "I", FILING, "linkbase", (column,), (line,), 10**6, "USD")
    screen = Console(width=80)
    with screen.capture() as capture:
        print_statement(shown, screen)
    assert "0.7467" in capture.get()


def test_money_of_a_statement_has_the_same_decimals() -> None:
    column = statement().columns[0]
    lines = tuple(
        Line("Line", 0, "us-gaap:X", False, False, False, (value(number),))
        for number in ("3638800000", "1343000000")
    )
    shown = Statement("balance", "B", FILING, "linkbase", (column,), lines, 10**6, "USD")
    screen = Console(width=80)
    with screen.capture() as capture:
        print_statement(shown, screen)
    assert "3,638.8" in capture.get() and "1,343.0" in capture.get()


def test_json_keeps_exact_values_with_their_source() -> None:
    line = json.loads(json.dumps(as_json(statement())))["lines"][1]
    assert line["values"] == [
        {
            "value": "-1250000000",
            "unit": "USD",
            "source": "fact",
            "concept": "us-gaap:X",
            "accession": "0001-24-000001",
            "fact_id": 7,
        }
    ]


def test_csv_has_a_row_a_line() -> None:
    assert as_csv(statement()).splitlines()[:2] == ["label,concept,FY2023", "Costs:,,"]
