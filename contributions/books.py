"""Proving the books: what must hold at any time between money, months and cover.

Each check is one question that returns the rows which contradict a rule of the house
(sections 4 and 5); a clean portal answers with empty lists. A finding is grave when the
books are wrong; else it is a fact that waits for a person or for a job that is behind.
The questions live in `contributions/checks`, by what they prove.
"""

from datetime import datetime

from contributions.checks import (
    bank,
    bridge,
    credit,
    ledger,
    money,
    months,
    providers,
    refunds,
    tariffs,
    waiting,
)
from contributions.checks.base import Check, Finding
from contributions.identity import Identity, Months, count_months, identity

__all__ = [
    "CHECKS",
    "Check",
    "Finding",
    "Identity",
    "Months",
    "check_books",
    "count_months",
    "identity",
]

SHOWN = 5
CHECKS: tuple[Check, ...] = (
    *money.CHECKS,
    *ledger.CHECKS,
    *bank.CHECKS,
    *months.CHECKS,
    *credit.CHECKS,
    *bridge.CHECKS,
    *refunds.CHECKS,
    *providers.CHECKS,
    *tariffs.CHECKS,
    *waiting.CHECKS,
)


def check_books(*, now: datetime) -> list[Finding]:
    """Ask every question; return the rules that do not hold, the grave ones first."""
    findings = []
    for check in CHECKS:
        rows = check.find(now)
        if rows:
            shown = ", ".join(str(pk) for pk in rows[:SHOWN])
            more = ", ..." if len(rows) > SHOWN else ""
            sentence = f"{check.sentence}: {shown}{more}"
            findings.append(Finding(check.kind, sentence, len(rows), check.is_grave))
    return sorted(findings, key=lambda finding: not finding.is_grave)
