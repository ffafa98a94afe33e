"""Opening payments at the gateway."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from payments import ledger
from payments.gateways.protocol import Charge, GatewayUnavailable, State
from payments.gateways.sandbox import SandboxGateway
from payments.models import Account, Invoice, Payment, SandboxCharge
from payments.selectors import latest_payment, own_invoices, ways_to_pay
from payments.selectors import pending_payment as waiting_payment
from payments.services.invoices import close_invoice
from payments.services.paying import (
    AlreadyPaid,
    InvoiceNotPayable,
    NotReversed,
    WayNotOffered,
    post_reversal,
    start_payment,
)
from payments.services.polling import poll_pending
from tests.factories import NOW, DonorFactory, UserFactory, officer
from tests.payments.builders import (
    TOTAL,
    charge_of,
    open_invoice,
    pay_at_provider,
    pending_payment,
    settled_payment,
    told,
)

pytestmark = pytest.mark.django_db

Status = Payment.Status


def test_an_open_invoice_gets_a_pending_payment_by_qris():
    invoice = open_invoice()
    payment = start_payment(invoice=invoice, now=NOW)
    assert (payment.status, payment.amount, payment.way) == (Status.PENDING, TOTAL, "qris")
    ways = ways_to_pay(payment)
    assert ways.merchant_name == "SERTAKAN SANDBOX"
    assert (ways.va_bank, ways.va_number) == ("", "")
    assert ways.pay_page_url.startswith("/sandbox/bayar/")
    assert waiting_payment(invoice) == payment


def test_or_by_account_number():
    ways = ways_to_pay(pending_payment(way="bank_transfer"))
    assert (ways.qris, ways.va_bank, len(ways.va_number)) == ("", "Bank Sandbox", 16)


def test_a_second_click_gets_the_same_payment():
    invoice = open_invoice()
    first = start_payment(invoice=invoice, now=NOW)
    again = start_payment(invoice=invoice, now=NOW + timedelta(minutes=1))
    assert again == first
    assert again.qris == first.qris
    assert SandboxCharge.objects.count() == 1


def test_the_database_allows_an_invoice_one_open_payment():
    payment = pending_payment()
    invoice = payment.invoice
    with (
        pytest.raises(IntegrityError, match=r"(?i)unique"),
        transaction.atomic(),
    ):
        Payment.everything.create(
            invoice=invoice, gateway="sandbox", order_id="other", amount=1, created_at=NOW
        )


def test_a_members_charge_that_a_stranger_is_about_to_pay_is_nobodys():
    invoice = open_invoice()
    start_payment(invoice=invoice, now=NOW, by=UserFactory())
    again = start_payment(invoice=invoice, now=NOW)
    assert again.opened_by is None
    assert Payment.everything.get().opened_by is None
    # The member who presses again does not make the stranger's money his.
    start_payment(invoice=invoice, now=NOW, by=UserFactory())
    assert Payment.everything.get().opened_by is None


def test_who_opened_it_is_kept_and_nobody_for_a_pay_link():
    user = UserFactory()
    assert start_payment(invoice=open_invoice(), now=NOW, by=user).opened_by == user
    assert pending_payment().opened_by is None


def test_a_closed_invoice_is_not_payable():
    invoice = open_invoice()
    close_invoice(invoice=invoice, status=Invoice.Status.EXPIRED, now=NOW)
    with pytest.raises(InvoiceNotPayable):
        start_payment(invoice=invoice, now=NOW)


def test_an_invoice_is_payable_until_the_instant_it_expires():
    invoice = open_invoice(expires_at=NOW + timedelta(hours=1))
    just_before = NOW + timedelta(hours=1) - timedelta(microseconds=1)
    with pytest.raises(InvoiceNotPayable):
        start_payment(invoice=invoice, now=NOW + timedelta(hours=1))
    assert start_payment(invoice=invoice, now=just_before).status == Status.PENDING


def test_an_invoice_whose_money_has_just_come_in_is_not_asked_for_again():
    payment = settled_payment()
    with pytest.raises(AlreadyPaid):
        start_payment(invoice=payment.invoice, now=NOW)


def test_after_a_failed_attempt_there_is_a_new_one_with_its_own_order_id():
    first = pending_payment()
    told_failed(first)
    second = start_payment(invoice=first.invoice, now=NOW)
    assert second != first
    assert (first.order_id[-2:], second.order_id[-2:]) == ("-1", "-2")


def told_failed(payment):
    SandboxCharge.objects.filter(order_id=payment.order_id).update(status="expire")
    assert told(payment).status == Status.FAILED


def test_a_gateway_that_is_down_leaves_a_payment_that_the_next_click_opens(monkeypatch):
    invoice = open_invoice()
    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "charge", down)
        with pytest.raises(GatewayUnavailable):
            start_payment(invoice=invoice, now=NOW)
    waiting = Payment.everything.get(invoice=invoice)
    assert waiting.status == Status.NEW
    assert start_payment(invoice=invoice, now=NOW) == waiting
    assert latest_payment(invoice).status == Status.PENDING


def down(*args, **kwargs):
    raise GatewayUnavailable("down")


def test_a_payment_that_never_reached_the_gateway_ends_with_its_invoice(monkeypatch):
    invoice = open_invoice(expires_at=NOW + timedelta(days=1))
    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "charge", down)
        with pytest.raises(GatewayUnavailable):
            start_payment(invoice=invoice, now=NOW)
    poll_pending(now=NOW + timedelta(hours=1))
    assert Payment.everything.get(invoice=invoice).status == Status.NEW
    poll_pending(now=NOW + timedelta(days=2))
    assert Payment.everything.get(invoice=invoice).status == Status.FAILED


# --- changing the way -------------------------------------------------------------------


def test_another_way_closes_the_first_at_the_provider_and_opens_its_own():
    invoice = open_invoice()
    first = start_payment(invoice=invoice, now=NOW, way="qris")
    second = start_payment(invoice=invoice, now=NOW, way="bank_transfer")
    first.refresh_from_db()
    assert (first.status, charge_of(first).status) == (Status.FAILED, "cancel")
    assert (second.status, second.way) == (Status.PENDING, "bank_transfer")
    assert waiting_payment(invoice) == second
    assert start_payment(invoice=invoice, now=NOW) == second


def test_a_way_cannot_be_changed_once_the_money_is_there():
    payment = pending_payment(way="qris")
    pay_at_provider(payment)
    with pytest.raises(AlreadyPaid):
        start_payment(invoice=payment.invoice, now=NOW, way="bank_transfer")
    payment.refresh_from_db()
    assert (payment.status, payment.received) == (Status.SETTLED, TOTAL)
    assert SandboxCharge.objects.count() == 1


@pytest.mark.parametrize("answer", [State.PENDING, GatewayUnavailable("down")])
def test_while_the_first_cannot_be_closed_there_is_no_second(monkeypatch, answer):
    payment = pending_payment(way="qris")

    def cancel(self, order_id, *, now):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(SandboxGateway, "cancel", cancel)
    with pytest.raises(GatewayUnavailable):
        start_payment(invoice=payment.invoice, now=NOW, way="bank_transfer")
    assert waiting_payment(payment.invoice) == payment


def test_a_charge_that_another_click_gave_up_is_closed_again(monkeypatch):
    """Two tabs: while one opens QRIS at the provider, the other changes to an account."""
    invoice = open_invoice()
    charge = SandboxGateway.charge
    begun = []

    def overtaken(self, payment, *, now):
        if not begun:
            begun.append(payment)
            start_payment(invoice=invoice, now=NOW, way="bank_transfer")
        return charge(self, payment, now=now)

    monkeypatch.setattr(SandboxGateway, "charge", overtaken)
    last = start_payment(invoice=invoice, now=NOW, way="qris")
    assert last.way == "qris"
    assert waiting_payment(invoice) == last
    open_ones = SandboxCharge.objects.filter(status="pending")
    assert [c.order_id for c in open_ones] == [last.order_id]


def test_what_a_former_provider_has_open_is_replaced(settings):
    payment = pending_payment()
    Payment.everything.filter(pk=payment.pk).update(gateway="former")
    fresh = start_payment(invoice=payment.invoice, now=NOW)
    payment.refresh_from_db()
    assert (payment.status, fresh.gateway) == (Status.FAILED, "sandbox")


@pytest.mark.parametrize(
    ("total", "way"), [(9_999, "bank_transfer"), (10_000_001, "qris"), (TOTAL, "gold")]
)
def test_a_way_that_does_not_take_the_amount_is_refused(total, way):
    with pytest.raises(WayNotOffered):
        pending_payment(total=total, way=way)
    assert not Payment.everything.exists()


def test_the_fee_of_an_account_comes_on_top_and_is_no_money_for_months(settings):
    settings.VA_FEE = 4_000
    payment = pending_payment(way="bank_transfer")
    assert (payment.amount, payment.fee) == (TOTAL + 4_000, 4_000)
    assert charge_of(payment).gross_amount == TOTAL + 4_000
    settings.VA_FEE = 0
    pay_at_provider(payment)
    paid = told(payment)
    assert (paid.received, paid.net) == (TOTAL + 4_000, TOTAL)
    holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
    assert ledger.balance_of(holding) == TOTAL
    assert ledger.balance_of(ledger.account(Account.Kind.FEES)) == 4_000


@pytest.mark.parametrize("spoil", [lambda q: q[:-1] + "0", lambda q: "", lambda q: "x"])
def test_an_unsound_qris_payload_is_never_shown(monkeypatch, spoil):
    charge = SandboxGateway.charge

    def spoilt(self, payment, *, now):
        sound = charge(self, payment, now=now)
        return Charge(**{**vars(sound), "qris": spoil(sound.qris)})

    monkeypatch.setattr(SandboxGateway, "charge", spoilt)
    payment = pending_payment()
    assert payment.status == Status.PENDING
    assert payment.qris == ""


def test_a_qris_payload_over_another_amount_is_never_shown(monkeypatch):
    other = pending_payment(total=TOTAL + 1).qris
    charge = SandboxGateway.charge
    monkeypatch.setattr(
        SandboxGateway,
        "charge",
        lambda self, payment, *, now: Charge(
            **{**vars(charge(self, payment, now=now)), "qris": other}
        ),
    )
    assert pending_payment().qris == ""


def test_a_webhook_that_is_faster_than_the_charges_answer_wins(monkeypatch):
    """The provider tells of the payment before the portal has recorded the charge."""
    charge = SandboxGateway.charge

    def paid_at_once(self, payment, *, now):
        answer = charge(self, payment, now=now)
        pay_at_provider(payment)
        told(payment)
        return answer

    monkeypatch.setattr(SandboxGateway, "charge", paid_at_once)
    assert pending_payment().status == Status.SETTLED


def test_a_payment_is_not_opened_inside_a_transaction(transactional_db):
    invoice = open_invoice()
    with pytest.raises(RuntimeError), transaction.atomic():
        start_payment(invoice=invoice, now=NOW)


def test_a_reversed_payments_money_leaves_the_books_once():
    payment = settled_payment()
    holding = ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor)
    with pytest.raises(NotReversed):
        post_reversal(payment=payment, now=NOW)
    SandboxCharge.objects.filter(order_id=payment.order_id).update(status="deny")
    assert told(payment).status == Status.REVERSED
    assert ledger.balance_of(holding) == TOTAL
    posting = post_reversal(payment=payment, now=NOW)
    assert post_reversal(payment=payment, now=NOW) == posting
    assert ledger.balance_of(holding) == 0
    assert ledger.balance_of(ledger.account(Account.Kind.CLEARING, gateway="sandbox")) == 0


def test_the_payment_that_tells_how_an_invoice_stands():
    failed = pending_payment()
    told_failed(failed)
    assert latest_payment(failed.invoice) == failed
    waiting = start_payment(invoice=failed.invoice, now=NOW)
    assert latest_payment(failed.invoice) == waiting
    pay_at_provider(failed)
    told(failed)
    assert latest_payment(failed.invoice) == failed


def test_invoices_are_listed_for_their_donor_only_open_ones_first(django_assert_num_queries):
    donor = DonorFactory()
    old = open_invoice(donor=donor, now=NOW - timedelta(days=3))
    closed = open_invoice(donor=donor, now=NOW - timedelta(days=2))
    new = open_invoice(donor=donor)
    close_invoice(invoice=closed, status=Invoice.Status.PAID, now=NOW)
    open_invoice()
    user = donor.person
    assert user.live_roles == []
    with django_assert_num_queries(1):
        assert [i.donor and i for i in own_invoices(user)] == [new, old, closed]
    assert not own_invoices(UserFactory()).exists()
    assert own_invoices(officer("head_office")).count() == 4
