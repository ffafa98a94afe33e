"""What donors and their banks do: pay as their habit is, have wishes, take money back."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from bricks.clock import jakarta_date
from dashboards.simulation.cast import Giver
from dashboards.simulation.passing import hand_over
from dashboards.simulation.wishing import stop_one, wish_for_all
from dashboards.simulation.world import World
from payments.gateways.registry import chosen_gateway
from payments.models import Invoice, Payment, SandboxCharge
from payments.sandbox import provider
from payments.services.applying import apply_truth
from payments.services.paying import AlreadyPaid, InvoiceNotPayable, start_payment

#: Nobody sends less: virtual accounts refuse it.
LEAST = 10_000
#: What some do in the days after they have paid.
AFTERWARDS: dict[str, Callable[[World, Giver, datetime], None]] = {
    "fickle": stop_one,
    "wishful": wish_for_all,
    "passes": hand_over,
}


def look_at_invoices(world: World, day: date) -> None:
    """Let every donor make up his mind about the invoices that came since yesterday."""
    rows = Invoice.everything.filter(status=Invoice.Status.OPEN).order_by("pk")
    for pk, donor in rows.values_list("pk", "donor"):
        giver = world.by_donor[donor]
        if pk not in giver.seen:
            giver.seen.add(pk)
            _make_up_his_mind(world, giver, pk, day)


def _make_up_his_mind(world: World, giver: Giver, invoice: int, day: date) -> None:
    dice, habit = giver.dice, giver.habit
    days, extra = 3 + dice.randrange(8), 0
    if habit == "never":
        return
    if habit == "early":
        days = dice.randrange(2)
    elif habit == "late":
        days = 15 + dice.randrange(30)
    elif _leaves_it(world, giver, invoice, day):
        return
    elif habit == "short":
        extra = -dice.randrange(1_000, 20_000)
    elif habit == "generous" or (habit == "office" and dice.random() < 0.4):
        extra = dice.randrange(15_000, 150_000)
    world.on(day + timedelta(days=days), lambda now: pay(world, giver, invoice, now, extra=extra))
    afterwards = AFTERWARDS.get(habit)
    if afterwards is not None and dice.random() < 0.4:
        world.on(day + timedelta(days=days + 5), lambda now: afterwards(world, giver, now))


def _leaves_it(world: World, giver: Giver, invoice: int, day: date) -> bool:
    """Tell whether he does not pay an invoice when it comes; he may do so later."""
    if giver.habit == "gaps":
        return giver.dice.random() < 0.5
    if giver.habit == "lapses":
        return _lapses(world, giver, invoice, day)
    return giver.habit == "old" and _pays_both(world, giver, invoice, day)


def _lapses(world: World, giver: Giver, invoice: int, day: date) -> bool:
    """Once, after some months: he opens the invoice, and pays it half a year later."""
    if giver.lapsed_once or len(giver.seen) < 3:
        return giver.lapsed_once and giver.dice.random() < 0.5
    giver.lapsed_once = True
    late = day + timedelta(days=130 + giver.dice.randrange(60))
    world.on(day, lambda now: open_charge(world, giver, invoice, now, pays_on=late))
    return True


def _pays_both(world: World, giver: Giver, invoice: int, day: date) -> bool:
    """Every other invoice is opened and left, and paid when its successor is paid as well."""
    if len(giver.seen) % 2:
        return False
    later = day + timedelta(days=35 + giver.dice.randrange(10))
    world.on(day, lambda now: open_charge(world, giver, invoice, now, pays_on=later))
    return True


# --- money ---------------------------------------------------------------------------------
def open_charge(world: World, giver: Giver, invoice: int, now: datetime, *, pays_on: date) -> None:
    """Open an invoice's payment page, to pay what it showed on a later day."""
    payment = _start(giver, invoice, now)
    if payment is not None:
        world.on(pays_on, lambda when: settle(world, giver, payment.pk, when, extra=0))


def pay(world: World, giver: Giver, invoice: int, now: datetime, *, extra: int) -> None:
    """Pay an invoice if that is still possible, with so much more or less."""
    payment = _start(giver, invoice, now)
    if payment is not None:
        settle(world, giver, payment.pk, now, extra=extra)


def _start(giver: Giver, invoice: int, now: datetime) -> Payment | None:
    try:
        return start_payment(invoice=Invoice.everything.get(pk=invoice), now=now, by=giver.user)
    except (InvoiceNotPayable, AlreadyPaid):
        return None


def settle(world: World, giver: Giver, payment_id: int, now: datetime, *, extra: int) -> None:
    """Let the bank receive the money of a charge, if it still takes it, and tell the portal."""
    payment = Payment.everything.get(pk=payment_id)
    charge = SandboxCharge.objects.get(order_id=payment.order_id)
    amount = max(payment.amount + extra, LEAST)
    lost = provider.DELIVERIES["lost"]
    if not provider.pay(charge=charge, way=payment.way, amount=amount, now=now, delivery=lost):
        return
    _hear(payment, now)
    world.received[payment.order_id] = amount
    world.counts["payments"] += 1
    if giver.habit == "clawed" and giver.dice.random() < 0.35:
        day = jakarta_date(now) + timedelta(days=giver.dice.randrange(40))
        world.on(day, lambda when: take_back(world, payment.pk, when))


def take_back(world: World, payment_id: int, now: datetime) -> None:
    """Let the bank take back what it received, of its own accord."""
    payment = Payment.everything.get(pk=payment_id)
    with suppress(provider.NotRefundable, provider.NotSettled):
        provider.refund(
            order_id=payment.order_id,
            amount=payment.received or 0,
            key=f"bank-{payment.order_id}",
            now=now,
        )
        _hear(payment, now)
        world.taken_back[payment.order_id] = payment.received or 0
        world.counts["taken_back"] += 1


def _hear(payment: Payment, now: datetime) -> None:
    truth = chosen_gateway().status(payment.order_id, now=now)
    apply_truth(payment=payment, truth=truth, now=now)
