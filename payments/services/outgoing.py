"""What money that left the bank was: charges, contributions paid on, refunds, money returned.

A line of money out posts nothing until somebody says what it was; then it is settled.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from payments import ledger
from payments.models import Account, BankLine, Posting, Refund
from payments.services.matching import CannotMatch, LineMoved, claim
from payments.services.sending_refunds import mark_sent

Kind = Account.Kind
Meaning = BankLine.Meaning
Side = BankLine.Side
OUTGOING = "bank_out"
UNPROPOSED = {"returns": None, "proposed_by": None, "proposed_at": None}
#: Where money went that left the bank for good.
PLACES = {Meaning.CHARGE: Kind.DEDUCTED, Meaning.PASSED: Kind.PASSED}


class NotOutgoing(CannotMatch):
    """The line is of money in, or its meaning is none that a person may say."""

    sentence = _("Pilih arti yang cocok untuk uang keluar ini.")


class NoteMissing(CannotMatch):
    """Money that leaves needs a reason."""

    sentence = _("Tulis alasannya.")


class SecondPersonNeeded(CannotMatch):
    """Who proposed that money went back does not confirm it."""

    sentence = _("Usulan sendiri disetujui orang lain.")


class NotThatMuch(CannotMatch):
    """The line of money in has less left than went back."""

    sentence = _("Uang masuk itu tidak punya sisa sebanyak uang yang keluar.")


def explain(*, line: BankLine, meaning: str, by: User, now: datetime, note: str) -> Posting:
    """Say that a line of money out was a bank charge, or contributions paid to BPJS.

    Raises NotOutgoing, NoteMissing, LineMoved.
    """
    place = PLACES.get(Meaning(meaning)) if meaning in Meaning.values else None
    if place is None or line.side != Side.OUT:
        raise NotOutgoing
    if not note:
        raise NoteMissing
    with transaction.atomic():
        claim(line, line.amount, seen=0, meaning=meaning)
        bank = ledger.account(Kind.BANK, bank_account=line.account)
        posting = _post(line, [(ledger.account(place), bank, line.amount)], now)
        _keep(line, posting, by, now, note=note)
    return posting


def propose_return(
    *, line: BankLine, incoming: BankLine, note: str, by: User, now: datetime
) -> None:
    """Propose that a line of money out gave money back that belonged to nobody here.

    `incoming` is the line, of the same account, by which it came. Nothing is posted before
    `return_to_sender`. Raises NotOutgoing, NoteMissing, NotThatMuch, LineMoved.
    """
    if line.side != Side.OUT or incoming.side != Side.IN or line.account_id != incoming.account_id:
        raise NotOutgoing
    if not note:
        raise NoteMissing
    if incoming.amount - incoming.allocated < line.amount:
        raise NotThatMuch
    with transaction.atomic():
        told = {"returns": incoming, "note": note, "proposed_by": by, "proposed_at": now}
        if not _waiting(line, proposed=False).update(**told):
            raise LineMoved
        _record(line, "return_proposed", by, now, note=note, returns=incoming.pk)


def withdraw_return(*, line: BankLine, by: User, now: datetime) -> None:
    """Take a proposal back: the line waits for its meaning anew. Raises LineMoved."""
    with transaction.atomic():
        if not _waiting(line, proposed=True).update(**UNPROPOSED, note=""):
            raise LineMoved
        _record(line, "return_withdrawn", by, now)


def return_to_sender(*, line: BankLine, by: User, now: datetime) -> Posting:
    """Confirm as a second person that money went back to its sender.

    It leaves suspense for `refunds`, as every rupiah that goes back, and the bank for
    `returned`. Raises SecondPersonNeeded, NotThatMuch, LineMoved.
    """
    with transaction.atomic():
        fresh = _waiting(line, proposed=True).select_related("returns", "account__office").first()
        if fresh is None or fresh.returns is None:
            raise LineMoved
        incoming = fresh.returns
        if fresh.proposed_by_id == by.pk:
            raise SecondPersonNeeded
        if incoming.amount - incoming.allocated < fresh.amount:
            raise NotThatMuch
        meaning = incoming.meaning or Meaning.RETURNED
        claim(incoming, fresh.amount, seen=incoming.allocated, meaning=meaning)
        claim(fresh, fresh.amount, seen=0, meaning=Meaning.RETURNED)
        bank = ledger.account(Kind.BANK, bank_account=fresh.account)
        transfers = [
            (ledger.account(Kind.SUSPENSE), ledger.account(Kind.REFUNDS), fresh.amount),
            (ledger.account(Kind.RETURNED), bank, fresh.amount),
        ]
        posting = _post(fresh, transfers, now)
        BankLine.objects.filter(pk=fresh.pk).update(posting=posting, confirmed_by=by)
        _record(fresh, "explained", by, now, note=fresh.note, returns=incoming.pk)
    return posting


def refund_seen(*, line: BankLine, refund: Refund, by: User, now: datetime) -> Posting:
    """Say that a line of money out is a refund to an account or a treasury: it is done.

    Raises NotOutgoing, LineMoved, and what `sending_refunds.mark_sent` raises.
    """
    if line.side != Side.OUT:
        raise NotOutgoing
    with transaction.atomic():
        claim(line, line.amount, seen=0, meaning=Meaning.REFUND)
        posting = mark_sent(refund=refund, reference=line.reference, by=by, now=now, bank_line=line)
        _keep(line, posting, by, now, refund=refund.pk)
    return posting


def _post(line: BankLine, transfers: list[ledger.Line], now: datetime) -> Posting:
    return ledger.post(key=f"bankline:{line.pk}", kind=OUTGOING, now=now, transfers=transfers)


def _keep(
    line: BankLine, posting: Posting, by: User, now: datetime, *, note: str = "", **told: int
) -> None:
    # What somebody proposed of it before has come to nothing.
    BankLine.objects.filter(pk=line.pk).update(posting=posting, note=note, **UNPROPOSED)
    _record(line, "explained", by, now, note=note, **told)


def _waiting(line: BankLine, *, proposed: bool) -> QuerySet[BankLine]:
    open_lines = BankLine.objects.filter(pk=line.pk, status=BankLine.Status.OPEN)
    return open_lines.filter(proposed_by__isnull=not proposed)


def _record(
    line: BankLine, what: str, by: User, now: datetime, *, note: str = "", **told: int
) -> None:
    record(
        action=f"bankline.{what}",
        obj=line,
        now=now,
        actor=by,
        office=line.account.office,
        after={"meaning": str(line.meaning), **told},
        personal={"note": note} if note else None,
    )
