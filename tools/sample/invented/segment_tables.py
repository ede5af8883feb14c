"""Tables of the notes on segments, geography, customers, contracts and goodwill, tagged."""

from __future__ import annotations

from typing import Final

from tools.sample.invented.accounts import SEGMENTS, YEARS
from tools.sample.invented.inline import Shown
from tools.sample.invented.statement_lines import (
    FISCAL_YEARS_ENDED,
    PRETAX,
    REVENUE,
    THREE_YEARS,
    balance_line,
    flow_line,
)
from tools.sample.invented.statements import year_ends  # fmt: skip
from tools.sample.invented.tables import Column, Line, Members, Tables, lay_out

_SEGMENT_AXIS: Final = "us-gaap:StatementBusinessSegmentsAxis"
_CONSOLIDATION_AXIS: Final = "srt:ConsolidationItemsAxis"
_GEOGRAPHY_AXIS: Final = "srt:StatementGeographicalAxis"
NAMES: Final = {
    "navigation": "Navigation Instruments",
    "sensing": "Ocean Sensing",
    "services": "Fleet Services",
}
_SEGMENT_MEMBERS: Final = {
    "navigation": "hldn:NavigationInstrumentsMember",
    "sensing": "hldn:OceanSensingMember",
    "services": "hldn:FleetServicesMember",
}
REGIONS: Final = (
    ("United States", "us", "country:US"),
    ("Norway", "norway", "country:NO"),
    ("Other Europe", "other_europe", "hldn:OtherEuropeMember"),
    ("Asia-Pacific", "asia_pacific", "srt:AsiaPacificMember"),
    ("Rest of world", "rest_of_world", "hldn:RestOfWorldMember"),
)


def _segment(name: str) -> Members:
    return ((_SEGMENT_AXIS, _SEGMENT_MEMBERS[name]),)


def _operating(name: str) -> Members:
    return (*_segment(name), (_CONSOLIDATION_AXIS, "us-gaap:OperatingSegmentsMember"))


def segments(tables: Tables) -> str:
    """Segment results of each year, with the significant expenses of ASU 2023-07."""
    return "".join(_segment_year(tables, year) for year in reversed(YEARS))


def _segment_year(tables: Tables, year: int) -> str:
    columns = [Column(NAMES[s], year, f"_{s}", _operating(s)) for s in SEGMENTS]
    operating: Members = ((_CONSOLIDATION_AXIS, "us-gaap:OperatingSegmentsMember"),)
    total = Column("Total", year, "", operating)
    lines = (
        Line("Revenue", "revenue", REVENUE),
        flow_line("Cost of revenue", "cost", "CostOfRevenue"),
        flow_line("Gross profit", "gross", "GrossProfit", look="total"),
        flow_line("Research and development", "rd", "ResearchAndDevelopmentExpense"),
        flow_line(
            "Selling, general and administrative", "sga", "SellingGeneralAndAdministrativeExpense"
        ),
        flow_line("Segment operating income", "income", "OperatingIncomeLoss", look="total"),
    )
    y = tables.books.years[year]
    sums = {"gross": "gross_profit", "income": "income_segments"}
    rows: list[tuple[str, list[Shown | None], str]] = []
    for line in lines:
        cells = [tables.cell(line, column) for column in columns]
        key = sums.get(line.key, line.key)
        value = y[key] - (y["sga_corporate"] if key == "sga" else 0)
        context = tables.context(year, members=total.members)
        cells.append(tables.tagger.number(line.concept, value, context))
        rows.append((line.label, cells, line.look))
    return lay_out([c.label for c in columns] + ["Total"], rows, heading=f"Fiscal Year {year}")


_CORPORATE: Final = ((_CONSOLIDATION_AXIS, "us-gaap:CorporateNonSegmentMember"),)
_RECONCILED: Final = ((_CONSOLIDATION_AXIS, "us-gaap:MaterialReconcilingItemsMember"),)


def segment_reconciliation(tables: Tables) -> str:
    """Segment operating income to income before taxes."""
    lines = (
        flow_line("Total segment operating income", "income_segments", "OperatingIncomeLoss",
           members=((_CONSOLIDATION_AXIS, "us-gaap:OperatingSegmentsMember"),)),
        flow_line("Unallocated corporate expense", "sga_corporate",
           "SellingGeneralAndAdministrativeExpense", members=_CORPORATE, negated=True),
        flow_line("Amortization of acquired intangible assets", "amortization",
           "AmortizationOfIntangibleAssets", members=_RECONCILED, negated=True),
        flow_line("Restructuring charges", "restructuring", "RestructuringCharges",
           members=_RECONCILED, negated=True),
        flow_line("Operating income", "operating_income", "OperatingIncomeLoss", look="total"),
        flow_line("Nonoperating expense, net", "nonoperating", "NonoperatingIncomeExpense"),
        Line("Income before income taxes", "pretax", PRETAX, look="total"),
    )  # fmt: skip
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def segment_revenue(tables: Tables) -> str:
    """Revenue by segment."""
    lines = [Line(NAMES[s], f"revenue_{s}", REVENUE, members=_segment(s)) for s in SEGMENTS] + [
        Line("Total revenue", "revenue", REVENUE, look="total")
    ]
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def geography(tables: Tables) -> str:
    """Revenue by the customer's location."""
    lines = [
        Line(label, key, REVENUE, members=((_GEOGRAPHY_AXIS, member),))
        for label, key, member in REGIONS
    ] + [Line("Total revenue", "revenue", REVENUE, look="total")]
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def long_lived_assets(tables: Tables) -> str:
    """Property, plant and equipment by country."""
    name = "PropertyPlantAndEquipmentNet"
    other = ((_GEOGRAPHY_AXIS, "hldn:OtherCountriesMember"),)
    lines = (
        balance_line(
            "United States", "domestic_long_lived", name, members=((_GEOGRAPHY_AXIS, "country:US"),)
        ),
        balance_line(
            "Norway", "norway_long_lived", name, members=((_GEOGRAPHY_AXIS, "country:NO"),)
        ),
        balance_line("Other countries", "other_long_lived", name, members=other),
        balance_line("Total property, plant and equipment, net", "ppe", name, look="total"),
    )
    return tables.render(lines, year_ends(tables))


def concentration(tables: Tables) -> str:
    """Customers above a tenth of revenue, in percent."""
    customers = (
        ("Castellane Marine Distribution", "distributor_percent", "hldn:CastellaneMember"),
        ("U.S. government and its prime contractors", "government_percent",
         "hldn:UnitedStatesGovernmentMember"),
    )  # fmt: skip
    rows: list[tuple[str, list[Shown | None], str]] = []
    for label, key, member in customers:
        members = (
            ("srt:MajorCustomersAxis", member),
            ("us-gaap:ConcentrationRiskByBenchmarkAxis", "us-gaap:SalesRevenueNetMember"),
            ("us-gaap:ConcentrationRiskByTypeAxis", "us-gaap:CustomerConcentrationRiskMember"),
        )
        cells: list[Shown | None] = []
        for column in THREE_YEARS:
            shown = tables.tagger.number(
                "us-gaap:ConcentrationRiskPercentage", tables.books.years[column.year][key],
                tables.context(column.year, members=members), unit="number", scale=-2,
            )  # fmt: skip
            cells.append(Shown("", shown.body, "%"))
        rows.append((label, cells, "line"))
    return lay_out([c.label for c in THREE_YEARS], rows, heading=FISCAL_YEARS_ENDED)


def contract_balances(tables: Tables) -> str:
    """Receivables and deferred revenue."""
    lines = (
        balance_line("Accounts receivable, net", "receivables", "AccountsReceivableNetCurrent"),
        balance_line("Deferred revenue, current", "deferred_revenue_current",
           "ContractWithCustomerLiabilityCurrent"),
        balance_line("Deferred revenue, long-term", "deferred_revenue_long",
           "ContractWithCustomerLiabilityNoncurrent"),
        balance_line("Total deferred revenue", "deferred_revenue", "ContractWithCustomerLiability",
           look="total"),
    )  # fmt: skip
    return tables.render(lines, year_ends(tables))


def goodwill(tables: Tables) -> str:
    """Goodwill by segment, rolled forward."""
    rows: list[tuple[str, list[Shown | None], str]] = []
    first = YEARS[0]
    rows.append(_goodwill_row(tables, first))
    for year in YEARS[1:]:
        y = tables.books.years[year]
        for label, key, name in (
            ("Acquisition of Skarvnes", "acquired_goodwill", "GoodwillAcquiredDuringPeriod"),
            ("Foreign currency translation", "fx_goodwill",
             "GoodwillForeignCurrencyTranslationGainLoss"),
        ):  # fmt: skip
            if not y[key]:
                continue
            sensing = tables.context(year, members=_segment("sensing"))
            number = tables.tagger.number
            cells = [None, number(f"us-gaap:{name}", y[key], sensing), None]
            rows.append(
                (label, [*cells, number(f"us-gaap:{name}", y[key], tables.context(year))], "line")
            )
        rows.append(_goodwill_row(tables, year))
    return lay_out([NAMES[s] for s in SEGMENTS] + ["Total"], rows)


def _goodwill_row(tables: Tables, year: int) -> tuple[str, list[Shown | None], str]:
    y = tables.books.years[year]
    cells: list[Shown | None] = []
    for s in SEGMENTS:
        context = tables.context(year, instant=True, members=_segment(s))
        cells.append(tables.tagger.number("us-gaap:Goodwill", y[f"goodwill_{s}"], context))
    total = tables.context(year, instant=True)
    cells.append(tables.tagger.number("us-gaap:Goodwill", y["goodwill"], total))
    return f"Balance at {tables.books.end(year):%B %d, %Y}", cells, "total"
