"""Of whom a renewal asks more than for his last month, and why (P15)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

from bricks.engine import is_postgres
from contributions import renewal_sql as sql
from contributions.models import Contribution, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.price_changes import PriceChange, change_of
from contributions.services.renewal_plan import select
from contributions.tariffs import TariffTable

#: How it is met, the donor, and the programme (none where his credit pays).
Key = tuple[str, int, int | None]
#: A change and how many workers have it: dates as texts, money in rupiah a month.
Dearer = dict[str, Any]
Changes = Counter[PriceChange]

#: As `contributions.price_changes.price_changes`, counted by the database. What a line's
#: dearest month costs tells most of them apart already.
_DEARER = """
WITH {grid},
known AS {kept} (
  SELECT l.*, (
           SELECT c.amount - COALESCE((SELECT SUM(p.amount) FROM contributions_pricecorrection p
                                       WHERE p.contribution_id = c.id), 0)
           {last}) AS held
  FROM renewal_lines l WHERE l.how <> 'refused'),
dearer AS (
  SELECT l.*, (SELECT c.month {last}) AS last_month, grid.month, t.legal_basis,
         t.jkk + t.jkm + CASE WHEN l.jht THEN t.jht ELSE 0 END AS amount,
         ROW_NUMBER() OVER (PARTITION BY l.sponsorship_id ORDER BY grid.month) AS nth
  FROM known l
  JOIN grid ON grid.first_month = l.first_month AND grid.months = l.months
  JOIN contributions_tariffmonth t ON t.month = grid.month AND t.bracket_id = l.bracket
   AND t.sector = l.sector AND t.funding = l.funding
  WHERE l.held < l.dearest
    AND t.jkk + t.jkm + CASE WHEN l.jht THEN t.jht ELSE 0 END > l.held)
SELECT donor_id, programme_id, budget, how, bracket, sector, funding, jht, last_month, held,
       month, amount, legal_basis, COUNT(*)
FROM dearer WHERE nth = 1
GROUP BY donor_id, programme_id, budget, how, bracket, sector, funding, jht, last_month, held,
         month, amount, legal_basis
ORDER BY donor_id, programme_id, how, last_month, held, month, amount
"""
_CELLS = (
    "bracket",
    "sector",
    "funding",
    "jht",
    "last_month",
    "held",
    "month",
    "amount",
    "legal_basis",
    "workers",
)
_LAST = """FROM contributions_contribution c
           WHERE c.sponsorship_id = l.sponsorship_id AND c.status IN ({bought})
             AND c.month < l.first_month ORDER BY c.month DESC LIMIT 1"""


def dearer_lines(periods: Sequence[sql.Period]) -> dict[Key, list[Dearer]]:
    """Count the workers of a chunk whose months cost more than their last one, by whom it is
    said to, as `RenewalAsk.dearer` keeps it."""
    last = _LAST.format(bought=", ".join(f"'{status}'" for status in BOUGHT))
    kept = "MATERIALIZED" if is_postgres(connection) else ""
    found: dict[Key, list[Dearer]] = defaultdict(list)
    for donor, programme, budget, how, *cells in select(
        _DEARER.format(grid=sql.grid(periods), last=last, kept=kept)
    ):
        key = (how, donor, programme if budget or how == "invoice" else None)
        found[key].append(dict(zip(_CELLS, map(_plain, cells), strict=True)))
    return found


def changes_of(kept: Iterable[Sequence[Dearer]]) -> list[Changes]:
    """Read back what several asks keep."""
    table = None
    found = []
    for rows in kept:
        changes: Changes = Counter()
        for row in rows:
            table = table or TariffTable.load()
            changes[_change(row, table)] += row["workers"]
        found.append(changes)
    return found


def _plain(cell: Any) -> Any:
    if isinstance(cell, str | bool):
        return cell
    return cell.isoformat() if hasattr(cell, "isoformat") else int(cell)


def _change(row: Dearer, table: TariffTable) -> PriceChange:
    month = Contribution(
        sponsorship=Sponsorship(sector=row["sector"], funding=row["funding"]),
        bracket=row["bracket"],
        jht=int(bool(row["jht"])),
        month=date.fromisoformat(row["month"]),
        legal_basis=row["legal_basis"],
    )
    last_month = date.fromisoformat(row["last_month"])
    return change_of(month, row["amount"], last_month=last_month, held=row["held"], table=table)
