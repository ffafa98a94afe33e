"""The donor's statement on its page, in its files and on paper."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from contributions.models import CreditUse
from contributions.papers.giving import giving_paper
from contributions.papers.printing import pdf
from contributions.services.remitting import fetch_answers, remit
from contributions.services.reversing import undo_payments
from payments import ledger
from payments.models import Account
from tests.contributions.builders import (
    at,
    billed_order,
    few_prices,
    outcome,
    pay,
    sponsorships_of,
)
from tests.contributions.builders import reverse as take_back
from tests.contributions.papers import words
from tests.factories import NOW, TODAY, DonorFactory, DonorMemberFactory, UserFactory
from workers.models import Worker

pytestmark = pytest.mark.django_db
PAGE = reverse("statement")


@pytest.fixture(autouse=True)
def _prices(db):
    few_prices()
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def invoice():
    return billed_order(2)


@pytest.fixture
def donor(client, invoice):
    """The donor of the invoice, signed in."""
    client.force_login(invoice.donor.person)
    return invoice.donor


def read(client, **asked):
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def table_of(client, name, **asked):
    answer = client.get(reverse(name), asked)
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_it_says_what_a_payment_became_for_whom_and_from_when_until_when(client, donor, invoice):
    payment = pay(invoice, NOW, invoice.total + 5_000)
    page = read(client)
    assert page.count("374.600") >= 2
    assert payment.receipt_number in page
    assert sponsorships_of(invoice)[0].worker.name in page
    assert "20 Nov 2026 – 19 Nov 2027" in page
    assert "Masih menjadi saldo" in page
    assert "Sudah dibayar, menunggu pengesahan BPJS Ketenagakerjaan" in page
    assert "erlindungi" not in page.partition("<main")[2].partition("<footer")[0]


def test_a_month_is_accepted_only_once_bpjs_has_said_so(client, donor, invoice):
    pay(invoice, NOW)
    assert "Disahkan BPJS Ketenagakerjaan" not in words_of_months(client)
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    assert words_of_months(client) == ["Disahkan BPJS Ketenagakerjaan"] * 24


def words_of_months(client):
    return [row[-1] for row in table_of(client, "statement_months_csv")[1:]]


def test_money_that_the_bank_took_back_stands_on_both_sides(client, donor, invoice):
    payment = pay(invoice, NOW)
    take_back(payment, NOW + timedelta(minutes=5))
    undo_payments(now=NOW + timedelta(minutes=6))
    page = read(client)
    assert "Diambil kembali oleh bank" in page
    assert "Bank mengambil kembali pembayaran" in page
    assert "-Rp\xa0369.600" in page
    assert set(words_of_months(client)) == {"Dibatalkan"}


def test_credit_that_was_spent_says_why(client, donor, invoice):
    pay(invoice, NOW, invoice.total + 50_000)
    credit = ledger.account(Account.Kind.CREDIT, donor=donor)
    payable = ledger.account(Account.Kind.PAYABLE)
    posting = ledger.post(
        key="use", kind="credit_used", now=NOW, transfers=[(credit, payable, 8_400)]
    )
    CreditUse.objects.create(
        donor=donor, posting=posting, reason="overpaid", months=1, amount=8_400, made_at=NOW
    )
    assert "Kelebihan bayar menjadi bulan berikutnya" in read(client)


def test_a_year_is_chosen_and_what_is_no_year_is_told(client, donor, invoice):
    pay(invoice, NOW)
    assert "KW-T-" in read(client, tahun="2026")
    assert "Tidak ada yang tercatat" not in read(client)
    for wrong in ("1999", "x", "2026'--"):
        answer = client.get(PAGE, {"tahun": wrong})
        assert answer.status_code == 400
        assert "error" in answer.content.decode()
    assert client.get(PAGE, {"lihat": "bulan", "baris": "x"}).status_code == 400


def test_who_acts_for_two_donors_reads_one_at_a_time_and_nobody_elses(client, donor, invoice):
    second = DonorFactory(name="Donatur Kedua")
    DonorMemberFactory(donor=second, user=donor.person)
    pay(invoice, NOW)
    assert "KW-T-" in read(client, donatur=donor.uuid)
    assert "KW-T-" not in read(client, donatur=second.uuid)
    for asked in (DonorFactory().uuid, "x"):
        for name in ("statement", "statement_csv", "statement_months_csv"):
            assert client.get(reverse(name), {"donatur": asked}).status_code == 404
        year = client.get(reverse("giving_pdf", args=[2026]), {"donatur": asked})
        assert year.status_code == 404


def test_who_has_no_donor_yet_is_told_when_it_begins(client):
    client.force_login(UserFactory())
    assert "pembayaran Anda yang pertama" in read(client)
    assert client.get(reverse("giving_pdf", args=[2026])).status_code == 404


def test_the_files_add_up_and_bear_no_formula(client, donor, invoice):
    pay(invoice, NOW, invoice.total + 5_000)
    Worker.everything.update(name="=1+1")
    money = table_of(client, "statement_csv")[1:]
    for column in range(3, 8):
        assert all(row[column].lstrip("-").isdigit() for row in money)
    came, *parts = (sum(int(row[column]) for row in money) for column in range(3, 8))
    assert came == sum(parts) == invoice.total + 5_000
    months = table_of(client, "statement_months_csv")[1:]
    assert sum(int(row[5]) for row in months) == invoice.total
    assert {row[2] for row in months} == {"'=1+1"}


def test_a_long_line_is_counted_and_its_months_are_a_click_away(
    client, donor, invoice, monkeypatch
):
    monkeypatch.setattr("contributions.statement_rows.NAMED", 1)
    posting = outcome(pay(invoice, NOW)).posting_id
    name = sponsorships_of(invoice)[0].worker.name
    page = read(client)
    assert name not in page
    assert f"baris={posting}" in page
    assert name in read(client, lihat="bulan", baris=posting)


def test_the_pages_ask_as_many_questions_for_one_payment_as_for_many(
    client, donor, invoice, django_assert_max_num_queries
):
    def asked(**query):
        with django_assert_max_num_queries(60) as counted:
            read(client, **query)
        return len(counted)

    pay(invoice, NOW)
    read(client)
    before = asked(), asked(lihat="bulan")
    for _ in range(4):
        pay(invoice, NOW, 100_000)
    assert (asked(), asked(lihat="bulan")) == before


# --- the year on paper -------------------------------------------------------------------
def test_the_year_adds_up_names_no_worker_and_is_no_tax_slip(client, donor, invoice):
    pay(invoice, NOW, invoice.total + 5_000)
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    data = giving_paper(donor, year=2026, now=NOW + timedelta(hours=1))
    text = words(data)
    assert data["sums"][0]["rows"][-1] == data["sums"][1]["rows"][-1]
    assert data["by_month"]["rows"][0][:5] == [
        "November 2026",
        "Rp\xa0374.600",
        "Rp\xa0369.600",
        "24",
        "24",
    ]
    assert "bukan bukti potong pajak" in text
    workers = [row.worker for row in sponsorships_of(invoice)]
    assert not [w for w in workers if w.name in text or w.nik in text or w.nik[-4:] in text]
    made = client.get(reverse("giving_pdf", args=[2026]))
    assert made.content.startswith(b"%PDF-")
    assert pdf("giving", data) == pdf("giving", data)
    assert client.get(reverse("giving_pdf", args=[2031])).status_code == 404


def test_a_year_without_money_is_printed_as_well(donor, invoice):
    pay(invoice, NOW)
    later = at(TODAY.replace(year=2027))
    assert pdf("giving", giving_paper(donor, year=2027, now=later)).startswith(b"%PDF-")
