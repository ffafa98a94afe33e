"""The pages of refunds: a donor asks, a treasurer prepares, a second person confirms."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role, ViewLog
from contributions.refund_pages import waiting_for_a_person
from donors.models import DonorMember
from payments import ledger
from payments.models import BankAccount, Refund
from payments.services.refund_errors import OwnDonor
from tests.contributions.refund_stories import (
    EXTRA,
    asked,
    confirmed,
    fresh,
    overpaid,
    owner_of,
    prepared,
    to_account,
    to_instrument,
    treasurer,
)
from tests.factories import NOW, DonorMemberFactory, OfficeFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def browser(user):
    client = Client(headers={"accept-language": "id"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client, name, *at, **data):
    answer = client.get(reverse(name, args=at), data)
    return answer, answer.content.decode()


def test_a_donor_asks_for_all_of_it_and_sees_who_acts_next():
    payment = overpaid()
    client = browser(owner_of(payment.invoice))
    answer, text = page(client, "refund_ask")
    assert "50.000" in text
    assert "hak pekerja" in text
    answer = client.post(reverse("refund_ask"), {"amount": "", "reason": "salah"}, follow=True)
    refund = Refund.everything.get()
    assert (refund.amount, refund.target, refund.payment) == (EXTRA, "instrument", payment)
    text = answer.content.decode()
    assert refund.transfer_code in text
    assert "Bendahara menyiapkan tujuannya" in text
    assert "25 November 2026" in text


def test_too_much_is_said_beside_its_field():
    client = browser(owner_of(overpaid().invoice))
    answer = client.post(reverse("refund_ask"), {"amount": "50.001", "reason": "x"})
    assert answer.status_code == 400
    assert "50.000" in answer.context["form"].errors["amount"][0]
    assert not Refund.everything.exists()


def test_a_viewer_reads_and_does_not_ask():
    payment = overpaid()
    viewer = DonorMemberFactory(donor=payment.invoice.donor, role=DonorMember.Role.VIEWER).user
    client = browser(viewer)
    assert page(client, "refund_ask")[0].status_code == 200
    answer = client.post(reverse("refund_ask"), {"reason": "x"})
    assert answer.status_code == 403
    assert not Refund.everything.exists()


def test_a_treasurer_prepares_and_another_confirms():
    payment = overpaid()
    refund, me = asked(payment), treasurer()
    first, second = browser(me), browser(treasurer())
    url = reverse("refund_prepare", args=[refund.uuid])
    data = {"target": "instrument", "payment": payment.pk, "amount": "50.000"}
    assert first.post(url, data).status_code == 302
    # Who prepared it is offered no button, and pressing it does nothing.
    answer, _text = page(first, "refund", refund.uuid)
    assert not answer.context["may_confirm"]
    confirm = reverse("refund_confirm", args=[refund.uuid])
    seen = {"seen": fresh(refund).prepared_at.isoformat()}
    assert refund.transfer_code in page(second, "refunds", tahap="kedua")[1]
    said = first.post(confirm, seen, follow=True).content.decode()
    assert "tidak boleh menyetujui" in said
    assert fresh(refund).status == "asked"
    second.post(confirm, seen)
    assert fresh(refund).status == "confirmed"
    assert list(
        AuditEvent.objects.filter(action__startswith="refund.").values_list("action", flat=True)
    ) == ["refund.asked", "refund.prepared", "refund.confirmed"]


def test_what_is_missing_is_said_beside_its_field():
    refund = asked(overpaid())
    client = browser(treasurer())
    url = reverse("refund_prepare", args=[refund.uuid])
    answer = client.post(url, {"target": "account", "amount": "1000", "bank": "B"})
    assert answer.status_code == 400
    assert answer.context["prepare"].errors["account_number"]
    data = {"target": "account", "amount": "1000", "bank": "B", "account_number": "12 345"}
    answer = client.post(url, {**data, "holder": "Rina"})
    assert answer.context["prepare"].errors["holder_checked"]
    answer = client.post(url, {"target": "instrument", "amount": "1000"})
    assert answer.context["prepare"].errors["payment"]


def test_whoever_confirms_sees_the_whole_account_and_that_it_is_not_the_donors():
    wish, other = to_account(account_number="5550009999"), to_account()
    refund = asked(overpaid(), account=wish)
    prepared(refund, other)
    head = treasurer(Role.Kind.HEAD_OFFICE)
    answer, text = page(browser(head), "refund", refund.uuid)
    assert "1234567890" not in text
    assert reverse("refund_confirm", args=[refund.uuid]) not in text
    answer = browser(head).post(reverse("refund_account", args=[refund.uuid]))
    text = answer.content.decode()
    assert "1234567890" in text
    assert "berbeda dari yang ditulis donatur" in text
    assert f'name="seen" value="{fresh(refund).prepared_at.isoformat()}"' in text
    look = ViewLog.objects.get()
    assert (look.viewer, look.what, look.object_id) == (head, "account", str(refund.pk))
    personal = json.loads(AuditEvent.objects.get(action="refund.prepared").personal)
    assert personal["account"] == ["5550009999", "1234567890"]
    prepared(refund, wish)
    answer = browser(head).post(reverse("refund_account", args=[refund.uuid]))
    assert "berbeda dari yang ditulis donatur" not in answer.content.decode()


def test_what_was_prepared_anew_meanwhile_is_not_confirmed():
    payment = overpaid()
    refund = prepared(asked(payment), to_instrument(payment))
    seen = refund.prepared_at.isoformat()
    prepared(refund, to_account(), now=NOW + timedelta(seconds=1))
    url = reverse("refund_confirm", args=[refund.uuid])
    for told in (seen, "kemarin", ""):
        answer = browser(treasurer()).post(url, {"seen": told})
        assert answer.status_code == 400
        assert "Isinya berubah" in answer.content.decode()
    assert fresh(refund).status == "asked"


def test_who_acts_for_the_donor_neither_prepares_nor_confirms():
    payment = overpaid()
    insider = treasurer()
    DonorMemberFactory(donor=payment.invoice.donor, user=insider, left_at=NOW)
    refund = asked(payment)
    with pytest.raises(OwnDonor):
        prepared(refund, to_instrument(payment), by=insider)
    prepared(refund, to_instrument(payment))
    with pytest.raises(OwnDonor):
        confirmed(refund, by=insider)


def test_the_account_is_masked_and_sealed_in_the_table():
    payment = overpaid()
    refund = confirmed(prepared(asked(payment), to_account()))
    others = [
        page(browser(treasurer()), "refund", refund.uuid),
        page(browser(treasurer(Role.Kind.AUDITOR)), "refund", refund.uuid),
        page(browser(treasurer()), "refunds", tahap="kirim"),
        page(browser(owner_of(payment.invoice)), "refund_ask"),
    ]
    for _answer, text in others:
        assert "1234567890" not in text
        assert "•••• 7890" in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_number, holder FROM payments_refund")
        assert "1234567890" not in str(cursor.fetchall())


def test_a_refusal_needs_its_reason():
    refund = asked(overpaid())
    client = browser(treasurer())
    url = reverse("refund_refuse", args=[refund.uuid])
    assert client.post(url, {"reason": ""}).status_code == 400
    client.post(url, {"reason": "sudah dipakai"})
    assert fresh(refund).status == "refused"
    text = page(browser(owner_of(refund.payment.invoice)), "refund_ask")[1]
    assert "sudah dipakai" in text


def test_a_transfer_is_marked_with_its_number():
    refund = confirmed(prepared(asked(overpaid()), to_account()))
    account = BankAccount.everything.create(
        office=OfficeFactory(), bank="Bank Kita", number="777", holder="S", opened_at=NOW
    )
    client = browser(treasurer())
    url = reverse("refund_sent", args=[refund.uuid])
    assert client.post(url, {"reference": "T1"}).status_code == 400
    assert client.post(url, {"reference": "T1", "bank_account": account.pk}).status_code == 302
    assert fresh(refund).status == "sent"


def test_a_fund_goes_to_the_treasury_and_its_slip_is_shown():
    programme = ProgrammeFactory(agreement=True, opened_by_office=OfficeFactory())
    fund = ledger.account("fund", programme=programme)
    clearing = ledger.account("clearing", gateway="sandbox")
    ledger.post(key="fund", kind="test", now=NOW, transfers=[(clearing, fund, EXTRA)])
    client = browser(treasurer())
    text = page(client, "refund_funds")[1]
    assert "50.000" in text
    assert "31 Des 2026" in text
    client.post(reverse("refund_fund_ask", args=[programme.uuid]), {"reason": "sisa"})
    refund = Refund.everything.get()
    to = {"target": "treasury", "amount": "50000", "bank": "B", "account_number": "9999"}
    to |= {"holder": "Kas Daerah", "holder_checked": "on", "slip": "STS 7/2026"}
    client.post(reverse("refund_prepare", args=[refund.uuid]), to)
    confirmed(refund)
    account = BankAccount.everything.create(
        office=OfficeFactory(), bank="Bank Kita", number="777", holder="S", opened_at=NOW
    )
    sent = {"reference": "T1", "bank_account": account.pk}
    client.post(reverse("refund_sent", args=[refund.uuid]), sent)
    assert "STS no. STS 7/2026" in page(client, "refund_funds")[1]


def test_months_are_chosen_from_an_invoice():
    payment = overpaid(0)
    client = browser(treasurer())
    at = reverse("refund_months", args=[payment.invoice.uuid])
    assert client.get(reverse("refunds"), {"tagihan": payment.invoice.number}).url == at
    answer = client.get(at)
    free = answer.context["free"]
    assert len(free) == 11
    assert [line.why for line in answer.context["kept"]] == ["begun"]
    assert client.post(at, {"reason": "x"}).status_code == 400
    client.post(at, {"months": [free[0].row.pk], "reason": "salah"})
    assert Refund.everything.get().amount == free[0].worth


def test_the_list_asks_few_questions(django_assert_max_num_queries):
    payment, me = overpaid(), treasurer()
    for _ in range(8):
        asked(payment, 1_000)
    client = browser(me)
    page(client, "refunds")
    with django_assert_max_num_queries(14):
        _answer, text = page(client, "refunds")
    assert text.count("KMB") >= 8
    assert waiting_for_a_person(me) == 8


def test_the_instrument_of_a_stranger_is_named_as_such():
    payment = overpaid(stranger=True)
    refund = prepared(asked(payment), to_instrument(payment))
    assert "mungkin orang lain" in page(browser(treasurer()), "refund", refund.uuid)[1]
