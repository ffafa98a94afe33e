"""Stories of sponsored workers: an approved order, its invoice, the money that comes in.

They go the way of the real thing: cases are approved rows, everything after that is
made by the services, and money enters as a settled payment with its posting.
"""

from datetime import date, datetime, time, timedelta
from itertools import count, product
from typing import Any

from bricks.clock import JAKARTA
from bricks.months import months_from
from contributions.models import Allocation, Contribution, Sponsorship, TariffMonth
from contributions.services.pricing import load_laws
from contributions.services.reminder_plan import load_reminder_plan
from contributions.services.settling import allocate_payments
from contributions.services.sponsoring import follow_up_approvals
from contributions.tariffs import TariffTable
from donors.models import Funding
from payments import ledger
from payments.models import Account, Invoice, Payment
from tests.factories import NOW, EnrollmentFactory, OrderFactory
from workers.models import Enrollment, Order, Sector

_serial = count(1)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """An instant of a business day in Jakarta."""
    return datetime.combine(day, time(hour, minute), tzinfo=JAKARTA)


def few_prices() -> None:
    """The prices of bracket 1 that SQL joins, for the months that stories play in, and the
    plan of reminders."""
    load_laws()
    load_reminder_plan()
    table = TariffTable.load()
    asked = product(months_from(date(2026, 1, 1), 60), Sector.values, Funding.values)
    rows = []
    for month, sector, funding in asked:
        price = table.price(month=month, bracket=1, sector=sector, funding=funding, jht=True)
        rows.append(
            TariffMonth(
                bracket_id=1,
                month=month,
                sector=sector,
                funding=funding,
                jkk=price.jkk,
                jkm=price.jkm,
                jht=price.jht,
                legal_basis=price.legal_basis,
            )
        )
    TariffMonth.objects.bulk_create(rows, ignore_conflicts=True)


def approved_order(cases: int = 1, *, when: datetime = NOW, **case: Any) -> Order:
    """An order whose cases the branch approved at `when`; nothing followed yet."""
    load_laws()
    order = case.pop("order", None) or OrderFactory(
        created_at=when - timedelta(days=2), submitted_at=when - timedelta(days=2)
    )
    for _ in range(cases):
        EnrollmentFactory(order=order, approved=True, decided_at=when, **case)
    return order


def billed_order(cases: int = 1, *, when: datetime = NOW, **case: Any) -> Invoice:
    """The invoice of an order that was approved and followed up at `when`."""
    order = approved_order(cases, when=when, **case)
    follow_up_approvals(now=when)
    return invoice_of(order)


def invoice_of(order: Order) -> Invoice:
    """The newest invoice of an order."""
    rows = Contribution.everything.filter(sponsorship__enrollment__order=order)
    return Invoice.everything.filter(pk__in=rows.values("invoice")).order_by("-pk")[0]


def sponsorships_of(invoice: Invoice) -> list[Sponsorship]:
    """The sponsorships on an invoice, in order of position, as they are now."""
    lines = Contribution.everything.filter(invoice=invoice)
    rows = Sponsorship.everything.filter(pk__in=lines.values("sponsorship"))
    return list(rows.order_by("enrollment__position", "pk"))


def settle(
    invoice: Invoice,
    when: datetime,
    amount: int | None = None,
    *,
    arrives: datetime | None = None,
    fee: int = 0,
) -> Payment:
    """Money for an invoice, received by the provider at `when` and booked to holding.

    It is told to the portal at `arrives` and not yet allocated. `fee` rupiah of it are what
    the payer was shown on top.
    """
    number = next(_serial)
    received = invoice.total if amount is None else amount
    payment = Payment.everything.create(
        invoice=invoice,
        gateway="sandbox",
        order_id=f"TEST-{invoice.number}-{number}",
        amount=invoice.total + fee,
        fee=fee,
        received=received,
        status=Payment.Status.SETTLED,
        receipt_number=f"KW-T-{number:06}",
        created_at=when,
        settled_at=when,
        closed_at=arrives or when,
    )
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    holding = ledger.account(Account.Kind.HOLDING, donor=invoice.donor)
    transfers = [(clearing, holding, payment.net)]
    if payment.fee_taken:
        transfers.append((clearing, ledger.account(Account.Kind.FEES), payment.fee_taken))
    ledger.post(
        key=f"settled:{payment.pk}",
        kind="settlement",
        now=arrives or when,
        transfers=transfers,
        payment=payment,
    )
    return payment


def pay(invoice: Invoice, when: datetime, amount: int | None = None, *, fee: int = 0) -> Payment:
    """Money for an invoice, settled and allocated at `when`."""
    payment = settle(invoice, when, amount, fee=fee)
    allocate_payments(now=when)
    payment.refresh_from_db()
    return payment


def reverse(payment: Payment, when: datetime) -> Payment:
    """Let the bank take a payment back; nothing is undone yet."""
    Payment.everything.filter(pk=payment.pk).update(
        status=Payment.Status.REVERSED, reversed_at=when
    )
    payment.refresh_from_db()
    return payment


def covered_worker(when: datetime = NOW, **case: Any) -> Sponsorship:
    """An active sponsorship, approved and paid at `when`, not yet remitted."""
    invoice = billed_order(when=when, **case)
    pay(invoice, when)
    return sponsorships_of(invoice)[0]


def balance(kind: str, invoice: Invoice | None = None) -> int:
    """What an account stands at: the shared one of a kind, or the invoice's donor's."""
    gateway = "sandbox" if kind == Account.Kind.CLEARING else ""
    donor = invoice.donor if invoice else None
    return ledger.balance_of(ledger.account(kind, donor=donor, gateway=gateway))


def case_of(sponsorship: Sponsorship) -> Enrollment:
    """The enrollment of a sponsorship as it is now."""
    return Enrollment.everything.get(pk=sponsorship.enrollment_id)


def bought(sponsorship: Sponsorship) -> list[Contribution]:
    """The bought months of a sponsorship in order."""
    rows = Contribution.everything.filter(sponsorship=sponsorship)
    return list(rows.filter(status__in=["paid", "sent", "accepted"]).order_by("month"))


def outcome(payment: Payment) -> Allocation:
    """What became of a payment."""
    return Allocation.objects.get(payment=payment)
