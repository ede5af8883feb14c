"""`footnote audit`: which accounting identities hold, and where sources disagree."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from tools.errors import ToolError
from tools.integrity.audit import SOFT, Audit, Conflict, Finding, read_audit
from tools.toolbox.companies import one_company

_KINDS = {
    "balance": "assets = liabilities + equity",
    "calculation": "sums of the calculation linkbase",
    "cash": "cash roll-forward",
    "quarters": "quarters add up",
    "per_share": "earnings per share x shares (soft)",
}


def show_audit(
    settings: Settings, company: str, *, year: int | None, only_failed: bool, as_json: bool
) -> None:
    """Print a company's integrity checks.

    Raises:
        SetupError: The company is not on file.
    """
    parts = Parts(settings)
    try:
        cik = one_company(parts.sources, company).cik
        audit = read_audit(parts.warehouse.connection, cik, year=year)
    except ToolError as error:
        raise SetupError(str(error)) from error
    finally:
        parts.close()
    if as_json:
        print(json.dumps(_plain(audit, only_failed), ensure_ascii=False, indent=1, default=_text))
    else:
        print_audit(audit, Console(), only_failed=only_failed)


def print_audit(audit: Audit, screen: Console, *, only_failed: bool = False) -> None:
    """Print counts, every failure with its values, and conflicts between sources."""
    screen.print(Text(f"{audit.company}: integrity of {audit.filings} filings", style="bold"))
    if not audit.counts:
        screen.print("Nothing to check: no facts of statements are on file.")
    elif not only_failed:
        screen.print(_counts(audit))
    for finding in audit.failures:
        _print_failure(finding, screen)
    if not audit.failures and audit.counts:
        screen.print("Every identity checked holds within rounding.")
    for conflict in audit.conflicts:
        _print_conflict(conflict, screen)
    if not audit.conflicts:
        screen.print("No conflicts between sources.")


def _counts(audit: Audit) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("identity", "checked", "hold", "fail"):
        table.add_column(name, justify="left" if name == "identity" else "right")
    for kind, label in _KINDS.items():
        total, holding = audit.counts.get(kind, (0, 0))
        if total:
            failed = total - holding
            table.add_row(label, str(total), str(holding), str(failed) if failed else "")
    return table


def _print_failure(finding: Finding, screen: Console) -> None:
    mark = "look" if finding.kind in SOFT else "FAIL"
    name = finding.label or finding.concept.rpartition(":")[2]
    period = (
        f"{finding.period_start} to {finding.period_end}"
        if finding.period_start
        else str(finding.period_end)
    )
    where = f"{finding.form} filed {finding.filed}, {finding.accession}"
    screen.print(Text.assemble((mark, "bold red"), f" {period}  {name} ({finding.concept})"))
    detail = finding.detail.rpartition("/")[2] if finding.kind == "calculation" else finding.detail
    lines = (
        f"{finding.kind}: {detail}",
        f"stated {_money(finding.expected, finding.unit)}, parts give "
        f"{_money(finding.found, finding.unit)}, difference "
        f"{_money(finding.difference, finding.unit)} "
        f"(allowed {_money(finding.tolerance, finding.unit)})",
        f"why: {finding.explanation or 'unknown'}",
        where,
    )
    for line in lines:
        screen.print(Text(f"     {line}"), soft_wrap=True)


def _print_conflict(conflict: Conflict, screen: Console) -> None:
    kept = f"{conflict.kept_source} says {_money(conflict.kept, conflict.unit)} (kept)"
    other = f"{conflict.other_source} says {_money(conflict.other, conflict.unit)}"
    of = f" {conflict.dimensions}" if conflict.dimensions else ""
    screen.print(
        Text.assemble(
            ("CONFLICT", "bold yellow"),
            f" {conflict.period_end}  {conflict.concept}{of}: {kept}, {other}; "
            f"{conflict.form} filed {conflict.filed}, {conflict.accession}",
        ),
        soft_wrap=True,
    )


def _money(value: Decimal, unit: str) -> str:
    return f"{value.normalize():,f} {unit}"


def _plain(audit: Audit, only_failed: bool) -> dict[str, Any]:
    shown = audit.failures if only_failed else audit.findings
    return {
        "company": audit.company,
        "filings": audit.filings,
        "counts": {
            kind: {"checked": total, "hold": holding, "fail": total - holding}
            for kind, (total, holding) in audit.counts.items()
        },
        "checks": [asdict(finding) for finding in shown],
        "conflicts": [asdict(conflict) for conflict in audit.conflicts],
    }


def _text(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
