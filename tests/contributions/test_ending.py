"""What follows when something happens to a worker: ends, money that goes back, kind letters."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command

from contributions.books import check_books, identity
from contributions.models import Contribution, Coverage, Sponsorship
from contributions.services.ending import PARKED_AHEAD, follow_up_events
from contributions.services.pricing import fill_calendar
from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.settling import allocate_payments
from notices.models import JobRun, Message
from payments.models import Invoice
from tests.contributions.builders import (
    approved_order,
    at,
    balance,
    billed_order,
    bought,
    case_of,
    covered_worker,
    few_prices,
    outcome,
    pay,
    settle,
    sponsorships_of,
)
from tests.factories import NOW, TODAY, OccupationFactory, officer
from workers.models import Said, Worker, WorkerEvent
from workers.services import changing, living

pytestmark = pytest.mark.django_db

ENDING = ["died", "employee", "left"]
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch):
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def happens(worker, kind="left", when=NOW, **event):
    return living.record_event(
        worker=worker,
        kind=kind,
        happened_on=when.date(),
        said_by=Said.FAMILY,
        by=officer(),
        now=when,
        **event,
    )


def revoked(event, when=LATER):
    return living.revoke_event(event=event, by=officer(), now=when, note="keliru")


def accepted_worker(**case):
    row = covered_worker(**case)
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    return row


def again(row):
    return type(row).everything.get(pk=row.pk)


def grave(now=LATER):
    return [finding for finding in check_books(now=now) if finding.is_grave]


def letters(kind):
    return list(Message.objects.filter(kind=kind).order_by("pk"))


# --- the end -----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ENDING)
def test_months_that_have_not_begun_go_back_and_the_present_one_stays(kind):
    row = covered_worker()
    invoice = Invoice.everything.get()
    months = bought(row)
    happens(row.worker, kind)
    counts = follow_up_events(now=LATER)
    assert counts == {"events": 1, "ended": 1, "resumed": 0, "returned_months": 11, "failed": 0}
    row = again(row)
    assert (row.status, row.end_reason, row.ended_at) == ("ended", kind, LATER)
    assert (row.run_months, row.paid_until) == (1, months[0].covered_until)
    assert bought(row) == months[:1]
    back = sum(month.amount for month in months[1:])
    assert balance("credit", invoice) == back
    assert balance("payable") == months[0].amount
    assert check_books(now=LATER) == []
    assert identity().received == invoice.total


@pytest.mark.parametrize("status", ["sent", "rejected"])
def test_months_that_bpjs_has_not_accepted_go_back_too(status):
    row = covered_worker()
    remit(today=TODAY, now=NOW)
    Contribution.everything.update(status=status)
    happens(row.worker)
    assert follow_up_events(now=LATER)["returned_months"] == 11
    assert Contribution.everything.filter(status=status).count() == 1
    assert grave() == []


def test_accepted_months_ahead_are_left_to_a_person_and_cover_stays():
    row = accepted_worker()
    spans = list(Coverage.objects.values_list("covered_from", "covered_until"))
    happens(row.worker, "died")
    assert follow_up_events(now=LATER)["returned_months"] == 0
    row = again(row)
    assert (row.status, row.parked_reason) == ("ended", PARKED_AHEAD)
    assert list(Coverage.objects.values_list("covered_from", "covered_until")) == spans
    assert len(bought(row)) == 12
    findings = check_books(now=LATER)
    assert [(f.kind, f.count, f.is_grave) for f in findings] == [("parked", 1, False)]
    assert balance("payable") + balance("remitted") == sum(m.amount for m in bought(row))


def test_an_unpaid_invoice_is_withdrawn_and_the_others_on_it_are_asked_again():
    invoice = billed_order(2)
    first, second = sponsorships_of(invoice)
    happens(first.worker)
    assert follow_up_events(now=LATER)["ended"] == 1
    assert again(invoice).status == "void"
    fresh = Invoice.everything.get(status="open")
    assert sponsorships_of(fresh) == [second]
    assert (again(first).status, again(second).status) == ("ended", "awaiting_payment")
    assert check_books(now=LATER) == []


def test_a_renewal_is_withdrawn_and_the_others_on_it_are_asked_again():
    few_prices()
    fill_calendar()
    invoice = billed_order(2, months=1)
    pay(invoice, NOW)
    first, second = sponsorships_of(invoice)
    later = at(date(2026, 12, 10))
    renew(today=later.date(), now=later)
    happens(first.worker, when=later)
    follow_up_events(now=later)
    fresh = Invoice.everything.get(status="open")
    assert (fresh.purpose, sponsorships_of(fresh)) == ("renewal", [second])
    assert check_books(now=later) == []


def test_every_donor_of_the_worker_ends_and_has_his_own_money_back():
    row = covered_worker()
    queued = billed_order_of(row.worker)
    happens(row.worker, "employee")
    assert follow_up_events(now=LATER)["ended"] == 2
    assert again(queued).end_reason == "employee"
    assert not Sponsorship.everything.exclude(status="ended").exists()
    assert check_books(now=LATER) == []


def billed_order_of(worker):
    """A second donor's sponsorship that queues behind the first."""
    order = approved_order(of=worker)
    from_order = Sponsorship.everything.filter(enrollment__order=order)
    call_command("follow_up_approvals", "--today", "2026-11-20")
    return from_order.get()


def test_a_move_ends_nothing():
    row = covered_worker()
    WorkerEvent.everything.create(
        worker=row.worker,
        kind="moved",
        village=row.worker.village,
        happened_on=TODAY,
        said_by="worker",
        recorded_at=NOW,
    )
    assert follow_up_events(now=LATER)["events"] == 1
    assert again(row).status == "active"
    assert follow_up_events(now=LATER)["events"] == 0


def test_a_second_run_finds_nothing_to_do():
    row = covered_worker()
    happens(row.worker)
    follow_up_events(now=LATER)
    before = list(Contribution.everything.values_list("pk", "status"))
    assert not any(follow_up_events(now=LATER + timedelta(minutes=1)).values())
    assert list(Contribution.everything.values_list("pk", "status")) == before
    assert len(letters("sponsorship_ended")) == 1


# --- the 65th birthday ------------------------------------------------------------------------
def test_the_65th_birthday_ends_nothing_that_is_paid():
    row = covered_worker(birth_date=date(1961, 12, 20))
    day = at(date(2026, 12, 20))
    living.note_birthdays(today=day.date(), now=day)
    follow_up_events(now=day)
    assert (again(row).status, len(bought(row))) == ("active", 12)
    assert letters("sponsorship_ended") == []


def test_the_65th_birthday_ends_the_unpaid_approval_and_a_corrected_date_gives_it_back():
    row = sponsorships_of(billed_order(2))[0]
    unbilled = approved_order(of=row.worker).enrollments.get()
    Worker.everything.filter(pk=row.worker_id).update(birth_date=date(1960, 1, 1))
    living.note_birthdays(today=TODAY, now=NOW)
    follow_up_events(now=LATER)
    assert (again(row).end_reason, case_of(row).status) == ("unpaid", "expired")
    assert again(unbilled).status == "expired"
    assert Invoice.everything.filter(status="open").count() == 1
    assert "65 tahun" in letters("sponsorship_ended")[0].body
    assert check_books(now=LATER) == []
    Worker.everything.filter(pk=row.worker_id).update(birth_date=date(1970, 1, 1))
    revoked(WorkerEvent.everything.get())
    assert follow_up_events(now=LATER)["resumed"] == 1
    assert (again(row).status, case_of(row).status) == ("awaiting_payment", "approved")
    assert again(row).ended_by is None
    assert check_books(now=LATER) == []


# --- and back -----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ENDING)
def test_a_revoked_event_lets_a_running_sponsorship_go_on(kind):
    row = covered_worker()
    event = happens(row.worker, kind)
    follow_up_events(now=LATER)
    revoked(event)
    assert follow_up_events(now=LATER)["resumed"] == 1
    row = again(row)
    assert (row.status, row.renews, row.end_reason, row.ended_at) == ("active", True, "", None)
    assert "berjalan lagi" in letters("sponsorship_resumed")[0].body
    assert check_books(now=LATER) == []
    assert not any(follow_up_events(now=LATER).values())


def test_accepted_months_are_no_longer_parked_once_the_event_is_revoked():
    row = accepted_worker()
    event = happens(row.worker, "died")
    follow_up_events(now=LATER)
    revoked(event)
    follow_up_events(now=LATER)
    assert (again(row).status, again(row).parked_at) == ("active", None)
    assert check_books(now=LATER) == []


def test_an_unpaid_one_is_asked_again_while_its_approval_holds():
    row = sponsorships_of(billed_order())[0]
    event = happens(row.worker)
    follow_up_events(now=LATER)
    revoked(event)
    follow_up_events(now=LATER)
    assert again(row).status == "awaiting_payment"
    assert Invoice.everything.filter(status="open").count() == 1
    assert check_books(now=LATER) == []


def test_after_the_run_or_the_approval_a_new_one_is_needed():
    row = sponsorships_of(billed_order())[0]
    paid = covered_worker()
    events = [happens(row.worker), happens(paid.worker)]
    follow_up_events(now=LATER)
    much_later = at(date(2027, 3, 20))
    for event in events:
        revoked(event, much_later)
    assert follow_up_events(now=much_later)["resumed"] == 0
    assert {again(row).status, again(paid).status} == {"ended"}
    assert all("Daftarkan lagi" in letter.body for letter in letters("sponsorship_resumed"))
    assert grave(much_later) == []


def test_of_two_events_the_other_still_ends():
    row = covered_worker()
    left = happens(row.worker, "left")
    follow_up_events(now=LATER)
    died = happens(row.worker, "died", LATER)
    follow_up_events(now=LATER)
    revoked(left)
    assert follow_up_events(now=LATER)["resumed"] == 0
    assert (again(row).end_reason, again(row).ended_by) == ("died", died)


def test_an_event_revoked_before_anything_followed_changes_nothing():
    row = covered_worker()
    revoked(happens(row.worker))
    assert follow_up_events(now=LATER)["ended"] == 0
    assert again(row).status == "active"


# --- money that was on its way --------------------------------------------------------------------
def test_money_settled_before_the_event_buys_the_month_it_began_and_no_more():
    invoice = billed_order()
    row = sponsorships_of(invoice)[0]
    payment = settle(invoice, NOW)
    happens(row.worker, "died", NOW + timedelta(seconds=1))
    follow_up_events(now=LATER)
    allocate_payments(now=LATER)
    assert outcome(payment).months == 12
    assert follow_up_events(now=LATER)["returned_months"] == 11
    assert (again(row).status, again(row).end_reason) == ("ended", "died")
    assert len(bought(row)) == 1
    assert balance("credit", invoice) + balance("payable") == invoice.total
    assert grave() == []


def test_the_same_money_allocated_first_comes_to_the_same():
    invoice = billed_order()
    row = sponsorships_of(invoice)[0]
    settle(invoice, NOW)
    happens(row.worker, "died", NOW + timedelta(seconds=1))
    allocate_payments(now=LATER)
    follow_up_events(now=LATER)
    assert (again(row).status, again(row).end_reason) == ("ended", "died")
    assert len(bought(row)) == 1
    assert balance("credit", invoice) + balance("payable") == invoice.total
    assert grave() == []


def test_money_settled_after_the_event_is_credit():
    invoice = billed_order()
    row = sponsorships_of(invoice)[0]
    happens(row.worker, "died")
    follow_up_events(now=LATER)
    payment = settle(invoice, LATER)
    allocate_payments(now=LATER)
    assert (outcome(payment).months, bought(row)) == (0, [])
    assert balance("credit", invoice) == invoice.total
    assert grave() == []


def test_a_bought_month_keeps_its_price_whatever_is_corrected():
    few_prices()
    row = covered_worker()
    before = [(m.jkk, m.jkm, m.amount, m.legal_basis) for m in bought(row)]
    change = changing.propose(
        worker=row.worker,
        values={
            "birth_date": date(1961, 1, 1),
            "occupation": OccupationFactory(transport=True),
        },
        reason="KTP baru",
        said_by=Said.WORKER,
        by=officer(),
        now=NOW,
    )
    changing.approve(change=change, by=officer(), now=NOW)
    living.note_birthdays(today=TODAY, now=NOW)
    follow_up_events(now=LATER)
    remit(today=TODAY, now=LATER)
    assert [(m.jkk, m.jkm, m.amount, m.legal_basis) for m in bought(row)] == before
    assert again(row).sector == "other"
    assert check_books(now=LATER) == []


# --- how it is told ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "first", "never"),
    [
        ("died", "turut berduka cita", "Rp"),
        ("employee", "penerima upah", "Rp"),
        ("left", "tidak diteruskan", "tidak mau"),
    ],
)
def test_the_donor_is_told_kindly_and_reads_no_amount_first(kind, first, never):
    row = covered_worker()
    happens(row.worker, kind)
    follow_up_events(now=LATER)
    (letter,) = letters("sponsorship_ended")
    lines = letter.body.splitlines()
    assert first in lines[0]
    assert never not in "\n".join(lines[:2])
    assert row.worker.nik not in letter.body
    assert "menjadi saldo Anda: Rp" in letter.body
    if kind == "left":
        assert "tidak mau" not in letter.body


# --- the clock ------------------------------------------------------------------------------
def test_a_forgotten_event_is_a_finding_of_the_books():
    row = covered_worker()
    happens(row.worker)
    kinds = [finding.kind for finding in check_books(now=NOW + timedelta(hours=2))]
    assert kinds == ["event"]


def test_events_are_followed_up_by_hand(capsys):
    row = covered_worker()
    happens(row.worker)
    call_command("follow_up_events", "--today", "2026-11-20")
    assert "ended: 1" in capsys.readouterr().out
    assert JobRun.objects.get(job="follow_up_events").counts["returned_months"] == 11
