"""What a provider says went back: the refunds that he has sent are done."""

from datetime import datetime

from accounts import audit
from payments.models import Payment, Refund
from payments.refund_selectors import of_instrument

Status = Refund.Status


def confirm_sent(*, payment: Payment, back: int, now: datetime) -> int:
    """Close the sent refunds of a payment, oldest first, as far as `back` rupiah went back.

    Idempotent. Returns how many are done now that were not before. One of which we do not
    know yet that it was sent is left to the job that sends it.
    """
    closed = 0
    rows = of_instrument(payment).filter(status__in=[Status.SENT, Status.DONE])
    for row in rows.select_related("office").order_by("sent_at", "pk"):
        back -= row.amount
        if back < 0:
            break
        sent = Refund.everything.filter(pk=row.pk, status=Status.SENT)
        if sent.update(status=Status.DONE, closed_at=now):
            audit.record(action="refund.done", obj=row, office=row.office, now=now)
            closed += 1
    return closed
