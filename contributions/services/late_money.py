"""Money that comes after a membership ended: the branch decides (domain reference, trap 8).

It stands in the donor's credit, or a budget's fund, and buys nothing until a supervisor
has revived the cover, from the moment of his decision on, or left it as it is.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from contributions import locks
from contributions.credit_letters import late_money_letter
from contributions.models import CreditUse, LateMoney, Sponsorship
from contributions.runs import Plan, plan
from contributions.services.billing import agreement_of, bought_by_others
from contributions.services.crediting import (
    rest_account,
    spendable,
    tell_spent,
    use_credit,
)
from contributions.services.going_on import priced
from contributions.services.offering import Deal, Line, Offer, deal_out
from contributions.services.telling import tell_donor
from contributions.tariffs import TariffTable
from payments import ledger
from payments.models import Payment
from workers import standing
from workers.age import turns_65_on
from workers.desk_selectors import is_own_case

Status = Sponsorship.Status
OVER = (Status.LAPSED, Status.ENDED)


class Obstacle(TextChoices):
    """Why cover cannot be revived, in words for the branch."""

    DIED = "died", _("Pekerja meninggal. Biarkan sebagai saldo; donatur bisa memintanya kembali.")
    DEATH_REPORTED = "death_reported", _("Pekerja dilaporkan meninggal. Putuskan laporannya dulu.")
    EMPLOYEE = "employee", _("Pekerja menjadi penerima upah. Ia dilindungi pemberi kerjanya.")
    LEFT = "left", _("Pekerja tidak mau lagi. Tanpa persetujuannya tidak bisa dihidupkan.")
    FROZEN = "frozen", _("Pendaftaran ini dibekukan. Selesaikan pemeriksaannya dulu.")
    PARKED = "parked", _("Sponsor ini menunggu keputusan lain. Selesaikan itu dulu.")
    ANNULLED = "annulled", _("Persetujuan cabang sudah dicabut. Pekerja harus didaftarkan lagi.")
    AGE = "age", _("Pekerja sudah 65 tahun. Perlindungan baru tidak bisa dimulai.")
    RUNNING = "running", _("Perlindungan sudah berjalan lagi. Saldo dipakai saat perpanjangan.")
    TAKEN = "taken", _("Bulan ini sudah dibayar sumber lain untuk pekerja ini.")
    FINISHED = "finished", _("Masa perjanjian programnya sudah selesai.")
    REVERSED = "reversed", _("Bank sudah membatalkan pembayaran ini. Tidak ada uang untuk dipakai.")
    SPENT = "spent", _("Saldo yang tersisa tidak cukup untuk satu bulan.")


class AlreadyDecided(Exception):
    """Somebody else has decided on this money before."""

    def __str__(self) -> str:
        return str(_("Uang ini sudah diputuskan."))


class OwnMoney(Exception):
    """Nobody decides on money of a donor for whom he acts, or of his own family."""

    def __str__(self) -> str:
        return str(_("Ini uang donatur Anda sendiri. Penyelia lain yang memutuskan."))


class CannotRevive(Exception):
    """Cover cannot begin anew; its argument is the Obstacle."""

    def __str__(self) -> str:
        return str(Obstacle(self.args[0]).label)


def note_late_money(
    *, payment: Payment, deals: Iterable[Deal], rest: int, now: datetime
) -> list[LateMoney]:
    """Lay before the branch what of a payment came for workers whose membership is over.

    Each with what was asked for him, as far as the `rest` of the money goes. Called in the
    transaction that allocates the payment.
    """
    day, found = jakarta_date(payment.settled_at or now), []
    for deal in deals:
        line = deal.offer.line
        amount = min(sum(row.amount for row in line.asked), rest)
        if deal.outcome != "refused" or not _is_over(line.sponsorship, day) or not amount:
            continue
        rest -= amount
        found.append(
            LateMoney(
                payment=payment,
                sponsorship=line.sponsorship,
                office_id=line.sponsorship.enrollment.office_id,
                amount=amount,
                made_at=now,
            )
        )
    return LateMoney.objects.bulk_create(found, batch_size=500)


def _is_over(row: Sponsorship, day: date) -> bool:
    """Tell whether a membership has lapsed or ended, or its approval ran out unpaid."""
    if row.parked_at is not None:
        return False
    until = row.enrollment.approved_until
    ran_out = row.status in {Status.AWAITING_PAYMENT, Status.PROPOSED} and (
        until is None or until < day
    )
    return row.status in OVER or ran_out


# --- the branch's decision -----------------------------------------------------------------
def obstacles(rows: Sequence[LateMoney], *, now: datetime) -> dict[int, Obstacle | None]:
    """Say, for each late money that waits, what keeps its cover from beginning anew now."""
    sponsorships = [row.sponsorship for row in rows]
    holds = standing.holds_of({row.worker_id for row in sponsorships})
    frozen = standing.frozen_cases({row.enrollment_id for row in sponsorships})
    plans = _plans(sponsorships, now)
    found: dict[int, Obstacle | None] = {}
    for late in rows:
        row = late.sponsorship
        if row.worker_id in holds:
            found[late.pk] = Obstacle(holds[row.worker_id].value)
        elif row.enrollment_id in frozen:
            found[late.pk] = Obstacle.FROZEN
        else:
            found[late.pk] = _obstacle(late, plans[row.pk], now)
    return found


def with_obstacles(
    rows: Sequence[LateMoney], *, now: datetime
) -> list[tuple[LateMoney, Obstacle | None]]:
    """Put beside each late money that waits what keeps its cover from beginning anew."""
    found = obstacles(rows, now=now)
    return [(row, found[row.pk]) for row in rows]


def _plans(rows: Sequence[Sponsorship], now: datetime) -> dict[int, Offer]:
    """What reviving would buy: a run from today, of the sponsorship's own period."""
    others, table, today = bought_by_others(rows), TariffTable.load(), jakarta_date(now)
    offers = {}
    for row in rows:
        planned = plan(
            day=today, months=row.months, others=others[row.pk], agreement=agreement_of(row)
        )
        prices = priced(row, planned, others[row.pk], table)
        offers[row.pk] = Offer(Line(row, ()), planned, prices)
    return offers


def _obstacle(late: LateMoney, offer: Offer, now: datetime) -> Obstacle | None:
    row, today = late.sponsorship, jakarta_date(now)
    case = row.enrollment
    planned = offer.plan or Plan(today, 0, ())
    shifted = bool(planned.periods) and planned.periods[0].covered_from > today
    facts = {
        Obstacle.REVERSED: late.payment.status != Payment.Status.SETTLED,
        Obstacle.PARKED: row.parked_at is not None,
        Obstacle.RUNNING: row.status == Status.ACTIVE,
        Obstacle.ANNULLED: case.status not in {"approved", "expired"},
        Obstacle.AGE: today >= turns_65_on(row.worker.birth_date),
        Obstacle.FINISHED: not planned.periods,
        Obstacle.TAKEN: not offer.prices or (shifted and agreement_of(row) is None),
    }
    return next((obstacle for obstacle, is_so in facts.items() if is_so), None)


def revive(*, late: LateMoney, by: User, now: datetime) -> CreditUse:
    """Let cover begin anew at `now`, with what of the late money is still there.

    Whole months at their prices, at most the sponsorship's period; the run begins anew,
    the approval counts again by the supervisor's word, and the donor is told. Raises
    AlreadyDecided (a double click decides once), OwnMoney and CannotRevive; then nothing
    changes.
    """
    with transaction.atomic():
        row = _decide(late, LateMoney.Status.REVIVED, by, now)
        found = obstacles([row], now=now)[row.pk]
        if found is not None:
            raise CannotRevive(found)
        account = rest_account(row.sponsorship)
        offer = _plans([row.sponsorship], now)[row.sponsorship_id]
        deals = deal_out([offer], min(row.amount, spendable(account)))
        use = use_credit(
            deals=deals,
            account=account,
            reason=CreditUse.Reason.REVIVED,
            key=f"revived:{row.pk}",
            payment=row.payment,
            now=now,
        )
        if use is None:
            raise CannotRevive(Obstacle.SPENT)
        audit.record(
            action="late_money.revived",
            obj=row,
            actor=by,
            office=row.sponsorship.enrollment.office,
            now=now,
            after={"months": use.months, "amount": use.amount},
        )
        tell_spent(use, deals, left=ledger.balance_of(account), now=now)
        return use


def leave_as_credit(*, late: LateMoney, by: User, now: datetime) -> None:
    """Leave late money in the donor's credit, and tell him. Raises AlreadyDecided, OwnMoney."""
    with transaction.atomic():
        row = _decide(late, LateMoney.Status.CREDITED, by, now)
        audit.record(
            action="late_money.credited",
            obj=row,
            actor=by,
            office=row.sponsorship.enrollment.office,
            now=now,
            after={"amount": row.amount},
        )
        tell_donor(
            donor=row.sponsorship.donor,
            key=f"late_money:{row.pk}",
            kind="late_money_credited",
            text=lambda _user: late_money_letter(row),
            now=now,
        )


def _decide(late: LateMoney, status: str, by: User, now: datetime) -> LateMoney:
    """Claim the decision beneath the worker's lock, and read the row anew."""
    if is_own_case(late.sponsorship.enrollment, by):
        raise OwnMoney
    locks.hold_payments([late.payment_id])
    locks.lock_workers([late.sponsorship.worker_id])
    waiting = LateMoney.objects.filter(pk=late.pk, status=LateMoney.Status.WAITING)
    if waiting.update(status=status, decided_by=by, decided_at=now) != 1:
        raise AlreadyDecided
    whole = LateMoney.objects.select_related(
        "payment",
        "sponsorship__worker",
        "sponsorship__donor",
        "sponsorship__programme",
        "sponsorship__enrollment__office",
    )
    return whole.get(pk=late.pk)
