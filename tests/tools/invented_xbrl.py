"""An invented company's filing as a plain XBRL instance with its linkbases, built to order."""

from __future__ import annotations

from collections.abc import Sequence

CIK = 1999999
US = "http://fasb.org/us-gaap/2013-01-31"
_ROLE = "http://brindle.example/role/"
_XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
_LINK = f'xmlns="http://www.xbrl.org/2003/linkbase" {_XLINK}'

# (concept, parent, preferred label) in order, by role.
INCOME = (
    ("us-gaap_Revenues", "us-gaap_IncomeStatementAbstract", None),
    ("us-gaap_CostOfRevenue", "us-gaap_IncomeStatementAbstract", "negatedLabel"),
    ("us-gaap_GrossProfit", "us-gaap_IncomeStatementAbstract", "totalLabel"),
    ("us-gaap_IncomeTaxExpenseBenefit", "us-gaap_IncomeStatementAbstract", None),
    ("us-gaap_NetIncomeLoss", "us-gaap_IncomeStatementAbstract", "totalLabel"),
)
BALANCE = (
    ("us-gaap_AssetsAbstract", "us-gaap_StatementOfFinancialPositionAbstract", None),
    ("us-gaap_Cash", "us-gaap_AssetsAbstract", None),
    ("us-gaap_Assets", "us-gaap_AssetsAbstract", "totalLabel"),
    ("us-gaap_Liabilities", "us-gaap_StatementOfFinancialPositionAbstract", None),
    ("us-gaap_StockholdersEquity", "us-gaap_StatementOfFinancialPositionAbstract", None),
    (
        "us-gaap_LiabilitiesAndStockholdersEquity",
        "us-gaap_StatementOfFinancialPositionAbstract",
        "totalLabel",
    ),
)
LABELS = {
    "us-gaap_Revenues": {"label": "Net sales"},
    "us-gaap_CostOfRevenue": {"label": "Cost of goods sold"},
    "us-gaap_GrossProfit": {"label": "Gross profit", "totalLabel": "Gross margin"},
    "us-gaap_IncomeTaxExpenseBenefit": {"label": "Income taxes"},
    "us-gaap_NetIncomeLoss": {"label": "Net income", "totalLabel": "Net income"},
    "us-gaap_AssetsAbstract": {"label": "Assets [Abstract]"},
    "us-gaap_Cash": {"label": "Cash"},
    "us-gaap_Assets": {"label": "Assets", "totalLabel": "Total assets"},
    "us-gaap_Liabilities": {"label": "Liabilities"},
    "us-gaap_StockholdersEquity": {"label": "Equity"},
    "us-gaap_LiabilitiesAndStockholdersEquity": {"label": "Total liabilities and equity"},
}
SUMS = (
    ("us-gaap_GrossProfit", "us-gaap_Revenues", 1),
    ("us-gaap_GrossProfit", "us-gaap_CostOfRevenue", -1),
    ("us-gaap_NetIncomeLoss", "us-gaap_GrossProfit", 1),
    ("us-gaap_NetIncomeLoss", "us-gaap_IncomeTaxExpenseBenefit", -1),
)
# (concept, context, unit, value, decimals)
FACTS = (
    ("us-gaap:Revenues", "fy", "usd", "1000000000", "-6"),
    ("us-gaap:Revenues", "prior", "usd", "900000000", "-6"),
    ("us-gaap:CostOfRevenue", "fy", "usd", "600000000", "-6"),
    ("us-gaap:CostOfRevenue", "prior", "usd", "550000000", "-6"),
    ("us-gaap:GrossProfit", "fy", "usd", "400000000", "-6"),
    ("us-gaap:GrossProfit", "prior", "usd", "350000000", "-6"),
    ("us-gaap:IncomeTaxExpenseBenefit", "fy", "usd", "100000000", "-6"),
    ("us-gaap:IncomeTaxExpenseBenefit", "prior", "usd", "80000000", "-6"),
    ("us-gaap:NetIncomeLoss", "fy", "usd", "300000000", "-6"),
    ("us-gaap:NetIncomeLoss", "prior", "usd", "270000000", "-6"),
    ("us-gaap:Cash", "end", "usd", "50000000", "-6"),
    ("us-gaap:Assets", "end", "usd", "700000000", "-6"),
    ("us-gaap:Assets", "before", "usd", "650000000", "-6"),
    ("us-gaap:Liabilities", "end", "usd", "200000000", "-6"),
    ("us-gaap:Liabilities", "before", "usd", "190000000", "-6"),
    ("us-gaap:StockholdersEquity", "end", "usd", "500000000", "-6"),
    ("us-gaap:StockholdersEquity", "before", "usd", "460000000", "-6"),
    ("us-gaap:LiabilitiesAndStockholdersEquity", "end", "usd", "700000000", "-6"),
    ("us-gaap:LiabilitiesAndStockholdersEquity", "before", "usd", "650000000", "-6"),
    ("us-gaap:Revenues", "paper", "usd", "750000000", "-6"),
    ("us-gaap:Revenues", "north", "usd", "12000000", "-6"),
)
_COVER = {
    "DocumentType": "10-K",
    "DocumentPeriodEndDate": "2013-12-31",
    "EntityRegistrantName": "Brindle Paper Co",
    "EntityCentralIndexKey": f"{CIK:010d}",
    "DocumentFiscalYearFocus": "2013",
    "DocumentFiscalPeriodFocus": "FY",
}


def instance(
    facts: Sequence[tuple[str, str, str, str, str]] = FACTS, *, prolog: str = "", body: str = ""
) -> bytes:
    """An instance of the year to December 2013; `body` is put after the facts."""
    year = "<startDate>2013-01-01</startDate><endDate>2013-12-31</endDate>"
    paper = (
        '<segment><xbrldi:explicitMember dimension="us-gaap:StatementBusinessSegmentsAxis">'
        "brin:PaperMember</xbrldi:explicitMember></segment>"
    )
    north = (
        '<segment><xbrldi:typedMember dimension="brin:SiteAxis"><brin:site>North</brin:site>'
        "</xbrldi:typedMember></segment>"
    )
    contexts = "".join(
        (
            _context("fy", year),
            _context("prior", "<startDate>2012-01-01</startDate><endDate>2012-12-31</endDate>"),
            _context("end", "<instant>2013-12-31</instant>"),
            _context("before", "<instant>2012-12-31</instant>"),
            _context("paper", year, paper),
            _context("north", year, north),
        )
    )
    cover = "".join(
        f'<dei:{name} contextRef="fy">{text}</dei:{name}>' for name, text in _COVER.items()
    )
    rows = "".join(
        f'<{name} contextRef="{context}" unitRef="{unit}" decimals="{decimals}">{value}</{name}>'
        for name, context, unit, value, decimals in facts
    )
    return (
        f'<?xml version="1.0"?>{prolog}<xbrl xmlns="http://www.xbrl.org/2003/instance" '
        f'xmlns:us-gaap="{US}" xmlns:dei="http://xbrl.sec.gov/dei/2013-01-31" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:xbrldi="http://xbrl.org/2006/xbrldi" '
        'xmlns:iso4217="http://www.xbrl.org/2003/iso4217" '
        f'xmlns:brin="http://brindle.example/2013">{contexts}'
        '<unit id="usd"><measure>iso4217:USD</measure></unit>'
        f"{cover}{rows}{body}</xbrl>"
    ).encode()


def _context(name: str, period: str, segment: str = "") -> str:
    return (
        f'<context id="{name}"><entity><identifier scheme="http://www.sec.gov/CIK">{CIK:010d}'
        f"</identifier>{segment}</entity><period>{period}</period></context>"
    )


def linkbases(stem: str = "brin-20131231") -> dict[str, bytes]:
    """The schema and the presentation, label and calculation linkbases, by file name."""
    return {
        f"{stem}.xsd": schema(),
        f"{stem}_pre.xml": presentation(),
        f"{stem}_lab.xml": labels(),
        f"{stem}_cal.xml": calculations(),
    }


def schema() -> bytes:
    roles = {
        "Income": "0000002 - Statement - CONSOLIDATED STATEMENTS OF INCOME",
        "Balance": "0000003 - Statement - CONSOLIDATED BALANCE SHEETS",
    }
    types = "".join(
        f'<link:roleType roleURI="{_ROLE}{name}" id="{name}"><link:definition>{text}'
        "</link:definition></link:roleType>"
        for name, text in roles.items()
    )
    return (
        '<schema xmlns="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:link="http://www.xbrl.org/2003/linkbase"><annotation><appinfo>{types}'
        "</appinfo></annotation></schema>"
    ).encode()


def presentation() -> bytes:
    return _linkbase(_tree("Income", INCOME) + _tree("Balance", BALANCE))


def _tree(role: str, rows: Sequence[tuple[str, str, str | None]]) -> str:
    names = sorted({name for row in rows for name in row[:2]})
    arcs = ""
    for order, (child, parent, preferred) in enumerate(rows, start=1):
        label = f'preferredLabel="http://www.xbrl.org/2003/role/{preferred}" ' if preferred else ""
        arcs += (
            f'<presentationArc xlink:type="arc" xlink:from="{parent}" xlink:to="{child}" '
            f'order="{order}" {label}/>'
        )
    return (
        f'<presentationLink xlink:type="extended" xlink:role="{_ROLE}{role}">'
        f"{_locators(names)}{arcs}</presentationLink>"
    )


def labels() -> bytes:
    rows = ""
    for concept, texts in LABELS.items():
        rows += "".join(
            f'<label xlink:type="resource" xlink:label="{concept}_lbl" '
            f'xlink:role="http://www.xbrl.org/2003/role/{role}">{text}</label>'
            for role, text in texts.items()
        )
        rows += (
            f'<labelArc xlink:type="arc" xlink:from="{concept}" xlink:to="{concept}_lbl" '
            'xlink:arcrole="http://www.xbrl.org/2003/arcrole/concept-label"/>'
        )
    return _linkbase(
        f'<labelLink xlink:type="extended">{_locators(sorted(LABELS))}{rows}</labelLink>'
    )


def calculations() -> bytes:
    names = sorted({name for parent, child, _ in SUMS for name in (parent, child)})
    arcs = "".join(
        f'<calculationArc xlink:type="arc" xlink:from="{parent}" xlink:to="{child}" '
        f'order="{order}" weight="{weight}"/>'
        for order, (parent, child, weight) in enumerate(SUMS, start=1)
    )
    return _linkbase(
        f'<calculationLink xlink:type="extended" xlink:role="{_ROLE}Income">'
        f"{_locators(names)}{arcs}</calculationLink>"
    )


def _locators(names: Sequence[str]) -> str:
    return "".join(
        f'<loc xlink:type="locator" xlink:href="us-gaap-2013-01-31.xsd#{name}" '
        f'xlink:label="{name}"/>'
        for name in names
    )


def _linkbase(body: str) -> bytes:
    return f"<linkbase {_LINK}>{body}</linkbase>".encode()
