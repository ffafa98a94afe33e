"""Invoices and receipts on paper."""

import csv
import io
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.urls import reverse as url
from django.utils import translation

from contributions.models import Allocation
from contributions.papers import printing
from contributions.papers.money import invoice_paper, receipt_paper
from contributions.papers.printing import pdf
from contributions.services.remitting import fetch_answers, remit
from contributions.services.reversing import undo_payments
from contributions.views import papers
from payments import paylinks
from payments.models import BankAccount
from tests.contributions.builders import billed_order, pay, reverse, settle, sponsorships_of
from tests.contributions.papers import words
from tests.factories import NOW, TODAY, DonorFactory, OrderFactory, ProgrammeFactory, UserFactory
from workers.models import Enrollment, Worker

pytestmark = pytest.mark.django_db

#: What typst, a shell or a spreadsheet might take for a command.
NAMES = (
    '#panic("x") @y $z$ `w` *b* _i_ <l> \\u{41}',
    '"; #import "a.typ"',
    "O'Neil d'Arc [x] {y}",
    "فاطمة بنت محمد",
    "W" * 100,
)


def named(invoice, name):
    """Give the first worker of an invoice a name."""
    Worker.everything.filter(pk=sponsored(invoice).worker_id).update(name=name)


def sponsored(invoice):
    return sponsorships_of(invoice)[0]


def asked(invoice, **more):
    return invoice_paper(invoice, **{"named": True, "payable": True, "now": NOW} | more)


def receipt(payment):
    allocation = Allocation.objects.filter(payment=payment).first()
    payment.refresh_from_db()
    return receipt_paper(payment, allocation, now=NOW + timedelta(hours=1))


# --- the invoice -------------------------------------------------------------------------
def test_an_invoice_says_who_pays_for_whom_from_when_until_when_and_why_that_price():
    invoice = billed_order(2)
    text = words(asked(invoice))
    assert invoice.number in text
    assert invoice.donor.name in text
    assert sponsored(invoice).worker.name in text
    assert "20 Nov 2026 – 19 Nov 2027" in text
    assert "2 x Rp\xa08.400 + 10 x Rp\xa016.800" in text
    assert "PP 50/2025" in text
    assert "menjadi hak pekerja sampai 19 November 2027" in text
    assert paylinks.make(invoice) in text
    assert "Kantor Cabang Palembang" in text
    assert "175" in text


def test_whoever_holds_the_pay_link_reads_count_and_amount_and_no_name():
    invoice = billed_order(2)
    text = words(asked(invoice, named=False))
    assert "2 pekerja, 24 bulan iuran" in text
    assert "369.600" in text
    names = [case.name for case in Enrollment.everything.all()]
    assert not [name for name in (*names, invoice.donor.name) if name in text]


@pytest.mark.parametrize(
    ("status", "word"), [("paid", "Lunas"), ("expired", "Kedaluwarsa"), ("void", "Dibatalkan")]
)
def test_a_closed_invoice_bears_its_stamp_and_asks_for_no_money(status, word):
    invoice = billed_order()
    invoice.status, invoice.closed_at = status, NOW
    data = asked(invoice, payable=False)
    assert data["stamp"]["word"] == word
    assert data["pay"] is None
    assert "menjadi hak pekerja" not in words(data)


def test_an_organisation_reads_how_to_transfer():
    programme = ProgrammeFactory(donor=DonorFactory(organisation=True))
    invoice = billed_order(order=OrderFactory(programme=programme))
    assert asked(invoice)["pay"]["transfer"] is None
    BankAccount.everything.create(
        office=invoice.office,
        bank="Bank Contoh",
        number="123",
        holder="SERTAKAN",
        opened_at=NOW,
        confirmed_at=NOW,
    )
    transfer = words(asked(invoice)["pay"]["transfer"])
    assert "Bank Contoh" in transfer
    assert f"ST{invoice.number[2:]}" in transfer
    assert asked(invoice, named=False)["pay"]["transfer"] is None


def test_a_list_too_long_for_paper_is_a_summary_and_a_file(client, monkeypatch):
    monkeypatch.setattr("contributions.papers.money.MOST_LINES", 2)
    invoice = billed_order(3)
    data = asked(invoice)
    assert data["list"]["rows"] == []
    assert "3 pekerja terlalu banyak untuk kertas" in data["list"]["annex"]
    assert data["summary"]["rows"][0][0] == "6"
    client.force_login(invoice.donor.person)
    named(invoice, "=HYPERLINK(1)")
    with time_machine.travel(NOW, tick=False):
        answer = client.get(url("invoice_csv", args=[invoice.uuid]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 4
    assert rows[1][1] == "'=HYPERLINK(1)"
    assert sum(int(row[5]) for row in rows[1:]) == invoice.total


def test_the_questions_do_not_grow_with_the_workers(django_assert_num_queries):
    few, many = billed_order(1), billed_order(6)
    with django_assert_num_queries(4):
        asked(few)
    with django_assert_num_queries(4):
        asked(many)


# --- any name ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_read_as_markup_or_breaks_the_page(name):
    invoice = billed_order()
    named(invoice, name)
    data = asked(invoice)
    made = pdf("money", data)
    assert made.startswith(b"%PDF-")
    assert name in words(data)


def test_the_same_invoice_gives_the_same_bytes_and_a_tagged_file():
    invoice = billed_order()
    made = pdf("money", asked(invoice))
    assert made == pdf("money", asked(invoice))
    for mark in (b"/StructTreeRoot", b"/Lang(id", b"/Marked true"):
        assert mark in made, mark


def test_the_paper_speaks_the_readers_language():
    with translation.override("en"):
        assert asked(billed_order())["lang"] == "en"


# --- the receipt -------------------------------------------------------------------------
def test_a_receipt_says_what_came_in_and_claims_nothing_before_bpjs_has_accepted():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 5_000)
    text = words(receipt(payment))
    assert payment.receipt_number in text
    assert "189.800" in text
    assert "20 Nov 2026 – 19 Nov 2027" in text
    assert "Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan" in text
    assert "Disahkan BPJS" not in text
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    text = words(receipt(payment))
    assert "Disahkan BPJS Ketenagakerjaan" in text
    assert "menunggu pengesahan" not in text


def test_a_payment_that_is_not_worked_off_says_so():
    text = words(receipt(settle(billed_order(), NOW)))
    assert "sedang kami catat" in text


def test_a_receipt_of_money_that_the_bank_took_back_says_so():
    payment = pay(billed_order(), NOW)
    reverse(payment, NOW + timedelta(minutes=5))
    undo_payments(now=NOW + timedelta(minutes=6))
    data = receipt(payment)
    assert data["stamp"]["word"] == "Dibatalkan bank"
    assert "tidak berlaku lagi" in data["note"]
    assert "Dibatalkan\n" in words(data["list"])


# --- who gets it -------------------------------------------------------------------------
def test_the_donor_prints_what_he_is_asked_and_others_do_not(client):
    invoice = billed_order()
    payment = pay(invoice, NOW)
    pages = [
        url("invoice_pdf", args=[invoice.uuid]),
        url("receipt_pdf", args=[payment.uuid]),
    ]
    client.force_login(invoice.donor.person)
    with time_machine.travel(NOW, tick=False):
        for page in pages:
            answer = client.get(page)
            assert answer.content.startswith(b"%PDF-")
            assert answer["Cache-Control"].startswith("max-age=0")
        client.force_login(UserFactory())
        assert [client.get(page).status_code for page in pages] == [404, 404]


def test_the_pages_lead_to_their_papers(client):
    invoice = billed_order()
    client.force_login(invoice.donor.person)
    with time_machine.travel(NOW, tick=False):
        page = client.get(url("invoice", args=[invoice.uuid])).content.decode()
        stranger = client.get(paylinks.path(invoice)).content.decode()
    assert url("invoice_pdf", args=[invoice.uuid]) in page
    assert url("pay_link_pdf", args=[paylinks.make(invoice)]) in stranger
    assert "pekerja.csv" not in stranger


# --- whoever holds the link cannot keep the printer ------------------------------------------
def test_a_pay_links_paper_is_printed_once_for_many_readers(client):
    address = url("pay_link_pdf", args=[paylinks.make(billed_order())])
    watched = mock.patch.object(papers, "pdf", wraps=pdf)
    with time_machine.travel(NOW, tick=False), watched as printer:
        first, second = client.get(address), client.get(address)
    assert first.content == second.content
    assert printer.call_count == 1


def test_while_the_printer_is_busy_the_reader_is_told_when_to_come_again(client, monkeypatch):
    monkeypatch.setattr(papers, "WAIT", 0.01)
    address = url("pay_link_pdf", args=[paylinks.make(billed_order())])
    with time_machine.travel(NOW, tick=False), printing._one_at_a_time:
        answer = client.get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "satu menit lagi" in answer.content.decode()


def test_who_asks_for_the_paper_on_and_on_is_told_to_wait(client, monkeypatch):
    monkeypatch.setattr(papers, "may_send", lambda *_told, **_limits: False)
    answer = client.get(url("pay_link_pdf", args=[paylinks.make(billed_order())]))
    assert answer.status_code == 429
