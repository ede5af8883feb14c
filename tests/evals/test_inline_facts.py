"""Inline facts against the SEC's companyfacts."""

from decimal import Decimal

import pytest

from evals.checks.inline_facts import check_document, check_filings, report

DOCUMENT = b"""<html xmlns="http://www.w3.org/1999/xhtml"
 xmlns:ix="http://www.xbrl.org/2013/inlineXBRL" xmlns:xbrli="http://www.xbrl.org/2003/instance"
 xmlns:us-gaap="http://fasb.org/us-gaap/2024" xmlns:iso4217="http://www.xbrl.org/2003/iso4217">
<body><ix:header><ix:resources><xbrli:context id="c"><xbrli:entity>
<xbrli:identifier scheme="http://www.sec.gov/CIK">0001999999</xbrli:identifier></xbrli:entity>
<xbrli:period><xbrli:instant>2024-12-31</xbrli:instant></xbrli:period></xbrli:context>
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
</ix:resources></ix:header><p><ix:nonFraction name="us-gaap:Assets" contextRef="c" unitRef="usd"
 scale="6" decimals="-6">41</ix:nonFraction></p></body></html>"""
ASSETS = ("us-gaap:Assets", "USD", "", "2024-12-31")
CASH = ("us-gaap:Cash", "USD", "", "2024-12-31")


def test_equal_facts_agree_and_rows_of_one_side_are_listed():
    check = check_document("a", "b", DOCUMENT, {ASSETS: {Decimal(41_000_000)}, CASH: {Decimal(1)}})
    assert (check.agreeing, check.differing, check.passed_over) == (1, [], 0)
    assert check.only_companyfacts == [CASH]


def test_a_value_of_another_scale_differs():
    check = check_document("a", "b", DOCUMENT, {ASSETS: {Decimal(41)}})
    assert check.differing == [(ASSETS, Decimal(41_000_000), Decimal(41))]


@pytest.mark.data
def test_every_consolidated_fact_agrees_with_companyfacts(shared_data, capsys):
    checks = check_filings(shared_data)
    with capsys.disabled():
        print("\n" + report(checks))
    assert len(checks) == 32
    assert sum(check.agreeing for check in checks) > 16_000
    for check in checks:
        assert check.differing == []
        assert check.only_companyfacts == []
        assert check.passed_over == 0
        assert {reason for reason, _ in check.only_inline} <= {"the company's own concept"}
