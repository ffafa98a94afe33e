"""The next invoice, before cover ends: no silent gap (house section 4)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from bricks.clock import end_of_jakarta_day
from bricks.months import ONE_DAY, add_months, first_of_month
from bricks.rupiah import format_rupiah
from contributions import gate
from contributions.links import pay_url
from contributions.locks import lock_workers
from contributions.models import Contribution, CreditUse, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.price_changes import PriceChange, price_changes, sentences
from contributions.services.crediting import rest_account, spendable, tell_spent, use_credit
from contributions.services.going_on import next_offers
from contributions.services.offering import deal_out
from contributions.services.telling import tell_donor
from donors.models import BUDGETS, Donor, Programme
from payments import ledger
from payments.models import Invoice
from payments.services.invoices import issue_invoice, number_invoice

#: Days before the end of cover on which the next invoice goes out, by period in
#: months: min(30 days, half the period).
LEAD_DAYS = {1: 15, 2: 30, 3: 30, 6: 30, 12: 30}
CHUNK = 500


class TariffMissing(Exception):
    """A month to be renewed has no price: a tariff must be entered first."""


@dataclass(frozen=True)
class Renewal:
    """What a renewal asks of one donor: an invoice for so many workers, `dearer` some."""

    invoice: Invoice
    workers: int
    dearer: Counter[PriceChange]


def renew(*, today: date, now: datetime) -> dict[str, int]:
    """Ask every donor for the next period of what comes to its end. Idempotent.

    The unit is the sponsorship: active, renewing, not parked, its `paid_until` at most
    LEAD_DAYS away or already past, and nothing promised for it yet. One invoice and one
    message per programme and at most CHUNK workers. A sponsorship whose next month somebody
    else has already bought for the worker is counted as `covered_by_other` and waits, one
    for whom nothing may be asked (`contributions.gate`) as `withheld`. Private credit is
    used first, whole workers and then months (`from_credit`); the invoice asks for the rest.
    Raises TariffMissing for a donor whose months have no price, after the others.
    """
    names = ("invoices", "workers", "from_credit", "covered_by_other", "withheld")
    counts = dict.fromkeys((*names, "without_tariff"), 0)
    programmes = Programme.objects.filter(pk__in=due_on(today).values("programme"))
    for programme in programmes.select_related("donor").order_by("donor", "pk"):
        due = due_on(today).filter(programme=programme).order_by("pk")
        for ids in _chunks(list(due.values_list("pk", flat=True))):
            _renew_chunk(programme.donor, ids, today=today, now=now, counts=counts)
    if counts["without_tariff"]:
        raise TariffMissing(f"{counts['without_tariff']} sponsorships have a month without price")
    return counts


def due_on(today: date) -> QuerySet[Sponsorship]:
    """Return the sponsorships that need their next invoice on this day."""
    ends_soon = Q()
    for months, days in LEAD_DAYS.items():
        ends_soon |= Q(months=months, paid_until__lte=today + timedelta(days=days))
    promised = Contribution.everything.filter(
        sponsorship=OuterRef("pk"), status=Contribution.Status.PROMISED
    )
    return Sponsorship.everything.filter(
        ends_soon,
        ~Exists(promised),
        status=Sponsorship.Status.ACTIVE,
        renews=True,
        parked_at__isnull=True,
        programme__fixed_until__isnull=True,
    )


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]


def first_month_due(sponsorship: Sponsorship, today: date) -> date:
    """Return the month that the next payment buys first.

    The month after the run, or the present one where cover has already ended: new cover
    then starts at the settlement, never before (P2).
    """
    if sponsorship.paid_until is None:
        return first_of_month(today)
    return first_of_month(max(sponsorship.paid_until + ONE_DAY, today))


def _renew_chunk(
    donor: Donor, ids: Sequence[int], *, today: date, now: datetime, counts: dict[str, int]
) -> None:
    with transaction.atomic():
        workers = Sponsorship.everything.filter(pk__in=ids).values_list("worker", flat=True)
        lock_workers(list(workers))
        # Read again under the lock: another worker may have renewed them meanwhile.
        whole = due_on(today).select_related("worker", "enrollment", "programme", "donor")
        due = list(whole.filter(pk__in=ids))
        held = gate.withheld(due)
        rows = [row for row in due if row.pk not in held]
        counts["withheld"] += len(held)
        free = _not_bought_by_others(rows, today)
        counts["covered_by_other"] += len(rows) - len(free)
        bought = _use_credit_first(free, now)
        counts["from_credit"] += sum(bought.values())
        renewal = _promise(donor, free, bought, today=today, now=now, counts=counts)
        if renewal is not None:
            counts["invoices"] += 1
            counts["workers"] += renewal.workers
            _tell(donor, renewal, now)


def _not_bought_by_others(rows: list[Sponsorship], today: date) -> list[Sponsorship]:
    """Leave out workers of whom somebody has bought one of the months to be asked for."""
    bought = defaultdict(set)
    for worker, month in Contribution.everything.filter(
        worker__in=[row.worker_id for row in rows],
        status__in=BOUGHT,
        month__gte=first_of_month(today),
    ).values_list("worker", "month"):
        bought[worker].add(month)
    return [row for row in rows if not bought[row.worker_id] & set(_months_due(row, today))]


def _months_due(row: Sponsorship, today: date) -> list[date]:
    first = first_month_due(row, today)
    return [add_months(first, k) for k in range(row.months)]


def _use_credit_first(rows: list[Sponsorship], now: datetime) -> dict[int, int]:
    """Buy with private credit what it pays for; return the months bought per sponsorship."""
    if not rows or rows[0].funding in BUDGETS:
        return {}
    account = rest_account(rows[0])
    money = spendable(account)
    if not money:
        return {}
    ordered = sorted(rows, key=lambda row: (row.paid_until or date.min, row.pk))
    deals = deal_out(next_offers(ordered, now=now), money)
    before = CreditUse.objects.filter(donor=rows[0].donor_id).count()
    use = use_credit(
        deals=deals,
        account=account,
        reason=CreditUse.Reason.RENEWAL,
        # The credit is held: no second use of it can count the same number.
        key=f"renewed:{rows[0].donor_id}:{before}",
        now=now,
    )
    if use is None:
        return {}
    tell_spent(use, deals, left=ledger.balance_of(account), now=now)
    return {deal.offer.line.sponsorship.pk: deal.months for deal in deals}


def _promise(
    donor: Donor,
    rows: list[Sponsorship],
    bought: dict[int, int],
    *,
    today: date,
    now: datetime,
    counts: dict[str, int],
) -> Renewal | None:
    """Issue one invoice and insert its promised months, one statement per kind of row.

    So many months of each sponsorship's period are `bought` already.
    """
    groups: dict[tuple[date, int], list[int]] = defaultdict(list)
    for row in rows:
        months = row.months - bought.get(row.pk, 0)
        if months:
            groups[first_month_due(row, today), months].append(row.pk)
    priced = {key: _priced(key, ids) for key, ids in groups.items()}
    counts["without_tariff"] += sum(len(set(groups[k]) - set(p)) for k, p in priced.items())
    totals = [total for prices in priced.values() for total in prices.values()]
    if not totals:
        return None
    first = min(month for (month, _months), prices in priced.items() if prices)
    invoice = issue_invoice(
        donor=donor,
        total=sum(totals),
        purpose=Invoice.Purpose.RENEWAL,
        expires_at=end_of_jakarta_day(add_months(first, 1) - ONE_DAY),
        now=now,
        office=donor.opened_by_office or rows[0].enrollment.office,
    )
    for (month, months), prices in priced.items():
        _insert_promises(invoice, month, months, list(prices))
    number_invoice(invoice=invoice, now=now)
    dearer = price_changes(Contribution.everything.filter(invoice=invoice))
    return Renewal(invoice=invoice, workers=len(totals), dearer=dearer)


_PRICES = """
SELECT s.id, SUM(t.jkk + t.jkm + CASE WHEN s.jht THEN t.jht ELSE 0 END), COUNT(*)
FROM contributions_sponsorship s
JOIN contributions_tariffmonth t
  ON t.bracket_id = s.bracket AND t.sector = s.sector AND t.funding = s.funding
 AND t.month >= %s AND t.month < %s
WHERE s.id IN ({ids})
GROUP BY s.id
"""

_INSERT = """
INSERT INTO contributions_contribution
  (worker_id, sponsorship_id, month, status, bracket, jkk, jkm, jht, legal_basis,
   invoice_id, core_receipt, core_reason)
SELECT s.worker_id, s.id, t.month, 'promised', s.bracket, t.jkk, t.jkm,
       CASE WHEN s.jht THEN t.jht ELSE 0 END, t.legal_basis, %s, '', ''
FROM contributions_sponsorship s
JOIN contributions_tariffmonth t
  ON t.bracket_id = s.bracket AND t.sector = s.sector AND t.funding = s.funding
 AND t.month >= %s AND t.month < %s
WHERE s.id IN ({ids})
ORDER BY s.worker_id, t.month
"""


def _priced(key: tuple[date, int], ids: list[int]) -> dict[int, int]:
    """Return the price in rupiah of each sponsorship whose months all have a tariff."""
    first, months = key
    with connection.cursor() as cursor:
        cursor.execute(_PRICES.format(ids=_marks(ids)), [first, add_months(first, months), *ids])
        return {pk: int(total) for pk, total, count in cursor.fetchall() if count == months}


def _insert_promises(invoice: Invoice, first: date, months: int, ids: list[int]) -> None:
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT.format(ids=_marks(ids)),
            [invoice.pk, first, add_months(first, months), *ids],
        )


def _marks(ids: list[int]) -> str:
    return ", ".join(["%s"] * len(ids))


def _tell(donor: Donor, renewal: Renewal, now: datetime) -> None:
    invoice = renewal.invoice
    tell_donor(
        donor=donor,
        key=f"renewal:{invoice.pk}",
        kind="renewal_invoice",
        text=lambda _user: _text(renewal),
        now=now,
    )


def _text(renewal: Renewal) -> tuple[str, str]:
    invoice = renewal.invoice
    parts = [
        _("Perlindungan akan segera berakhir. Silakan perpanjang."),
        _("Untuk %(workers)s pekerja, jumlah %(total)s. Tagihan nomor %(number)s.")
        % {
            "workers": renewal.workers,
            "total": format_rupiah(invoice.total),
            "number": invoice.number,
        },
    ]
    parts += [
        *sentences(renewal.dearer),
        _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(invoice)},
        _("Bila terjadi kecelakaan: ke rumah sakit dulu, lalu telepon 175."),
    ]
    return _("Perpanjangan perlindungan"), "\n".join(parts)
