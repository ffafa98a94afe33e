"""The demo's money that went another way: too late, back to its payer, back to a treasury.

Played last, through the portal's own services: a payment for an approval that had run out
waits for the branch, a bank took the money of accepted months back, a provider sent a part
back that nobody had asked for, and refunds wait in three states. What was paid too much
is in the story itself.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from contributions.services import refunding, reversing, settling
from contributions.services.proving import prove_books
from contributions.services.refunding import Destination
from dashboards.demo import play
from donors.models import Programme
from donors.selectors import donors_of
from payments.gateways.registry import chosen_gateway
from payments.models import Invoice, Payment, Refund, SandboxCharge
from payments.sandbox import provider
from payments.services.applying import apply_truth
from payments.services.events import process_events, store_event
from payments.services.paying import start_payment
from payments.services.sending_refunds import send_refunds
from payments.services.snapshots import take_snapshots

FIRST, SECOND = "bendahara@demo.example", "bendahara2@demo.example"
#: The order of this donor is approved and not paid while its approval counts.
LATE, LATE_OPENED = "wati", timedelta(days=46)
PARKED, PARTLY_BACK, OVERPAID, BUDGET = "tono", "sari", "rina", "desa"

Plan = Mapping[datetime, list[Callable[[], object]]]


def plan_money(plan: Plan, users: Mapping[str, User], today: date) -> None:
    """Let the one who pays too late open the pay page in time."""
    when = play.at(today - LATE_OPENED, 10)
    plan[when].append(lambda: _open_pay_page(users[LATE], when))


def play_money(
    users: Mapping[str, User], programmes: Mapping[str, Programme], now: datetime
) -> None:
    """Let the last hour of the treasurers happen."""
    _pay_late(users[LATE], now - timedelta(minutes=50))
    _send_back(_payment_of(users[PARKED]), now - timedelta(minutes=45))
    reversing.undo_payments(now=now - timedelta(minutes=44))
    _send_back(_payment_of(users[PARTLY_BACK]), now - timedelta(minutes=40), amount=8_400)
    _give_credit_back(users, now - timedelta(minutes=35))
    _give_budget_back(users, programmes[BUDGET], now - timedelta(minutes=20))


def prove_money(*, today: date, now: datetime) -> None:
    """Keep the balances of yesterday and a proof of the books, as the night does."""
    take_snapshots(today=today, now=now)
    prove_books(occasion="night", now=now)


# --- too late ---------------------------------------------------------------------------
def _open_pay_page(user: User, now: datetime) -> None:
    invoice = Invoice.everything.get(donor__in=donors_of(user), status=Invoice.Status.OPEN)
    start_payment(invoice=invoice, now=now, by=user)


def _pay_late(user: User, now: datetime) -> None:
    payment = Payment.everything.get(opened_by=user)
    charge = SandboxCharge.objects.get(order_id=payment.order_id)
    lost = provider.DELIVERIES["lost"]
    provider.pay(charge=charge, way=payment.way, amount=payment.amount, now=now, delivery=lost)
    truth = chosen_gateway().status(payment.order_id, now=now)
    apply_truth(payment=payment, truth=truth, now=now)
    settling.allocate_payments(now=now + timedelta(seconds=5))


# --- back to the payer, by the bank -------------------------------------------------------
def _payment_of(user: User) -> Payment:
    """Return the first payment of a donor that came in."""
    settled = Payment.everything.filter(opened_by=user, status=Payment.Status.SETTLED)
    return settled.order_by("settled_at", "pk")[0]


def _send_back(payment: Payment, now: datetime, *, amount: int | None = None) -> None:
    """Let the provider send rupiah back of its own accord, all of them without `amount`."""
    back = payment.amount if amount is None else amount
    key = f"bank-{payment.order_id}"
    provider.refund(order_id=payment.order_id, amount=back, key=key, now=now)
    charge = SandboxCharge.objects.get(order_id=payment.order_id)
    body = json.dumps(provider.notification(charge)).encode()
    gateway = chosen_gateway()
    event = gateway.verify({}, body)  # type: ignore[arg-type]
    store_event(gateway=gateway.name, event=event, body=body, now=now)
    process_events(now=now)


# --- back to the payer, by us ---------------------------------------------------------------
def _give_credit_back(users: Mapping[str, User], now: datetime) -> None:
    """One refund that has reached the donor's instrument, and one that is asked for."""
    user = users[OVERPAID]
    told: dict[str, Any] = {"donor": donors_of(user).get(), "by": user}
    first = refunding.ask_for_credit(
        amount=50_000, reason="Saya salah mengetik jumlah.", now=now, **told
    )
    to = Destination(Refund.Target.INSTRUMENT, payment=first.payment)
    _decide(users, first, to, now + timedelta(minutes=2))
    send_refunds(now=now + timedelta(minutes=6))
    if first.payment:
        truth = chosen_gateway().status(first.payment.order_id, now=now)
        apply_truth(payment=first.payment, truth=truth, now=now + timedelta(minutes=8))
    refunding.ask_for_credit(
        amount=60_000,
        reason="Sisanya tolong dikembalikan juga.",
        now=now + timedelta(minutes=10),
        **told,
    )


def _give_budget_back(users: Mapping[str, User], programme: Programme, now: datetime) -> None:
    """A part of what a village paid too much is confirmed, and waits to be transferred."""
    refund = refunding.ask_for_fund(
        programme=programme,
        amount=40_000,
        reason="Sisa anggaran desa.",
        by=users[FIRST],
        now=now,
    )
    to = Destination(
        Refund.Target.TREASURY,
        bank="Bank Peragaan",
        account_number="1400022001",
        holder="KAS DESA CONTOH",
        holder_checked=True,
        slip="STS-22/2026",
    )
    _decide(users, refund, to, now + timedelta(minutes=3))


def _decide(users: Mapping[str, User], refund: Refund, to: Destination, now: datetime) -> None:
    """Prepare a refund as one treasurer, and confirm it as the other."""
    prepared = refunding.prepare(
        refund=refund, amount=refund.amount, to=to, by=users[FIRST], now=now
    )
    seen, later = prepared.prepared_at, now + timedelta(minutes=2)
    refunding.confirm(refund=prepared, seen=seen, by=users[SECOND], now=later)
