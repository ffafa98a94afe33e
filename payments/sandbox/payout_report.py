"""The sandbox provider's payout report: what it has received and not yet paid out.

Its fees are those of the market: QRIS 0.7 % of the amount, rounded down to the rupiah, a
virtual account 4.000 flat. What it has sent back to payers it takes off the lump, as far as
there is a lump.
"""

from django.conf import settings
from django.db.models import Exists, OuterRef

from bricks.tables import write_table
from payments.channels import QRIS
from payments.gateways.registry import serving
from payments.gateways.sandbox import SandboxGateway
from payments.models import Payment, PayoutLine
from payments.refund_selectors import not_netted

COLUMNS = ("order_id", "gross", "fee", "net")
QRIS_PER_MILLE = 7
ACCOUNT_FEE = 4_000
MOST = 2_000


def is_offered() -> bool:
    """Tell whether the sandbox serves in a demo."""
    return settings.DEMO and SandboxGateway.name in serving()


def fee_of(payment: Payment) -> int:
    """Return what the sandbox keeps of a payment, in rupiah: less than the payment."""
    received = payment.received or 0
    by_qris = (payment.channel or payment.way or QRIS) == QRIS
    fee = received * QRIS_PER_MILLE // 1_000 if by_qris else ACCOUNT_FEE
    return min(fee, received - 1)


def write() -> str:
    """Write the report as CSV, with a line of sums."""
    paid_out = PayoutLine.objects.filter(payment=OuterRef("pk"))
    waiting = Payment.everything.filter(
        ~Exists(paid_out), gateway=SandboxGateway.name, status=Payment.Status.SETTLED
    )
    rows = [
        (payment.order_id, payment.received or 0, fee_of(payment))
        for payment in waiting.order_by("settled_at", "pk")[:MOST]
    ]
    rows += _deductions(sum(gross - fee for _order, gross, fee in rows))
    sums = ("TOTAL", sum(row[1] for row in rows), sum(row[2] for row in rows))
    told = [(order, gross, fee, gross - fee) for order, gross, fee in [*rows, sums]]
    return write_table(COLUMNS, told if rows else [])


def _deductions(net: int) -> list[tuple[str, int, int]]:
    """Return a line below zero for each refund, oldest first, while `net` stays above zero."""
    refunds = not_netted(SandboxGateway.name).order_by("sent_at", "pk")
    rows = []
    for order_id, amount in refunds.values_list("payment__order_id", "amount")[:MOST]:
        if amount < net:
            net -= amount
            rows.append((order_id, -amount, 0))
    return rows
