"""What a change of tariff does to open invoices, bought months and renewals; reads only.

The preview and the job that follows a change up ask here, so that their figures agree.
Months that cost something else now are found by one join of the changed cells with the
contributions, in the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from bricks.months import add_months, first_of_month
from contributions.models import Contribution, Sponsorship
from contributions.services.recounting import COUNTED
from contributions.services.renewing import due_on, first_month_due
from contributions.tariff_rows import Cell
from contributions.tariffs import NoTariff, TariffTable
from workers.models import Enrollment

#: Renewals that go out within so many days are shown at the new price.
DAYS_AHEAD = 30

#: A month keeps the choice of JHT with which it was priced.
_MONTHS = """
WITH cell (bracket, sector, funding, first_month, last_month, jkk, jkm, jht) AS (
  VALUES {cells}
), priced AS (
  SELECT c.id, c.invoice_id, s.donor_id,
    {worth} AS worth,
    cell.jkk + cell.jkm + CASE WHEN c.jht > 0 THEN cell.jht ELSE 0 END AS price,
    CASE WHEN c.jkk = cell.jkk AND c.jkm = cell.jkm AND (c.jht = 0 OR c.jht = cell.jht)
      THEN 1 ELSE 0 END AS is_same
  FROM contributions_contribution c
  JOIN contributions_sponsorship s ON s.id = c.sponsorship_id
  JOIN cell ON cell.bracket = c.bracket AND cell.sector = s.sector
   AND cell.funding = s.funding
   AND c.month >= cell.first_month AND c.month <= cell.last_month
  WHERE c.status IN ({statuses}) AND {condition}
)
"""
#: Money that the bank has taken back is none any more: its months go with the reversal.
_NOT_TAKEN_BACK = """NOT EXISTS (
  SELECT 1 FROM payments_posting p JOIN payments_payment y ON y.id = p.payment_id
  WHERE p.id = c.posting_id AND y.status = 'reversed')"""
_WORTH = """c.amount - COALESCE((SELECT SUM(k.amount) FROM contributions_pricecorrection k
      WHERE k.contribution_id = c.id), 0)"""
_OPEN = "EXISTS (SELECT 1 FROM payments_invoice i WHERE i.id = c.invoice_id AND i.status = 'open')"


@dataclass(frozen=True)
class Sum:
    """So many things, and what they come to in rupiah before and after."""

    count: int = 0
    months: int = 0
    old: int = 0
    new: int = 0


@dataclass(frozen=True)
class Effect:
    """What a change does.

    `invoices` are open ones, withdrawn and asked anew: their totals. `cheaper` are bought
    months that give back `old - new` rupiah to `donors` donors; `dearer` ones stay as they
    are. `renewals` count workers within DAYS_AHEAD; `unpriced` of them have no price.
    `quoted` are cases that were shown a price and have no invoice yet.
    """

    invoices: Sum
    cheaper: Sum
    donors: int
    dearer: int
    renewals: Sum
    unpriced: int
    quoted: Sum

    @property
    def credit(self) -> int:
        """What donors and programmes get back, in rupiah."""
        return self.cheaper.old - self.cheaper.new


def effect_of(cells: Sequence[Cell], *, old: TariffTable, new: TariffTable, today: date) -> Effect:
    """Work out what changed cells do, in four statements whatever the number of rows."""
    cheaper, donors, dearer = _bought(cells)
    renewals, unpriced = _renewals(old, new, today)
    quoted = _quoted(old, new, today)
    return Effect(_open_invoices(cells), cheaper, donors, dearer, renewals, unpriced, quoted)


def cheaper_months(cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """Return donor and id of every bought month that costs less now, in order of donor."""
    sql, params = _bought_sql(cells)
    tail = "SELECT donor_id, id FROM priced WHERE price < worth ORDER BY donor_id, id"
    return _rows(sql + tail, params) if cells else []


def changed_invoices(cells: Sequence[Cell]) -> list[int]:
    """Return the ids of open invoices that ask another price than the tariff says now."""
    sql, params = _promised_sql(cells)
    tail = "SELECT DISTINCT invoice_id FROM priced WHERE is_same = 0 ORDER BY invoice_id"
    return [row[0] for row in _rows(sql + tail, params)] if cells else []


def _bought(cells: Sequence[Cell]) -> tuple[Sum, int, int]:
    if not cells:
        return Sum(), 0, 0
    sql, params = _bought_sql(cells)
    tail = """SELECT CASE WHEN price < worth THEN 1 ELSE 0 END AS cheaper,
      COUNT(*), SUM(worth), SUM(price), COUNT(DISTINCT donor_id)
      FROM priced WHERE price <> worth GROUP BY 1"""
    found = {row[0]: row[1:] for row in _rows(sql + tail, params)}
    count, old, new, donors = (int(value) for value in found.get(1, (0, 0, 0, 0)))
    return Sum(count, count, old, new), donors, int(found.get(0, (0,))[0])


def _open_invoices(cells: Sequence[Cell]) -> Sum:
    if not cells:
        return Sum()
    sql, params = _promised_sql(cells)
    tail = """SELECT COUNT(*), SUM(x.months), SUM(i.total), SUM(i.total + x.more) FROM (
      SELECT invoice_id, COUNT(*) AS months, SUM(price - worth) AS more
      FROM priced WHERE is_same = 0 GROUP BY invoice_id) x
      JOIN payments_invoice i ON i.id = x.invoice_id"""
    return Sum(*(int(value or 0) for value in _rows(sql + tail, params)[0]))


def _renewals(old: TariffTable, new: TariffTable, today: date) -> tuple[Sum, int]:
    """Price what falls due within DAYS_AHEAD: by groups of what a price depends on."""
    groups = (
        due_on(today + timedelta(days=DAYS_AHEAD))
        .order_by()
        .values_list("paid_until", "months", "bracket", "sector", "funding", "jht")
        .annotate(count=Count("pk"))
    )
    return _repriced(
        old,
        new,
        [
            (first_month_due(Sponsorship(paid_until=paid_until), today), *rest)
            for paid_until, *rest in groups
        ],
    )


def _quoted(old: TariffTable, new: TariffTable, today: date) -> Sum:
    """Price the cases that wait for the branch or for their invoice, as if paid this month."""
    waiting = Enrollment.everything.filter(
        Q(status__in=Enrollment.OPEN)
        | Q(status=Enrollment.Status.APPROVED, followed_up_at__isnull=True)
    )
    counted = (
        waiting.order_by()
        .values_list("months", "bracket", "sector", "programme__funding", "jht")
        .annotate(count=Count("pk"))
    )
    first = first_of_month(today)
    return _repriced(old, new, [(first, *row) for row in counted])[0]


def _repriced(
    old: TariffTable, new: TariffTable, groups: Iterable[tuple[Any, ...]]
) -> tuple[Sum, int]:
    """Sum the groups whose price changes; of how many there is no price."""
    workers = months = before = after = unpriced = 0
    for first, term, bracket, sector, funding, jht, count in groups:
        asked = {"bracket": bracket, "sector": sector, "funding": funding, "jht": jht}
        term_months = [add_months(first, k) for k in range(term)]
        was, becomes = (_total(table, term_months, asked) for table in (old, new))
        if was is None or becomes is None:
            unpriced += count
        elif was != becomes:
            workers, months = workers + count, months + count * term
            before, after = before + count * was, after + count * becomes
    return Sum(workers, months, before, after), unpriced


def _total(table: TariffTable, months: Sequence[date], asked: dict[str, Any]) -> int | None:
    try:
        return sum(table.price(month=month, **asked).total for month in months)
    except NoTariff:
        return None


def _bought_sql(cells: Sequence[Cell]) -> tuple[str, list[Any]]:
    return _sql(cells, statuses=COUNTED, worth=_WORTH, condition=_NOT_TAKEN_BACK)


def _promised_sql(cells: Sequence[Cell]) -> tuple[str, list[Any]]:
    return _sql(cells, statuses=[Contribution.Status.PROMISED], worth="c.amount", condition=_OPEN)


def _sql(
    cells: Sequence[Cell], *, statuses: Sequence[str], worth: str, condition: str
) -> tuple[str, list[Any]]:
    params: list[Any] = []
    rows = []
    for cell in cells:
        # Whole numbers stand in the text: SQLite takes 32,766 parameters and no more.
        rows.append(f"({cell.bracket:d}, %s, %s, %s, %s, {cell.jkk:d}, {cell.jkm:d}, {cell.jht:d})")
        params += [cell.sector, cell.funding, cell.first_month, cell.last_month]
    sql = _MONTHS.format(
        cells=", ".join(rows),
        worth=worth,
        statuses=", ".join(["%s"] * len(statuses)),
        condition=condition,
    )
    return sql, [*params, *(str(status) for status in statuses)]


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
