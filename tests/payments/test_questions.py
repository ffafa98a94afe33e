"""Provider's events that no rule covers: seen by whom, asked again, ruled on."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Role
from payments.gateways.notification import signature
from payments.gateways.protocol import GatewayUnavailable, State
from payments.gateways.sandbox import SandboxGateway
from payments.models import Invoice, Payment, ProviderEvent, SandboxCharge
from payments.sandbox.provider import server_key
from payments.selectors import events_for_a_person
from payments.services.events import process_events, store_event
from payments.services.polling import poll_pending
from payments.services.questions import AlreadyRuled, ask_again, rule
from tests.factories import NOW, KanwilFactory, OfficeFactory, RoleFactory, UserFactory
from tests.payments.builders import TOTAL, charge_of, pending_payment, settled_payment, tell, told

pytestmark = pytest.mark.django_db

Outcome = ProviderEvent.Outcome
LATER = NOW + timedelta(hours=1)


def staff(kind=Role.Kind.TREASURER, office=None):
    return RoleFactory(user=UserFactory(), kind=kind, office=office).user


@pytest.fixture
def branch():
    return OfficeFactory()


@pytest.fixture
def treasurer(branch):
    return staff(office=branch)


def of_branch(payment, branch):
    Invoice.everything.filter(pk=payment.invoice_id).update(office=branch)
    return payment


@pytest.fixture
def partly_back(branch):
    """A payment of which the provider sent a part back, unasked."""
    payment = of_branch(settled_payment(), branch)
    SandboxCharge.objects.update(status="partial_refund", refunded=50_000)
    told(payment, now=NOW)
    return ProviderEvent.objects.latest("pk")


@pytest.fixture
def of_nobody():
    event = SandboxGateway().verify({}, _strange())
    store_event(gateway="sandbox", event=event, body=_strange(), now=NOW)
    process_events(now=NOW)
    return ProviderEvent.objects.latest("pk")


def _strange():
    said = {"order_id": "NOT-OURS-1", "status_code": "200", "gross_amount": "1000.00"}
    signed = signature(**said, server_key=server_key())
    return json.dumps(
        {**said, "transaction_status": "settlement", "signature_key": signed}
    ).encode()


def page(client, user, name="provider_events", *args):
    client.force_login(user)
    return client.get(reverse(name, args=args))


# --- what stands there ------------------------------------------------------------------


def test_a_part_that_went_back_unasked_waits_with_the_providers_answer(partly_back):
    assert partly_back.outcome == Outcome.FOR_A_PERSON
    assert partly_back.answer == {
        "state": "partial",
        "amount": TOTAL,
        "refunded": 50_000,
        "asked_at": NOW.isoformat(),
    }


def test_what_only_the_poll_has_seen_waits_there_too_and_once(branch):
    payment = settled_payment()
    SandboxCharge.objects.update(status="partial_refund", refunded=50_000)
    for days in (1, 3):
        Payment.everything.update(next_poll_at=NOW)
        poll_pending(now=NOW + timedelta(days=days))
    [event] = events_for_a_person()
    assert (event.order_id, event.state, event.body) == (payment.order_id, "partial", "")


def test_the_page_says_why_and_what_both_sides_say(client, treasurer, partly_back):
    text = page(client, treasurer, "provider_event", partly_back.pk).content.decode()
    assert "Uang kembali ke pembayar, tidak atas permintaan kita." in text
    assert "50.000" in text
    assert "184.800" in text
    assert "signature_key" in text


def test_a_list_of_ten_costs_as_much_as_of_one(
    client, treasurer, partly_back, django_assert_max_num_queries
):
    client.force_login(treasurer)
    with django_assert_max_num_queries(8):
        client.get(reverse("provider_events"))


# --- who sees it ------------------------------------------------------------------------


def seen(client, user):
    text = page(client, user).content.decode()
    return ("NOT-OURS-1" in text, "SERTAKAN-" in text)


def test_a_branch_sees_its_own_and_unknown_orders_are_the_kanwils(client, partly_back, of_nobody):
    far = OfficeFactory(code="FAR", parent=KanwilFactory(code="FAR-KANWIL"))
    branch = Payment.everything.get(order_id=partly_back.order_id).invoice.office
    assert seen(client, staff(office=branch)) == (False, True)
    assert seen(client, staff(office=far)) == (False, False)
    assert seen(client, staff(office=branch.parent)) == (True, True)
    assert seen(client, staff(office=far.parent)) == (True, False)
    assert seen(client, staff(Role.Kind.HEAD_OFFICE)) == (True, True)


def test_another_branchs_event_is_a_404(client, partly_back):
    stranger = staff(office=OfficeFactory(code="FAR"))
    assert page(client, stranger, "provider_event", partly_back.pk).status_code == 404
    for name in ("provider_event_ask", "provider_event_close"):
        assert client.post(reverse(name, args=[partly_back.pk])).status_code == 404


def test_an_auditor_reads_without_the_raw_body_and_rules_on_nothing(client, branch, partly_back):
    auditor = staff(Role.Kind.AUDITOR, branch)
    text = page(client, auditor, "provider_event", partly_back.pk).content.decode()
    assert "50.000" in text
    assert "signature_key" not in text
    assert "Tanya lagi" not in text
    for name in ("provider_event_ask", "provider_event_close"):
        assert client.post(reverse(name, args=[partly_back.pk])).status_code == 403


# --- asking again -----------------------------------------------------------------------


def test_asked_again_what_is_true_meanwhile_is_applied(client, treasurer, branch):
    """The webhook said settled, the provider's status was late for hours."""
    payment = of_branch(pending_payment(), branch)
    tell(payment, status="settlement")
    for minutes in (0, 2, 5, 12, 40, 120):
        process_events(now=NOW + timedelta(minutes=minutes))
    [event] = events_for_a_person()
    SandboxCharge.objects.update(
        status="settlement", payment_type="qris", paid_amount=TOTAL, settled_at=NOW
    )
    client.force_login(treasurer)
    client.post(reverse("provider_event_ask", args=[event.pk]))
    payment.refresh_from_db()
    event.refresh_from_db()
    assert (payment.status, event.outcome) == ("settled", Outcome.APPLIED)
    assert not events_for_a_person().exists()
    [entry] = AuditEvent.objects.filter(action="provider_event.asked")
    assert (entry.actor, entry.office) == (treasurer, branch)


def test_asked_again_the_same_answer_leaves_it_waiting(treasurer, partly_back):
    asked = ask_again(event=partly_back, by=treasurer, now=LATER)
    assert asked.outcome == Outcome.FOR_A_PERSON
    assert asked.answer["asked_at"] == LATER.isoformat()
    assert list(events_for_a_person()) == [asked]


def test_an_unknown_order_is_asked_about_and_nothing_is_applied(of_nobody):
    asked = ask_again(event=of_nobody, by=staff(Role.Kind.HEAD_OFFICE), now=LATER)
    assert (asked.outcome, asked.answer["state"]) == (Outcome.UNKNOWN_ORDER, "unknown")
    assert not Payment.everything.exists()


def test_a_silent_provider_and_a_former_one_are_answered_with_a_sentence(
    client, treasurer, partly_back, monkeypatch, settings
):
    def silent(*args, **kwargs):
        raise GatewayUnavailable("timed out")

    client.force_login(treasurer)
    url = reverse("provider_event_ask", args=[partly_back.pk])
    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "status", silent)
        assert "belum menjawab" in client.post(url, follow=True).content.decode()
    settings.PAYMENT_GATEWAY = "another"
    assert "tidak dipakai lagi" in client.post(url, follow=True).content.decode()
    partly_back.refresh_from_db()
    assert partly_back.outcome == Outcome.FOR_A_PERSON


# --- ruling on it -----------------------------------------------------------------------


def test_a_ruling_closes_it_with_a_note_and_twice_changes_nothing(client, treasurer, partly_back):
    client.force_login(treasurer)
    url = reverse("provider_event_close", args=[partly_back.pk])
    client.post(url, {"note": "Dikembalikan penyedia karena sengketa."})
    client.post(url, {"note": "Catatan kedua."})
    partly_back.refresh_from_db()
    assert partly_back.decision == "Dikembalikan penyedia karena sengketa."
    assert partly_back.decided_by == treasurer
    assert AuditEvent.objects.filter(action="provider_event.ruled").count() == 1
    assert not events_for_a_person().exists()
    assert "SERTAKAN-" not in client.get(reverse("provider_events")).content.decode()
    assert "SERTAKAN-" in client.get(f"{reverse('provider_events')}?selesai").content.decode()


def test_without_a_note_it_stays_open(client, treasurer, partly_back):
    client.force_login(treasurer)
    url = reverse("provider_event_close", args=[partly_back.pk])
    assert client.post(url, {"note": " "}).status_code == 400
    partly_back.refresh_from_db()
    assert partly_back.decided_at is None


def test_what_was_ruled_on_is_not_asked_about_again(treasurer, partly_back):
    rule(event=partly_back, note="Sudah beres.", by=treasurer, now=NOW)
    with pytest.raises(AlreadyRuled):
        ask_again(event=partly_back, by=treasurer, now=LATER)
    with pytest.raises(AlreadyRuled):
        rule(event=partly_back, note="Lagi.", by=treasurer, now=NOW)
    assert SandboxGateway().status(partly_back.order_id, now=NOW).state is State.PARTIAL
    assert charge_of(Payment.everything.get()).refunded == 50_000
