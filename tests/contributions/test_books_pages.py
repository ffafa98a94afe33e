"""The pages of the books: treasurer's home, proofs, months, accounts, and the public proof."""

import csv
import io
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.homes import home_of
from accounts.models import Role
from contributions import books
from contributions.books import identity
from contributions.findings import MEANINGS
from contributions.models import BooksCheck
from contributions.services.proving import prove_books
from payments import ledger
from payments.models import Account, Balance, ClosedMonth
from tests.contributions.builders import billed_order, covered_worker, pay
from tests.factories import (
    NOW,
    KanwilFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    ProvinceFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
Kind = Role.Kind


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def signed_in(kind: str, office=None) -> Client:
    client = Client(headers={"accept-language": "id"})
    client.force_login(RoleFactory(user=UserFactory(), kind=kind, office=office).user)
    return client


@pytest.fixture
def head():
    return signed_in(Kind.HEAD_OFFICE)


@pytest.fixture
def treasurer():
    return signed_in(Kind.TREASURER, OfficeFactory())


def read(client: Client, name: str, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def wrong_books() -> BooksCheck:
    pay(billed_order(), NOW)
    Balance.objects.filter(account__kind="holding").update(amount=F("amount") + 7)
    return prove_books(occasion="night", now=NOW)


def test_a_treasurer_begins_at_his_desks(treasurer):
    user = Role.objects.get(kind=Kind.TREASURER).user
    assert home_of(user) == reverse("treasury")
    page = read(treasurer, "treasury")
    assert reverse("books") in page
    assert reverse("closed_months") in page


# --- proofs ------------------------------------------------------------------------------
def test_the_identity_stands_in_a_table_that_adds_up(treasurer):
    pay(billed_order(), NOW, 200_000)
    prove_books(occasion="night", now=NOW)
    page = read(treasurer, "books")
    for amount in ("Rp\xa0184.800", "Rp\xa015.200"):
        assert amount in page
    assert page.count("Rp\xa0200.000") >= 3
    assert "menunggu pengesahan BPJS Ketenagakerjaan; yang tertua sejak 20 November 2026" in page
    assert "Pembukuan cocok" in page


def test_a_finding_says_what_it_means_and_where_a_person_acts(treasurer):
    wrong_books()
    page = read(treasurer, "books")
    assert "Pembukuan tidak cocok" in page
    assert "Saldo sebuah akun berbeda dari jumlah mutasinya." in page
    assert f'href="{reverse("ledger_accounts")}"' in page


def test_a_finding_of_a_rule_without_words_still_has_a_page(treasurer):
    prove_books(occasion="hand", now=NOW)
    told = [{"kind": "new_rule", "sentence": "Something new: 7", "count": 1, "is_grave": True}]
    BooksCheck.objects.update(findings=told, grave=1)
    assert "Something new: 7" in read(treasurer, "books")


def test_the_books_are_checked_when_asked_and_not_without_end(treasurer):
    for _ in range(12):
        treasurer.post(reverse("books_check"))
    page = treasurer.post(reverse("books_check"), follow=True).content.decode()
    assert "Terlalu sering" in page


def test_every_page_to_which_a_finding_leads_is_there():
    assert [page for _, page in MEANINGS.values() if page and not reverse(page)] == []


@pytest.mark.django_db(transaction=True)
def test_a_posting_that_falls_between_two_questions_is_no_false_alarm(monkeypatch):
    """The questions are of one moment; without that the last one would see more money."""
    pay(billed_order(), NOW)
    first, last = books.CHECKS[0], books.CHECKS[-1]

    def moved(now):
        thread = Thread(target=somebody_pays)
        thread.start()
        thread.join(20)
        return last.find(now)

    checks = (first, replace(last, find=moved), *books.CHECKS)
    monkeypatch.setattr(books, "CHECKS", checks)
    quiet = prove_books(occasion="hand", now=NOW)
    assert (quiet.grave, quiet.identity["received"]) == (0, 184_800)
    assert identity().received == 184_807


def somebody_pays() -> None:
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    lines = [(clearing, ledger.account(Account.Kind.FEES), 7)]
    ledger.post(key="meanwhile", kind="x", now=NOW, transfers=lines)
    connection.close()


@pytest.mark.parametrize("name", ["treasury", "jobs", "dashboard"])
def test_head_office_is_warned_of_wrong_books(head, name):
    prove_books(occasion="night", now=NOW)
    assert "Pembukuan tidak cocok" not in read(head, name)
    wrong_books()
    assert "Pembukuan tidak cocok" in read(head, name)


def test_head_office_is_warned_when_nobody_checks(head):
    pay(billed_order(), NOW)
    assert "belum pernah diperiksa" in read(head, "jobs")
    prove_books(occasion="night", now=NOW - timedelta(hours=25, minutes=59))
    assert "diperiksa</h2>" not in read(head, "jobs")
    BooksCheck.objects.update(made_at=NOW - timedelta(hours=26, seconds=1))
    assert "lama tidak diperiksa" in read(head, "jobs")


def test_nobody_else_is_warned():
    wrong_books()
    kanwil = KanwilFactory()
    kanwil.kanwil_provinces.create(province=ProvinceFactory())
    regional = signed_in(Kind.REGIONAL_ADMIN, kanwil)
    assert "Pembukuan tidak cocok" not in read(regional, "dashboard")


def test_a_page_never_proves_the_books_itself(treasurer, django_assert_max_num_queries):
    prove_books(occasion="night", now=NOW)
    Balance.objects.update(amount=9)
    with django_assert_max_num_queries(12):
        assert "Pembukuan cocok" in read(treasurer, "books")


def test_proofs_are_kept_for_400_days():
    prove_books(occasion="night", now=NOW - timedelta(days=401))
    prove_books(occasion="night", now=NOW - timedelta(days=399))
    prove_books(occasion="night", now=NOW)
    assert BooksCheck.objects.count() == 2


# --- months ------------------------------------------------------------------------------
def test_head_office_closes_a_month_once(head):
    month = {"bulan": "2026-10-01"}
    page = read(head, "closed_months")
    assert "Oktober 2026" in page
    assert 'name="bulan" value="2026-10-01"' in page
    assert head.post(reverse("closed_months"), month).status_code == 302
    again = head.post(reverse("closed_months"), month)
    assert again.status_code == 400
    assert "sudah ditutup" in again.content.decode()
    assert ClosedMonth.objects.count() == 1


@pytest.mark.parametrize("month", ["", "x", "2026-11-01", "0001-01-01", "9999-12-01"])
def test_what_is_no_closable_month_is_refused_with_a_sentence(head, month):
    head.post(reverse("closed_months"), {"bulan": "2026-09-01"})
    answer = head.post(reverse("closed_months"), {"bulan": month})
    assert answer.status_code == 400
    assert ClosedMonth.objects.count() == 1


def test_treasurers_look_and_head_office_closes(treasurer, head):
    month = {"bulan": "2026-10-01"}
    assert "Ya, tutup" not in read(treasurer, "closed_months")
    assert treasurer.post(reverse("closed_months"), month).status_code == 403
    kanwil = signed_in(Kind.TREASURER, KanwilFactory())
    assert kanwil.post(reverse("closed_months"), month).status_code == 403
    assert head.post(reverse("closed_months"), month).status_code == 302


# --- accounts ----------------------------------------------------------------------------
def test_an_account_shows_its_movements_with_the_balance_after_each(head):
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    fees = ledger.account(Account.Kind.FEES)
    for number in range(60):
        lines = [(clearing, fees, 1_000)]
        ledger.post(key=f"x{number}", kind="x", now=NOW, transfers=lines)
    ledger.post(key="back", kind="x", now=NOW, transfers=[(fees, clearing, 500)])
    first = read(head, "ledger_account", clearing.pk)
    assert "Saldo kini: Rp\xa059.500" in first
    assert "Rp\xa060.000" in first
    assert "Lebih lama" in first
    oldest_shown = first.partition("?sebelum=")[2].partition('"')[0]
    second = read(head, "ledger_account", clearing.pk, sebelum=oldest_shown)
    assert second.count("<code>x") == 11
    assert "Rp\xa011.000</td>" in second
    assert "Rp\xa01.000</td>" in second
    assert "Lebih lama" not in second


def test_a_month_of_an_account_is_a_file_whose_last_line_is_its_balance(head):
    pay(billed_order(), NOW, 200_000)
    credit = Account.objects.get(kind="credit")
    answer = head.get(reverse("ledger_account_csv", args=[credit.pk]), {"bulan": "2026-11"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[4:] for row in rows[1:]] == [["15200", "0", "15200"]]
    other = head.get(reverse("ledger_account_csv", args=[credit.pk]), {"bulan": "2026-10"})
    assert len(other.content.splitlines()) == 1
    bad = head.get(reverse("ledger_account_csv", args=[credit.pk]), {"bulan": "9999-12"})
    assert bad.status_code == 404


def test_accounts_of_donors_are_found_by_name_and_only_in_the_own_office(head, treasurer):
    invoice = billed_order()
    pay(invoice, NOW)
    own = signed_in(Kind.TREASURER, invoice.office)
    name = invoice.donor.name
    assert name in read(head, "ledger_accounts", donatur=name[:4].lower())
    assert name in read(own, "ledger_accounts")
    assert "Tidak ada akun" in read(head, "ledger_accounts", donatur="nobody at all")
    far = signed_in(Kind.TREASURER, OfficeFactory(code="TEST-JAUH", name="Jauh"))
    assert name not in read(far, "ledger_accounts")


# --- the public proof --------------------------------------------------------------------
def test_everybody_reads_whose_the_money_is(client):
    assert "Belum ada bukti" in read(client, "proof")
    pay(billed_order(), NOW, 200_000)
    prove_books(occasion="night", now=NOW)
    page = read(client, "proof")
    assert "Diperiksa 20 November 2026, 10.00\xa0WIB" in page
    assert "Rp\xa0200.000" in page
    assert reverse("proof") in read(client, "front")
    told = client.get(reverse("proof_json")).json()
    assert told["money_in"] == sum(told["whose"].values()) == sum(told["where"].values())
    assert told["figures"]["bought"] == told["figures"]["waiting"] == 12
    rows = client.get(reverse("proof_csv")).content.decode("utf-8-sig")
    assert "Uang masuk;200000;rupiah" in rows


def test_the_public_page_says_plainly_when_the_books_are_wrong_or_the_check_is_old(client):
    check = wrong_books()
    assert "tidak cocok" in read(client, "proof")
    assert client.get(reverse("proof_json")).json()["books_agree"] is False
    check.grave, check.made_at = 0, NOW - timedelta(days=2)
    check.save()
    assert "sudah lama" in read(client, "proof")


def test_money_of_budgets_stands_apart_and_never_tells_of_fewer_than_five(client):
    def figures() -> dict[str, int | None]:
        prove_books(occasion="night", now=NOW)
        return client.get(reverse("proof_json")).json()["figures"]

    for _ in range(5):
        covered_worker()
    few = figures()
    assert (few["private"], few["budget"], few["people_ever"]) == (5 * 184_800, 0, None)
    assert "<5" in client.get(reverse("proof_csv")).content.decode()
    order = OrderFactory(programme=ProgrammeFactory(agreement=True))
    covered_worker(order=order)
    assert (figures()["private"], figures()["budget"]) == (None, None)
    for _ in range(4):
        covered_worker(order=OrderFactory(programme=order.programme))
    enough = figures()
    assert (enough["private"], enough["budget"]) == (5 * 184_800, 5 * 201_600)
