"""A person's word on what the bank took back, and a second person's consent.

KEPT: the months stay, the operator bears what they hold (`losses`). UNDONE: BPJS has
cancelled them, so cover and money go back. Neither while a report about one of the
workers waits for the branch (P4), and no cover is ever taken back without two people.
"""

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from contributions.locks import hold_payments, lock_workers
from contributions.models import (
    AcceptanceNote,
    Allocation,
    Contribution,
    ReversalRuling,
    Sponsorship,
)
from contributions.parked import (
    BY_THE_BANK,
    Waiting,
    may_confirm,
    may_propose,
    months_ahead,
    unnoted,
    waiting_of,
)
from contributions.ruling_letters import tell_ruling
from contributions.services.covering import rebuild_coverage
from contributions.services.crediting import rest_account
from contributions.services.ending import PARKED_AHEAD
from contributions.services.recounting import recount_runs
from contributions.services.reversing import (
    PARKED_ACCEPTED,
    take_back,
    unruled,
    waiting_months,
)
from contributions.worth import worth_sum
from payments import ledger
from payments.models import Account, Payment
from payments.services.losses import bear
from regions.models import Office

Outcome = ReversalRuling.Outcome
Status = Contribution.Status
#: What stands in the place of BPJS's reason on a month that it cancelled.
CANCELLED = "dibatalkan di BPJS"


class CannotRule(Exception):
    """A ruling is not possible; its sentence is fit for people."""

    sentence: ClassVar[str | Promise] = _("Putusan ini tidak dapat dibuat.")

    def __str__(self) -> str:
        return str(self.sentence)


class NothingWaits(CannotRule):
    """Somebody has ruled, or the clock has freed it."""

    sentence = _("Tidak ada lagi yang menunggu di sini. Muat ulang halamannya.")


class ReportOpen(CannotRule):
    """Something is reported on which the branch has not ruled."""

    sentence = _("Ada laporan kecelakaan atau meninggal. Putuskan laporannya dulu.")


class StillOnItsWay(CannotRule):
    """A file with one of the months may have reached BPJS, and nobody knows."""

    sentence = _("Bulannya sedang dikirim ke BPJS. Tunggu sampai selesai.")


class NothingToUndo(CannotRule):
    """No month is left that could be undone; only spent credit waits."""

    sentence = _("Tidak ada bulan yang dapat dibatalkan. Yang kurang hanya dapat ditanggung.")


class ProposedAlready(CannotRule):
    """A proposal about the same months waits."""

    sentence = _("Sudah ada usulan yang menunggu orang kedua.")


class NotTheirs(CannotRule):
    """The person does not work at the desk, or may not confirm there."""

    sentence = _("Ini bukan wewenang Anda di kantor ini.")


class OwnProposal(CannotRule):
    """Who proposed does not confirm."""

    sentence = _("Usulan sendiri disetujui orang lain.")


class RulingDecided(CannotRule):
    """It was confirmed or withdrawn by somebody else."""

    sentence = _("Usulan ini sudah diputuskan atau ditarik.")


class AmountChanged(CannotRule):
    """What is at stake is no longer what was proposed."""

    sentence = _("Jumlahnya sudah berubah. Tarik usulan ini, lalu usulkan lagi.")


# --- proposed ----------------------------------------------------------------------------
@transaction.atomic
def propose(
    *,
    payment: Payment | None = None,
    sponsorship: Sponsorship | None = None,
    outcome: str,
    reason: str,
    by: User,
    now: datetime,
) -> ReversalRuling:
    """Propose what becomes of all that waits of a payment, of one sponsorship's months of
    it, or (without a payment) of the months ahead of a worker who ended.

    Nothing changes before a second person confirms. Raises CannotRule.
    """
    office = office_of(payment, sponsorship)
    if not may_propose(by, office):
        raise NotTheirs
    # Two who propose at once come one after the other.
    _hold(payment, sponsorship)
    same = ReversalRuling.objects.filter(confirmed_at__isnull=True, withdrawn_at__isnull=True)
    if same.filter(payment=payment, sponsorship=sponsorship).exists():
        raise ProposedAlready
    amount = _checked(payment, sponsorship, outcome)
    ruling = ReversalRuling.objects.create(
        payment=payment,
        sponsorship=sponsorship,
        outcome=outcome,
        amount=amount,
        reason=reason,
        proposed_by=by,
        proposed_at=now,
    )
    _record(ruling, "proposed", by, now)
    return ruling


def _hold(payment: Payment | None, sponsorship: Sponsorship | None) -> None:
    """Hold what a ruling is about: the payments before the workers, as who undoes them does."""
    workers = {sponsorship.worker_id} if sponsorship else set()
    if payment is not None:
        hold_payments([payment.pk])
        mine = Payment.everything.filter(pk=payment.pk)
        workers |= {row.worker_id for _pk, row in waiting_months(mine)}
    elif sponsorship is not None:
        paid_by = Contribution.everything.filter(sponsorship=sponsorship)
        hold_payments(paid_by.values_list("posting__payment", flat=True))
    lock_workers(workers)


def _checked(payment: Payment | None, sponsorship: Sponsorship | None, outcome: str) -> int:
    """Return the rupiah at stake, once nothing speaks against the ruling."""
    if payment is None:
        months = months_ahead(sponsorship) if sponsorship else []
        if not months:
            raise NothingWaits
        if unruled({row.worker_id for row in months}):
            raise ReportOpen
        return worth_sum(months)
    waiting = waiting_of(payment, sponsorship)
    if not waiting.amount:
        raise NothingWaits
    if waiting.reported:
        raise ReportOpen
    if outcome == Outcome.UNDONE:
        if not waiting.months:
            raise NothingToUndo
        if waiting.is_sending:
            raise StillOnItsWay
        return waiting.worth
    return waiting.amount


@transaction.atomic
def withdraw(*, ruling: ReversalRuling, by: User, now: datetime) -> None:
    """Take a proposal back: who made it, or who could confirm it. Raises CannotRule."""
    office = office_of(ruling.payment, ruling.sponsorship)
    if by != ruling.proposed_by and not may_confirm(by, office):
        raise NotTheirs
    if _open(ruling).update(withdrawn_at=now) != 1:
        raise RulingDecided
    _record(ruling, "withdrawn", by, now)


# --- confirmed ---------------------------------------------------------------------------
def confirm(*, ruling: ReversalRuling, by: User, now: datetime) -> None:
    """Confirm a proposal, and do what it says in the same transaction. Raises CannotRule.

    Of two who confirm at once one wins, the other gets RulingDecided. The donor is told.
    """
    if not may_confirm(by, office_of(ruling.payment, ruling.sponsorship)):
        raise NotTheirs
    if by == ruling.proposed_by:
        raise OwnProposal
    with transaction.atomic():
        _hold(ruling.payment, ruling.sponsorship)
        if not _open(ruling).exists():
            raise RulingDecided
        if _checked(ruling.payment, ruling.sponsorship, ruling.outcome) != ruling.amount:
            raise AmountChanged
        months = _carry_out(ruling, now)
        if _open(ruling).update(confirmed_by=by, confirmed_at=now) != 1:
            raise RulingDecided
        _record(ruling, "confirmed", by, now)
        tell_ruling(ruling, months, now=now)


def _open(ruling: ReversalRuling) -> QuerySet[ReversalRuling]:
    return ReversalRuling.objects.filter(
        pk=ruling.pk, confirmed_at__isnull=True, withdrawn_at__isnull=True
    )


def _carry_out(ruling: ReversalRuling, now: datetime) -> list[Contribution]:
    """Do what a ruling says; return the months that it is about."""
    if ruling.payment is None:
        return _rule_ahead(ruling, now)
    waiting = waiting_of(ruling.payment, ruling.sponsorship)
    chosen = {row.pk for row in waiting.months}
    rest = [row for row in waiting_of(ruling.payment).months if row.pk not in chosen]
    if ruling.outcome == Outcome.KEPT:
        _bear(ruling, rest, now)
    else:
        _undo(ruling, waiting, rest, now)
    _free({row.sponsorship_id for row in waiting.months}, ruling.payment)
    return list(waiting.months)


def _bear(ruling: ReversalRuling, rest: list[Contribution], now: datetime) -> None:
    """The months stay; their money leaves clearing as the operator's loss."""
    payment = ruling.payment
    assert payment is not None  # noqa: S101  # asked above; for the type
    missing = _take_back(payment, [], rest, bears=ruling.amount, now=now)
    ends = not rest and not missing
    key = f"reversed:{payment.pk}" if ends else f"borne:{ruling.pk}"
    bear(payment=payment, amount=ruling.amount, key=key, with_rest=ends, now=now)


def _undo(
    ruling: ReversalRuling, waiting: Waiting, rest: list[Contribution], now: datetime
) -> None:
    """BPJS has cancelled the months: cover and money go back."""
    payment = ruling.payment
    assert payment is not None  # noqa: S101
    missing = _take_back(payment, list(waiting.months), rest, bears=0, now=now)
    _cancel(list(waiting.months), Sponsorship.EndReason.REVERSED, now)
    if not rest and not missing:
        bear(payment=payment, amount=0, key=f"reversed:{payment.pk}", with_rest=True, now=now)


def _take_back(
    payment: Payment,
    months: list[Contribution],
    rest: list[Contribution],
    *,
    bears: int,
    now: datetime,
) -> int:
    allocation = Allocation.objects.filter(payment=payment).first()
    if allocation is None:
        return 0
    return take_back(payment, allocation, months, rest, bears=bears, now=now)


def _rule_ahead(ruling: ReversalRuling, now: datetime) -> list[Contribution]:
    """Months accepted ahead of a worker who ended: kept as they are, or given back."""
    row = ruling.sponsorship
    assert row is not None  # noqa: S101
    months = months_ahead(row)
    if ruling.outcome == Outcome.UNDONE:
        transfers = [(ledger.account(Account.Kind.PAYABLE), rest_account(row), ruling.amount)]
        ledger.post(key=f"ahead:{ruling.pk}", kind="months_returned", now=now, transfers=transfers)
        _cancel(months, Sponsorship.EndReason.REVERSED, now)
    mine = Sponsorship.everything.filter(pk=row.pk, parked_reason=PARKED_AHEAD)
    if row.pk in {other.sponsorship_id for _pk, other in waiting_months()}:
        mine.update(parked_reason=PARKED_ACCEPTED)
    else:
        mine.update(parked_at=None, parked_reason="")
    return months


def _cancel(months: list[Contribution], end_reason: str, now: datetime) -> None:
    """Take months back that BPJS has cancelled, with the cover and the runs they made."""
    mine = Contribution.everything.filter(pk__in=[row.pk for row in months])
    mine.filter(status=Status.ACCEPTED).update(core_reason=CANCELLED)
    mine.update(status=Status.REVERSED, closed_at=now)
    rebuild_coverage(worker_ids={row.worker_id for row in months})
    recount_runs(
        sponsorship_ids={row.sponsorship_id for row in months},
        end_reason=end_reason,
        today=jakarta_date(now),
        now=now,
    )


def _free(sponsorships: set[int], payment: Payment) -> None:
    """Let go on what nothing of another payment holds up any more."""
    others = {row.sponsorship_id for pk, row in waiting_months() if pk != payment.pk}
    mine = Sponsorship.everything.filter(pk__in=sponsorships - others)
    ahead = mine.filter(parked_reason=PARKED_AHEAD)
    done = [row.pk for row in ahead if not months_ahead(row)]
    free = mine.filter(Q(parked_reason__in=BY_THE_BANK) | Q(pk__in=done))
    free.update(parked_at=None, parked_reason="")


# --- the small ones ----------------------------------------------------------------------
def go_on(*, sponsorship: Sponsorship, reason: str, by: User, now: datetime) -> None:
    """Let a parked sponsorship go on of which nothing waits that needs two people.

    Raises NotTheirs, NothingWaits.
    """
    if not may_confirm(by, sponsorship.enrollment.office):
        raise NotTheirs
    with transaction.atomic():
        lock_workers([sponsorship.worker_id])
        waiting = {row.sponsorship_id for _pk, row in waiting_months()}
        row = Sponsorship.everything.get(pk=sponsorship.pk)
        if row.parked_at is None or row.pk in waiting or months_ahead(row):
            raise NothingWaits
        Sponsorship.everything.filter(pk=row.pk).update(parked_at=None, parked_reason="")
        audit.record(
            action="sponsorship.unparked",
            obj=row,
            office=sponsorship.enrollment.office,
            actor=by,
            now=now,
            before={"parked": row.parked_reason},
            after={"reason": reason},
        )


def close_acceptance(*, contribution: Contribution, note: str, by: User, now: datetime) -> None:
    """Note what became of a month that BPJS accepted after its money went back.

    Raises NotTheirs, NothingWaits.
    """
    office = contribution.sponsorship.enrollment.office
    if not may_propose(by, office) and not may_confirm(by, office):
        raise NotTheirs
    with transaction.atomic():
        lock_workers([contribution.worker_id])
        if not unnoted().filter(pk=contribution.pk).exists():
            raise NothingWaits
        AcceptanceNote.objects.create(
            contribution=contribution, note=note, written_by=by, written_at=now
        )
        audit.record(
            action="contribution.acceptance_noted",
            obj=contribution,
            office=office,
            actor=by,
            now=now,
            after={"note": note},
        )


def office_of(payment: Payment | None, sponsorship: Sponsorship | None) -> Office | None:
    """Return whose desk a ruling belongs to."""
    if payment is not None:
        return payment.invoice.office
    return sponsorship.enrollment.office if sponsorship else None


def _record(ruling: ReversalRuling, step: str, by: User, now: datetime) -> None:
    audit.record(
        action=f"ruling.{step}",
        obj=ruling,
        office=office_of(ruling.payment, ruling.sponsorship),
        actor=by,
        now=now,
        after={
            "outcome": ruling.outcome,
            "amount": ruling.amount,
            "payment": ruling.payment_id,
            "sponsorship": ruling.sponsorship_id,
            "reason": ruling.reason,
        },
    )
