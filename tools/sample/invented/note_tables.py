"""Tables of the notes to the financial statements, tagged."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from tools.sample.invented.accounts import SEGMENTS, YEARS
from tools.sample.invented.inline import Context, Shown
from tools.sample.invented.statements import (
    PRETAX,
    REVENUE,
    THREE_YEARS,
    TWO_YEARS,
    _b,
    _g,
)  # fmt: skip
from tools.sample.invented.tables import Column, Line, Members, Tables, lay_out, plain

_ENDED: Final = "Fiscal Year Ended"
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
    return _segment(name) + ((_CONSOLIDATION_AXIS, "us-gaap:OperatingSegmentsMember"),)


def _dates(tables: Tables) -> list[Column]:
    return [Column(f"{tables.books.end(c.year):%B %d, %Y}", c.year) for c in TWO_YEARS]


def segments(tables: Tables) -> str:
    """Segment results of each year, with the significant expenses of ASU 2023-07."""
    return "".join(_segment_year(tables, year) for year in reversed(YEARS))


def _segment_year(tables: Tables, year: int) -> str:
    columns = [Column(NAMES[s], year, f"_{s}", _operating(s)) for s in SEGMENTS]
    operating: Members = ((_CONSOLIDATION_AXIS, "us-gaap:OperatingSegmentsMember"),)
    total = Column("Total", year, "", operating)
    lines = (
        Line("Revenue", "revenue", REVENUE),
        _g("Cost of revenue", "cost", "CostOfRevenue"),
        _g("Gross profit", "gross", "GrossProfit", look="total"),
        _g("Research and development", "rd", "ResearchAndDevelopmentExpense"),
        _g("Selling, general and administrative", "sga", "SellingGeneralAndAdministrativeExpense"),
        _g("Segment operating income", "income", "OperatingIncomeLoss", look="total"),
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
    return lay_out(
        [c.label for c in columns] + ["Total"], rows, heading=f"Fiscal Year {year}"
    )


_CORPORATE: Final = ((_CONSOLIDATION_AXIS, "us-gaap:CorporateNonSegmentMember"),)
_RECONCILED: Final = ((_CONSOLIDATION_AXIS, "us-gaap:MaterialReconcilingItemsMember"),)


def segment_reconciliation(tables: Tables) -> str:
    """Segment operating income to income before taxes."""
    lines = (
        _g("Total segment operating income", "income_segments", "OperatingIncomeLoss",
           members=((_CONSOLIDATION_AXIS, "us-gaap:OperatingSegmentsMember"),)),
        _g("Unallocated corporate expense", "sga_corporate",
           "SellingGeneralAndAdministrativeExpense", members=_CORPORATE, negated=True),
        _g("Amortization of acquired intangible assets", "amortization",
           "AmortizationOfIntangibleAssets", members=_RECONCILED, negated=True),
        _g("Restructuring charges", "restructuring", "RestructuringCharges",
           members=_RECONCILED, negated=True),
        _g("Operating income", "operating_income", "OperatingIncomeLoss", look="total"),
        _g("Nonoperating expense, net", "nonoperating", "NonoperatingIncomeExpense"),
        Line("Income before income taxes", "pretax", PRETAX, look="total"),
    )  # fmt: skip
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def segment_revenue(tables: Tables) -> str:
    """Revenue by segment."""
    lines = [
        Line(NAMES[s], f"revenue_{s}", REVENUE, members=_segment(s)) for s in SEGMENTS
    ] + [Line("Total revenue", "revenue", REVENUE, look="total")]
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def geography(tables: Tables) -> str:
    """Revenue by the customer's location."""
    lines = [
        Line(label, key, REVENUE, members=((_GEOGRAPHY_AXIS, member),))
        for label, key, member in REGIONS
    ] + [Line("Total revenue", "revenue", REVENUE, look="total")]
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def long_lived_assets(tables: Tables) -> str:
    """Property, plant and equipment by country."""
    name = "PropertyPlantAndEquipmentNet"
    other = ((_GEOGRAPHY_AXIS, "hldn:OtherCountriesMember"),)
    lines = (
        _b("United States", "domestic_long_lived", name, members=((_GEOGRAPHY_AXIS, "country:US"),)),
        _b("Norway", "norway_long_lived", name, members=((_GEOGRAPHY_AXIS, "country:NO"),)),
        _b("Other countries", "other_long_lived", name, members=other),
        _b("Total property, plant and equipment, net", "ppe", name, look="total"),
    )
    return tables.render(lines, _dates(tables))


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
    return lay_out([c.label for c in THREE_YEARS], rows, heading=_ENDED)


def contract_balances(tables: Tables) -> str:
    """Receivables and deferred revenue."""
    lines = (
        _b("Accounts receivable, net", "receivables", "AccountsReceivableNetCurrent"),
        _b("Deferred revenue, current", "deferred_revenue_current",
           "ContractWithCustomerLiabilityCurrent"),
        _b("Deferred revenue, long-term", "deferred_revenue_long",
           "ContractWithCustomerLiabilityNoncurrent"),
        _b("Total deferred revenue", "deferred_revenue", "ContractWithCustomerLiability",
           look="total"),
    )  # fmt: skip
    return tables.render(lines, _dates(tables))


def acquisition(tables: Tables) -> str:
    """Purchase price allocation of the 2023 acquisition."""
    prefix = "BusinessCombinationRecognizedIdentifiableAssetsAcquiredAndLiabilitiesAssumed"
    member = (("us-gaap:BusinessAcquisitionAxis", "hldn:SkarvnesHydroakustikkMember"),)
    parts = (
        ("Accounts receivable", "acquired_receivables", prefix + "CurrentAssetsReceivables", 1),
        ("Inventories", "acquired_inventories", prefix + "Inventory", 1),
        ("Property, plant and equipment", "acquired_ppe", prefix + "PropertyPlantAndEquipment", 1),
        ("Intangible assets", "acquired_intangibles", prefix + "IntangibleAssetsOtherThanGoodwill",
         1),
        ("Accounts payable", "acquired_payables", prefix + "CurrentLiabilitiesAccountsPayable", -1),
        ("Accrued liabilities", "acquired_accrued", prefix + "CurrentLiabilitiesOther", -1),
        ("Deferred revenue", "acquired_deferred_revenue", prefix + "DeferredRevenue", -1),
        ("Deferred income tax liabilities", "acquired_deferred_tax",
         prefix + "DeferredTaxLiabilities", -1),
        ("Goodwill", "acquired_goodwill", "Goodwill", 1),
    )  # fmt: skip
    date = tables.books.inputs["note"]["acquired_on"]
    context = Context(None, date, member)
    y = tables.books.years[2023]
    rows: list[tuple[str, list[Shown | None], str]] = [
        (label, [tables.tagger.number(f"us-gaap:{name}", y[key], context, negated=sign < 0)], "line")
        for label, key, name, sign in parts
    ]
    total = plain(y["acquisition"])
    rows.append(("Purchase price, net of cash acquired", [total], "total"))
    return lay_out([f"{date:%B %d, %Y}"], rows)


def inventories(tables: Tables) -> str:
    """Inventories by stage."""
    lines = (
        _b("Raw materials and purchased components", "raw_materials", "InventoryRawMaterialsNetOfReserves"),
        _b("Work in process", "work_in_process", "InventoryWorkInProcessNetOfReserves"),
        _b("Finished goods", "finished_goods", "InventoryFinishedGoodsNetOfReserves"),
        _b("Total inventories", "inventories", "InventoryNet", look="total"),
    )
    return tables.render(lines, _dates(tables))


def property_plant(tables: Tables) -> str:
    """Property, plant and equipment by class."""
    axis = "us-gaap:PropertyPlantAndEquipmentByTypeAxis"
    classes = (
        ("Land", "land", "us-gaap:LandMember"),
        ("Buildings and improvements", "buildings", "us-gaap:BuildingAndBuildingImprovementsMember"),
        ("Machinery, test tanks and equipment", "machinery", "us-gaap:MachineryAndEquipmentMember"),
        ("Construction in progress", "construction", "us-gaap:ConstructionInProgressMember"),
    )
    gross = "PropertyPlantAndEquipmentGross"
    lines = [_b(label, key, gross, members=((axis, member),)) for label, key, member in classes]
    lines += [
        _b("Property, plant and equipment, gross", "ppe_gross", gross, look="total"),
        _b("Less: accumulated depreciation", "ppe_accumulated",
           "AccumulatedDepreciationDepletionAndAmortizationPropertyPlantAndEquipment",
           negated=True),
        _b("Property, plant and equipment, net", "ppe", "PropertyPlantAndEquipmentNet",
           look="total"),
    ]  # fmt: skip
    return tables.render(lines, _dates(tables))


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


def intangibles(tables: Tables) -> str:
    """Acquired intangible assets: gross, accumulated amortization, net, at both year ends."""
    classes = (
        ("Developed technology", "technology", "us-gaap:DevelopedTechnologyRightsMember"),
        ("Customer relationships", "customers", "us-gaap:CustomerRelationshipsMember"),
        ("Trade names", "names", "us-gaap:TradeNamesMember"),
        ("Total", "intangibles", ""),
    )
    names = (
        ("_gross", "FiniteLivedIntangibleAssetsGross", False),
        ("_accumulated", "FiniteLivedIntangibleAssetsAccumulatedAmortization", True),
        ("_net", "FiniteLivedIntangibleAssetsNet", False),
    )
    html = ""
    for column in _dates(tables):
        y = tables.books.years[column.year]
        rows: list[tuple[str, list[Shown | None], str]] = []
        for label, key, member in classes:
            axis = "us-gaap:FiniteLivedIntangibleAssetsByMajorClassAxis"
            members: Members = ((axis, member),) if member else ()
            context = tables.context(column.year, instant=True, members=members)
            cells: list[Shown | None] = []
            for suffix, name, negated in names:
                value = y["intangibles" if key + suffix == "intangibles_net" else key + suffix]
                cells.append(tables.tagger.number(f"us-gaap:{name}", value, context, negated=negated))
            rows.append((label, cells, "line" if member else "total"))
        columns = ["Gross carrying amount", "Accumulated amortization", "Net carrying amount"]
        html += lay_out(columns, rows, heading=column.label)
    return html


_WORDS: Final = ("NextTwelveMonths", "YearTwo", "YearThree", "YearFour", "YearFive")


def _schedule(
    tables: Tables, amounts: list[int], total: int, prefix: str, *,
    after: str, total_name: str, total_label: str = "Total",
) -> str:  # fmt: skip
    """A maturity schedule over the five coming years and thereafter."""
    context = tables.context(YEARS[-1], instant=True)
    rows: list[tuple[str, list[Shown | None], str]] = []
    number = tables.tagger.number
    for offset, amount in enumerate(amounts[:5]):
        word = _WORDS[offset]
        if prefix.startswith("LongTermDebt"):
            word = word.replace("Next", "InNext").replace("Year", "InYear")
        elif prefix.startswith("LesseeOperating") and offset:
            word = f"Due{word}"
        shown = number(f"us-gaap:{prefix}{word}", amount, context)
        rows.append((str(YEARS[-1] + 1 + offset), [shown], "line"))
    rest = total - sum(amounts[:5]) if len(amounts) < 6 else amounts[5]
    if rest:
        rows.append(("Thereafter", [number(f"us-gaap:{after}", rest, context)], "line"))
    rows.append((total_label, [number(f"us-gaap:{total_name}", total, context)], "total"))
    return lay_out(["Amount"], rows, stub="Fiscal Year (in thousands)")


def future_amortization(tables: Tables) -> str:
    """Expected amortization of intangible assets."""
    name = "FiniteLivedIntangibleAssetsAmortizationExpense"
    return _schedule(
        tables, tables.books.inputs["note"]["future_amortization"],
        tables.books.years[2024]["intangibles"], name,
        after=f"{name}AfterYearFive", total_name="FiniteLivedIntangibleAssetsNet",
    )  # fmt: skip


def debt_maturities(tables: Tables) -> str:
    """Principal due on the term loan."""
    name = "LongTermDebtMaturitiesRepaymentsOfPrincipal"
    return _schedule(
        tables, tables.books.inputs["note"]["debt_maturities"],
        tables.books.years[2024]["debt_principal"], name,
        after=f"{name}AfterYearFive", total_name="LongTermDebtGross",
        total_label="Total principal",
    )  # fmt: skip


def lease_maturities(tables: Tables) -> str:
    """Undiscounted operating lease payments, and their present value."""
    payments: list[int] = tables.books.inputs["note"]["lease_payments"]
    name = "LesseeOperatingLeaseLiabilityPayments"
    schedule = _schedule(
        tables, payments, sum(payments), name, after=f"{name}DueAfterYearFive",
        total_name=f"{name}Due", total_label="Total undiscounted payments",
    )  # fmt: skip
    liability = tables.books.years[2024]["lease_liabilities"]
    context = tables.context(2024, instant=True)
    number = tables.tagger.number
    interest = number(
        "us-gaap:LesseeOperatingLeaseLiabilityUndiscountedExcessAmount",
        sum(payments) - liability, context, negated=True,
    )  # fmt: skip
    rows: list[tuple[str, list[Shown | None], str]] = [
        ("Less: imputed interest", [interest], "line"),
        ("Present value of operating lease liabilities",
         [number("us-gaap:OperatingLeaseLiability", liability, context)], "total"),
    ]  # fmt: skip
    return schedule + lay_out(["Amount"], rows)


def debt(tables: Tables) -> str:
    """Long-term debt: principal, issuance costs, parts."""
    lines = (
        _b("Revolving credit facility", "revolver", "ShortTermBorrowings"),
        _b("Term loan principal", "debt_principal", "LongTermDebtGross"),
        _b("Less: unamortized issuance costs", "debt_costs", "DebtInstrumentUnamortizedDiscountPremiumAndDebtIssuanceCostsNet", negated=True),
        _b("Total long-term debt", "debt_net", "LongTermDebt", look="total"),
        _b("Less: current portion", "debt_current", "LongTermDebtCurrent", negated=True),
        _b("Long-term debt, net of current portion", "debt_long", "LongTermDebtNoncurrent", look="total"),
    )
    return tables.render(lines, _dates(tables))


def accrued(tables: Tables) -> str:
    """Accrued and other current liabilities."""
    lines = (
        _b("Product warranty", "warranty", "ProductWarrantyAccrualClassifiedCurrent"),
        _b("Distributor rebates", "accrued_rebates", "AccruedMarketingCostsCurrent"),
        _b("Interest", "accrued_interest", "InterestPayableCurrent"),
        _b("Other", "accrued_other", "OtherAccruedLiabilitiesCurrent"),
        _b("Total accrued and other current liabilities", "accrued", "AccruedLiabilitiesCurrent", look="total"),
    )
    return tables.render(lines, _dates(tables))


def warranty(tables: Tables) -> str:
    """Product warranty liability, rolled forward."""
    name = "ProductWarrantyAccrual"
    lines = (
        _b("Balance at beginning of year", "warranty", name, prior=True),
        _g("Accruals for warranties issued", "warranty_accruals", f"{name}WarrantiesIssued"),
        _g("Claims settled", "warranty_claims", f"{name}Payments", sign=-1, negated=True),
        _b("Balance at end of year", "warranty", name, look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def earnings_per_share(tables: Tables) -> str:
    """Basic and diluted earnings per share."""
    lines = (
        _g("Net income", "net_income", "NetIncomeLoss"),
        _g("Weighted-average shares, basic", "basic_shares", "WeightedAverageNumberOfSharesOutstandingBasic", unit="shares"),
        _g("Dilutive effect of restricted stock units", "dilution", "IncrementalCommonSharesAttributableToShareBasedPaymentArrangements", unit="shares"),
        _g("Weighted-average shares, diluted", "diluted_shares", "WeightedAverageNumberOfDilutedSharesOutstanding", unit="shares"),
        _g("Net income per share, basic", "eps_basic", "EarningsPerShareBasic", unit="usdPerShare"),
        _g("Net income per share, diluted", "eps_diluted", "EarningsPerShareDiluted", unit="usdPerShare"),
        _g("Anti-dilutive units excluded", "antidilutive", "AntidilutiveSecuritiesExcludedFromComputationOfEarningsPerShareAmount", unit="shares"),
    )
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def pretax_income(tables: Tables) -> str:
    """Income before taxes, domestic and foreign."""
    name = "IncomeLossFromContinuingOperationsBeforeIncomeTaxes"
    lines = (
        _g("United States", "domestic_income", f"{name}Domestic"),
        _g("Foreign", "foreign_income", f"{name}Foreign"),
        Line("Income before income taxes", "pretax", PRETAX, look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def tax_provision(tables: Tables) -> str:
    """Current and deferred provision."""
    lines = (
        Line("Current:", look="head"),
        _g("Federal", "current_federal", "CurrentFederalTaxExpenseBenefit"),
        _g("State", "current_state", "CurrentStateAndLocalTaxExpenseBenefit"),
        _g("Foreign", "current_foreign", "CurrentForeignTaxExpenseBenefit"),
        _g("Total current", "current_tax", "CurrentIncomeTaxExpenseBenefit", look="total"),
        Line("Deferred:", look="head"),
        _g("Federal", "deferred_federal", "DeferredFederalIncomeTaxExpenseBenefit"),
        _g("State", "deferred_state", "DeferredStateAndLocalIncomeTaxExpenseBenefit"),
        _g("Foreign", "deferred_foreign", "DeferredForeignIncomeTaxExpenseBenefit"),
        _g("Total deferred", "deferred_tax", "DeferredIncomeTaxExpenseBenefit", look="total"),
        _g("Provision for income taxes", "tax", "IncomeTaxExpenseBenefit", look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def tax_reconciliation(tables: Tables) -> str:
    """Statutory tax to the provision."""
    name = "IncomeTaxReconciliation"
    lines = (
        _g("Tax at the federal statutory rate of 21%", "statutory_tax", f"{name}IncomeTaxExpenseBenefitAtFederalStatutoryIncomeTaxRate"),
        _g("State taxes, net of federal benefit", "state_effect", f"{name}StateAndLocalIncomeTaxes"),
        _g("Foreign rate differential", "foreign_rate_effect", f"{name}ForeignIncomeTaxRateDifferential"),
        _g("Research and development credits", "rd_credit", f"{name}TaxCreditsResearch", sign=-1, negated=True),
        _g("Foreign-derived intangible income", "fdii_effect", "EffectiveIncomeTaxRateReconciliationFdiiAmount"),
        _g("Stock-based compensation", "stock_effect", f"{name}NondeductibleExpenseShareBasedCompensationCost"),
        _g("Nondeductible compensation", "compensation_effect", f"{name}NondeductibleExpenseOther"),
        _g("U.S. tax on foreign earnings", "foreign_inclusion_effect", "EffectiveIncomeTaxRateReconciliationGiltiAmount"),
        _g("Other, net", "other_tax_effect", f"{name}OtherReconcilingItems"),
        _g("Provision for income taxes", "tax", "IncomeTaxExpenseBenefit", look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=_ENDED)


def deferred_taxes(tables: Tables) -> str:
    """Deferred tax assets and liabilities."""
    name = "DeferredTaxAssets"
    lines = (
        _b("Capitalized research and development", "dta_rd", f"{name}InProcessResearchAndDevelopment"),
        _b("Operating lease liabilities", "dta_leases", f"{name}OperatingLeaseLiability"),
        _b("Inventories", "dta_inventory", f"{name}Inventory"),
        _b("Accrued and stock-based compensation", "dta_compensation", f"{name}TaxDeferredExpenseCompensationAndBenefits"),
        _b("Other", "dta_other", f"{name}Other"),
        _b("Total deferred tax assets", "dta_gross", f"{name}Gross", look="total"),
        _b("Valuation allowance", "valuation_allowance", f"{name}ValuationAllowance", negated=True),
        _b("Depreciation", "dtl_depreciation", "DeferredTaxLiabilitiesPropertyPlantAndEquipment", negated=True),
        _b("Operating lease right-of-use assets", "dtl_lease", "DeferredTaxLiabilitiesLeasingArrangements", negated=True),
        _b("Goodwill and intangible assets", "dtl_intangibles", "DeferredTaxLiabilitiesGoodwillAndIntangibleAssets", negated=True),
        _b("Net deferred tax assets", "net_deferred_tax", "DeferredTaxAssetsLiabilitiesNet", look="total"),
    )
    return tables.render(lines, _dates(tables))


def stock_units(tables: Tables) -> str:
    """Restricted stock units of the latest year, in thousands."""
    note = tables.books.inputs["note"]
    vested = tables.books.years[2024]["shares_vested"]
    end = note["units_2023"] + note["granted"] - vested - note["forfeited"]
    name = "us-gaap:ShareBasedCompensationArrangementByShareBasedPaymentAwardEquityInstrumentsOtherThanOptions"
    year, opening = tables.context(2024), tables.context(2023, instant=True)
    closing = tables.context(2024, instant=True)
    parts = (
        (f"Unvested at {tables.books.end(2023):%B %d, %Y}", "NonvestedNumber", note["units_2023"], opening, False),
        ("Granted", "GrantsInPeriod", note["granted"], year, False),
        ("Vested", "VestedInPeriod", vested, year, True),
        ("Forfeited", "ForfeitedInPeriod", note["forfeited"], year, True),
        (f"Unvested at {tables.books.end(2024):%B %d, %Y}", "NonvestedNumber", end, closing, False),
    )
    rows: list[tuple[str, list[Shown | None], str]] = [
        (label, [tables.tagger.number(name + tail, value, context, unit="shares", negated=negated)],
         "total" if context == closing else "line")
        for label, tail, value, context, negated in parts
    ]  # fmt: skip
    return lay_out(["Units (thousands)"], rows)


def fair_value(tables: Tables) -> str:
    """Assets measured at fair value, by level, at the latest year end."""
    axis = "us-gaap:FairValueByFairValueHierarchyLevelAxis"
    note, y = tables.books.inputs["note"], tables.books.years[2024]
    items = (
        ("Money market funds", "us-gaap:MoneyMarketFundsAtCarryingValue", note["money_market"], 1),
        ("Certificates of deposit", "us-gaap:CertificatesOfDepositAtCarryingValue",
         y["short_term_investments"], 2),
        ("Foreign currency forward contracts", "us-gaap:ForeignCurrencyCashFlowHedgeAssetAtFairValue",
         note["fair_value_forwards"], 2),
    )  # fmt: skip
    rows: list[tuple[str, list[Shown | None], str]] = []
    for label, concept, value, level in items:
        members = ((axis, f"us-gaap:FairValueInputsLevel{level}Member"),)
        context = tables.context(2024, instant=True, members=members)
        shown = tables.tagger.number(concept, value, context)
        rows.append((label, [shown if level == 1 else None, shown if level == 2 else None], "line"))
    return lay_out(["Level 1", "Level 2"], rows, heading=f"{tables.books.end(2024):%B %d, %Y}")


def quarters(tables: Tables) -> str:
    """Results of the eight latest quarters."""
    return _quarters_of(tables, 2024) + _quarters_of(tables, 2023)


def _quarters_of(tables: Tables, year: int) -> str:
    books, number = tables.books, tables.tagger.number
    contexts = [Context(start, end) for start, end in books.quarter_spans(year)]
    figures = books.quarters(year)
    lines = (
        ("Revenue", REVENUE, "revenue"),
        ("Gross profit", "us-gaap:GrossProfit", "gross_profit"),
        ("Operating income", "us-gaap:OperatingIncomeLoss", "operating_income"),
        ("Net income", "us-gaap:NetIncomeLoss", "net_income"),
    )
    rows: list[tuple[str, list[Shown | None], str]] = [
        (label, [number(concept, v, c) for v, c in zip(figures[key], contexts, strict=True)],
         "line")
        for label, concept, key in lines
    ]  # fmt: skip
    shares: list[int] = books.inputs["years"][str(year)]["shares_by_quarter"]
    dilution = books.years[year]["dilution"]
    per_share: list[Shown | None] = []
    for income, context, opening, closing in zip(
        figures["net_income"], contexts, shares, shares[1:], strict=False
    ):
        diluted = Decimal(opening + closing) / 2 + dilution
        amount = (income / diluted).quantize(Decimal("0.01"), ROUND_HALF_UP)
        per_share.append(
            number("us-gaap:EarningsPerShareDiluted", amount, context, unit="usdPerShare",
                   scale=0, places=2)
        )  # fmt: skip
    rows.append(("Net income per share, diluted", per_share, "line"))
    labels = [f"{context.end:%B} {context.end.day}, {context.end.year}" for context in contexts]
    return lay_out(labels, rows, heading=f"Quarter Ended, Fiscal {year}")


def percent(part: Decimal | int, whole: Decimal | int, places: int = 1) -> Shown:
    """A share in percent as a table cell."""
    return plain(Decimal(part) * 100 / Decimal(whole), places, "%", "")
