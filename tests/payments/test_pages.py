"""QRIS pictures and the sandbox's pay page."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from payments.models import SandboxCharge, SandboxDelivery
from tests.factories import NOW
from tests.payments.builders import TOTAL, charge_of, pending_payment, settled_payment

pytestmark = pytest.mark.django_db


def page_of(payment):
    return payment.pay_page_url


# --- pictures -----------------------------------------------------------------------


def test_the_qris_picture_is_a_png_to_save(client):
    payment = pending_payment()
    answer = client.get(f"/qris/{payment.uuid}.png")
    assert answer["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert answer["Content-Disposition"] == (
        f'attachment; filename="qris-{payment.invoice.number}.png"'
    )
    assert len(answer.content) < 6_000


def test_the_qris_picture_is_also_drawn_for_paper(client):
    answer = client.get(f"/qris/{pending_payment().uuid}.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_there_is_no_picture_of_what_cannot_be_paid(client, kind):
    settled = settled_payment()
    too_much = pending_payment(total=10_000_001)
    for uuid in (settled.uuid, too_much.uuid, uuid4()):
        assert client.get(f"/qris/{uuid}.{kind}").status_code == 404


# --- the sandbox's pay page ------------------------------------------------------------


def form(**changed):
    chosen = {"way": "qris", "act": "pay", "amount": "184.800", "delivery": "prompt"}
    return {**chosen, **changed}


def test_the_page_says_that_it_is_no_real_money(client):
    answer = client.get(page_of(pending_payment()))
    text = answer.content.decode()
    assert "SANDBOX, bukan uang sungguhan" in text
    assert "Rp\N{NO-BREAK SPACE}184.800" in text
    assert "SERTAKAN SANDBOX" in text
    assert 'value="184.800"' in text
    assert "/bayar/" in text


def test_paying_leads_back_to_the_page_which_says_so(client):
    payment = pending_payment()
    answer = client.post(page_of(payment), form(), follow=True)
    assert "Sudah dibayar" in answer.content.decode()
    charge = charge_of(payment)
    assert (charge.status, charge.paid_amount) == ("settlement", TOTAL)
    assert "<form" not in answer.content.decode()


def test_paying_twice_says_that_it_is_done(client):
    payment = pending_payment()
    client.post(page_of(payment), form())
    answer = client.post(page_of(payment), form(amount="1"), follow=True)
    assert "Tidak ada yang berubah" in answer.content.decode()
    assert charge_of(payment).paid_amount == TOTAL


def test_every_test_choice_is_on_the_page_and_works(client):
    payment = pending_payment()
    page = client.get(page_of(payment)).content.decode()
    for name in ("act", "delivery"):
        for value in re.findall(rf'name="{name}" value="(\w+)"', page):
            other = pending_payment()
            answer = client.post(page_of(other), form(**{name: value}))
            assert answer.status_code == 302
            assert charge_of(other).status != "pending"
    assert len(re.findall(r'name="(?:act|delivery)" value=', page)) == 8


def test_an_expired_charge_can_be_paid_late(client):
    payment = pending_payment()
    client.post(page_of(payment), form(act="expire"))
    page = client.get(page_of(payment)).content.decode()
    assert "Waktunya habis" in page
    assert "Bayar terlambat" in page
    client.post(page_of(payment), form())
    assert charge_of(payment).status == "settlement"


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1,5"},
        {"amount": "banyak"},
        {"amount": ""},
        {"amount": "9" * 19},
        {"amount": "999.999.999.999.999"},
        {"way": "gold"},
        {"act": "'; drop table payments_payment"},
        {"delivery": "never"},
        {"way": ""},
    ],
)
def test_bad_input_is_answered_with_a_sentence(client, changed):
    payment = pending_payment()
    answer = client.post(page_of(payment), form(**changed))
    assert answer.status_code == 400
    assert 'class="' in answer.content.decode()
    assert charge_of(payment).status == "pending"


def test_only_the_way_for_which_it_was_opened_is_offered(client):
    by_qris, by_account = pending_payment(way="qris"), pending_payment(way="bank_transfer")
    assert client.post(page_of(by_qris), form(way="bank_transfer")).status_code == 400
    assert client.post(page_of(by_account), form(way="qris")).status_code == 400
    assert client.post(page_of(by_account), form(way="bank_transfer")).status_code == 302


def test_a_strangers_page_is_not_found(client):
    assert client.get(f"/sandbox/bayar/{uuid4()}/").status_code == 404


def test_the_page_is_gone_where_a_real_provider_serves(client, settings):
    payment = pending_payment()
    settings.PAYMENT_GATEWAY = "another"
    assert client.get(page_of(payment)).status_code == 404
    assert client.post(page_of(payment), form()).status_code == 404
    assert SandboxCharge.objects.get().status == "pending"


def test_the_page_is_protected_against_forged_posts():
    payment = pending_payment()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(page_of(payment), form()).status_code == 403
    assert charge_of(payment).status == "pending"


def test_the_page_asks_few_questions(client, django_assert_max_num_queries):
    url = page_of(pending_payment())
    with django_assert_max_num_queries(2):
        client.get(url)
    assert SandboxDelivery.objects.filter(due_at=NOW).count() == 1
