"""The invented company's books: three fiscal years rolled forward from an opening balance sheet.

Every movement is entered once and posted to the balances it touches, so the statements agree by
construction. `check` asserts it. Amounts are thousands of US dollars, shares are thousands.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

YEARS: Final = (2022, 2023, 2024)
SEGMENTS: Final = ("navigation", "sensing", "services")
QUARTERLY: Final = ("revenue", "gross_profit", "operating_income", "net_income")
INPUTS: Final = Path(__file__).with_name("inputs.toml")

Year = dict[str, int]


@dataclass(frozen=True)
class Books:
    """All figures of the 10-K.

    Attributes:
        inputs: The parsed TOML.
        years: Flows and closing balances by fiscal year, plus the opening balances as 2021.
        per_share: USD per share by fiscal year: eps_basic, eps_diluted, dividends.
    """

    inputs: dict[str, Any]
    years: dict[int, Year]
    per_share: dict[int, dict[str, Decimal]]

    def quarters(self, year: int) -> dict[str, list[int]]:
        """Figures by quarter; the fourth is the year less the other three."""
        given = self.inputs["quarters"][str(year)]
        return {key: [*given[key], self.years[year][key] - sum(given[key])] for key in QUARTERLY}

    def quarter_spans(self, year: int) -> list[tuple[date, date]]:
        """First and last day of each quarter."""
        ends: list[date] = [*self.inputs["quarters"][str(year)]["ends"], self.end(year)]
        starts = [self.start(year), *(end + timedelta(1) for end in ends[:3])]
        return list(zip(starts, ends, strict=True))

    def start(self, year: int) -> date:
        """First day of a fiscal year."""
        return self.inputs["periods"][str(year)]["start"]  # type: ignore[no-any-return]

    def end(self, year: int) -> date:
        """Last day of a fiscal year."""
        if year == YEARS[0] - 1:
            return date(2021, 12, 25)
        return self.inputs["periods"][str(year)]["end"]  # type: ignore[no-any-return]


def load_books(path: Path = INPUTS) -> Books:
    """Read the inputs and roll the books forward."""
    inputs = tomllib.loads(path.read_text(encoding="utf-8"))
    years: dict[int, Year] = {YEARS[0] - 1: _close(dict(inputs["opening"]), open_retained=True)}
    per_share: dict[int, dict[str, Decimal]] = {}
    for number in YEARS:
        raw = dict(inputs["years"][str(number)])
        quarters: list[int] = raw.pop("shares_by_quarter")
        prices = {k: Decimal(raw.pop(k)) for k in ("repurchase_price", "quarterly_dividend")}
        year = _income(raw) | _shares(quarters, prices, raw)
        year |= _roll(years[number - 1], year)
        year |= inputs["split"].get(str(number), {})
        years[number] = _cash_flow(_close(_splits(year)), years[number - 1]["cash"])
        per_share[number] = {
            "eps_basic": _cents(year["net_income"], year["basic_shares"]),
            "eps_diluted": _cents(year["net_income"], year["diluted_shares"]),
            "dividends": prices["quarterly_dividend"] * 4,
            "repurchase_price": prices["repurchase_price"],
        }
    books = Books(inputs, years, per_share)
    check(books)
    return books


def _cents(amount: int, shares: int) -> Decimal:
    return (Decimal(amount) / shares).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _income(raw: Year) -> Year:
    y = dict(raw)
    for kind in ("revenue", "cost", "rd", "sga"):
        y[kind] = sum(y[f"{kind}_{segment}"] for segment in SEGMENTS)
    y["sga"] += y["sga_corporate"]
    y["revenue_products"] = y["revenue_navigation"] + y["revenue_sensing"]
    y["cost_products"] = y["cost_navigation"] + y["cost_sensing"]
    y["gross_profit"] = y["revenue"] - y["cost"]
    y["operating_expenses"] = y["rd"] + y["sga"] + y["amortization"] + y["restructuring"]
    y["operating_income"] = y["gross_profit"] - y["operating_expenses"]
    for s in SEGMENTS:
        y[f"gross_{s}"] = y[f"revenue_{s}"] - y[f"cost_{s}"]
        y[f"income_{s}"] = y[f"gross_{s}"] - y[f"rd_{s}"] - y[f"sga_{s}"]
    y["depreciation_amortization"] = y["depreciation"] + y["amortization"]
    y["income_segments"] = sum(y[f"income_{s}"] for s in SEGMENTS)
    y["nonoperating"] = y["interest_income"] - y["interest_expense"] + y["other_net"]
    y["pretax"] = y["operating_income"] + y["nonoperating"]
    y["foreign_income"] = y["pretax"] - y["domestic_income"]
    y["current_tax"] = y["current_federal"] + y["current_state"] + y["current_foreign"]
    y["deferred_tax"] = y["deferred_federal"] + y["deferred_state"] + y["deferred_foreign"]
    y["tax"] = y["current_tax"] + y["deferred_tax"]
    y["net_income"] = y["pretax"] - y["tax"]
    y["statutory_tax"] = int((Decimal(y["pretax"]) * 21 / 100).to_integral_value(ROUND_HALF_UP))
    y["other_tax_effect"] = y["tax"] - y["statutory_tax"] - sum(y[k] for k in TAX_EFFECTS)
    y["rest_of_world"] = y["revenue"] - sum(
        y[k] for k in ("us", "norway", "other_europe", "asia_pacific")
    )
    y["translation"] = y["fx_cash"] + y["fx_goodwill"] + y["fx_intangibles"]
    y["hedge_net"] = y["hedge_gain"] - y["hedge_tax"]
    y["other_comprehensive"] = y["translation"] + y["hedge_net"]
    y["comprehensive_income"] = y["net_income"] + y["other_comprehensive"]
    return y


def _shares(quarters: list[int], prices: dict[str, Decimal], y: Year) -> Year:
    doubled = sum(opening + closing for opening, closing in pairwise(quarters))
    basic = int((Decimal(doubled) / 8).to_integral_value(ROUND_HALF_UP))
    paid = prices["quarterly_dividend"] * sum(quarters[1:])
    bought = prices["repurchase_price"] * y["shares_repurchased"]
    return {
        "basic_shares": basic,
        "diluted_shares": basic + y["dilution"],
        "dividends": int(paid.to_integral_value(ROUND_HALF_UP)),
        "repurchases": int(bought.to_integral_value(ROUND_HALF_UP)),
        "outstanding_by_quarters": quarters[-1],
    }


def _roll(old: Year, y: Year) -> Year:
    """Post a year's flows to the balances. Keys as in `opening` of the inputs."""
    acquired = {k: y.get(f"acquired_{k}", 0) for k in _ACQUIRED}
    net_assets = sum(sign * acquired[k] for k, sign in _ACQUIRED.items())
    par = y["shares_vested"] // 100
    return {
        "acquired_goodwill": y["acquisition"] - net_assets,
        "short_term_investments": old["short_term_investments"]
        + y["investment_purchases"]
        - y["investment_maturities"],
        "receivables": old["receivables"] - y["receivables_change"] + acquired["receivables"],
        "inventories": old["inventories"]
        - y["inventories_change"]
        - y["inventory_writedowns"]
        + acquired["inventories"],
        "prepaid": old["prepaid"] - y["prepaid_change"] + y["hedge_gain"],
        "ppe": old["ppe"]
        + y["capex"]
        + acquired["ppe"]
        - y["depreciation"]
        - y["disposal_proceeds"]
        - y["disposal_loss"],
        "ppe_gross": old["ppe_gross"] + y["capex"] + acquired["ppe"] - y["retirements"],
        "lease_assets": old["lease_assets"] + y["lease_additions"] - y["lease_amortization"],
        "goodwill_navigation": old["goodwill_navigation"],
        "goodwill_sensing": old["goodwill_sensing"]
        + (y["acquisition"] - net_assets)
        + y["fx_goodwill"],
        "goodwill_services": old["goodwill_services"],
        "intangibles": old["intangibles"]
        + acquired["intangibles"]
        - y["amortization"]
        + y["fx_intangibles"],
        "deferred_tax_assets": old["deferred_tax_assets"]
        - y["deferred_federal"]
        - y["deferred_state"]
        - y["hedge_tax"],
        "other_assets": old["other_assets"] - y["other_assets_change"],
        "payables": old["payables"] + y["payables_change"] + acquired["payables"],
        "compensation": old["compensation"] + y["compensation_change"],
        "accrued": old["accrued"] + y["accrued_change"] + acquired["accrued"],
        "warranty": old["warranty"] + y["warranty_accruals"] + y["warranty_claims"],
        "taxes_payable": old["taxes_payable"] + y["taxes_payable_change"],
        "deferred_revenue": old["deferred_revenue"]
        + y["deferred_revenue_change"]
        + acquired["deferred_revenue"],
        "lease_liabilities": old["lease_liabilities"]
        + y["lease_additions"]
        + y["lease_liability_change"],
        "debt_principal": old["debt_principal"] + y["debt_proceeds"] - y["debt_repaid"],
        "debt_costs": old["debt_costs"] + y["debt_costs_paid"] - y["debt_cost_amortization"],
        "deferred_tax_liabilities": old["deferred_tax_liabilities"]
        + y["deferred_foreign"]
        + acquired["deferred_tax"],
        "other_liabilities": old["other_liabilities"],
        "shares_issued": old["shares_issued"] + y["shares_vested"],
        "treasury_shares": old["treasury_shares"] + y["shares_repurchased"],
        "common_stock": old["common_stock"] + par,
        "par_issued": par,
        "plan_proceeds": y["espp_proceeds"] - par,
        "apic": old["apic"]
        + y["stock_compensation"]
        + (y["espp_proceeds"] - par)
        - y["withheld_taxes"],
        "treasury_stock": old["treasury_stock"] + y["repurchases"],
        "retained_earnings": old["retained_earnings"] + y["net_income"] - y["dividends"],
        "hedge_aoci": old["hedge_aoci"] + y["hedge_net"],
        "translation_aoci": old["translation_aoci"] + y["translation"],
        "cash": old["cash"] + _cash_change(y),
    } | y


_ACQUIRED: Final = {
    "receivables": 1, "inventories": 1, "ppe": 1, "intangibles": 1,
    "payables": -1, "accrued": -1, "deferred_revenue": -1, "deferred_tax": -1,
}  # fmt: skip

TAX_EFFECTS: Final = (
    "state_effect", "foreign_rate_effect", "rd_credit", "fdii_effect", "stock_effect",
    "compensation_effect", "foreign_inclusion_effect",
)  # fmt: skip
OPERATING: Final = (
    "net_income", "depreciation", "amortization", "stock_compensation", "deferred_tax",
    "debt_cost_amortization", "inventory_writedowns", "disposal_loss", "lease_amortization",
    "receivables_change", "inventories_change", "prepaid_change", "other_assets_change",
    "payables_change", "compensation_change", "deferred_revenue_change", "accrued_change",
    "taxes_payable_change", "lease_liability_change",
)  # fmt: skip
INVESTING: Final = {
    "capex": -1, "disposal_proceeds": 1, "acquisition": -1, "investment_purchases": -1,
    "investment_maturities": 1,
}  # fmt: skip
FINANCING: Final = {
    "debt_proceeds": 1, "debt_repaid": -1, "debt_costs_paid": -1, "dividends": -1,
    "repurchases": -1, "espp_proceeds": 1, "withheld_taxes": -1,
}  # fmt: skip


def _flows(y: Year) -> Year:
    return {
        "operating_cash": sum(y[k] for k in OPERATING),
        "investing_cash": sum(sign * y[k] for k, sign in INVESTING.items()),
        "financing_cash": sum(sign * y[k] for k, sign in FINANCING.items()),
    }


def _cash_change(y: Year) -> int:
    return sum(_flows(y).values()) + y["fx_cash"]


def _cash_flow(y: Year, opening_cash: int) -> Year:
    flows = _flows(y)
    return (
        y
        | flows
        | {
            "cash_change": sum(flows.values()) + y["fx_cash"],
            "cash_opening": opening_cash,
            "free_cash_flow": flows["operating_cash"] - y["capex"],
            "interest_paid": y["interest_expense"] - y["debt_cost_amortization"],
            "taxes_paid": y["current_tax"] - y["taxes_payable_change"],
        }
    )


def _splits(y: Year) -> Year:
    """Divide closing balances into current and long-term parts and note lines."""
    if "debt_current" not in y:
        return y
    gross = y["technology_gross"] + y["customers_gross"] + y["names_gross"]
    return y | {
        "debt_net": y["debt_principal"] - y["debt_costs"],
        "debt_long": y["debt_principal"] - y["debt_costs"] - y["debt_current"],
        "lease_long": y["lease_liabilities"] - y["lease_current"],
        "deferred_revenue_long": y["deferred_revenue"] - y["deferred_revenue_current"],
        "finished_goods": y["inventories"] - y["raw_materials"] - y["work_in_process"],
        "machinery": y["ppe_gross"] - y["land"] - y["buildings"] - y["construction"],
        "ppe_accumulated": y["ppe_gross"] - y["ppe"],
        "intangibles_gross": gross,
        "intangibles_accumulated": gross - y["intangibles"],
        "technology_net": y["technology_gross"] - y["technology_accumulated"],
        "customers_net": y["customers_gross"] - y["customers_accumulated"],
        "names_accumulated": gross
        - y["intangibles"]
        - y["technology_accumulated"]
        - y["customers_accumulated"],
        "names_net": y["intangibles"]
        - (y["technology_gross"] - y["technology_accumulated"])
        - (y["customers_gross"] - y["customers_accumulated"]),
        "dta_gross": sum(v for k, v in y.items() if k.startswith("dta_")),
        "net_deferred_tax": y["deferred_tax_assets"] - y["deferred_tax_liabilities"],
        "dtl_intangibles": sum(v for k, v in y.items() if k.startswith("dta_"))
        - (y["valuation_allowance"] + y["dtl_depreciation"] + y["dtl_lease"])
        - (y["deferred_tax_assets"] - y["deferred_tax_liabilities"]),
        "accrued_other": y["accrued"]
        - y["warranty"]
        - y["accrued_interest"]
        - y["accrued_rebates"],
        "other_long_lived": y["ppe"] - y["domestic_long_lived"] - y["norway_long_lived"],
    }


def _close(y: Year, open_retained: bool = False) -> Year:
    """Add the totals of the balance sheet; for the opening one retained earnings is the rest."""
    y = dict(y)
    y["goodwill"] = sum(y[f"goodwill_{s}"] for s in SEGMENTS)
    y["current_assets"] = sum(
        y[k] for k in ("cash", "short_term_investments", "receivables", "inventories", "prepaid")
    )
    y["assets"] = y["current_assets"] + sum(
        y[k] for k in ("ppe", "lease_assets", "goodwill", "intangibles", "deferred_tax_assets")
    )
    y["assets"] += y["other_assets"]
    y["liabilities"] = sum(
        y[k]
        for k in (
            "payables", "compensation", "accrued", "taxes_payable", "deferred_revenue",
            "lease_liabilities", "debt_principal", "deferred_tax_liabilities", "other_liabilities",
        )
    ) - y["debt_costs"]  # fmt: skip
    if "debt_current" in y:
        y["current_liabilities"] = (
            y["debt_current"] + y["payables"] + y["compensation"] + y["accrued"]
        ) + (y["taxes_payable"] + y["deferred_revenue_current"] + y["lease_current"])
    y["aoci"] = y["hedge_aoci"] + y["translation_aoci"]
    if open_retained:
        y["common_stock"] = y["shares_issued"] // 100
        paid_in = y["common_stock"] + y["apic"] - y["treasury_stock"] + y["aoci"]
        y["retained_earnings"] = y["assets"] - y["liabilities"] - paid_in
    y["equity"] = (
        y["common_stock"] + y["apic"] + y["retained_earnings"] + y["aoci"] - y["treasury_stock"]
    )
    y["outstanding"] = y["shares_issued"] - y["treasury_shares"]
    return y


def check(books: Books) -> None:
    """Refuse books that do not balance.

    Raises:
        ValueError: Names the year and the identity that fails.
    """
    for number in YEARS:
        y, old = books.years[number], books.years[number - 1]
        identities = {
            "assets = liabilities + equity": y["assets"] - y["liabilities"] - y["equity"],
            "cash change": y["cash"] - old["cash"] - y["cash_change"],
            "shares": y["outstanding"] - y["outstanding_by_quarters"],
            "deferred tax": y["tax"] - y["current_tax"] - y["deferred_tax"],
        }
        for name, difference in identities.items():
            if difference:
                raise ValueError(f"FY{number}: {name} is off by {difference}")
