"""Webhooks are reasons to ask: what is true moves a payment forward, never back."""

import itertools
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from bricks.clock import JAKARTA
from payments import books, ledger
from payments.gateways.protocol import GatewayUnavailable, ProviderStatus, State
from payments.gateways.sandbox import SandboxGateway
from payments.models import Account, Payment, Posting, ProviderEvent, SandboxCharge
from payments.sandbox import provider
from payments.selectors import events_for_a_person
from payments.services import applying, events
from payments.services.events import process_events, store_event
from tests.factories import NOW
from tests.payments.builders import (
    TOTAL,
    body_of,
    charge_of,
    pay_at_provider,
    pending_payment,
    settled_payment,
    tell,
    told,
)

pytestmark = pytest.mark.django_db

Status = Payment.Status
Outcome = ProviderEvent.Outcome
PAID_AT = datetime(2026, 11, 20, 14, 2, 31, tzinfo=JAKARTA)
LATER = PAID_AT + timedelta(minutes=5)


def holding_of(payment):
    return ledger.balance_of(ledger.account(Account.Kind.HOLDING, donor=payment.invoice.donor))


def outcomes(payment):
    return list(
        ProviderEvent.objects.filter(order_id=payment.order_id)
        .order_by("pk")
        .values_list("outcome", flat=True)
    )


@pytest.fixture
def rung(monkeypatch):
    words = []
    monkeypatch.setattr(applying, "bells", SimpleNamespace(ring=words.append))
    return words


@pytest.fixture
def provider_says(monkeypatch):
    """Let the status call answer what a test wants."""

    def say(state, **fields):
        def status(self, order_id, *, now):
            return ProviderStatus(order_id=order_id, state=state, **fields)

        monkeypatch.setattr(SandboxGateway, "status", status)

    return say


def test_a_settlement_takes_the_providers_amount_and_time(rung):
    payment = pending_payment()
    pay_at_provider(payment, now=PAID_AT)
    told(payment, now=LATER)
    assert payment.status == Status.SETTLED
    assert (payment.received, payment.settled_at) == (TOTAL, PAID_AT)
    assert payment.channel == "qris"
    assert payment.receipt_number == "KW-2026-000001"
    assert payment.closed_at == LATER
    assert holding_of(payment) == TOTAL
    assert Posting.objects.get(payment=payment).key == f"settled:{payment.pk}"
    assert rung == ["payment_settled"]
    assert books.check_ledger() == []


def test_a_settlement_counts_only_after_the_provider_confirms_it():
    payment = pending_payment()
    pay_at_provider(payment)
    body = body_of(payment)
    SandboxCharge.objects.update(status="pending")
    event = SandboxGateway().verify({}, body)
    store_event(gateway="sandbox", event=event, body=body, now=NOW)
    process_events(now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    assert outcomes(payment) == [Outcome.WAITING]
    SandboxCharge.objects.update(status="settlement")
    process_events(now=NOW + timedelta(minutes=1))
    payment.refresh_from_db()
    assert payment.status == Status.SETTLED


def test_a_settlement_that_is_never_confirmed_waits_for_a_person():
    payment = pending_payment()
    pay_at_provider(payment)
    tell(payment)
    SandboxCharge.objects.update(status="pending")
    for hours in range(8):
        process_events(now=NOW + timedelta(hours=hours))
    assert outcomes(payment) == [Outcome.FOR_A_PERSON]
    assert [e.order_id for e in events_for_a_person()] == [payment.order_id]


def test_the_same_event_five_times_settles_once():
    payment = pending_payment()
    pay_at_provider(payment)
    assert [tell(payment) for _ in range(5)] == [True, False, False, False, False]
    for _ in range(3):
        process_events(now=NOW)
    assert ProviderEvent.objects.filter(order_id=payment.order_id).count() == 1
    assert holding_of(payment) == TOTAL


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["pending", "settlement", "deny"])), ids="-".join
)
@pytest.mark.parametrize("at_once", [True, False], ids=["at_once", "one_by_one"])
def test_events_in_any_order_end_where_the_provider_stands(order, at_once):
    payment = pending_payment()
    pay_at_provider(payment)
    SandboxCharge.objects.update(status="deny")
    for status in order * 2:
        tell(payment, status=status)
        if not at_once:
            process_events(now=NOW)
    process_events(now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    assert holding_of(payment) == 0
    assert books.check_ledger() == []


def test_settlement_before_pending_stays_settled():
    payment = pending_payment()
    pay_at_provider(payment)
    told(payment)
    tell(payment, status="pending")
    process_events(now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.SETTLED
    assert outcomes(payment) == [Outcome.APPLIED, Outcome.IGNORED]


def test_settlement_then_deny_reverses_and_rings(rung):
    payment = pending_payment()
    provider.pay(charge=charge_of(payment), way="qris", amount=TOTAL, now=PAID_AT, denied=True)
    told(payment, now=PAID_AT)
    assert payment.status == Status.SETTLED
    denied_at = PAID_AT + provider.DENY_AFTER
    provider.pass_time(now=denied_at)
    told(payment, now=denied_at)
    assert payment.status == Status.REVERSED
    assert payment.reversed_at == denied_at
    assert payment.settled_at == PAID_AT
    assert payment.receipt_number
    # The money stays in holding until its months are undone.
    assert holding_of(payment) == TOTAL
    assert rung == ["payment_settled", "payment_reversed"]


def test_what_is_reversed_never_settles_again(provider_says):
    payment = settled_payment()
    SandboxCharge.objects.update(status="deny")
    assert told(payment).status == Status.REVERSED
    provider_says(State.SETTLED, amount=TOTAL, settled_at=NOW)
    SandboxCharge.objects.update(paid_amount=TOTAL + 1, status="settlement")
    assert told(payment).status == Status.REVERSED
    assert outcomes(payment)[-1] == Outcome.FOR_A_PERSON


def test_a_failed_payment_that_is_paid_late_settles():
    payment = pending_payment()
    provider.expire(charge=charge_of(payment), now=NOW)
    assert told(payment).status == Status.FAILED
    pay_at_provider(payment, now=LATER)
    assert told(payment, now=LATER).status == Status.SETTLED
    assert payment.settled_at == LATER
    assert holding_of(payment) == TOTAL


def test_an_expired_payment_fails_without_a_posting():
    payment = pending_payment()
    provider.expire(charge=charge_of(payment), now=NOW)
    told(payment)
    assert (payment.status, payment.closed_at) == (Status.FAILED, NOW)
    assert not Posting.objects.exists()


@pytest.mark.parametrize("amount", [TOTAL - 1_000, TOTAL + 1_000, 1])
def test_the_books_take_what_really_came(amount):
    payment = settled_payment(amount=amount)
    assert payment.status == Status.SETTLED
    assert payment.received == amount
    assert payment.amount == TOTAL
    assert holding_of(payment) == amount
    assert books.check_ledger() == []


def test_an_unknown_order_is_kept_for_a_person():
    payment = pending_payment()
    pay_at_provider(payment)
    tell(payment)
    ProviderEvent.objects.update(order_id="SERTAKAN-1999-000001-1")
    process_events(now=NOW)
    event = ProviderEvent.objects.get()
    assert event.outcome == Outcome.UNKNOWN_ORDER
    assert '"transaction_status": "settlement"' in event.body
    assert list(events_for_a_person()) == [event]


def test_the_raw_event_is_sealed_in_the_database():
    payment = pending_payment()
    tell(payment)
    stored = ProviderEvent.objects.raw("SELECT id, body AS sealed FROM payments_providerevent")[0]
    assert payment.order_id not in stored.sealed
    assert payment.order_id in ProviderEvent.objects.get().body


@pytest.mark.parametrize("state", [State.PARTIAL])
def test_what_no_rule_covers_waits_for_a_person_and_changes_nothing(provider_says, state):
    payment = settled_payment()
    provider_says(state, amount=1_000)
    SandboxCharge.objects.update(paid_amount=1_000)
    assert told(payment).status == Status.SETTLED
    assert outcomes(payment)[-1] == Outcome.FOR_A_PERSON


@pytest.mark.parametrize(
    "truth", [{"amount": 0, "settled_at": NOW}, {"amount": TOTAL, "settled_at": None}]
)
def test_a_settlement_without_amount_or_time_is_for_a_person(provider_says, truth):
    payment = pending_payment()
    pay_at_provider(payment)
    provider_says(State.SETTLED, **truth)
    assert told(payment).status == Status.PENDING
    assert outcomes(payment) == [Outcome.FOR_A_PERSON]


def test_another_amount_for_a_settled_payment_is_for_a_person():
    payment = settled_payment()
    SandboxCharge.objects.update(paid_amount=TOTAL * 2)
    assert told(payment).received == TOTAL
    assert outcomes(payment)[-1] == Outcome.FOR_A_PERSON


def test_while_the_provider_is_silent_the_event_waits_as_long_as_it_takes(monkeypatch):
    payment = pending_payment()
    pay_at_provider(payment)
    tell(payment)
    with monkeypatch.context() as patch:
        patch.setattr(SandboxGateway, "status", silent)
        for hours in range(50):
            process_events(now=NOW + timedelta(hours=hours))
    assert outcomes(payment) == [Outcome.WAITING]
    process_events(now=NOW + timedelta(hours=60))
    payment.refresh_from_db()
    assert payment.status == Status.SETTLED


def silent(*args, **kwargs):
    raise GatewayUnavailable("timed out")


def test_an_event_that_breaks_the_job_does_not_stand_in_the_way(monkeypatch):
    first, second = pending_payment(), pending_payment()
    for payment in (first, second):
        pay_at_provider(payment)
        tell(payment)
    status = SandboxGateway.status

    def breaks(self, order_id, *, now):
        if order_id == first.order_id:
            raise ZeroDivisionError
        return status(self, order_id, now=now)

    monkeypatch.setattr(SandboxGateway, "status", breaks)
    with pytest.raises(ZeroDivisionError):
        process_events(now=NOW)
    process_events(now=NOW)
    second.refresh_from_db()
    assert second.status == Status.SETTLED
    assert outcomes(first) == [Outcome.WAITING]


def test_an_old_answer_never_undoes_a_newer_one(monkeypatch):
    """While one job asks, the bank denies and another job has recorded that."""
    payment = pending_payment()
    pay_at_provider(payment)
    tell(payment)
    status = SandboxGateway.status
    asked = []

    def overtaken(self, order_id, *, now):
        answer = status(self, order_id, now=now)
        if not asked:
            asked.append(order_id)
            SandboxCharge.objects.update(status="deny")
            Payment.everything.update(status=Status.FAILED, closed_at=now)
        return answer

    monkeypatch.setattr(SandboxGateway, "status", overtaken)
    process_events(now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    assert holding_of(payment) == 0


def test_a_lost_race_gives_its_receipt_number_back(monkeypatch):
    lost = pending_payment()
    pay_at_provider(lost)
    truth = SandboxGateway().status(lost.order_id, now=NOW)
    Payment.everything.filter(pk=lost.pk).update(status=Status.FAILED, closed_at=NOW)
    change = applying.apply_truth(payment=lost, truth=truth, now=NOW)
    assert change is applying.Change.LOST
    assert settled_payment().receipt_number == "KW-2026-000001"


def test_events_of_a_provider_that_no_longer_serves_are_left_alone(settings):
    payment = pending_payment()
    pay_at_provider(payment)
    tell(payment)
    settings.PAYMENT_GATEWAY = "another"
    assert not any(process_events(now=NOW).values())
    payment.refresh_from_db()
    assert payment.status == Status.PENDING


def test_an_event_is_not_taken_again_before_its_pause_is_over():
    payment = pending_payment()
    pay_at_provider(payment)
    tell(payment)
    SandboxCharge.objects.update(status="pending")
    assert process_events(now=NOW)["waiting"] == 1
    assert not any(process_events(now=NOW + timedelta(seconds=59)).values())
    assert process_events(now=NOW + timedelta(seconds=60))["waiting"] == 1
    assert events.PAUSES[0] == timedelta(minutes=1)
