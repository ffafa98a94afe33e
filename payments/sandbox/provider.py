"""What the sandbox provider does: opens charges, takes money, denies, expires, notifies.

Each change of a charge is a conditional update that owes the portal its webhooks in the
same transaction; `payments.sandbox.deliveries` sends them.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from bricks.clock import JAKARTA
from notices import bells
from payments.channels import QRIS, VIRTUAL_ACCOUNT
from payments.gateways.notification import TIME, signature
from payments.models import SandboxCharge, SandboxDelivery, SandboxRefund
from payments.sandbox import acquirer

Status = SandboxCharge.Status
STATUS_CODES = {
    "pending": "201",
    "settlement": "200",
    "deny": "202",
    "expire": "407",
    "cancel": "200",
    "refund": "200",
    "partial_refund": "200",
}
#: Within minutes, as Midtrans warns of Permata, Mandiri bill and Indomaret.
DENY_AFTER = timedelta(minutes=2)
LATE = timedelta(minutes=3)


@dataclass(frozen=True)
class Delivery:
    """How a webhook reaches the portal: its delays, one for each time that it is sent."""

    delays: tuple[timedelta, ...] = (timedelta(0),)
    pending_follows: bool = False


PROMPT = Delivery()
DELIVERIES = {
    "prompt": PROMPT,
    "late": Delivery((LATE,)),
    "twice": Delivery((timedelta(0), timedelta(0))),
    "reordered": Delivery(pending_follows=True),
    "lost": Delivery(()),
}


class AmountNeeded(ValueError):
    """A payer sends at least one rupiah."""


class NotSettled(Exception):
    """Only money that has come in can go back."""


class NotRefundable(Exception):
    """The instrument takes no money back, or not so much."""


def server_key() -> str:
    """Return the key under which the sandbox signs. Raises ImproperlyConfigured without one."""
    if not settings.SANDBOX_SERVER_KEY:
        raise ImproperlyConfigured("SANDBOX_SERVER_KEY is empty: anyone could sign a webhook")
    return settings.SANDBOX_SERVER_KEY


def open_charge(
    *,
    order_id: str,
    amount: int,
    way: str,
    expires_at: datetime,
    return_url: str,
    now: datetime,
) -> SandboxCharge:
    """Open an order for one way; a repeated call returns the first charge, whatever it says."""
    transaction_id = uuid.uuid4()
    takes_va = way == VIRTUAL_ACCOUNT
    with transaction.atomic():
        charge, made = SandboxCharge.objects.get_or_create(
            order_id=order_id,
            defaults={
                "transaction_id": transaction_id,
                "gross_amount": amount,
                "qris": acquirer.qris_payload(order_id=order_id, amount=amount)
                if way == QRIS
                else "",
                "va_bank": acquirer.BANK if takes_va else "",
                "va_number": acquirer.va_number(transaction_id) if takes_va else None,
                "return_url": return_url,
                "created_at": now,
                "expires_at": expires_at,
            },
        )
        if made:
            _owe(charge, PROMPT, now)
    return charge


def find_charge(transaction_id: uuid.UUID) -> SandboxCharge | None:
    """Return the charge that the pay page of this address is about."""
    return SandboxCharge.objects.filter(transaction_id=transaction_id).first()


def pay(
    *,
    charge: SandboxCharge,
    way: str,
    amount: int,
    now: datetime,
    delivery: Delivery = PROMPT,
    denied: bool = False,
) -> bool:
    """Take the payer's money; with `denied` the bank takes it back within minutes.

    An expired charge takes it too, as a bank does with a late transfer. False if it
    was paid before. Raises AmountNeeded.
    """
    if amount <= 0:
        raise AmountNeeded
    with transaction.atomic():
        payable = SandboxCharge.objects.filter(
            pk=charge.pk, status__in=[Status.PENDING, Status.EXPIRE]
        )
        paid = payable.update(
            status=Status.SETTLEMENT,
            payment_type=way,
            paid_amount=amount,
            settled_at=now,
            deny_at=now + DENY_AFTER if denied else None,
        )
        if paid:
            _owe_about(charge.pk, delivery, now)
    return paid == 1


def expire(*, charge: SandboxCharge, now: datetime, delivery: Delivery = PROMPT) -> bool:
    """Let a charge run out at once; False if it was paid or had run out."""
    with transaction.atomic():
        expired = SandboxCharge.objects.filter(pk=charge.pk, status=Status.PENDING).update(
            status=Status.EXPIRE
        )
        if expired:
            _owe_about(charge.pk, delivery, now)
    return expired == 1


def cancel(*, order_id: str, now: datetime) -> bool:
    """Close an order that nobody has paid; False if there is none, or it is over."""
    pass_time(now=now)
    with transaction.atomic():
        pending = SandboxCharge.objects.filter(order_id=order_id, status=Status.PENDING)
        pk = pending.values_list("pk", flat=True).first()
        if pk is None or not pending.update(status=Status.CANCEL):
            return False
        _owe_about(pk, PROMPT, now)
    return True


def refund(*, order_id: str, amount: int, key: str, now: datetime) -> SandboxRefund:
    """Send a part of a settled charge, or all of it, back to the payer; idempotent by key.

    Raises NotSettled, and NotRefundable for a virtual account, for more than is left, and
    for a key that stands for another refund.
    """
    with transaction.atomic():
        known = SandboxRefund.objects.filter(key=key).select_related("charge").first()
        if known is not None:
            if (known.charge.order_id, known.amount) != (order_id, amount):
                raise NotRefundable("the key stands for another refund")
            return known
        taking = (Status.SETTLEMENT, Status.PARTIAL)
        charge = SandboxCharge.objects.filter(order_id=order_id, status__in=taking).first()
        if charge is None:
            raise NotSettled("nothing has come in, or all of it went back")
        if charge.payment_type != QRIS:
            raise NotRefundable("a virtual account takes no money back")
        left = (charge.paid_amount or 0) - charge.refunded - amount
        if amount <= 0 or left < 0:
            raise NotRefundable("more than came in, or nothing")
        as_read = SandboxCharge.objects.filter(pk=charge.pk, refunded=charge.refunded)
        to = Status.PARTIAL if left else Status.REFUND
        if not as_read.update(status=to, refunded=charge.refunded + amount):
            raise NotSettled("another refund was faster")
        made = SandboxRefund.objects.create(charge=charge, key=key, amount=amount, made_at=now)
        _owe_about(charge.pk, PROMPT, now)
    return made


def play(
    *, charge: SandboxCharge, act: str, way: str, amount: int, delivery: str, now: datetime
) -> bool:
    """Do what the pay page's visitor chose; False if the charge was over before."""
    how = DELIVERIES[delivery]
    if act == "expire":
        return expire(charge=charge, now=now, delivery=how)
    return pay(charge=charge, way=way, amount=amount, now=now, delivery=how, denied=act == "deny")


def pass_time(*, now: datetime) -> int:
    """Do what time does at a provider: unpaid charges expire, planned denials happen."""
    due = {
        Status.EXPIRE: SandboxCharge.objects.filter(status=Status.PENDING, expires_at__lte=now),
        Status.DENY: SandboxCharge.objects.filter(status=Status.SETTLEMENT, deny_at__lte=now),
    }
    changed = 0
    for status, charges in due.items():
        for pk in charges.order_by("pk").values_list("pk", flat=True)[:500]:
            with transaction.atomic():
                if charges.filter(pk=pk).update(status=status):
                    _owe_about(pk, PROMPT, now)
                    changed += 1
    return changed


def status_answer(*, order_id: str, now: datetime) -> dict[str, Any]:
    """Answer the status call as Midtrans does; status code 404 for an unknown order."""
    pass_time(now=now)
    charge = SandboxCharge.objects.filter(order_id=order_id).first()
    if charge is None:
        return {"status_code": "404", "status_message": "Transaction doesn't exist."}
    return notification(charge)


def notification(charge: SandboxCharge, *, status: str | None = None) -> dict[str, Any]:
    """Write the notification of a charge as it stands, or of an earlier `status`, signed."""
    status = status or charge.status
    amount = charge.gross_amount if charge.paid_amount is None else charge.paid_amount
    body = {
        "transaction_id": str(charge.transaction_id),
        "order_id": charge.order_id,
        "transaction_time": _wib(charge.created_at),
        "transaction_status": status,
        "status_code": STATUS_CODES[status],
        "status_message": "sandbox notification, no real money",
        "gross_amount": f"{amount}.00",
        "currency": "IDR",
        "payment_type": charge.payment_type or QRIS,
        "fraud_status": "accept",
        "merchant_id": "SANDBOX",
        "issuer_reference": None,
    }
    if charge.settled_at and status != Status.PENDING:
        body["settlement_time"] = _wib(charge.settled_at)
    if charge.refunded:
        body["refund_amount"] = f"{charge.refunded}.00"
    signed = {name: str(body[name]) for name in ("order_id", "status_code", "gross_amount")}
    return {**body, "signature_key": signature(**signed, server_key=server_key())}


def _wib(instant: datetime) -> str:
    return instant.astimezone(JAKARTA).strftime(TIME)


def _owe_about(charge_id: int, delivery: Delivery, now: datetime) -> None:
    _owe(SandboxCharge.objects.get(pk=charge_id), delivery, now)


def _owe(charge: SandboxCharge, delivery: Delivery, now: datetime) -> None:
    """Put the webhooks about a charge's present status into the queue."""
    body = notification(charge)
    owed = [SandboxDelivery(charge=charge, body=body, due_at=now + d) for d in delivery.delays]
    if delivery.pending_follows:
        earlier = notification(charge, status=Status.PENDING)
        owed.append(SandboxDelivery(charge=charge, body=earlier, due_at=now))
    SandboxDelivery.objects.bulk_create(owed)
    bells.ring("sandbox_delivery")
