"""Money that goes back (P28, P38): asked, prepared, confirmed by a second person, sent.

    asked --> confirmed --> sent --> done
      |           |  \\--> failed --> asked again
      \\--> refused <-/      (the provider will not)

On confirmation the money leaves the donor's credit, or the programme's fund, for the
account `refunds`, and stays there as what was given back. When it is sent, `returned`
takes it from the place where it was. `Room` is what the floor above allows.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from donors.models import Donor, Programme
from notices import bells
from payments import ledger
from payments.models import Account, Payment, Posting, Refund
from payments.refund_selectors import Room, of_instrument
from payments.services import refund_errors as errors
from payments.services.refund_base import Destination, hold, hold_money, money_of, record, tell
from regions.models import Office

Status = Refund.Status
Target = Refund.Target
CONFIRMED = "refund_confirmed"


# --- asking ---------------------------------------------------------------------------
def ask(
    *,
    donor: Donor,
    amount: int,
    reason: str,
    to: Destination,
    room: Room,
    by: User,
    now: datetime,
    programme: Programme | None = None,
    office: Office | None = None,
    token: uuid.UUID | None = None,
    months: Sequence[dict[str, int]] = (),
) -> Refund:
    """Ask for `amount` rupiah of a donor's credit, or of a programme's fund.

    Nothing is posted yet. `to` is a wish: the treasurer says where it goes. A second call
    with the same `token` returns the first refund. Raises NothingToRefund, TooMuch.
    """
    with transaction.atomic():
        hold_money(donor, programme)
        known = Refund.everything.filter(uuid=token, donor=donor).first() if token else None
        if known is not None:
            return known
        if amount <= 0:
            raise errors.NothingToRefund
        if amount > room.there:
            raise errors.TooMuch(room.there)
        refund = Refund.everything.create(
            uuid=token or uuid.uuid4(),
            donor=donor,
            programme=programme,
            office=office,
            amount=amount,
            reason=reason,
            asked_by=by,
            asked_at=now,
            months=list(months),
            wished_account=to.account,
            **to.fields(),
        )
        record(refund, "asked", now, by, amount=amount, target=to.target)
        tell(refund, "asked", now)
        return refund


def prepare(
    *,
    refund: Refund,
    amount: int,
    to: Destination,
    room: Room,
    by: User,
    now: datetime,
) -> Refund:
    """Say how much goes where; somebody else confirms it. May be said anew until then.

    The amount of a refund of months is that of its months. Raises NotWaiting, OwnDonor, TooMuch,
    NotToAccount, NotToInstrument, BudgetToTreasury, PaymentMissing, PaymentTakenBack,
    AccountMissing, HolderUnchecked, SlipMissing.
    """
    with transaction.atomic():
        fresh = hold(refund)
        if fresh.status != Status.ASKED:
            raise errors.NotWaiting
        _check_stands_apart(fresh, by)
        if amount <= 0 or (fresh.months and amount != fresh.amount):
            raise errors.NothingToRefund if amount <= 0 else errors.TooMuch(fresh.amount)
        _check_destination(fresh, to)
        _check_room(room, amount, to.target, to.payment.pk if to.payment else None)
        Refund.everything.filter(pk=fresh.pk).update(
            amount=amount, prepared_by=by, prepared_at=now, **to.fields()
        )
        personal = {
            "account": [fresh.account_number, to.account_number],
            "holder": [fresh.holder, to.holder],
        }
        fresh.refresh_from_db()
        record(fresh, "prepared", now, by, personal=personal, amount=amount, target=to.target)
        return fresh


def look(*, refund: Refund, viewer: User, now: datetime) -> None:
    """Write down that somebody looks at the whole account a refund goes to."""
    audit.record_view(
        viewer=viewer,
        obj=refund,
        what="account",
        reason=refund.transfer_code,
        now=now,
        office=refund.office,
    )


def _check_stands_apart(refund: Refund, by: User) -> None:
    if refund.donor.members.filter(user=by).exists():
        raise errors.OwnDonor


def _check_destination(refund: Refund, to: Destination) -> None:
    if (to.target == Target.TREASURY) != (refund.programme_id is not None):
        raise errors.BudgetToTreasury
    if to.target == Target.INSTRUMENT:
        if to.payment is None or to.payment.invoice.donor_id != refund.donor_id:
            raise errors.PaymentMissing
        if to.payment.status != Payment.Status.SETTLED:
            raise errors.PaymentTakenBack
        return
    if not (to.bank and to.account_number and to.holder):
        raise errors.AccountMissing
    if not to.holder_checked:
        raise errors.HolderUnchecked
    if to.target == Target.TREASURY and not to.slip:
        raise errors.SlipMissing


def _check_room(room: Room, amount: int, target: str, payment_id: int | None) -> None:
    if amount > room.there:
        raise errors.TooMuch(room.there)
    left = room.of(target, payment_id)
    if amount > left:
        wrong = errors.NotToAccount if target == Target.ACCOUNT else errors.NotToInstrument
        raise wrong(left)


# --- deciding -------------------------------------------------------------------------
def confirm(
    *, refund: Refund, room: Room, seen: datetime | None, by: User, now: datetime
) -> Refund:
    """Confirm what another person prepared: the money leaves credit or fund in this moment.

    `refund` is the row as held by `hold` in the caller's transaction, `room` what was read
    after that, `seen` when what `by` saw was prepared. A refund to the instrument is sent by
    the next run of its job. Raises NotWaiting, NotPrepared, SamePerson, OwnDonor, Changed,
    PaymentTakenBack, TooMuch and its kin.
    """
    if refund.status != Status.ASKED:
        raise errors.NotWaiting
    if refund.prepared_by_id is None:
        raise errors.NotPrepared
    if refund.prepared_by_id == by.pk:
        raise errors.SamePerson
    _check_stands_apart(refund, by)
    if refund.prepared_at != seen:
        raise errors.Changed
    if refund.payment and refund.payment.status != Payment.Status.SETTLED:
        raise errors.PaymentTakenBack
    _check_room(room, refund.amount, refund.target, refund.payment_id)
    to_instrument = refund.target == Target.INSTRUMENT
    with transaction.atomic():
        refund.round += 1
        refund.posting = _take(refund, now)
        refund.status, refund.decided_by, refund.decided_at = Status.CONFIRMED, by, now
        refund.attempts, refund.next_try_at = 0, now if to_instrument else None
        refund.save(
            update_fields=[
                "round",
                "posting",
                "status",
                "decided_by",
                "decided_at",
                "attempts",
                "next_try_at",
            ]
        )
        record(refund, "confirmed", now, by, amount=refund.amount, target=refund.target)
        tell(refund, "confirmed", now)
        if to_instrument:
            bells.ring("refund_confirmed")
    return refund


def _take(refund: Refund, now: datetime) -> Posting:
    source = money_of(refund.donor, refund.programme)
    try:
        return ledger.post(
            key=f"refund:{refund.pk}:{refund.round}",
            kind=CONFIRMED,
            now=now,
            transfers=[(source, ledger.account(Account.Kind.REFUNDS), refund.amount)],
        )
    except ledger.InsufficientBalance:
        raise errors.TooMuch(ledger.balance_of(source)) from None


def refuse(*, refund: Refund, reason: str, by: User, now: datetime) -> Refund:
    """Close a refund that will not be made, and tell the donor why.

    What was confirmed already goes back to where it came from. Raises ReasonMissing, and
    NotWaiting when it was sent, may have been sent, or is closed.
    """
    if not reason:
        raise errors.ReasonMissing
    with transaction.atomic():
        fresh = hold(refund)
        if not _may_be_taken_back(fresh):
            raise errors.NotWaiting
        _close_unsent(fresh, reason, now)
        record(fresh, "refused", now, by)
        return fresh


def reopen(*, refund: Refund, by: User, now: datetime) -> Refund:
    """Take a failed refund up again: its money stands where it came from, and waits for
    another destination. Raises NotWaiting."""
    with transaction.atomic():
        fresh = hold(refund)
        if fresh.status != Status.FAILED:
            raise errors.NotWaiting
        _give_money_back(fresh, now)
        fresh.status = Status.ASKED
        fresh.prepared_by = fresh.prepared_at = fresh.decided_by = fresh.decided_at = None
        fresh.save(
            update_fields=[
                "status",
                "posting",
                "prepared_by",
                "prepared_at",
                "decided_by",
                "decided_at",
            ]
        )
        record(fresh, "reopened", now, by)
        return fresh


def withdraw_unsent(*, payment: Payment, now: datetime) -> int:
    """Give back what was confirmed for the instrument of a payment that the bank took back.

    Called when its months are undone, with the payment held. What may have been sent is
    left alone. Returns how many were withdrawn.
    """
    rows = of_instrument(payment).filter(status__in=[Status.CONFIRMED, Status.FAILED])
    withdrawn = 0
    for row in rows.order_by("pk"):
        fresh = hold(row)
        if _may_be_taken_back(fresh):
            _close_unsent(fresh, str(errors.PaymentTakenBack.sentence), now)
            record(fresh, "withdrawn", now, None)
            withdrawn += 1
    return withdrawn


def _may_be_taken_back(refund: Refund) -> bool:
    untried = refund.status == Status.CONFIRMED and refund.attempts == 0
    return untried or refund.status in {Status.ASKED, Status.FAILED}


def _close_unsent(refund: Refund, why: str, now: datetime) -> None:
    _give_money_back(refund, now)
    refund.status, refund.note, refund.closed_at = Status.REFUSED, why[:300], now
    refund.next_try_at = None
    refund.save(update_fields=["status", "note", "closed_at", "posting", "next_try_at"])
    tell(refund, "refused", now)


def _give_money_back(refund: Refund, now: datetime) -> None:
    """Write the opposite of the confirmation, if there was one; the caller saves the row."""
    if refund.posting is not None:
        ledger.reverse(refund.posting, key=f"refund_back:{refund.pk}:{refund.round}", now=now)
        refund.posting = None
