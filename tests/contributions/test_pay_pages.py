"""The payer's pages: an invoice, its pay link, and the receipt."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from contributions.services.expiring import expire
from contributions.services.reversing import undo_payments
from donors.models import Donor, DonorMember
from payments import paylinks
from payments.models import BankAccount, Invoice, Payment
from payments.services.paying import TooManyAttempts, start_payment
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


def page_of(client, invoice):
    return client.get(link(invoice)).content.decode()


def test_before_paying_he_reads_what_each_way_costs_and_that_it_stays_the_workers(
    client, invoice, settings
):
    page = page_of(client, invoice)
    assert page.count("Biaya penyedia kami yang menanggung") == 2
    assert "menjadi hak pekerja sampai 19 November 2027" in page
    settings.VA_FEE = 4_000
    page = page_of(client, invoice)
    assert page.count("Biaya penyedia kami yang menanggung") == 1
    assert "Biaya bank Rp\N{NO-BREAK SPACE}4.000 Anda yang menanggung" in page
    assert "373.600" in page


def test_the_account_number_and_the_amount_with_its_fee_are_there_to_copy(
    client, invoice, settings
):
    settings.VA_FEE = 4_000
    client.post(link(invoice, "pay_link_start"), {"way": "bank_transfer"})
    page = page_of(client, invoice)
    assert f'data-copy="{Payment.everything.get().va_number}"' in page
    assert 'data-copy="373600"' in page
    assert "Simpan gambar QRIS" not in page


def test_the_way_can_be_changed(client, invoice):
    for way in ("qris", "bank_transfer"):
        client.post(link(invoice, "pay_link_start"), {"way": way})
    assert [p.status for p in Payment.everything.order_by("pk")] == ["failed", "pending"]
    page = page_of(client, invoice)
    assert "Ganti cara bayar" in page
    assert 'name="way" value="bank_transfer"' not in page


def test_a_way_that_is_not_offered_is_refused_with_a_sentence(client, invoice):
    answer = client.post(link(invoice, "pay_link_start"), {"way": "gold"}, follow=True)
    assert "Pilih cara di bawah ini" in answer.content.decode()
    assert not Payment.everything.exists()


def test_above_the_limit_of_qris_the_page_says_why_it_is_missing(client, invoice, settings):
    settings.QRIS_MAX = 300_000
    page = page_of(client, invoice)
    assert 'value="qris"' not in page
    assert "QRIS menerima paling banyak" in page


def test_only_who_acts_for_the_donor_counts_as_who_opened_it(client, invoice):
    client.force_login(UserFactory())
    client.post(link(invoice, "pay_link_start"))
    assert Payment.everything.get().opened_by is None
    client.force_login(donor_of(invoice))
    client.post(reverse("invoice_start", args=[invoice.uuid]), {"way": "bank_transfer"})
    assert Payment.everything.latest("pk").opened_by == donor_of(invoice)


def test_a_members_charge_is_not_shown_to_the_holder_of_the_link(client, invoice):
    client.force_login(donor_of(invoice))
    client.post(reverse("invoice_start", args=[invoice.uuid]), {"way": "qris"})
    assert "Simpan gambar QRIS" in page_of(client, invoice)
    client.logout()
    assert "Simpan gambar QRIS" not in page_of(client, invoice)
    client.post(link(invoice, "pay_link_start"), {"way": "qris"})
    assert "Simpan gambar QRIS" in page_of(client, invoice)
    assert Payment.everything.get().opened_by is None


def test_an_organisation_reads_where_to_transfer(client, invoice):
    page = page_of(client, invoice)
    assert "Kode transfer" not in page
    BankAccount.everything.create(
        office=invoice.office,
        bank="Bank Contoh",
        number="123456789",
        holder="Rekening Uji",
        opened_at=NOW,
        confirmed_at=NOW,
    )
    Donor.everything.filter(pk=invoice.donor_id).update(
        kind=Donor.Kind.COMPANY, person=None, opened_by_office=invoice.office, letter_reference="1"
    )
    assert "123456789" not in page_of(client, invoice)
    user = UserFactory()
    DonorMember.objects.create(donor=invoice.donor, user=user, role="payer", joined_at=NOW)
    client.force_login(user)
    page = client.get(reverse("invoice", args=[invoice.uuid])).content.decode()
    assert "123456789" in page


def test_money_that_has_just_come_in_is_not_asked_for_again(client, invoice):
    settle(invoice, NOW)
    page = client.get(link(invoice)).content.decode()
    assert "Uang sudah masuk" in page
    assert "Bayar dengan QRIS" not in page


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
    assert "Bayar dengan QRIS" not in page
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
    seen = {"saat": f"open-pending-{Payment.everything.get().pk}"}
    assert client.get(link(invoice), seen, **asks).status_code == 204
    Payment.everything.update(status=Payment.Status.FAILED, closed_at=NOW)
    settle(invoice, NOW)
    answer = client.get(link(invoice), seen, **asks)
    assert answer.status_code == 200
    assert "Uang sudah masuk" in answer.content.decode()


def test_who_clicks_on_and_on_is_told_to_wait_and_the_open_way_stands(client, invoice):
    client.force_login(UserFactory())
    for _ in range(20):
        assert client.post(link(invoice, "pay_link_start")).status_code == 302
    answer = client.post(link(invoice, "pay_link_start"), {"way": "bank_transfer"})
    assert answer.status_code == 429
    assert "Coba lagi satu jam lagi" in answer.content.decode()
    assert Payment.everything.get().way == "qris"


def test_the_ways_of_one_invoice_are_changed_thirty_times_an_hour_at_most(invoice):
    for attempt in range(30):
        start_payment(invoice=invoice, now=NOW, way=("qris", "bank_transfer")[attempt % 2])
    with pytest.raises(TooManyAttempts):
        start_payment(invoice=invoice, now=NOW, way="qris")
    assert Payment.everything.get(status="pending").way == "bank_transfer"
    start_payment(invoice=invoice, now=NOW + timedelta(hours=1), way="qris")
    assert Payment.everything.get(status="pending").way == "qris"
