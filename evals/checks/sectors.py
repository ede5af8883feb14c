"""Sectors of the companies whose 10-Ks the checks read."""

from __future__ import annotations

_MEMBERS = {
    "technology": "AAPL AVGO CRM CSCO IBM INTC NVDA QCOM TXN",
    "internet and media": "AMZN BKNG CHTR CMCSA GOOG META T",
    "health care": "ABBV ABT AMGN BMY DHR LLY MDT",
    "consumer goods": "CL MDLZ MO PG PM",
    "retail and restaurants": "HD LOW MCD SBUX TGT WMT",
    "industry and materials": "EMR GD GE LIN RTX",
    "financial": "BK MA V WFC",
    "real estate": "AMT",
}
SECTORS = {ticker: name for name, members in _MEMBERS.items() for ticker in members.split()}
