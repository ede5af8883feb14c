"""Tables of the notes on per-share amounts, income taxes, stock units and quarters, tagged."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tools.sample.invented.inline import Context, Shown
from tools.sample.invented.statement_lines import (
    FISCAL_YEARS_ENDED,
    PRETAX,
    REVENUE,
    THREE_YEARS,
    balance_line,
    flow_line,
)
from tools.sample.invented.statements import year_ends  # fmt: skip
from tools.sample.invented.tables import Line, Tables, lay_out


def earnings_per_share(tables: Tables) -> str:
    """Basic and diluted earnings per share."""
    lines = (
        flow_line("Net income", "net_income", "NetIncomeLoss"),
        flow_line(
            "Weighted-average shares, basic",
            "basic_shares",
            "WeightedAverageNumberOfSharesOutstandingBasic",
            unit="shares",
        ),
        flow_line(
            "Dilutive effect of restricted stock units",
            "dilution",
            "IncrementalCommonSharesAttributableToShareBasedPaymentArrangements",
            unit="shares",
        ),
        flow_line(
            "Weighted-average shares, diluted",
            "diluted_shares",
            "WeightedAverageNumberOfDilutedSharesOutstanding",
            unit="shares",
        ),
        flow_line(
            "Net income per share, basic", "eps_basic", "EarningsPerShareBasic", unit="usdPerShare"
        ),
        flow_line(
            "Net income per share, diluted",
            "eps_diluted",
            "EarningsPerShareDiluted",
            unit="usdPerShare",
        ),
        flow_line(
            "Anti-dilutive units excluded",
            "antidilutive",
            "AntidilutiveSecuritiesExcludedFromComputationOfEarningsPerShareAmount",
            unit="shares",
        ),
    )
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def pretax_income(tables: Tables) -> str:
    """Income before taxes, domestic and foreign."""
    name = "IncomeLossFromContinuingOperationsBeforeIncomeTaxes"
    lines = (
        flow_line("United States", "domestic_income", f"{name}Domestic"),
        flow_line("Foreign", "foreign_income", f"{name}Foreign"),
        Line("Income before income taxes", "pretax", PRETAX, look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def tax_provision(tables: Tables) -> str:
    """Current and deferred provision."""
    lines = (
        Line("Current:", look="head"),
        flow_line("Federal", "current_federal", "CurrentFederalTaxExpenseBenefit"),
        flow_line("State", "current_state", "CurrentStateAndLocalTaxExpenseBenefit"),
        flow_line("Foreign", "current_foreign", "CurrentForeignTaxExpenseBenefit"),
        flow_line("Total current", "current_tax", "CurrentIncomeTaxExpenseBenefit", look="total"),
        Line("Deferred:", look="head"),
        flow_line("Federal", "deferred_federal", "DeferredFederalIncomeTaxExpenseBenefit"),
        flow_line("State", "deferred_state", "DeferredStateAndLocalIncomeTaxExpenseBenefit"),
        flow_line("Foreign", "deferred_foreign", "DeferredForeignIncomeTaxExpenseBenefit"),
        flow_line(
            "Total deferred", "deferred_tax", "DeferredIncomeTaxExpenseBenefit", look="total"
        ),
        flow_line("Provision for income taxes", "tax", "IncomeTaxExpenseBenefit", look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def tax_reconciliation(tables: Tables) -> str:
    """Statutory tax to the provision."""
    name = "IncomeTaxReconciliation"
    lines = (
        flow_line(
            "Tax at the federal statutory rate of 21%",
            "statutory_tax",
            f"{name}IncomeTaxExpenseBenefitAtFederalStatutoryIncomeTaxRate",
        ),
        flow_line(
            "State taxes, net of federal benefit", "state_effect", f"{name}StateAndLocalIncomeTaxes"
        ),
        flow_line(
            "Foreign rate differential",
            "foreign_rate_effect",
            f"{name}ForeignIncomeTaxRateDifferential",
        ),
        flow_line(
            "Research and development credits",
            "rd_credit",
            f"{name}TaxCreditsResearch",
            sign=-1,
            negated=True,
        ),
        flow_line(
            "Foreign-derived intangible income",
            "fdii_effect",
            "EffectiveIncomeTaxRateReconciliationFdiiAmount",
        ),
        flow_line(
            "Stock-based compensation",
            "stock_effect",
            f"{name}NondeductibleExpenseShareBasedCompensationCost",
        ),
        flow_line(
            "Nondeductible compensation", "compensation_effect", f"{name}NondeductibleExpenseOther"
        ),
        flow_line(
            "U.S. tax on foreign earnings",
            "foreign_inclusion_effect",
            "EffectiveIncomeTaxRateReconciliationGiltiAmount",
        ),
        flow_line("Other, net", "other_tax_effect", f"{name}OtherReconcilingItems"),
        flow_line("Provision for income taxes", "tax", "IncomeTaxExpenseBenefit", look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def deferred_taxes(tables: Tables) -> str:
    """Deferred tax assets and liabilities."""
    name = "DeferredTaxAssets"
    lines = (
        balance_line(
            "Capitalized research and development",
            "dta_rd",
            f"{name}InProcessResearchAndDevelopment",
        ),
        balance_line("Operating lease liabilities", "dta_leases", f"{name}OperatingLeaseLiability"),
        balance_line("Inventories", "dta_inventory", f"{name}Inventory"),
        balance_line(
            "Accrued and stock-based compensation",
            "dta_compensation",
            f"{name}TaxDeferredExpenseCompensationAndBenefits",
        ),
        balance_line("Other", "dta_other", f"{name}Other"),
        balance_line("Total deferred tax assets", "dta_gross", f"{name}Gross", look="total"),
        balance_line(
            "Valuation allowance", "valuation_allowance", f"{name}ValuationAllowance", negated=True
        ),
        balance_line(
            "Depreciation",
            "dtl_depreciation",
            "DeferredTaxLiabilitiesPropertyPlantAndEquipment",
            negated=True,
        ),
        balance_line(
            "Operating lease right-of-use assets",
            "dtl_lease",
            "DeferredTaxLiabilitiesLeasingArrangements",
            negated=True,
        ),
        balance_line(
            "Goodwill and intangible assets",
            "dtl_intangibles",
            "DeferredTaxLiabilitiesGoodwillAndIntangibleAssets",
            negated=True,
        ),
        balance_line(
            "Net deferred tax assets",
            "net_deferred_tax",
            "DeferredTaxAssetsLiabilitiesNet",
            look="total",
        ),
    )
    return tables.render(lines, year_ends(tables))


def stock_units(tables: Tables) -> str:
    """Restricted stock units of the latest year, in thousands."""
    note = tables.books.inputs["note"]
    vested = tables.books.years[2024]["shares_vested"]
    end = note["units_2023"] + note["granted"] - vested - note["forfeited"]
    name = (
        "us-gaap:ShareBasedCompensationArrangementByShareBasedPaymentAward"
        "EquityInstrumentsOtherThanOptions"
    )
    year, opening = tables.context(2024), tables.context(2023, instant=True)
    closing = tables.context(2024, instant=True)
    parts = (
        (
            f"Unvested at {tables.books.end(2023):%B %d, %Y}",
            "NonvestedNumber",
            note["units_2023"],
            opening,
            False,
        ),
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
