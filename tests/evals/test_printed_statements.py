"""The independent reader of printed statements, on small statements built here."""

import gzip
from decimal import Decimal

import pytest

from evals.checks.captions import CAPTIONS, find_line
from evals.checks.figure_check import printed_figures
from evals.checks.printed_statements import find_statements, year_end
from evals.checks.printed_tables import read_printed, read_tables


def row(label: str, *values: str) -> str:
    cells = "".join(f"<td>$</td><td>{value}</td><td>&#160;</td>" for value in values)
    return f"<tr><td>{label}</td>{cells}</tr>"


YEARS = '<tr><td></td><td colspan="3">2024</td><td colspan="3">2023</td></tr>'
INCOME = (
    "<p>For the fiscal year ended December 28, 2024</p>"
    "<p>CONSOLIDATED STATEMENTS OF INCOME (in millions, except per share data)</p><table>"
    + YEARS
    + row("Net sales", "1,200", "1,100")
    + row("Cost of sales", "(700", "(650")
    + row("Gross profit", "500", "450")
    + row("Selling, general and administrative", "(200", "(190")
    + row("Research and development", "(50", "(45")
    + row("Operating income", "250", "215")
    + row("Interest expense", "(10", "—")
    + row("Income before income taxes", "240", "215")
    + row("Provision for income taxes (Note 4)", "(40", "(15")
    + row("Net income", "200", "200")
    + "<tr><td>Diluted earnings per share</td></tr>"
    + row("Diluted", "2.00", "1.96")
    + "<tr><td>Weighted average shares outstanding (in thousands)</td></tr>"
    + row("Diluted", "100,000", "102,000")
    + "</table>"
)


@pytest.fixture
def figures(tmp_path):
    path = tmp_path / "BRIN" / "10K_2025-02-14.htm.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(f"<html><body>{INCOME}</body></html>".encode()))
    return {(one.metric, one.year_index): one for one in printed_figures(path)}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234", "1234"), ("(5.1)", "-5.1"), ("$ —", "0"), ("(12", "12"), ("12%", "12")],
)
def test_printed_numbers(text, value):
    assert read_printed(text) == Decimal(value)


def test_words_and_dates_are_no_numbers():
    assert read_printed("December 31") is None
    assert read_printed("Note 4") is None
    assert read_printed("(12", closes=True) == -12


def test_amounts_carry_the_printed_scale_and_year(figures):
    assert figures["revenue", 0].value == 1_200_000_000
    assert figures["revenue", 1].value == 1_100_000_000
    assert figures["revenue", 0].slack == 500_000


def test_per_share_amounts_are_not_scaled(figures):
    assert figures["eps_diluted", 0].value == Decimal("2.00")


def test_shares_carry_the_scale_their_heading_states(figures):
    assert figures["shares_diluted", 0].value == 100_000_000


def test_a_tax_charge_printed_as_a_deduction_is_a_charge(figures):
    assert abs(figures["income_tax", 0].value) == 40_000_000
    assert figures["income_tax", 0].value > 0


def test_a_statement_needs_its_title():
    untitled = INCOME.replace("STATEMENTS OF INCOME", "DATA")
    tables, _ = read_tables(f"<html><body>{untitled}</body></html>".encode())
    assert find_statements(tables) == {}


def test_lines_with_one_name_and_two_values_are_left_alone():
    doubled = INCOME.replace("</table>", row("Operating income", "1", "2") + "</table>")
    tables, _ = read_tables(f"<html><body>{doubled}</body></html>".encode())
    statement = find_statements(tables)["income"]
    [caption] = [one for one in CAPTIONS if one.metric == "operating_income"]
    assert find_line(caption, statement) is None


def test_the_fiscal_year_ends_on_the_day_of_the_cover():
    found = year_end("ANNUAL REPORT For the fiscal year ended September 28, 2024 or")
    assert found is not None
    assert found.isoformat() == "2024-09-28"
