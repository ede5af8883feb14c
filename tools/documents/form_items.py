"""The items of the SEC's forms: their keys in order, their titles, and how filers word them.

Sources: Forms 10-K, 10-Q and 8-K (sec.gov/forms) and their earlier versions: Item 14 held the
exhibits until 2002, and controls and procedures in fiscal 2002; Item 4 was a vote of holders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

TITLES = {
    "1": "Business",
    "1A": "Risk Factors",
    "1B": "Unresolved Staff Comments",
    "1C": "Cybersecurity",
    "2": "Properties",
    "3": "Legal Proceedings",
    "4": "Mine Safety Disclosures",
    "5": "Market for Registrant's Common Equity",
    "6": "Selected Financial Data",
    "7": "Management's Discussion and Analysis",
    "7A": "Quantitative and Qualitative Disclosures About Market Risk",
    "8": "Financial Statements and Supplementary Data",
    "9": "Changes in and Disagreements with Accountants",
    "9A": "Controls and Procedures",
    "9B": "Other Information",
    "9C": "Disclosure Regarding Foreign Jurisdictions that Prevent Inspections",
    "10": "Directors, Executive Officers and Corporate Governance",
    "11": "Executive Compensation",
    "12": "Security Ownership",
    "13": "Certain Relationships and Related Transactions",
    "14": "Principal Accountant Fees and Services",
    "15": "Exhibits and Financial Statement Schedules",
    "16": "Form 10-K Summary",
}
QUARTERLY_TITLES = {
    "1": "Financial Statements",
    "2": "Management's Discussion and Analysis",
    "3": "Quantitative and Qualitative Disclosures About Market Risk",
    "4": "Controls and Procedures",
    "II-1": "Legal Proceedings",
    "II-1A": "Risk Factors",
    "II-2": "Unregistered Sales of Equity Securities",
    "II-3": "Defaults Upon Senior Securities",
    "II-4": "Mine Safety Disclosures",
    "II-5": "Other Information",
    "II-6": "Exhibits",
}
CURRENT_TITLES = {
    "1.01": "Entry into a Material Definitive Agreement",
    "1.02": "Termination of a Material Definitive Agreement",
    "1.03": "Bankruptcy or Receivership",
    "1.04": "Mine Safety",
    "1.05": "Material Cybersecurity Incidents",
    "2.01": "Completion of Acquisition or Disposition of Assets",
    "2.02": "Results of Operations and Financial Condition",
    "2.03": "Creation of a Direct Financial Obligation",
    "2.04": "Triggering Events That Accelerate an Obligation",
    "2.05": "Costs Associated with Exit or Disposal Activities",
    "2.06": "Material Impairments",
    "3.01": "Notice of Delisting",
    "3.02": "Unregistered Sales of Equity Securities",
    "3.03": "Material Modification to Rights of Security Holders",
    "4.01": "Changes in Registrant's Certifying Accountant",
    "4.02": "Non-Reliance on Previously Issued Financial Statements",
    "5.01": "Changes in Control of Registrant",
    "5.02": "Departure or Election of Directors or Officers",
    "5.03": "Amendments to Articles or Bylaws; Change in Fiscal Year",
    "5.04": "Temporary Suspension of Trading Under Employee Benefit Plans",
    "5.05": "Amendments to the Code of Ethics",
    "5.06": "Change in Shell Company Status",
    "5.07": "Submission of Matters to a Vote of Security Holders",
    "5.08": "Shareholder Director Nominations",
    "6.01": "Asset-Backed Securities Informational Material",
    "7.01": "Regulation FD Disclosure",
    "8.01": "Other Events",
    "9.01": "Financial Statements and Exhibits",
}
_WORDINGS = {
    "1": r"(?:description of )?(?:the )?(?:company.?s )?business|general\b",
    "1A": r"risk factors?",
    "1B": r"unresolved",
    "1C": r"cyber",
    "2": r"(?:description of )?propert",
    "3": r"(?:material )?legal",
    "4": r"(?:mine )?safety|submission|\W*(?:removed|reserved)|executive officers|not applicable",
    "5": r"(?:the )?markets? for|common (?:stock|equity)|price range|market price",
    "6": r"\W*(?:selected|reserved|removed)|(?:consolidated |historical )?selected|five.year",
    "7": r"management.{0,3}s.{0,8}(?:discussion|analysis)|md&a|discussion and analysis",
    "7A": r"(?:quantitative|qualitative)|(?:disclosures? )?about market risk|market risk",
    "8": r"(?:consolidated |index to )*(?:financial statements?|statements? of)|"
    r"financial information",
    "9": r"changes? in|disagreements?",
    "9A": r"(?:disclosure )?controls?|evaluation of disclosure",
    "9B": r"other information",
    "9C": r"disclosures? regarding foreign",
    "10": r"(?:our )?(?:directors?|executive officers)|corporate governance",
    "11": r"(?:executive|management|director).{0,15}(?:compensation|remuneration)|compensation",
    "12": r"(?:security|stock|share|beneficial).{0,12}ownership|ownership of",
    "13": r"(?:certain|interests?|related)\b.{0,24}(?:relationships?|transactions?|management)",
    "14": r"principal.{0,14}account|exhibits?|controls? and|independent (?:auditor|account)|audit",
    "15": r"\W*(?:exhibits?|financial statement|principal account)",
    "16": r"(?:form )?10.?k summary|summary|exhibits",
}
_QUARTERLY_WORDINGS = {
    "1": r"(?:(?:un)?audited |condensed |consolidated |interim |index to )*financial (?:st|info)",
    "2": _WORDINGS["7"],
    "3": _WORDINGS["7A"],
    "4": r"(?:disclosure )?controls?|evaluation",
    "II-1": r"legal",
    "II-1A": r"risk factors?",
    "II-2": r"(?:unregistered|changes in|issuer|purchases|repurchases|market)",
    "II-3": r"defaults?",
    "II-4": r"(?:mine )?safety|submission|\W*(?:removed|reserved)|other information",
    "II-5": r"other (?:information|matters|events)",
    "II-6": r"exhibits?",
}


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a form; `number` is what its heading says, `part` where a form has two."""

    key: str
    number: str
    part: str
    order: int
    title: str
    wording: re.Pattern[str]


@cache
def items_of(form: str) -> dict[str, Item]:
    """The items of a form by key; empty for a form without items."""
    family = family_of(form)
    if family == "10-Q":
        return _build(QUARTERLY_TITLES, _QUARTERLY_WORDINGS)
    if family == "8-K":
        return _build(CURRENT_TITLES, {})
    return _build(TITLES, _WORDINGS) if family == "10-K" else {}


def family_of(form: str) -> str:
    """The form whose items a form has: '10-K405/A' has those of '10-K'."""
    for family in ("10-K", "10-Q", "8-K"):
        if form.upper().startswith(family):
            return family
    return form.upper().removesuffix("/A")


def _build(titles: dict[str, str], wordings: dict[str, str]) -> dict[str, Item]:
    built: dict[str, Item] = {}
    for order, (key, title) in enumerate(titles.items()):
        part, _, number = key.rpartition("-")
        wording = wordings.get(key) or re.escape(title[:12])
        pattern = re.compile(rf"(?:{wording})", re.IGNORECASE)
        built[key] = Item(key, number, part or "I", order, title, pattern)
    return built
