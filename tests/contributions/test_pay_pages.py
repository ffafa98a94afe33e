"""The payer's pages: an invoice, its pay link, and the receipt."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from contributions.services.expiring import expire
from contributions.services.reversing import undo_payments
from payments import paylinks
from payments.models import Invoice, Payment
from tests.contributions.builders import at, billed_order, pay, settle
from tests.contributions.builders import reverse as deny
from tests.factories import NOW, TODAY, UserFactory, officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice():
    return billed_order(2)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def donor_of(invoice):
    return invoice.donor.person


def link(invoice, name="pay_link"):
    return reverse(name, args=[paylinks.make(invoice)])


def test_the_donor_sees_total_people_and_both_dates(client, invoice):
    client.force_login(donor_of(invoice))
    page = client.get(reverse("invoice", args=[invoice.uuid])).content.decode()
    assert "369.600" in page
    assert "20 Nov 2026 – 19 Nov 2027" in page
    assert "menjadi hak pekerja sampai 19 November 2027" in page


def test_another_donor_reads_404(client, invoice):
    client.force_login(UserFactory())
    assert client.get(reverse("invoice", args=[invoice.uuid])).status_code == 404
    assert client.post(reverse("invoice_start", args=[invoice.uuid])).status_code == 404


def test_a_branch_officer_reads_404(client, invoice):
    client.force_login(officer())
    assert client.get(reverse("invoice", args=[invoice.uuid])).status_code == 404


def test_the_pay_link_works_without_signing_in_and_names_nobody(client, invoice):
    page = client.get(link(invoice)).content.decode()
    assert "369.600" in page
    assert "Siti Contoh" not in page
    assert invoice.donor.name not in page


def test_a_tampered_pay_link_is_a_404(client, invoice):
    token = paylinks.make(invoice)
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, "abc.def"):
        assert client.get(reverse("pay_link", args=[bad])).status_code == 404


def test_a_double_click_opens_one_payment(client, invoice):
    for _ in range(2):
        assert client.post(link(invoice, "pay_link_start")).status_code == 302
    assert Payment.everything.count() == 1
    page = client.get(link(invoice)).content.decode()
    assert "Simpan gambar QRIS" in page
    assert Payment.everything.get().va_number in page


def test_money_that_has_just_come_in_is_not_asked_for_again(client, invoice):
    settle(invoice, NOW)
    page = client.get(link(invoice)).content.decode()
    assert "Uang sudah masuk" in page
    assert "Bayar sekarang" not in page


def test_a_paid_invoice_says_paid_and_never_protected(client, invoice):
    pay(invoice, NOW)
    client.force_login(donor_of(invoice))
    page = client.get(reverse("invoice", args=[invoice.uuid])).content.decode()
    assert "menunggu pengesahan BPJS Ketenagakerjaan" in page
    assert "Terlindungi" not in page


def test_an_expired_invoice_offers_no_payment(client, invoice):
    Invoice.everything.filter(pk=invoice.pk).update(status=Invoice.Status.EXPIRED, closed_at=NOW)
    page = client.get(link(invoice)).content.decode()
    assert "tidak bisa dibayar lagi" in page
    assert "Bayar sekarang" not in page
    client.post(link(invoice, "pay_link_start"))
    assert not Payment.everything.exists()


def test_the_link_of_an_expired_invoice_leads_to_the_one_of_the_new_month(client, invoice, clock):
    later = at(TODAY + timedelta(days=11))
    expire(today=later.date(), now=later)
    fresh = Invoice.everything.get(status=Invoice.Status.OPEN)
    clock.move_to(later)
    answer = client.get(link(invoice))
    assert (answer.status_code, answer["Location"]) == (302, link(fresh))


def test_the_receipt_says_what_the_money_became(client, invoice):
    payment = pay(invoice, NOW, invoice.total + 5_000)
    client.force_login(donor_of(invoice))
    page = client.get(reverse("receipt", args=[payment.uuid])).content.decode()
    assert "374.600" in page
    assert "369.600" in page
    assert "5.000" in page
    client.force_login(UserFactory())
    assert client.get(reverse("receipt", args=[payment.uuid])).status_code == 404


def test_the_receipt_of_a_payment_that_the_bank_took_back_says_so(client, invoice):
    payment = pay(invoice, NOW)
    deny(payment, NOW + timedelta(minutes=10))
    undo_payments(now=NOW + timedelta(minutes=11))
    client.force_login(donor_of(invoice))
    page = client.get(reverse("receipt", args=[payment.uuid])).content.decode()
    assert "Dibatalkan bank" in page


def test_a_list_of_invoices_costs_the_same_for_one_and_for_ten(
    client, invoice, django_assert_max_num_queries
):
    client.force_login(donor_of(invoice))
    with django_assert_max_num_queries(8):
        page = client.get(reverse("invoices"))
    assert invoice.number in page.content.decode()


def test_the_waiting_page_changes_only_when_something_has_happened(client, invoice):
    client.post(link(invoice, "pay_link_start"))
    asks = {"HTTP_HX_REQUEST": "true"}
    assert client.get(link(invoice), {"saat": "open-pending"}, **asks).status_code == 204
    Payment.everything.update(status=Payment.Status.FAILED, closed_at=NOW)
    settle(invoice, NOW)
    answer = client.get(link(invoice), {"saat": "open-pending"}, **asks)
    assert answer.status_code == 200
    assert "Uang sudah masuk" in answer.content.decode()
