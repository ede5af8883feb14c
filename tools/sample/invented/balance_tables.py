"""Tables of the notes on assets and liabilities, tagged."""

from __future__ import annotations

from typing import Final

from tools.sample.invented.accounts import YEARS
from tools.sample.invented.inline import Context, Shown
from tools.sample.invented.statement_lines import (
    FISCAL_YEARS_ENDED,
    THREE_YEARS,
    balance_line,
    flow_line,
)
from tools.sample.invented.statements import year_ends  # fmt: skip
from tools.sample.invented.tables import Members, Tables, lay_out, plain


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
        (
            label,
            [tables.tagger.number(f"us-gaap:{name}", y[key], context, negated=sign < 0)],
            "line",
        )
        for label, key, name, sign in parts
    ]
    total = plain(y["acquisition"])
    rows.append(("Purchase price, net of cash acquired", [total], "total"))
    return lay_out([f"{date:%B %d, %Y}"], rows)


def inventories(tables: Tables) -> str:
    """Inventories by stage."""
    lines = (
        balance_line(
            "Raw materials and purchased components",
            "raw_materials",
            "InventoryRawMaterialsNetOfReserves",
        ),
        balance_line("Work in process", "work_in_process", "InventoryWorkInProcessNetOfReserves"),
        balance_line("Finished goods", "finished_goods", "InventoryFinishedGoodsNetOfReserves"),
        balance_line("Total inventories", "inventories", "InventoryNet", look="total"),
    )
    return tables.render(lines, year_ends(tables))


def property_plant(tables: Tables) -> str:
    """Property, plant and equipment by class."""
    axis = "us-gaap:PropertyPlantAndEquipmentByTypeAxis"
    classes = (
        ("Land", "land", "us-gaap:LandMember"),
        (
            "Buildings and improvements",
            "buildings",
            "us-gaap:BuildingAndBuildingImprovementsMember",
        ),
        ("Machinery, test tanks and equipment", "machinery", "us-gaap:MachineryAndEquipmentMember"),
        ("Construction in progress", "construction", "us-gaap:ConstructionInProgressMember"),
    )
    gross = "PropertyPlantAndEquipmentGross"
    lines = [
        balance_line(label, key, gross, members=((axis, member),)) for label, key, member in classes
    ]
    lines += [
        balance_line("Property, plant and equipment, gross", "ppe_gross", gross, look="total"),
        balance_line("Less: accumulated depreciation", "ppe_accumulated",
           "AccumulatedDepreciationDepletionAndAmortizationPropertyPlantAndEquipment",
           negated=True),
        balance_line("Property, plant and equipment, net", "ppe", "PropertyPlantAndEquipmentNet",
           look="total"),
    ]  # fmt: skip
    return tables.render(lines, year_ends(tables))


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
    for column in year_ends(tables):
        y = tables.books.years[column.year]
        rows: list[tuple[str, list[Shown | None], str]] = []
        for label, key, member in classes:
            axis = "us-gaap:FiniteLivedIntangibleAssetsByMajorClassAxis"
            members: Members = ((axis, member),) if member else ()
            context = tables.context(column.year, instant=True, members=members)
            cells: list[Shown | None] = []
            for suffix, name, negated in names:
                value = y["intangibles" if key + suffix == "intangibles_net" else key + suffix]
                cells.append(
                    tables.tagger.number(f"us-gaap:{name}", value, context, negated=negated)
                )
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
        balance_line("Revolving credit facility", "revolver", "ShortTermBorrowings"),
        balance_line("Term loan principal", "debt_principal", "LongTermDebtGross"),
        balance_line(
            "Less: unamortized issuance costs",
            "debt_costs",
            "DebtInstrumentUnamortizedDiscountPremiumAndDebtIssuanceCostsNet",
            negated=True,
        ),
        balance_line("Total long-term debt", "debt_net", "LongTermDebt", look="total"),
        balance_line("Less: current portion", "debt_current", "LongTermDebtCurrent", negated=True),
        balance_line(
            "Long-term debt, net of current portion",
            "debt_long",
            "LongTermDebtNoncurrent",
            look="total",
        ),
    )
    return tables.render(lines, year_ends(tables))


def accrued(tables: Tables) -> str:
    """Accrued and other current liabilities."""
    lines = (
        balance_line("Product warranty", "warranty", "ProductWarrantyAccrualClassifiedCurrent"),
        balance_line("Distributor rebates", "accrued_rebates", "AccruedMarketingCostsCurrent"),
        balance_line("Interest", "accrued_interest", "InterestPayableCurrent"),
        balance_line("Other", "accrued_other", "OtherAccruedLiabilitiesCurrent"),
        balance_line(
            "Total accrued and other current liabilities",
            "accrued",
            "AccruedLiabilitiesCurrent",
            look="total",
        ),
    )
    return tables.render(lines, year_ends(tables))


def warranty(tables: Tables) -> str:
    """Product warranty liability, rolled forward."""
    name = "ProductWarrantyAccrual"
    lines = (
        balance_line("Balance at beginning of year", "warranty", name, prior=True),
        flow_line("Accruals for warranties issued", "warranty_accruals", f"{name}WarrantiesIssued"),
        flow_line("Claims settled", "warranty_claims", f"{name}Payments", sign=-1, negated=True),
        balance_line("Balance at end of year", "warranty", name, look="total"),
    )
    return tables.render(lines, THREE_YEARS, heading=FISCAL_YEARS_ENDED)


def fair_value(tables: Tables) -> str:
    """Assets measured at fair value, by level, at the latest year end."""
    axis = "us-gaap:FairValueByFairValueHierarchyLevelAxis"
    note, y = tables.books.inputs["note"], tables.books.years[2024]
    items = (
        ("Money market funds", "us-gaap:MoneyMarketFundsAtCarryingValue", note["money_market"], 1),
        ("Certificates of deposit", "us-gaap:CertificatesOfDepositAtCarryingValue",
         y["short_term_investments"], 2),
        ("Foreign currency forward contracts",
         "us-gaap:ForeignCurrencyCashFlowHedgeAssetAtFairValue",
         note["fair_value_forwards"], 2),
    )  # fmt: skip
    rows: list[tuple[str, list[Shown | None], str]] = []
    for label, concept, value, level in items:
        members = ((axis, f"us-gaap:FairValueInputsLevel{level}Member"),)
        context = tables.context(2024, instant=True, members=members)
        shown = tables.tagger.number(concept, value, context)
        rows.append((label, [shown if level == 1 else None, shown if level == 2 else None], "line"))
    return lay_out(["Level 1", "Level 2"], rows, heading=f"{tables.books.end(2024):%B %d, %Y}")
