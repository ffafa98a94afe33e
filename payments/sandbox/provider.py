"""What the sandbox provider does: opens charges, takes money, denies, expires, notifies.

Each change of a charge is a conditional update that owes the portal its webhooks in the
same transaction; `payments.sandbox.deliveries` sends them.
"""

import uuid
from collections.abc import Sequence
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
from payments.models import SandboxCharge, SandboxDelivery
from payments.sandbox import acquirer

Status = SandboxCharge.Status
STATUS_CODES = {"pending": "201", "settlement": "200", "deny": "202", "expire": "407"}
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


def server_key() -> str:
    """Return the key under which the sandbox signs. Raises ImproperlyConfigured without one."""
    if not settings.SANDBOX_SERVER_KEY:
        raise ImproperlyConfigured("SANDBOX_SERVER_KEY is empty: anyone could sign a webhook")
    return settings.SANDBOX_SERVER_KEY


def open_charge(
    *,
    order_id: str,
    amount: int,
    ways: Sequence[str],
    expires_at: datetime,
    return_url: str,
    now: datetime,
) -> SandboxCharge:
    """Open an order; a repeated call returns the first charge, whatever else it says."""
    transaction_id = uuid.uuid4()
    takes_va = VIRTUAL_ACCOUNT in ways
    with transaction.atomic():
        charge, made = SandboxCharge.objects.get_or_create(
            order_id=order_id,
            defaults={
                "transaction_id": transaction_id,
                "gross_amount": amount,
                "qris": acquirer.qris_payload(order_id=order_id, amount=amount)
                if QRIS in ways
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
