"""What statements call the catalogue's metrics, written from reading printed statements.

A caption is a regular expression over a whole label as `plain_label` leaves it. The first caption
that any line matches counts, so totals and the owners' share come before what they contain. Where
one caption fits several lines with different values the line is not used: the check then has no
opinion, and says so by counting fewer figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evals.checks.printed_statements import Line, Statement

Sign = Literal["as printed", "outflow", "magnitude", "tax"]
Unit = Literal["money", "per share", "shares"]
Part = Literal["", "current assets", "after current liabilities", "current liabilities", "equity"]


@dataclass(frozen=True)
class Caption:
    """How to find one metric's line.

    Attributes:
        labels: Tried in this order; `heading` must match the heading above the line, if given.
        sign: 'outflow': printed as a negative, filed as a positive. 'magnitude': the sign of
            deductions differs between companies. 'tax': see `figure_check`.
        part: The part of the balance sheet where the line must stand.
    """

    metric: str
    statement: Literal["income", "balance", "cash"]
    labels: tuple[str, ...]
    sign: Sign = "as printed"
    unit: Unit = "money"
    heading: str = ""
    part: Part = ""


_NET = (
    r"net (?:income|earnings)(?: ?/? ?\(loss(?:es)?\))?"
    r"|net \(loss\) ?/? ?(?:income|earnings)|net loss"
)
_OWNERS = (
    rf"(?:consolidated )?(?:{_NET}) attributable to (?!common|non-?controlling|redeemable)"
    r"(?!.*from continuing)(?!.*per ).+"
)
_EQUITY = r"(?:equity|deficit|investment|\(deficit\) ?/? ?equity|equity ?/? ?\(deficit\))"
_HOLDERS = r"(?:stockholders|shareholders|shareowners)'?"
_PLAIN_TOTAL = rf"total {_HOLDERS} {_EQUITY}"
_COUNT = r".*(?:average|outstanding|shares used|number of).*"
_PER_SHARE = rf"(?!{_COUNT}).*per.*share.*|.*earnings per.*"
_NOT_CASH = r"(?!.*(?:included in|accrued|accounts payable|not yet paid|non-?cash|held for sale))"
_CASH = r"(?:net )?cash (?:flows? )?(?:\(?(?:generated|provided|used|required|from)\)?.{0,60}?)"

CAPTIONS = (
    Caption("revenue", "income", (
        r"total (?:net )?(?:operating )?(?:revenues?|sales)", r"net (?:revenues?|sales)(?: 1 & 2)?",
        r"revenues?", r"sales", r"total: (?:net )?(?:revenues?|sales)")),
    Caption("cost_of_revenue", "income", (
        r"total costs? of (?:sales|revenues?|products sold|goods sold)",
        r"cost of (?:sales|revenues?|products sold|goods sold)(?: \(cor\))?"
        r"(?:, (?:excluding|exclusive).*)?"), sign="magnitude"),
    Caption("gross_profit", "income", (r"gross (?:profit|margin)",)),
    Caption("research_and_development", "income", (
        r"research and development(?: expenses?)?(?: \(r&d\))?",), sign="magnitude"),
    Caption("selling_general_administrative", "income", (
        r"(?:selling|sales|marketing),? (?:selling|general),? and administrative(?: expenses?)?"
        r"(?: \(sg&a\))?",), sign="magnitude"),
    Caption("selling_and_marketing", "income", (
        r"(?:sales|selling) and marketing(?: expenses?)?", r"marketing and sales"),
        sign="magnitude"),
    Caption("general_and_administrative", "income", (
        r"general and administrative(?: expenses?)?(?: \(g&a\))?",), sign="magnitude"),
    Caption("operating_expenses", "income", (r"total operating expenses",), sign="magnitude"),
    Caption("costs_and_expenses", "income", (
        r"total (?:operating )?costs? and expenses", r"total expenses"), sign="magnitude"),
    Caption("operating_income", "income", (
        r"operating (?:income|profit|earnings)(?: ?/? ?\(loss\))?",
        r"operating \(loss\) ?/? ?income",
        r"(?:income|earnings|profit)(?: \(loss\))? from operations")),
    Caption("interest_expense", "income", (
        r"interest expense(?:-net of capitalized interest.*)?", r"interest and debt expense"),
        sign="magnitude"),
    Caption("pretax_income", "income", (
        r"\(?(?:income|earnings|loss)\)?(?: ?/? ?\(?(?:loss|income|earnings)\)?)?"
        r"(?: from continuing operations)? before (?:provision for |benefit from )*"
        r"(?:\(?benefit from\)? )?(?:income )?tax(?:es)?(?: expense)?", r"pre-tax earnings")),
    Caption("income_tax", "income", (
        r"(?:income tax(?:es)?|provision for (?:income )?tax(?:es)?|taxes on earnings)"
        r"(?: expense| provision)?(?:,? net)?(?: ?/? ?\(benefit\))?"
        r"(?: (?:on|from) continuing operations)?",
        r"(?:provision for ?\(benefit from\)|provision ?\(benefit\) for|benefit ?\(provision\) for"
        r"|provision for ?/? ?\(?benefit from\)?|\(?benefit\)? ?/?provision for)"
        r" (?:income )?taxes"),
        sign="tax"),
    Caption("net_income", "income", (
        _OWNERS, rf"(?:{_NET}) attributable to common shareowners",
        r"net earnings common stockholders", r"net income [-–—] linde plc", _NET,
        r"consolidated net income")),
    Caption("consolidated_net_income", "income", (
        rf"consolidated net income|(?:{_NET}) including noncontrolling interests?", _NET)),
    Caption("net_income_noncontrolling", "income", (
        rf"(?:less:? )?(?:consolidated )?(?:{_NET}) attributable to non-?controlling interests?",
        r"(?:less:? )?non-?controlling interests?(?: in (?:subsidiaries'? earnings"
        r"|earnings of subsidiaries))?"), sign="magnitude"),
    Caption("eps_diluted", "income", (
        r"diluted (?:net )?(?:income|earnings)(?: ?\(loss\))? per (?:common )?share(?! from)"
        r"(?!.*(?:continuing|discontinued)).*",
        r"(?:net )?(?:income|earnings)(?: \(loss\))? per (?:common )?share.{0,40}?[-–—, ]+diluted",
        r"net (?:income|earnings).* per diluted common share",
        r"diluted net income attributable to .*"), unit="per share"),
    Caption("eps_diluted", "income", (
        r"diluted(?: \(in dollars per share\))?(?: earnings)?(?: per share)?",), unit="per share",
        heading=_PER_SHARE),
    Caption("eps_basic", "income", (
        r"basic (?:net )?(?:income|earnings)(?: ?\(loss\))? per (?:common )?share(?! from)"
        r"(?!.*(?:continuing|discontinued)).*",
        r"(?:net )?(?:income|earnings)(?: \(loss\))? per (?:common )?share.{0,40}?[-–—, ]+basic",
        r"net (?:income|earnings).* per basic common share",
        r"basic net income attributable to .*"), unit="per share"),
    Caption("eps_basic", "income", (
        r"basic(?: \(in dollars per share\))?(?: earnings)?(?: per share)?",), unit="per share",
        heading=_PER_SHARE),
    Caption("shares_diluted", "income", (
        r"(?:weighted[- ]average )?diluted (?:weighted[- ]average )?(?:common )?shares"
        r"(?: outstanding)?",
        r"weighted[- ]average (?:number of )?(?:diluted )?(?:common )?shares outstanding"
        r"(?:,| ?[-–—])? ?diluted", r"weighted[- ]average diluted (?:common )?shares outstanding",
        r"shares used in computing diluted net income per share"), unit="shares"),
    Caption("shares_diluted", "income", (r"diluted(?: shares)?",), unit="shares",
        heading=_COUNT),
    Caption("shares_basic", "income", (
        r"(?:weighted[- ]average )?basic (?:weighted[- ]average )?(?:common )?shares"
        r"(?: outstanding)?",
        r"weighted[- ]average (?:number of )?(?:basic )?(?:common )?shares outstanding"
        r"(?:,| ?[-–—])? ?basic", r"weighted[- ]average basic (?:common )?shares outstanding",
        r"shares used in computing basic net income per share"), unit="shares"),
    Caption("shares_basic", "income", (r"basic(?: shares)?",), unit="shares",
        heading=_COUNT),
    Caption("dividends_per_share", "income", (
        r"(?:cash )?dividends (?:declared )?per (?:common )?share",), unit="per share"),
    # balance sheet
    Caption("cash", "balance", (r"cash and (?:cash )?equivalents",)),
    Caption("short_term_investments", "balance", (
        r"short-term (?:investments|marketable securities)(?: \(.*)?", r"marketable securities"),
        part="current assets"),
    Caption("receivables", "balance", (
        r"(?:trade )?(?:accounts )?receivables?(?: ?[-–—,(] ?(?:net|less).*)?",),
        part="current assets"),
    Caption("inventory", "balance", (
        r"total inventories", r"(?:merchandise )?inventor(?:y|ies)(?:,? ?[-–—]? ?net)?"),
        part="current assets"),
    Caption("current_assets", "balance", (r"total current assets",)),
    Caption("property_plant_equipment", "balance", (
        r"(?:net )?property(?:,? plant)?,? and equipment(?:,? ?[-–—]? ?net(?: of.*)?)?",
        r"property, less accumulated depreciation")),
    Caption("goodwill", "balance", (r"goodwill(?:, net)?",)),
    Caption("intangible_assets", "balance", (
        r"(?:other |purchased |acquired |acquisition-related |identifiable )?intangible assets"
        r"(?:,? ?[-–—]? ?net)?", r"intangible assets, net")),
    Caption("total_assets", "balance", (r"total assets",)),
    Caption("accounts_payable", "balance", (r"(?:trade )?accounts payable(?:[-–—, ]+trade)?",),
        part="current liabilities"),
    Caption("accrued_liabilities", "balance", (r"accrued (?:liabilities|expenses)",),
        part="current liabilities"),
    Caption("deferred_revenue", "balance", (
        r"(?:deferred|unearned) revenues?", r"contract liabilities"), part="current liabilities"),
    Caption("current_portion_of_long_term_debt", "balance", (
        r"current (?:portion|maturities) of long-term debt(?: and (?:finance|capital) leases?)?",
        r"long-term debt due within one year", r"current installments of long-term debt"),
        part="current liabilities"),
    Caption("short_term_borrowings", "balance", (r"short-term borrowings", r"commercial paper"),
        part="current liabilities"),
    Caption("current_liabilities", "balance", (r"total current liabilities",)),
    Caption("long_term_debt", "balance", (
        r"long-term debt(?:,? (?:net|less|excluding).*)?", r"term debt"),
        part="after current liabilities"),
    Caption("total_liabilities", "balance", (r"total liabilities",)),
    Caption("retained_earnings", "balance", (
        r"(?:retained earnings|earnings reinvested in the business|reinvested earnings)"
        r"(?: ?/? ?\((?:accumulated )?deficit\))?", r"accumulated deficit|retained deficit",
        r"\(accumulated deficit\)/retained earnings")),
    Caption("shareholders_equity", "balance", (
        rf"total (?!liabilities).+ {_HOLDERS} {_EQUITY}",
        rf"total {_HOLDERS} {_EQUITY} attributable to .*", _PLAIN_TOTAL)),
    Caption("total_equity", "balance", (rf"total {_EQUITY}", rf"total {_HOLDERS} {_EQUITY}")),
    Caption("noncontrolling_interest", "balance", (
        r"(?:nonredeemable )?non-?controlling interests?(?: in subsidiaries)?",), part="equity"),
    Caption("redeemable_noncontrolling_interest", "balance", (
        r"redeemable non-?controlling interests?",)),
    # cash flows
    Caption("operating_cash_flow", "cash", (
        rf"(?:{_CASH}|total )operating activities",
        rf"{_CASH}operations",
        rf"{_CASH}operating activities ?[-–—]? ?(?:from )?continuing operations")),
    Caption("investing_cash_flow", "cash", (rf"(?:{_CASH}|total )investing activities",
        rf"{_CASH}investing activities ?[-–—]? ?(?:from )?continuing operations",)),
    Caption("financing_cash_flow", "cash", (rf"(?:{_CASH}|total )financing activities",
        rf"{_CASH}financing activities ?[-–—]? ?(?:from )?continuing operations",)),
    Caption("capital_expenditures", "cash", (
        r"capital expenditures|expenditures for property.*",
        rf"{_NOT_CASH}(?:purchases?|additions?|acquisitions?) (?:of|to) property.*",
        rf"{_NOT_CASH}payments? for (?:acquisition of |purchase of |additions to )?property.*"),
        sign="outflow"),
    Caption("depreciation_and_amortization", "cash", (
        r"depreciation,? (?:and )?amortization(?: and (?:accretion|other))?(?: expense)?",)),
    Caption("depreciation", "cash", (r"depreciation",)),
    Caption("amortization_of_intangibles", "cash", (
        r"amortization of (?:acquisition-related |acquired )?intangible(?: asset)?s",)),
    Caption("stock_compensation", "cash", (
        r"(?:stock|share|equity)-?[ -]?based compensation(?: expense| cost)?",
        r"(?:stock|share) compensation(?: expense| cost)?")),
    Caption("dividends_paid", "cash", (
        r"(?:common stock )?(?:cash )?dividends?(?: paid| payments)*(?: on common stock)?",
        r"payments? (?:of|for) (?:cash )?dividends?(?: and dividend equivalents| to (?:stock|share)"
        r"holders)?", r"dividends (?:paid )?to shareholders", r"cash dividends [-–—] linde plc"
        r" shareholders", r"common stock dividends"), sign="outflow"),
    Caption("share_repurchases", "cash", (
        r"(?:payments (?:for|related to) )?(?:re)?purchases? of (?:class a |ge )?"
        r"(?:common|ordinary|company|treasury)? ?(?:stock|shares)(?: for treasury)?"
        r"(?: - repurchase program)?", r"(?:treasury )?stock (?:re)?purchases",
        r"common stock repurchased", r"repurchases and retirements of common stock"),
        sign="outflow"),
    Caption("acquisitions", "cash", (
        r"(?:cash paid for |payments for )?(?:acquisitions?|purchases?|business acquisitions?)"
        r"(?: of business(?:es)?)?, net of cash(?: and (?:cash )?equivalents)?"
        r" (?:acquired|received)",),
        sign="outflow"),
    Caption("debt_issued", "cash", (
        r"(?:net )?proceeds from (?:the )?issuance of (?:long-term )?debt(?:, net.*)?",
        r"proceeds from long-term debt"), sign="as printed"),
    Caption("debt_repaid", "cash", (
        r"(?:re)?payments? (?:of|on) (?:long-term )?debt",), sign="outflow"),
    Caption("interest_paid", "cash", (
        r"(?:cash paid (?:during the (?:period|year) )?for )interest(?:, net of.*)?",
        r"interest paid(?:, net of.*)?"), sign="magnitude"),
    Caption("income_taxes_paid", "cash", (
        r"(?:cash paid (?:during the (?:period|year) )?for )(?:income )?taxes(?:, net.*)?",
        r"income taxes paid(?:, net.*)?"), sign="magnitude"),
)  # fmt: skip


def plain_label(label: str) -> str:
    """Lower-case a label; take off footnote marks, note references and a closing colon."""
    text = label.lower().replace("’", "'").replace("‘", "'").replace("ʼ", "'")
    text = re.sub(r"\((?:\d{1,2}|[a-h]|see )?\s*(?:note.*?)?\)", "", text)
    text = re.sub(r"\s*[(–—,-]?\s*(?:see )?notes? \d.*$", "", text)
    return re.sub(r"\s+", " ", text).strip(" :.*")


def find_line(caption: Caption, statement: Statement) -> Line | None:
    """Find the one line that a caption names, or None where there is none or doubt."""
    lines = _part(caption.part, statement.lines)
    for label in caption.labels:
        found = [
            line
            for line in lines
            if re.fullmatch(label, _name(line))
            and "discontinued" not in line.heading.lower()
            and re.fullmatch(caption.heading or ".*", plain_label(line.heading))
        ]
        if found and caption.metric == "shareholders_equity":
            # A plain total below noncontrolling interests is not the shareholders' alone.
            found = [one for one in found if not _below_outsiders(one, lines, label)]
        if found:
            return found[0] if all(one.values == found[0].values for one in found) else None
    return None


def _below_outsiders(line: Line, lines: list[Line], label: str) -> bool:
    outsiders = [one.place for one in lines if _name(one).startswith(("noncontr", "non-contr"))]
    plain = label == _PLAIN_TOTAL
    return plain and any(place < line.place for place in outsiders)


def _name(line: Line) -> str:
    return plain_label(line.label) or f"total: {plain_label(line.heading)}"


def _part(part: Part, lines: tuple[Line, ...]) -> list[Line]:
    names = [_name(line) for line in lines]
    assets = _place(names, "total current assets")
    liabilities = _place(names, "total current liabilities")
    whole = _place(names, "total assets")
    if part == "current assets":
        return list(lines[:assets])
    if part == "current liabilities":
        return list(lines[whole:liabilities]) if liabilities < len(lines) else []
    if part in ("after current liabilities", "equity"):
        return list(lines[liabilities:])
    return list(lines)


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)
