"""Whatever donors, treasurers, providers and banks do with money that goes back, in any order:
the books agree after each step, and no instrument gets more than it paid."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from bricks.clock import jakarta_date
from contributions.books import check_books, identity
from contributions.models import Contribution
from contributions.services import refunding
from contributions.services.remitting import remit
from contributions.services.reversing import undo_payments
from contributions.services.settling import allocate_payments
from donors.models import Programme
from payments.gateways.protocol import ProviderStatus, State
from payments.gateways.sandbox import SandboxGateway
from payments.models import Payment, Refund, SandboxCharge, SandboxRefund
from payments.sandbox import provider
from payments.services import refunds
from payments.services.applying import apply_truth
from payments.services.refund_errors import RefundError
from payments.services.sending_refunds import send_refunds
from tests.contributions.builders import billed_order, few_prices, settle
from tests.contributions.refund_stories import owner_of, to_account, to_instrument, treasurer
from tests.factories import NOW, OrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


@dataclass
class World:
    """One donor, two treasurers, and the present instant."""

    now: datetime = NOW
    people: list[User] = field(default_factory=lambda: [treasurer(), treasurer()])
    payments: list[Payment] = field(default_factory=list)

    def pay(self, number: int) -> None:
        """The donor, or a stranger, pays an order with some rupiah too much."""
        if len(self.payments) > 3:
            return
        more = {}
        if self.payments:
            donor = self.payments[0].invoice.donor
            more["order"] = OrderFactory(programme=Programme.objects.get(donor=donor))
        invoice = billed_order(when=self.now, months=1 + number % 3, **more)
        payment = settle(invoice, self.now, invoice.total + number * 97 % 60_000)
        opened_by = None if number % 3 == 0 else owner_of(invoice)
        Payment.everything.filter(pk=payment.pk).update(way="qris", opened_by=opened_by)
        charge = provider.open_charge(
            order_id=payment.order_id,
            amount=payment.amount,
            way="qris",
            expires_at=invoice.expires_at,
            return_url="",
            now=self.now,
        )
        provider.pay(charge=charge, way="qris", amount=payment.received or 0, now=self.now)
        allocate_payments(now=self.now)
        self.payments.append(fresh(payment))

    def ask(self, number: int) -> None:
        """Somebody asks for a part of the credit, or for months to be undone."""
        donor = self.payments[0].invoice.donor
        more = {"reason": "uji", "by": self.people[0], "now": self.now}
        months = Contribution.everything.filter(
            status="paid", covered_from__gt=jakarta_date(self.now)
        )
        if number % 2 and months.exists():
            ids = list(months.order_by("-month").values_list("pk", flat=True)[: 1 + number % 3])
            refunding.ask_for_months(months=ids, **more)
        else:
            refunding.ask_for_credit(donor=donor, amount=number * 53 or None, **more)

    def prepare(self, number: int) -> None:
        refund = self.one(number, "asked")
        payment = self.payments[number % len(self.payments)]
        to = to_account() if number % 4 == 0 else to_instrument(fresh(payment))
        person = self.people[number % 2]
        refunding.prepare(refund=refund, amount=refund.amount, to=to, by=person, now=self.now)

    def confirm(self, number: int) -> None:
        refund = self.one(number, "asked")
        seen = refund.prepared_at
        refunding.confirm(refund=refund, seen=seen, by=self.people[number % 2], now=self.now)

    def refuse(self, number: int) -> None:
        refund = self.one(number, "asked", "failed", "confirmed")
        refunds.refuse(refund=refund, reason="uji", by=self.people[0], now=self.now)

    def reopen(self, number: int) -> None:
        refunds.reopen(refund=self.one(number, "failed"), by=self.people[0], now=self.now)

    def send(self, number: int) -> None:
        """The job sends; now and then the way proves to take nothing back."""
        if number % 4 == 0:
            SandboxCharge.objects.update(payment_type="bank_transfer")
        send_refunds(now=self.now)
        SandboxCharge.objects.update(payment_type="qris")

    def hear(self, number: int) -> None:
        """The provider is asked about a payment."""
        payment = fresh(self.payments[number % len(self.payments)])
        truth = SandboxGateway().status(payment.order_id, now=self.now)
        apply_truth(payment=payment, truth=truth, now=self.now)

    def take_back(self, number: int) -> None:
        """The bank takes a payment back; the job undoes what it bought."""
        payment = fresh(self.payments[number % len(self.payments)])
        gone = SandboxRefund.objects.filter(charge__order_id=payment.order_id)
        truth = ProviderStatus(
            payment.order_id,
            State.FAILED,
            refunded=gone.aggregate(sum=Sum("amount"))["sum"] or 0,
        )
        apply_truth(payment=payment, truth=truth, now=self.now)
        undo_payments(now=self.now)

    def wait(self, number: int) -> None:
        """Time passes; on some days the file goes to BPJS."""
        self.now += timedelta(hours=1 + number % 9)
        if number % 3 == 0:
            remit(today=jakarta_date(self.now), now=self.now)
        undo_payments(now=self.now)
        allocate_payments(now=self.now)

    def one(self, number: int, *statuses: str) -> Refund:
        rows = list(Refund.everything.filter(status__in=statuses).order_by("pk"))
        if not rows:
            raise RefundError
        return rows[number % len(rows)]


def fresh(payment: Payment) -> Payment:
    return Payment.everything.select_related("invoice__donor").get(pk=payment.pk)


STEPS: dict[str, Callable[[World, int], None]] = {
    name: getattr(World, name)
    for name in (
        "pay",
        "ask",
        "prepare",
        "confirm",
        "refuse",
        "reopen",
        "send",
        "hear",
        "take_back",
        "wait",
    )
}
TO_THE_END = ["ask", "prepare", "confirm"]
stories = st.lists(
    st.tuples(st.sampled_from([*STEPS, *TO_THE_END, *TO_THE_END, "send"]), st.integers(0, 999)),
    min_size=4,
    max_size=22,
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(stories)
# Asked, prepared by the second, confirmed by the first, sent, heard, taken back by the bank.
@example([("ask", 200), ("prepare", 1), ("confirm", 0), ("send", 1), ("hear", 0), ("take_back", 0)])
# Refused by the way, reopened, sent to the account; then the bank takes the payment back.
@example(
    [
        ("ask", 200),
        ("prepare", 1),
        ("confirm", 0),
        ("send", 4),
        ("reopen", 0),
        ("prepare", 4),
        ("confirm", 5),
        ("take_back", 0),
        ("wait", 0),
    ]
)
# Months undone for their money, while another payment's instrument takes it.
@example([("pay", 7), ("ask", 1), ("prepare", 1), ("confirm", 0), ("send", 1), ("take_back", 1)])
def test_the_books_agree_after_every_step(story):
    with transaction.atomic():
        world = World()
        world.pay(500)
        for name, number in story:
            try:
                with transaction.atomic():
                    STEPS[name](world, number)
            except RefundError:
                pass
            prove(world, name)
        transaction.set_rollback(True)


def prove(world: World, step: str) -> None:
    grave = [f.sentence for f in check_books(now=world.now) if f.is_grave]
    assert grave == [], step
    assert identity().holds, step
    for charge in SandboxCharge.objects.all():
        assert charge.refunded <= (charge.paid_amount or 0), step
