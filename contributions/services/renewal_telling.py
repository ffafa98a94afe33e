"""Telling donors of a renewal: one message each, about all its invoices and all that their
money has bought."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from bricks.engine import is_postgres
from bricks.months import period_of
from bricks.rupiah import format_rupiah
from contributions import renewal_sql as sql
from contributions.credit_letters import spent_letter
from contributions.letters import SHOWN, Bought, Letter
from contributions.links import pay_url
from contributions.models import (
    Contribution,
    CreditUse,
    RenewalAsk,
    RenewalChunk,
    RenewalRun,
    SelfPayer,
    Sponsorship,
)
from contributions.models.cover import BOUGHT
from contributions.price_changes import PriceChange, change_of, sentences
from contributions.services.renewal_plan import select
from contributions.tariffs import TariffTable
from donors.telling import DonorLetter, tell_donors
from payments.models import Account, Balance, Invoice
from workers.person_selectors import short_name
from workers.services.telling import tell_worker

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
    lines: list[Bought] = field(default_factory=list)
    dearer: Changes = field(default_factory=Counter)


@dataclass
class Asked:
    """An invoice of a run, for so many workers, `dearer` some."""

    invoice: Invoice
    workers: int
    dearer: Changes


def tell(run: RenewalRun, now: datetime, *, whole: bool = False) -> bool:
    """Tell the next donors of a chunk that is worked off and that nobody holds; False where
    there is none. With `whole`, only of chunks that share no donor with another one.

    A donor is told once a run, whatever dies meanwhile. Several tell side by side on
    PostgreSQL; one of a chunk at a time.
    """
    with transaction.atomic():
        waiting = RenewalChunk.objects.filter(
            run=run, finished_at__isnull=False, told_at__isnull=True
        )
        if whole:
            waiting = waiting.filter(programme_id=None)
        held = waiting.order_by("number").select_for_update(skip_locked=is_postgres(connection))
        chunk = held.first()
        if chunk is None:
            return False
        donors = _donors_to_tell(chunk)
        if donors:
            _tell(run, donors, now)
            chunk.told_to = donors[-1]
        if len(donors) < _at_once():
            chunk.told_at = now
        chunk.save(update_fields=["told_to", "told_at"])
    return True


def _at_once() -> int:
    return DONORS if is_postgres(connection) else DONORS_SQLITE


def _donors_to_tell(chunk: RenewalChunk) -> list[int]:
    """The next donors of a chunk who were asked for something. Of a donor whose lines are cut
    into several chunks the first of them tells, when all are worked off."""
    siblings = RenewalChunk.objects.filter(
        run=chunk.run_id,
        number__lt=chunk.number,
        last_donor=chunk.first_donor,
        programme_id__isnull=False,
    )
    if chunk.programme_id is not None and siblings.exists():
        return []
    asks = RenewalAsk.objects.filter(
        run=chunk.run_id,
        donor__gte=max(chunk.first_donor, chunk.told_to + 1),
        donor__lte=chunk.last_donor,
    )
    return list(asks.order_by("donor").values_list("donor", flat=True).distinct()[: _at_once()])


def _tell(run: RenewalRun, donors: Sequence[int], now: datetime) -> None:
    """Put a message to each payer of these donors into the outbox."""
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
    for own in SelfPayer.objects.filter(donor__in=donors).select_related("worker"):
        _tell_self_payer(run, own, told[own.donor_id], bought.get(own.donor_id, []), now)


def _tell_self_payer(
    run: RenewalRun, own: SelfPayer, asked: Sequence[Asked], bought: Sequence[Spent], now: datetime
) -> None:
    """Write to the phone of a worker who pays for himself: nobody signs in as his donor.
    No amount stands in the first two lines (P45)."""
    with translation.override("id"):
        lines = [_text([], bought, None)[1]] if bought else []
        if asked:
            lines += [
                _("Perlindungan akan segera berakhir. Silakan perpanjang."),
                *(
                    _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(one.invoice)}
                    for one in asked
                ),
                *(_demand(one) for one in asked),
                *(sentence for one in asked for sentence in sentences(one.dearer)),
            ]
        lines.append(_("Gratis bertanya ke 175. Kami tidak pernah meminta PIN atau OTP."))
    tell_worker(
        worker=own.worker,
        key=f"renewal_run:{run.pk}:own:{own.pk}",
        kind="renewal_invoice" if asked else "credit_spent",
        body="\n".join(lines),
        now=now,
    )


def _text(asked: Sequence[Asked], bought: Sequence[Spent], _user: Any) -> Letter:
    letters = [_spent(spent) for spent in bought]
    if asked:
        letters.insert(0, _asked(asked, is_alone=not bought))
    return letters[0][0], "\n\n".join(body for _subject, body in letters)


def _asked(asked: Sequence[Asked], *, is_alone: bool) -> Letter:
    parts = [_("Perlindungan akan segera berakhir. Silakan perpanjang.")]
    for one in asked:
        parts += [
            _demand(one),
            *sentences(one.dearer),
            _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(one.invoice)},
        ]
    if is_alone:
        parts.append(_("Bila terjadi kecelakaan: ke rumah sakit dulu, lalu telepon 175."))
    return _("Perpanjangan perlindungan"), "\n".join(parts)


def _demand(one: Asked) -> str:
    return _("Untuk %(workers)s pekerja, jumlah %(total)s. Tagihan nomor %(number)s.") % {
        "workers": one.workers,
        "total": format_rupiah(one.invoice.total),
        "number": one.invoice.number,
    }


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


def _line(start: date | str, done: int, months: int, price: int, name: str) -> Bought:
    return Bought(short_name(name), *_days(start, done, months), price)


@lru_cache
def _days(start: date | str, done: int, months: int) -> tuple[date, date]:
    """The first and the last day of so many months of a run, after those that are done."""
    first = sql.read_day(start)
    return period_of(first, done)[0], period_of(first, done + months - 1)[1]


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
        _DEARER.format(grid=sql.grid(sql.periods(run.today)), bought=bought),
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
        month=sql.read_day(month),
        legal_basis=legal_basis,
    )
    return change_of(row, amount, last_month=sql.read_day(last_month), held=int(held), table=table)
