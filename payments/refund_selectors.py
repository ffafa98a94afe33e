"""Questions about money that goes back. Amounts are whole rupiah."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from bricks.clock import jakarta_date
from donors.models import Donor, Programme
from payments.channels import VIRTUAL_ACCOUNT
from payments.gateways.registry import serving
from payments.models import Account, Payment, Refund, Transfer
from payments.models.refunds import RefundQuerySet
from regions.selectors import add_working_days

Status = Refund.Status
Target = Refund.Target
#: The gateway of money that came by bank transfer.
BANK = "bank"
#: Ways by which no provider sends money back; of any other it is asked.
NO_WAY_BACK = (VIRTUAL_ACCOUNT, "echannel", "permata", "cstore")
#: A refund should be on its way within so many working days.
WORKING_DAYS = 3
ON_ITS_WAY = Q(status=Status.CONFIRMED, attempts__gt=0)
GONE = Q(status__in=[Status.SENT, Status.DONE])


@dataclass(frozen=True)
class Room:
    """What of a donor's credit, or of a programme's fund, may go back now.

    `there` is all of it, `own` what of it may go into the donor's own hands (P38);
    `by_payment` what the instrument of each payment may take.
    """

    there: int
    own: int
    by_payment: Mapping[int, int]

    def of(self, target: str, payment_id: int | None = None) -> int:
        """Return what may go to a target."""
        if target == Target.INSTRUMENT:
            return min(self.there, self.by_payment.get(payment_id or 0, 0))
        return min(self.there, self.own) if target == Target.ACCOUNT else self.there


def refunds_for(user: Any) -> QuerySet[Refund]:
    """Return the refunds that the user may see, those that wait longest first."""
    rows: RefundQuerySet = Refund.objects.visible_to(user)
    return rows.select_related("donor", "programme", "office", "payment").order_by("asked_at", "pk")


def refund_for(user: Any, uuid: Any) -> Refund | None:
    """Return one refund that the user may see."""
    rows = Refund.objects.visible_to(user).select_related(
        "donor",
        "programme",
        "office",
        "payment__invoice",
        "bank_account",
        "asked_by",
        "prepared_by",
        "decided_by",
    )
    found: Refund | None = rows.filter(uuid=uuid).first()
    return found


def asked_of(
    donor: Donor, programme: Programme | None = None, *, but: Refund | None = None
) -> QuerySet[Refund]:
    """Return the refunds of a credit, or of a fund, on which nobody has decided."""
    rows = Refund.everything.filter(donor=donor, programme=programme, status=Status.ASKED)
    return rows.exclude(pk=but.pk) if but else rows


def asked_of_balance(
    donor: Donor, programme: Programme | None = None, *, but: Refund | None = None
) -> QuerySet[Refund]:
    """The same without those of months that nobody has undone yet: their money still stands
    in the months, not in the balance."""
    return asked_of(donor, programme, but=but).filter(Q(months=[]) | Q(round__gt=0))


def given_back(payment: Payment) -> int:
    """Return what of a payment the provider has sent back for us, in rupiah."""
    return _sum(of_instrument(payment).filter(GONE))


def wholly_gone() -> QuerySet[Payment]:
    """Return the reversed payments of which nothing was left for the bank to take back: what
    refunds had sent to their instrument, and what the operator bears, is all that came in."""
    back = Refund.everything.filter(GONE, payment=OuterRef("pk"), target=Target.INSTRUMENT)
    lost = Transfer.objects.filter(posting__payment=OuterRef("pk"), debit__kind=Account.Kind.LOSS)
    gone = _summed(back, "payment") + _summed(lost, "posting__payment")
    # A fee that the payer bore still goes back (Payment.fee_taken).
    without_fee = Payment.everything.filter(Q(fee=0) | Q(received=1))
    return without_fee.filter(status=Payment.Status.REVERSED, received__lte=gone)


def being_given_back(payment: Payment) -> int:
    """The same, with what he was asked to send and has perhaps sent."""
    return _sum(of_instrument(payment).filter(GONE | ON_ITS_WAY))


def of_instrument(payment: Payment) -> QuerySet[Refund]:
    """Return the refunds to the instrument of a payment."""
    return Refund.everything.filter(payment=payment, target=Target.INSTRUMENT)


def taken_of(payment_ids: list[int], *, but: Refund | None = None) -> dict[int, int]:
    """Return, per payment, what refunds to its instrument take or have taken."""
    rows = Refund.everything.filter(payment__in=payment_ids, target=Target.INSTRUMENT)
    rows = rows.exclude(status=Status.REFUSED)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    sums = rows.order_by().values_list("payment").annotate(sum=Sum("amount"))
    return {payment: total for payment, total in sums if payment is not None}


def takes_back(payment: Payment) -> bool:
    """Tell whether the provider may be asked to send money of a payment back."""
    way = payment.channel or payment.way
    return payment.gateway in serving() and way not in NO_WAY_BACK


def not_netted(gateway: str) -> QuerySet[Refund]:
    """Return the refunds that a provider has sent and not yet taken off a payout."""
    rows = Refund.everything.filter(GONE, target=Target.INSTRUMENT, payment__gateway=gateway)
    return rows.filter(payout_line__isnull=True)


def awaiting_transfer() -> QuerySet[Refund]:
    """Return the refunds whose transfer from our bank account is awaited or not yet seen.

    Each bears `amount` and `transfer_code`, which stands in the transfer's description.
    """
    rows = Refund.everything.filter(status__in=[Status.CONFIRMED, Status.SENT])
    return rows.exclude(target=Target.INSTRUMENT).order_by("decided_at", "pk")


def due_on(refund: Refund) -> date:
    """Return the working day by which a refund should be on its way."""
    return add_working_days(jakarta_date(refund.asked_at), WORKING_DAYS)


def late(now: datetime) -> list[int]:
    """Return the refunds that wait longer than they should, in order."""
    waiting = Refund.everything.filter(
        status__in=[Status.ASKED, Status.CONFIRMED, Status.FAILED]
    ).order_by("pk")
    today = jakarta_date(now)
    return [row.pk for row in waiting if due_on(row) < today]


def _summed(rows: QuerySet[Any], of: str) -> Coalesce:
    """The sum of rows that belong to one payment, as a subquery."""
    sums = rows.order_by().values(of).annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(sums), Value(0), output_field=BigIntegerField())


def _sum(rows: QuerySet[Refund]) -> int:
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0
