"""Giving money back: what the floor below may take, and months that are undone for it (P13).

Every verb reads what may go back beneath the lock of the money, so that a renewal, another
refund and this one never spend it twice. Errors are those of `payments.services.refund_errors`
and two of this floor.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from contributions import locks
from contributions.models import Contribution, Sponsorship
from contributions.refundable import Refundable, refundable
from contributions.services.crediting import rest_account
from contributions.services.recounting import recount_runs
from contributions.worth import worth_of
from donors.models import BUDGETS, Donor, Programme
from payments import ledger
from payments.models import Account, Invoice, Payment, Refund
from payments.services import refunds
from payments.services.refund_base import Destination, hold, hold_money, hold_payment
from payments.services.refund_errors import NotWaiting, RefundError
from regions.models import Office

__all__ = [
    "Destination",
    "MonthsDiffer",
    "MonthsStay",
    "RefundError",
    "ask_for_credit",
    "ask_for_fund",
    "ask_for_months",
    "confirm",
    "prepare",
    "why_not_undone",
]

Status = Contribution.Status
Target = Refund.Target
UNDONE = "months_refunded"


class MonthsStay(RefundError):
    """Some of the months are with BPJS or have begun: they are the worker's (P13)."""

    sentence = _(
        "Iuran yang sudah disetor atau masanya sudah mulai menjadi hak pekerja. "
        "Cabang atau 175 dapat menjelaskan."
    )
    field = "months"


class MonthsDiffer(RefundError):
    """The months are of several payers, asked for already, or worth another sum by now."""

    sentence = _("Bulan-bulan ini berubah, sudah diminta, atau bukan dari satu donatur.")
    field = "months"


# --- asking ---------------------------------------------------------------------------
def ask_for_credit(
    *,
    donor: Donor,
    amount: int | None,
    reason: str,
    by: User,
    now: datetime,
    account: Destination | None = None,
    token: uuid.UUID | None = None,
) -> Refund:
    """Ask for an amount of a donor's credit, or for all that may go back.

    It is asked for the instrument that can take it, else for the `account` given. A second
    call with the same `token` returns the first refund. Raises NothingToRefund, TooMuch.
    """
    with transaction.atomic():
        hold_money(donor, None)
        found = refundable(donor=donor)
        wanted = found.there if amount is None else amount
        return refunds.ask(
            donor=donor,
            amount=wanted,
            reason=reason,
            to=_suggested(found, wanted, account),
            room=found.room,
            by=by,
            now=now,
            office=_office_of(donor),
            token=token,
        )


def ask_for_fund(
    *,
    programme: Programme,
    amount: int | None,
    reason: str,
    by: User,
    now: datetime,
    token: uuid.UUID | None = None,
) -> Refund:
    """Ask for an amount of a programme's budget money, or for all of it, for its treasury.

    Raises NothingToRefund, TooMuch.
    """
    donor = programme.donor
    with transaction.atomic():
        hold_money(donor, programme)
        found = refundable(donor=donor, programme=programme)
        return refunds.ask(
            donor=donor,
            programme=programme,
            amount=found.there if amount is None else amount,
            reason=reason,
            to=Destination(Target.TREASURY),
            room=found.room,
            by=by,
            now=now,
            office=programme.opened_by_office or _office_of(donor),
            token=token,
        )


def ask_for_months(
    *,
    months: Collection[int],
    reason: str,
    by: User,
    now: datetime,
    token: uuid.UUID | None = None,
) -> Refund:
    """Ask to undo months that have not begun and are not with BPJS, and for their money.

    They stay bought until a second person confirms. Raises MonthsStay, MonthsDiffer.
    """
    with transaction.atomic():
        rows = _held_months(months)
        _check_undoable(rows, jakarta_date(now))
        donor, programme = _payer_of(rows)
        hold_money(donor, programme)
        known = Refund.everything.filter(uuid=token, donor=donor).first() if token else None
        if known is not None:
            return known
        if _asked_months(donor) & set(months):
            raise MonthsDiffer
        worth = worth_of([row.pk for row in rows])
        found = refundable(donor=donor, programme=programme, undoing=list(worth))
        total = sum(worth.values())
        to = Destination(Target.TREASURY) if programme else _suggested(found, total, None)
        return refunds.ask(
            donor=donor,
            programme=programme,
            amount=total,
            reason=reason,
            to=to,
            room=found.room,
            by=by,
            now=now,
            office=rows[0].sponsorship.enrollment.office,
            token=token,
            months=[{"contribution": pk, "amount": amount} for pk, amount in worth.items()],
        )


# --- deciding -------------------------------------------------------------------------
def prepare(*, refund: Refund, amount: int, to: Destination, by: User, now: datetime) -> Refund:
    """Say how much goes where, for a second person to confirm. Raises RefundError."""
    with transaction.atomic():
        hold(refund)
        room = refundable(
            donor=refund.donor,
            programme=refund.programme,
            but=refund,
            undoing=months_of(refund),
            sender_checked=to.holder_checked,
        ).room
        return refunds.prepare(refund=refund, amount=amount, to=to, room=room, by=by, now=now)


def confirm(*, refund: Refund, seen: datetime | None, by: User, now: datetime) -> Refund:
    """Confirm a refund as the second person; months that it names are undone in this moment.

    One transaction: the months are reversed, their money becomes credit (or fund) again and
    leaves it for the refund. `seen` is when what he saw was prepared. Raises RefundError:
    nothing is done then.
    """
    with transaction.atomic():
        hold_payment(refund)
        if refund.months:
            rows = _held_months(months_of(refund))
            if not Refund.everything.filter(pk=refund.pk, status=Refund.Status.ASKED).exists():
                raise NotWaiting
            _undo(refund, rows, by, now)
        fresh = hold(refund)
        room = refundable(
            donor=fresh.donor,
            programme=fresh.programme,
            but=fresh,
            sender_checked=fresh.holder_checked,
        ).room
        return refunds.confirm(refund=fresh, room=room, seen=seen, by=by, now=now)


def months_of(refund: Refund) -> list[int]:
    """Return the ids of the months that a refund undoes, while it has not undone them."""
    if refund.status != Refund.Status.ASKED:
        return []
    undone = Contribution.everything.filter(status=Status.REVERSED)
    named = [row["contribution"] for row in refund.months]
    gone = set(undone.filter(pk__in=named).values_list("pk", flat=True))
    return [pk for pk in named if pk not in gone]


# --- months -----------------------------------------------------------------------------
def why_not_undone(row: Contribution, today: date) -> str:
    """Say why a month's money cannot go back; empty if it can. No query where its posting's
    payment is loaded."""
    if row.covered_from is None or row.covered_from <= today:
        return "begun"
    if row.status not in {Status.PAID, Status.REJECTED}:
        return "sent"
    if row.status == Status.PAID and row.remittance_id is not None:
        return "sent"
    payment = row.posting.payment if row.posting else None
    if payment is not None and payment.status != Payment.Status.SETTLED:
        return "taken_back"
    return ""


@dataclass(frozen=True)
class MonthLine:
    """A bought month, what it holds in rupiah, and why its money stays; empty if it need not."""

    row: Contribution
    worth: int
    why: str


def undoable_lines(invoice: Invoice, today: date) -> list[MonthLine]:
    """Return the months that an invoice's payments bought, worker by worker."""
    rows = Contribution.everything.filter(
        posting__payment__invoice=invoice,
        status__in=[Status.PAID, Status.SENT, Status.ACCEPTED, Status.REJECTED],
    ).select_related("sponsorship__worker", "posting__payment")
    ordered = list(rows.order_by("sponsorship__enrollment__position", "sponsorship", "month"))
    worth = worth_of([row.pk for row in ordered])
    return [MonthLine(row, worth[row.pk], why_not_undone(row, today)) for row in ordered]


def named_months(refund: Refund) -> list[Contribution]:
    """Return the months that a refund names, in order."""
    named = [row["contribution"] for row in refund.months]
    rows = Contribution.everything.filter(pk__in=named).select_related("sponsorship__worker")
    return list(rows.order_by("sponsorship", "month"))


def _held_months(ids: Collection[int]) -> list[Contribution]:
    """Hold the months' workers, then read the months."""
    rows = Contribution.everything.filter(pk__in=ids)
    locks.lock_workers(rows.values_list("worker", flat=True))
    found = list(
        rows.select_related(
            "posting__payment",
            "sponsorship__donor",
            "sponsorship__programme",
            "sponsorship__enrollment__office",
        ).order_by("pk")
    )
    if len(found) != len(set(ids)):
        raise MonthsDiffer
    return found


def _check_undoable(rows: Sequence[Contribution], today: date) -> None:
    if not rows:
        raise MonthsDiffer
    if any(why_not_undone(row, today) for row in rows):
        raise MonthsStay


def _payer_of(rows: Sequence[Contribution]) -> tuple[Donor, Programme | None]:
    """Return whose money the months hold: one donor's credit, or one programme's fund."""
    payers = {
        (
            row.sponsorship.donor,
            row.sponsorship.programme if row.sponsorship.funding in BUDGETS else None,
        )
        for row in rows
    }
    if len(payers) != 1:
        raise MonthsDiffer
    return payers.pop()


def _asked_months(donor: Donor) -> set[int]:
    waiting = Refund.everything.filter(donor=donor, status=Refund.Status.ASKED)
    named = waiting.exclude(months=[]).values_list("months", flat=True)
    return {month["contribution"] for months in named for month in months}


def _undo(refund: Refund, rows: Sequence[Contribution], by: User, now: datetime) -> None:
    """Reverse the months and give their money back to whose it was, in one posting."""
    if not rows:
        return
    _check_undoable(rows, jakarta_date(now))
    worth = worth_of([row.pk for row in rows])
    if any(worth[named["contribution"]] != named["amount"] for named in _left(refund, worth)):
        raise MonthsDiffer
    _payer_of(rows)
    Contribution.everything.filter(pk__in=list(worth)).update(status=Status.REVERSED, closed_at=now)
    ledger.post(
        key=f"refund_months:{refund.pk}:{rows[0].pk}",
        kind=UNDONE,
        now=now,
        transfers=[
            (
                ledger.account(Account.Kind.PAYABLE),
                rest_account(rows[0].sponsorship),
                sum(worth.values()),
            )
        ],
    )
    _shorten({row.sponsorship_id for row in rows}, now)
    audit.record(
        action="refund.months_undone",
        obj=refund,
        actor=by,
        office=refund.office,
        now=now,
        after={"months": list(worth), "amount": sum(worth.values())},
    )


def _left(refund: Refund, worth: dict[int, int]) -> list[dict[str, Any]]:
    return [named for named in refund.months if named["contribution"] in worth]


def _shorten(sponsorships: set[int], now: datetime) -> None:
    """Shorten the runs; what was given back is not asked for again by itself."""
    reason = Sponsorship.EndReason.STOPPED
    recount_runs(sponsorship_ids=sponsorships, end_reason=reason, today=jakarta_date(now), now=now)
    rows = Sponsorship.everything.filter(pk__in=sponsorships)
    rows.filter(stopped_at__isnull=True).update(renews=False, stopped_at=now)
    rows.filter(status=Sponsorship.Status.AWAITING_PAYMENT).update(
        status=Sponsorship.Status.ENDED, ended_at=now, end_reason=reason
    )


# --- shared -----------------------------------------------------------------------------
def _suggested(found: Refundable, amount: int, account: Destination | None) -> Destination:
    """Return the first instrument that can take the amount, else the donor's account."""
    for source in found.sources:
        if source.can_take >= amount > 0:
            # The account that was written stays beside it, should the instrument refuse.
            written = account or Destination(Target.ACCOUNT)
            return replace(written, target=Target.INSTRUMENT, payment=source.payment)
    return account or Destination(Target.ACCOUNT)


def _office_of(donor: Donor) -> Office | None:
    """Return whose treasurer looks after a donor's money: the office of his newest invoice."""
    newest = Invoice.everything.filter(donor=donor, office__isnull=False).select_related("office")
    for invoice in newest.order_by("-issued_at", "-pk")[:1]:
        return invoice.office
    return donor.opened_by_office
