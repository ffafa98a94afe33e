"""What proves that money went back as two people agreed, and nothing beside it."""

from datetime import datetime

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from contributions.checks.base import Check, ids
from contributions.identity import identity
from payments.models import Account, BankLine, Refund, Transfer
from payments.refund_selectors import late
from payments.services.sending_refunds import SENT

Status = Refund.Status
#: From the confirmation on the money stands in `refunds`, until it is taken back.
HELD = [Status.CONFIRMED, Status.SENT, Status.DONE, Status.FAILED]


def _wrong_refunds(now: datetime) -> list[int]:
    """Beside refunds of donors' money, strangers' that the bank sent back stands there."""
    rows = Refund.everything.filter(status__in=HELD)
    strangers = BankLine.objects.filter(meaning=BankLine.Meaning.RETURNED, side=BankLine.Side.OUT)
    told = sum(part.aggregate(sum=Sum("amount"))["sum"] or 0 for part in (rows, strangers))
    difference = identity().refunds - told
    return [difference] if difference else []


def _wrong_returned(now: datetime) -> list[int]:
    """What was booked as sent back for refunds differs from those that were sent."""
    gone = Refund.everything.filter(status__in=[Status.SENT, Status.DONE])
    booked = Transfer.objects.filter(posting__kind=SENT, debit__kind=Account.Kind.RETURNED)
    difference = (booked.aggregate(sum=Sum("amount"))["sum"] or 0) - (
        gone.aggregate(sum=Sum("amount"))["sum"] or 0
    )
    return [difference] if difference else []


def _wrong_rows(now: datetime) -> list[int]:
    """Refunds whose own postings are not over their amount."""
    taken = Transfer.objects.filter(credit__kind=Account.Kind.REFUNDS)
    sent = Transfer.objects.filter(debit__kind=Account.Kind.RETURNED)
    rows = Refund.everything.annotate(
        taken=_moved(taken, "posting"), sent=_moved(sent, "sent_posting")
    )
    held, gone = Q(status__in=HELD), Q(status__in=[Status.SENT, Status.DONE])
    wrong = (held & ~Q(taken=F("amount"))) | (gone & ~Q(sent=F("amount")))
    return ids(rows.filter(wrong))


def _moved(transfers: QuerySet[Transfer], by: str) -> Coalesce:
    of_posting = transfers.filter(posting=OuterRef(by)).order_by().values("posting")
    return Coalesce(Subquery(of_posting.annotate(sum=Sum("amount")).values("sum")), 0)


def _over_instruments(now: datetime) -> list[int]:
    """Payments of which more went back to the instrument than they brought."""
    rows = Refund.everything.filter(target=Refund.Target.INSTRUMENT, status__in=HELD)
    sums = rows.order_by().values("payment").annotate(sum=Sum("amount"))
    over = sums.filter(sum__gt=F("payment__received"))
    return sorted(row["payment"] for row in over)


CHECKS = (
    Check("refunds", "The account of refunds differs from the refunds by rupiah", _wrong_refunds),
    Check("returned", "What was sent back differs from the refunds by rupiah", _wrong_returned),
    Check("refund", "A refund differs from its postings; refunds", _wrong_rows),
    Check("over_refunded", "More went back than came in; payments", _over_instruments),
    Check("refund_waits", "Waiting longer than three working days; refunds", late, is_grave=False),
)
