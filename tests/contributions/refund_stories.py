"""Stories of money that goes back: a donor who paid too much at the sandbox, his treasurers."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Role, User
from contributions.services import refunding
from contributions.services.refunding import Destination
from contributions.services.settling import allocate_payments
from donors.models import Donor
from payments import ledger
from payments.channels import QRIS
from payments.models import Account, Invoice, Payment, Refund
from payments.services.paying import start_payment
from payments.services.sending_refunds import send_refunds
from tests.contributions.builders import billed_order
from tests.factories import NOW, KanwilFactory, RoleFactory, UserFactory
from tests.payments.builders import pay_at_provider, told

LATER = NOW + timedelta(minutes=10)
EXTRA = 50_000


def treasurer(kind: str = Role.Kind.TREASURER) -> User:
    """A treasurer of the Kanwil above the branch of Palembang."""
    return RoleFactory(kind=kind, office=KanwilFactory(), user=UserFactory()).user


def owner_of(invoice: Invoice) -> User:
    return invoice.donor.members.order_by("pk").first().user


def overpaid(
    extra: int = EXTRA,
    *,
    by: User | None = None,
    stranger: bool = False,
    way: str = QRIS,
    invoice: Invoice | None = None,
    now: datetime = NOW,
    **case: Any,
) -> Payment:
    """An order paid at the sandbox with `extra` rupiah too much, which are credit now."""
    invoice = invoice or billed_order(when=now, **case)
    opener = None if stranger else by or owner_of(invoice)
    payment = start_payment(invoice=invoice, now=now, way=way, by=opener)
    pay_at_provider(payment, amount=payment.amount + extra, now=now)
    told(payment, now=now)
    allocate_payments(now=now)
    return Payment.everything.select_related("invoice__donor").get(pk=payment.pk)


def asked(payment: Payment, amount: int | None = None, **more: Any) -> Refund:
    """A wish of the donor's owner for a part of his credit, or all of it."""
    return refunding.ask_for_credit(
        donor=payment.invoice.donor,
        amount=amount,
        reason="salah transfer",
        by=owner_of(payment.invoice),
        now=more.pop("now", NOW),
        **more,
    )


def to_instrument(payment: Payment) -> Destination:
    return Destination("instrument", payment=payment)


def to_account(**more: Any) -> Destination:
    fields = {
        "bank": "Bank Contoh",
        "account_number": "1234567890",
        "holder": "Rina Contoh",
        "holder_checked": True,
    }
    return Destination("account", **{**fields, **more})


def prepared(refund: Refund, to: Destination, by: User | None = None, **more: Any) -> Refund:
    return refunding.prepare(
        refund=refund,
        amount=more.pop("amount", refund.amount),
        to=to,
        by=by or treasurer(),
        now=more.pop("now", NOW),
    )


def confirmed(refund: Refund, by: User | None = None, now: datetime = NOW) -> Refund:
    row = fresh(refund)
    refunding.confirm(refund=row, seen=row.prepared_at, by=by or treasurer(), now=now)
    return fresh(refund)


def back_to_instrument(payment: Payment, amount: int | None = None) -> Refund:
    """A refund to the instrument that paid, confirmed and not yet sent."""
    return confirmed(prepared(asked(payment, amount), to_instrument(payment)))


def sent(refund: Refund, now: datetime = LATER) -> Refund:
    send_refunds(now=now)
    return fresh(refund)


def fresh(refund: Refund) -> Refund:
    return Refund.everything.select_related("donor", "programme", "payment").get(pk=refund.pk)


def credit_of(donor: Donor) -> int:
    return ledger.balance_of(ledger.account(Account.Kind.CREDIT, donor=donor))


def total(kind: str, gateway: str = "") -> int:
    return ledger.balance_of(ledger.account(kind, gateway=gateway))
