"""Telling donors of a renewal: one message each, about all its invoices and all that their
money has bought."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from bricks.engine import is_postgres
from bricks.months import period_of
from bricks.rupiah import format_rupiah
from contributions import renewal_sql as sql
from contributions.bills import BillLine
from contributions.credit_letters import spent_letter
from contributions.letters import SHOWN, Letter
from contributions.links import pay_url
from contributions.models import (
    Contribution,
    CreditUse,
    RenewalAsk,
    RenewalRun,
    Sponsorship,
)
from contributions.models.cover import BOUGHT
from contributions.price_changes import PriceChange, change_of, sentences
from contributions.services.renewal_plan import select
from contributions.tariffs import TariffTable
from donors.telling import DonorLetter, tell_donors
from payments.models import Account, Balance, Invoice
from workers.models import Worker

#: Donors a step.
DONORS, DONORS_SQLITE = 500, 50
#: Whose money: a programme's fund, else the donor's credit.
Owner = tuple[bool, int]
Changes = Counter[PriceChange]


@dataclass
class Spent:
    """What a credit or fund bought in a run: rupiah, workers, and the first of them."""

    left: int
    amount: int = 0
    workers: int = 0
    lines: list[BillLine] = field(default_factory=list)
    dearer: Changes = field(default_factory=Counter)


@dataclass
class Asked:
    """An invoice of a run, for so many workers, `dearer` some."""

    invoice: Invoice
    workers: int
    dearer: Changes


def tell(run: RenewalRun, now: datetime) -> bool:
    """Put a message to each payer of the next donors into the outbox; says whether there
    were none left. A donor is told once a run, whatever dies meanwhile."""
    waiting = RenewalAsk.objects.filter(run=run, donor__gt=run.reached).order_by("donor")
    size = DONORS if is_postgres(connection) else DONORS_SQLITE
    donors = list(waiting.values_list("donor", flat=True).distinct()[:size])
    if not donors:
        return True
    asks = RenewalAsk.objects.filter(run=run, donor__in=donors)
    rows = list(asks.select_related("invoice").order_by("donor", "pk"))
    changes = changes_of(run, donors[0], donors[-1])
    bought = spent_of(run, rows, changes, donors)
    told: dict[int, list[Asked]] = {donor: [] for donor in donors}
    for row in rows:
        if row.invoice is not None:
            dearer = changes[row.donor_id, row.programme_id, "invoice"]
            told[row.donor_id].append(Asked(row.invoice, row.workers, dearer))
    tell_donors(
        [
            DonorLetter(
                donor_id=donor,
                key=f"renewal_run:{run.pk}:{donor}",
                kind="renewal_invoice" if told[donor] else "credit_spent",
                text=partial(_text, told[donor], bought.get(donor, [])),
            )
            for donor in donors
        ],
        now=now,
    )
    run.reached = donors[-1]
    return False


def _text(asked: Sequence[Asked], bought: Sequence[Spent], _user: Any) -> Letter:
    letters = [_spent(spent) for spent in bought]
    if asked:
        letters.insert(0, _asked(asked, is_alone=not bought))
    return letters[0][0], "\n\n".join(body for _subject, body in letters)


def _asked(asked: Sequence[Asked], *, is_alone: bool) -> Letter:
    parts = [_("Perlindungan akan segera berakhir. Silakan perpanjang.")]
    for one in asked:
        parts += [
            _("Untuk %(workers)s pekerja, jumlah %(total)s. Tagihan nomor %(number)s.")
            % {
                "workers": one.workers,
                "total": format_rupiah(one.invoice.total),
                "number": one.invoice.number,
            },
            *sentences(one.dearer),
            _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(one.invoice)},
        ]
    if is_alone:
        parts.append(_("Bila terjadi kecelakaan: ke rumah sakit dulu, lalu telepon 175."))
    return _("Perpanjangan perlindungan"), "\n".join(parts)


def _spent(spent: Spent) -> Letter:
    use = CreditUse(reason=CreditUse.Reason.RENEWAL, amount=spent.amount)
    return spent_letter(
        use, spent.lines, left=spent.left, dearer=spent.dearer, workers=spent.workers
    )


# --- what money bought -------------------------------------------------------------------
#: The first workers of each credit and fund: a letter names no more.
_FIRST = """
SELECT x.donor_id, x.programme_id, x.budget, x.run_start, x.run_months, x.months, x.price, w.name
FROM (
  SELECT l.*, ROW_NUMBER() OVER (
           PARTITION BY l.budget, CASE WHEN l.budget THEN l.programme_id ELSE l.donor_id END
           ORDER BY l.paid_until, l.sponsorship_id) AS nth
  FROM contributions_renewalline l
  WHERE l.run_id = %s AND l.donor_id >= %s AND l.donor_id <= %s AND l.how = 'draw') x
JOIN workers_worker w ON w.id = x.worker_id
WHERE x.nth <= %s ORDER BY x.donor_id, x.paid_until, x.sponsorship_id
"""


def spent_of(
    run: RenewalRun,
    rows: Sequence[RenewalAsk],
    changes: dict[tuple[int, int | None, str], Changes],
    donors: Sequence[int],
) -> dict[int, list[Spent]]:
    """Return, per donor, what his credit and his programmes' funds bought."""
    uses = [row for row in rows if row.use_id is not None]
    left = _left(uses)
    found: dict[int, dict[Owner, Spent]] = defaultdict(dict)
    for row in uses:
        owner = _owner(row)
        spent = found[row.donor_id].setdefault(owner, Spent(left[owner]))
        spent.amount, spent.workers = spent.amount + row.amount, spent.workers + row.workers
        spent.dearer = changes[row.donor_id, row.programme_id, "draw"]
    if uses:
        for donor, programme, budget, *line in select(
            _FIRST, [run.pk, donors[0], donors[-1], SHOWN]
        ):
            owner = (bool(budget), programme if budget else donor)
            if owner in found[donor]:
                found[donor][owner].lines.append(_line(*line))
    return {donor: list(spent.values()) for donor, spent in found.items()}


def _owner(row: RenewalAsk) -> Owner:
    return (True, row.programme_id) if row.programme_id else (False, row.donor_id)


def _left(uses: Sequence[RenewalAsk]) -> dict[Owner, int]:
    credit = Balance.objects.filter(
        account__kind=Account.Kind.CREDIT, account__donor__in={row.donor_id for row in uses}
    )
    funds = Balance.objects.filter(
        account__kind=Account.Kind.FUND,
        account__programme__in={row.programme_id for row in uses if row.programme_id},
    )
    return {
        **{(False, pk): sum_ for pk, sum_ in credit.values_list("account__donor", "amount")},
        **{(True, pk): sum_ for pk, sum_ in funds.values_list("account__programme", "amount")},
    }


def _line(start: date | str, done: int, months: int, price: int, name: str) -> BillLine:
    first = start if isinstance(start, date) else date.fromisoformat(start)
    return BillLine(
        sponsorship=Sponsorship(worker=Worker(name=name)),
        name=name,
        months=months,
        total=price,
        first_day=period_of(first, done)[0],
        last_day=period_of(first, done + months - 1)[1],
        prices=(),
    )


# --- why it costs more -------------------------------------------------------------------
#: As `contributions.price_changes.price_changes`, counted by the database.
_DEARER = """
WITH {grid},
base AS (
  SELECT l.id, l.donor_id, l.programme_id, l.budget, l.how, l.sponsorship_id, l.first_month,
         l.months, (
           SELECT c.id FROM contributions_contribution c
           WHERE c.sponsorship_id = l.sponsorship_id AND c.status IN ({bought})
             AND c.month < l.first_month ORDER BY c.month DESC LIMIT 1) AS last_id
  FROM contributions_renewalline l
  WHERE l.run_id = %s AND l.donor_id >= %s AND l.donor_id <= %s AND l.how <> 'refused'),
held AS (
  SELECT base.*, c.month AS last_month, c.amount - COALESCE((
           SELECT SUM(p.amount) FROM contributions_pricecorrection p
           WHERE p.contribution_id = c.id), 0) AS held
  FROM base JOIN contributions_contribution c ON c.id = base.last_id),
dearer AS (
  SELECT held.*, s.bracket, s.sector, s.funding, s.jht, grid.month, t.legal_basis,
         t.jkk + t.jkm + CASE WHEN s.jht THEN t.jht ELSE 0 END AS amount,
         ROW_NUMBER() OVER (PARTITION BY held.id ORDER BY grid.month) AS nth
  FROM held JOIN contributions_sponsorship s ON s.id = held.sponsorship_id
  JOIN grid ON grid.first_month = held.first_month AND grid.months = held.months
  JOIN contributions_tariffmonth t ON t.month = grid.month AND t.bracket_id = s.bracket
   AND t.sector = s.sector AND t.funding = s.funding
  WHERE t.jkk + t.jkm + CASE WHEN s.jht THEN t.jht ELSE 0 END > held.held)
SELECT donor_id, programme_id, budget, how, bracket, sector, funding, jht, last_month, held,
       month, amount, legal_basis, COUNT(*)
FROM dearer WHERE nth = 1
GROUP BY donor_id, programme_id, budget, how, bracket, sector, funding, jht, last_month, held,
         month, amount, legal_basis
"""


def changes_of(
    run: RenewalRun, first_donor: int, last_donor: int
) -> dict[tuple[int, int | None, str], Changes]:
    """Count the workers whose months cost more than their last one (P15), by donor,
    programme and how they are met; what credit pays has no programme."""
    bought = ", ".join(f"'{status}'" for status in BOUGHT)
    found = select(
        _DEARER.format(grid=sql.grid(run.today), bought=bought),
        [run.pk, first_donor, last_donor],
    )
    changes: dict[tuple[int, int | None, str], Changes] = defaultdict(Counter)
    table = TariffTable.load() if found else None
    for donor, programme, budget, how, *rest in found:
        key = (donor, programme if budget or how == "invoice" else None, how)
        if table is not None:
            changes[key][_change(table, *rest[:-1])] += rest[-1]
    return changes


def _change(table: TariffTable, *cells: Any) -> PriceChange:
    bracket, sector, funding, jht, last_month, held, month, amount, legal_basis = cells
    row = Contribution(
        sponsorship=Sponsorship(sector=sector, funding=funding),
        bracket=bracket,
        jht=int(bool(jht)),
        month=_day(month),
        legal_basis=legal_basis,
    )
    return change_of(row, amount, last_month=_day(last_month), held=int(held), table=table)


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
