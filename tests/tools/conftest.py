"""An empty warehouse; a small inline-XBRL 10-K of an invented company, and its companyfacts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.warehouse import Warehouse

NAMESPACES = (
    'xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL" '
    'xmlns:ixt="http://www.xbrl.org/inlineXBRL/transformation/2020-02-12" '
    'xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:dei="http://xbrl.sec.gov/dei/2024" '
    'xmlns:xbrldi="http://xbrl.org/2006/xbrldi" xmlns:us-gaap="http://fasb.org/us-gaap/2024" '
    'xmlns:iso4217="http://www.xbrl.org/2003/iso4217" xmlns:brin="http://brindle.example/2024" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
UNITS = """
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
<xbrli:unit id="pure"><xbrli:measure>xbrli:pure</xbrli:measure></xbrli:unit>
<xbrli:unit id="shares"><xbrli:measure>xbrli:shares</xbrli:measure></xbrli:unit>
<xbrli:unit id="eps"><xbrli:divide>
<xbrli:unitNumerator><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unitNumerator>
<xbrli:unitDenominator><xbrli:measure>xbrli:shares</xbrli:measure></xbrli:unitDenominator>
</xbrli:divide></xbrli:unit>"""
EXPLICIT = (
    '<xbrli:segment><xbrldi:explicitMember dimension="us-gaap:StatementBusinessSegmentsAxis">'
    "brin:PaperMember</xbrldi:explicitMember></xbrli:segment>"
)
TYPED = (
    '<xbrli:segment><xbrldi:typedMember dimension="brin:SiteAxis"><brin:site>North</brin:site>'
    "</xbrldi:typedMember></xbrli:segment>"
)
CIK = 1999999


def _context(name: str, period: str, segment: str = "") -> str:
    return (
        f'<xbrli:context id="{name}"><xbrli:entity><xbrli:identifier '
        f'scheme="http://www.sec.gov/CIK">{CIK:010d}</xbrli:identifier>{segment}</xbrli:entity>'
        f"<xbrli:period>{period}</xbrli:period></xbrli:context>"
    )


def _duration(start: str, end: str) -> str:
    return f"<xbrli:startDate>{start}</xbrli:startDate><xbrli:endDate>{end}</xbrli:endDate>"


def _dei(name: str, text: str) -> str:
    return f'<ix:nonNumeric contextRef="fy" name="dei:{name}">{text}</ix:nonNumeric>'


def _build(body: str = "", *, year: int = 2024, form: str = "10-K", tail: str = "") -> str:
    year_period = _duration(f"{year}-01-01", f"{year}-12-31")
    contexts = "".join(
        (
            _context("fy", year_period),
            _context("prior", _duration(f"{year - 1}-01-01", f"{year - 1}-12-31")),
            _context("end", f"<xbrli:instant>{year}-12-31</xbrli:instant>"),
            _context("paper", year_period, EXPLICIT),
            _context("site", year_period, TYPED),
            _context("day", _duration(f"{year}-06-18", f"{year}-06-18")),
        )
    )
    cover = "".join(
        (
            _dei("DocumentType", form),
            _dei("DocumentPeriodEndDate", f"December 31, {year}"),
            _dei("EntityRegistrantName", "BRINDLE PAPER CORP"),
            _dei("EntityCentralIndexKey", f"{CIK:010d}"),
            _dei("DocumentFiscalYearFocus", str(year)),
            _dei("DocumentFiscalPeriodFocus", "FY"),
            _dei("TradingSymbol", "BRIN"),
        )
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<html {NAMESPACES}><head><title>b</title></head>"
        f'<body><div style="display:none"><ix:header><ix:resources>{contexts}{UNITS}'
        f"</ix:resources></ix:header></div><p>{cover}</p>"
        f"<p>Item 1. Business</p><p>Brindle makes paper in two mills and sells it to printers.</p>"
        f"{body}<p>SIGNATURES</p><p>Date: February 14, {year + 1}</p>{tail}</body></html>"
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """An empty warehouse."""
    with Warehouse.open(tmp_path / "home" / "w.duckdb") as opened:
        yield opened


@pytest.fixture(scope="session")
def inline_document() -> Callable[..., str]:
    """Return a builder: body of ix elements in, a complete document out."""
    return _build


@pytest.fixture(scope="session")
def companyfacts_json() -> Callable[..., bytes]:
    """Return a builder: (tag, unit, rows) triples in, companyfacts JSON out."""

    def build(*blocks: tuple[str, str, list[dict[str, Any]]], name: str = "Brindle") -> bytes:
        tags: dict[str, Any] = {}
        for tag, unit, rows in blocks:
            block = tags.setdefault(tag, {"label": tag, "description": "", "units": {}})
            block["units"][unit] = rows
        return json.dumps({"cik": CIK, "entityName": name, "facts": {"us-gaap": tags}}).encode()

    return build
