"""The treasurer's pages: a file is seen before it is stored, a line before it is matched."""

import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from payments import books
from payments.models import BankLine, BankStatement, Payment, Payout
from tests.factories import NOW, OfficeFactory, RoleFactory, UserFactory
from tests.payments.banking import (
    bank_account,
    came_in,
    code_of,
    company_invoice,
    statement,
    taken_in,
)
from tests.payments.builders import settled_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def account():
    return bank_account()


@pytest.fixture
def treasurer(client, account):
    user = UserFactory(name="Bendahara")
    RoleFactory(user=user, kind="treasurer", office=account.office)
    client.force_login(user)
    return client


def file(content: str | bytes, name: str = "mutasi.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def sealed_in(answer) -> str:
    return re.search(r'name="pratinjau" value="([^"]*)"', answer.content.decode())[1]


def mt940(account, *lines: str, closing: int) -> str:
    return "\n".join(
        [
            ":20:X",
            f":25:{account.number}",
            ":60F:C261118IDR0,",
            *lines,
            f":62F:C261119IDR{closing},",
            "-",
        ]
    )


def csv_of(invoice, amount: int) -> str:
    return (
        "Tanggal;Keterangan;Debet;Kredit;Saldo\n"
        f"19/11;=TRSF {code_of(invoice)};;{amount:,};{amount:,}\n"
    )


COLUMNS = {
    "date": 0,
    "description": 1,
    "way": "two",
    "debit": 2,
    "credit": 3,
    "balance": 4,
    "first_day": "19-11-2026",
    "last_day": "19-11-2026",
}


def upload(treasurer, account, content, **more):
    data = {"account": account.uuid, "berkas": file(content), **more}
    return treasurer.post(reverse("bank_import"), data)


def test_a_csv_is_asked_for_its_columns_shown_stored_and_remembered(treasurer, account):
    invoice = company_invoice(account)
    asked = upload(treasurer, account, csv_of(invoice, invoice.total))
    assert "Kolom mana berisi apa?" in asked.content.decode()
    shown = treasurer.post(
        reverse("bank_import_columns"), {**COLUMNS, "pratinjau": sealed_in(asked)}
    )
    assert "Pratinjau mutasi" in shown.content.decode()
    assert not BankStatement.objects.exists()
    done = treasurer.post(reverse("bank_import_apply"), {"pratinjau": sealed_in(shown)})
    made = BankStatement.objects.get()
    assert done.url == reverse("bank_statement", args=[made.uuid])
    assert Payment.everything.get().invoice == invoice
    account.refresh_from_db()
    assert account.columns["credit"] == 3
    again = upload(treasurer, account, csv_of(invoice, invoice.total))
    assert "diisi seperti impor terakhir" in again.content.decode()
    told = treasurer.post(
        reverse("bank_import_columns"), {**COLUMNS, "pratinjau": sealed_in(again)}
    )
    assert (told.status_code, BankStatement.objects.count()) == (400, 1)
    assert "sudah diimpor" in told.content.decode()
    assert books.check_ledger() == []


def test_mt940_goes_straight_to_its_preview_and_a_double_click_stores_once(treasurer, account):
    text = mt940(account, ":61:2611191119C5000,NTRFNONREF", ":86:SETORAN", closing=5_000)
    shown = upload(treasurer, account, text)
    for _ in range(2):
        treasurer.post(reverse("bank_import_apply"), {"pratinjau": sealed_in(shown)})
    assert BankLine.objects.get().amount == 5_000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x00\x01\x02", "bukan teks"),
        ("a,b\n1,2\n", "kurang dari tiga"),
        ('a;b;c\n"x;y;z\n', "bukan CSV yang utuh"),
    ],
)
def test_rubbish_is_told_beside_its_field(treasurer, account, content, sentence):
    answer = upload(treasurer, account, content)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_a_faulty_line_is_named_on_the_page_of_the_columns(treasurer, account):
    asked = upload(treasurer, account, "Tgl;Ket;Debet;Kredit;Saldo\n19/11;a;;1.5;1\n")
    answer = treasurer.post(
        reverse("bank_import_columns"), {**COLUMNS, "pratinjau": sealed_in(asked)}
    )
    assert answer.status_code == 400
    assert "Baris 2:" in answer.content.decode()


def test_anothers_preview_and_a_forged_one_are_no_preview(treasurer, account, client):
    text = mt940(account, closing=0)
    seal = sealed_in(upload(treasurer, account, text))
    other = UserFactory()
    RoleFactory(user=other, kind="treasurer", office=account.office)
    client.force_login(other)
    for forged in (seal, seal[:-3] + "abc", ""):
        answer = client.post(reverse("bank_import_apply"), {"pratinjau": forged})
        assert answer.url == reverse("bank_import")
    assert not BankStatement.objects.exists()


# --- the worklist -------------------------------------------------------------------------
def test_suggestions_say_why_and_the_likeliest_comes_first(treasurer, account):
    invoice = company_invoice(account)
    came_in(account, invoice.total - 100, f"{code_of(invoice)}")
    page = treasurer.get(reverse("bank_worklist")).content.decode()
    assert "Kode transfer ada; jumlahnya beda" in page
    assert invoice.donor.name in page


def test_several_invoices_that_sum_to_the_line_are_suggested_together(treasurer, account):
    one = company_invoice(account)
    two = company_invoice(account, donor=one.donor, total=10_000)
    line = came_in(account, one.total + two.total, "SP2D 12/2026")
    page = treasurer.get(reverse("bank_line", args=[line.uuid])).content.decode()
    assert "2 tagihan donatur ini berjumlah sama." in page
    fields = dict(re.findall(r'name="(bagian-[^"]+)" value="([^"]+)"', page))
    treasurer.post(reverse("bank_line_allocate", args=[line.uuid]), {**fields, "seen": 0})
    assert set(Payment.everything.values_list("invoice", "received")) == {
        (one.pk, one.total),
        (two.pk, two.total),
    }


def test_a_second_send_of_one_form_is_told_and_moves_nothing(treasurer, account):
    invoice = company_invoice(account)
    line = came_in(account, 300_000)
    url = reverse("bank_line_allocate", args=[line.uuid])
    data = {"seen": 0, f"bagian-{invoice.uuid}": "1.000"}
    assert treasurer.post(url, data).status_code == 302
    again = treasurer.post(url, data)
    assert again.status_code == 400
    assert "baru saja berubah" in again.content.decode()
    assert Payment.everything.count() == 1


def test_an_invoice_of_another_branch_is_nobody_here(treasurer, account):
    elsewhere = OfficeFactory(code="FAR", parent=None, kind="kanwil")
    far = company_invoice(bank_account(office=elsewhere))
    line = came_in(account, far.total)
    url = reverse("bank_line_allocate", args=[line.uuid])
    data = {"seen": 0, f"bagian-{far.uuid}": "1.000"}
    assert treasurer.post(url, data).status_code == 404


def test_money_out_is_given_its_meaning(treasurer, account):
    taken_in(account, statement((9_000, "a"), (-2_500, "BIAYA ADM")))
    line = BankLine.objects.get(side="out")
    url = reverse("bank_line_explain", args=[line.uuid])
    assert treasurer.post(url, {"what": "transfer"}).status_code == 400
    assert treasurer.post(url, {"what": "charge"}).status_code == 400
    assert treasurer.post(url, {"what": "charge", "note": "1671014203890099"}).status_code == 400
    assert treasurer.post(url, {"what": "charge", "note": "biaya bulanan"}).status_code == 302
    line.refresh_from_db()
    assert (line.meaning, line.status) == ("charge", "done")


def test_the_worklist_asks_as_much_for_many_lines_as_for_few(
    treasurer, account, django_assert_max_num_queries
):
    for _ in range(3):
        company_invoice(account)
    told = [(n + 10, f"SETORAN {n}") for n in range(20)]
    taken_in(account, statement(*told))
    with django_assert_max_num_queries(25):
        treasurer.get(reverse("bank_worklist"))


# --- payouts -------------------------------------------------------------------------------
def test_the_sandboxs_own_report_can_be_brought_in(treasurer, account):
    paid = settled_payment()
    report = treasurer.get(reverse("payout_sandbox")).content
    assert paid.order_id in report.decode()
    data = {
        "gateway": "sandbox",
        "account": account.uuid,
        "reference": "SBX-1",
        "paid_on": "19-11-2026",
        "berkas": file(report, "pencairan.csv"),
    }
    shown = treasurer.post(reverse("payout_import"), data)
    assert shown.status_code == 200
    treasurer.post(reverse("payout_apply"), {"pratinjau": sealed_in(shown)})
    payout = Payout.objects.get()
    assert payout.gross == paid.received
    taken_in(account, statement((payout.net, "PENCAIRAN")))
    page = treasurer.get(reverse("payout", args=[payout.uuid])).content.decode()
    assert "sama sampai rupiah terakhir" in page
