"""A sponsorship passes from one donor to another: no gap, no month twice, no name too early."""

from datetime import date, timedelta
from typing import Any

import pytest

from bricks.clock import jakarta_date
from contributions.books import check_books
from contributions.models import Contribution, Sponsorship, TakeOver, WaitingPlace
from contributions.services import handing_over, taking_over
from contributions.services.expiring import expire
from contributions.services.handing_over import make_link
from contributions.services.renewing import renew
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import stop_sponsorship
from contributions.services.taking_over import CannotTakeOver, Terms, follow_take_overs
from donors.models import Programme
from notices.models import Message, Reply
from tests.contributions.builders import at, covered_worker, few_prices, invoice_of, pay
from tests.factories import (
    NOW,
    TODAY,
    DonorFactory,
    OfficeAreaFactory,
    OfficeFactory,
    ProgrammeFactory,
    officer,
)
from workers import selectors as case_selectors
from workers.models import Consent, Enrollment
from workers.person_selectors import Person
from workers.services import deciding, own_acts
from workers.services.answering import take_replies
from workers.services.handing_in import CannotHandIn
from workers.services.living import record_event

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _places() -> None:
    OfficeAreaFactory()
    few_prices()


def owner_of(donor: Any) -> Any:
    return donor.members.get(role="owner").user


def offered(row: Sponsorship, when: Any = NOW) -> Any:
    return make_link(sponsorship=row, by=owner_of(row.donor), now=when)


def terms(programme: Programme | None = None, months: int = 12) -> Terms:
    return Terms(programme or ProgrammeFactory(), months, Enrollment.Relation.NEIGHBOUR)


def accepted(row: Sponsorship, *, when: Any = SOON, under: Terms | None = None) -> TakeOver:
    under = under or terms()
    by = owner_of(under.programme.donor)
    return taking_over.accept(hand_over=offered(row, when), terms=under, by=by, now=when)


def agreed(taken: TakeOver, when: Any = SOON) -> Enrollment:
    worker = Person(taken.enrollment.nik_index)
    return own_acts.agree(enrollment=taken.enrollment, opened=worker, now=when)


def approved(taken: TakeOver, when: Any = SOON) -> Enrollment:
    """The case as the branch approves it, with the next invoice."""
    case = Enrollment.everything.get(pk=taken.enrollment_id)
    by = officer(office=OfficeFactory())
    deciding.take(enrollment=case, officer=by, now=when)
    case = deciding.approve(enrollment=case, officer=by, sector="other", now=when, proof="call")
    follow_up_approvals(now=when)
    return case


def handed_over(row: Sponsorship, when: Any = SOON) -> TakeOver:
    taken = accepted(row, when=when)
    agreed(taken, when)
    approved(taken, when)
    return taken


def successor(taken: TakeOver) -> Sponsorship:
    return Sponsorship.everything.get(enrollment=taken.enrollment_id)


def told(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind))


# --- from one to the other ----------------------------------------------------------------
def test_the_new_donor_pays_from_the_day_after_the_old_ones_months_and_none_is_paid_twice():
    row = covered_worker(months=3)
    taken = handed_over(row)
    pay(invoice_of(taken.enrollment.order), SOON)
    follow_take_overs(now=SOON)
    row.refresh_from_db()
    new = successor(taken)
    assert (new.status, new.renews, new.run_start) == (
        "active",
        True,
        row.paid_until + timedelta(days=1),
    )
    assert (row.status, row.renews) == ("active", False)
    months = Contribution.everything.filter(worker=row.worker, status="paid")
    assert months.count() == 15
    assert months.values("month").distinct().count() == 15
    taken.refresh_from_db()
    assert taken.outcome == "paid"
    assert check_books(now=SOON) == []


def test_the_old_one_goes_on_until_the_branch_has_approved():
    row = covered_worker(months=1)
    taken = accepted(row)
    agreed(taken)
    row.refresh_from_db()
    assert row.renews
    later = at(row.paid_until - timedelta(days=3))
    assert renew(today=jakarta_date(later), now=later)["workers"] == 1
    approved(taken, later)
    row.refresh_from_db()
    assert (row.renews, row.stopped_at) == (False, later)
    # What was asked of the old donor is withdrawn, and the new one is asked instead.
    open_months = Contribution.everything.filter(worker=row.worker, status="promised")
    assert set(open_months.values_list("sponsorship__donor", flat=True)) == {taken.donor_id}
    assert len(told("handed_over")) == 1


def test_the_new_donor_knows_no_name_before_the_branch_has_approved():
    row = covered_worker(name="Joko Rahasia")
    taken = accepted(row)
    donor = owner_of(taken.donor)
    assert not Enrollment.objects.visible_to(donor).exists()
    assert not case_selectors.own_orders(donor).exists()
    agreed(taken)
    assert not Enrollment.objects.visible_to(donor).exists()
    assert case_selectors.cases_of(taken.enrollment.order) == []
    approved(taken)
    assert Enrollment.objects.visible_to(donor).exists()
    assert case_selectors.own_orders(donor).exists()
    bodies = [m.body for m in Message.objects.filter(user=donor).exclude(kind="invoice_ready")]
    assert not any("Joko" in body for body in bodies)


def test_of_a_public_task_the_worker_is_not_asked():
    programme = ProgrammeFactory(agreement=True, public_task=True)
    taken = accepted(covered_worker(), under=terms(programme))
    taken.enrollment.refresh_from_db()
    assert taken.enrollment.status == "submitted"
    assert taken.enrollment.consent.channel == "public_task"


def test_the_worker_agrees_by_answering_1(settings):
    row = covered_worker()
    row.worker.phone, row.worker.phone_index = "+628110000001", "p" * 64
    row.worker.save()
    taken = accepted(row)
    question = Message.objects.get(kind="take_over_asked")
    assert "Joko" not in question.body
    Message.objects.filter(pk=question.pk).update(address_index="p" * 64)
    Reply.objects.create(
        provider="t",
        provider_id="1",
        raw="{}",
        phone="+628110000001",
        phone_index="p" * 64,
        text="1",
        received_at=SOON,
    )
    assert take_replies(now=SOON)["agreed"] == 1
    consent = Consent.objects.get(enrollment=taken.enrollment)
    assert consent.channel == "message"
    taken.enrollment.refresh_from_db()
    assert taken.enrollment.status == "submitted"


# --- when it comes to nothing ---------------------------------------------------------------
def test_a_new_donor_who_does_not_pay_leaves_the_worker_on_the_waiting_list():
    row = covered_worker(months=12)
    handed_over(row)
    late = SOON + timedelta(days=31)
    expire(today=jakarta_date(late), now=late)
    assert follow_take_overs(now=late)["unpaid"] == 1
    assert follow_take_overs(now=late)["unpaid"] == 0
    place = WaitingPlace.everything.get(worker=row.worker)
    assert (place.source, place.how, place.needs_from) == (
        "handed_over",
        "page",
        row.paid_until + timedelta(days=1),
    )
    [letter] = told("hand_over_failed")
    assert "Cabang mencarikan donatur lain" in letter.body


def test_who_handed_over_is_not_told_to_go_on_with_one_who_died():
    row = covered_worker(months=12)
    handed_over(row)
    late = SOON + timedelta(days=31)
    record_event(
        worker=row.worker, kind="died", happened_on=TODAY, said_by="family", by=officer(), now=SOON
    )
    expire(today=jakarta_date(late), now=late)
    assert follow_take_overs(now=late)["unpaid"] == 1
    [letter] = told("hand_over_failed")
    assert "Cabang sedang memeriksa keadaan pekerja ini" in letter.body
    assert "melanjutkannya sendiri" not in letter.body


def test_who_handed_over_and_has_ended_is_told_to_ask_the_branch():
    row = covered_worker(months=12)
    handed_over(row)
    Sponsorship.everything.filter(pk=row.pk).update(
        status="ended", ended_at=SOON, end_reason="stopped"
    )
    late = SOON + timedelta(days=31)
    expire(today=jakarta_date(late), now=late)
    follow_take_overs(now=late)
    [letter] = told("hand_over_failed")
    assert "Hubungi cabang untuk mulai lagi" in letter.body
    assert "melanjutkannya sendiri" not in letter.body


def test_accepting_twice_is_accepting_once():
    row, under = covered_worker(), terms()
    hand_over, by = offered(row), owner_of(under.programme.donor)
    both = [
        taking_over.accept(hand_over=hand_over, terms=under, by=by, now=SOON) for _twice in range(2)
    ]
    assert both[0] == both[1]
    assert TakeOver.everything.count() == 1
    other = terms()
    with pytest.raises(taking_over.LinkClosed):
        taking_over.accept(
            hand_over=hand_over, terms=other, by=owner_of(other.programme.donor), now=SOON
        )


def test_a_worker_who_says_no_leaves_everything_as_it_is():
    row = covered_worker()
    taken = accepted(row)
    own_acts.refuse(
        enrollment=taken.enrollment, opened=Person(taken.enrollment.nik_index), now=SOON
    )
    assert follow_take_overs(now=SOON)["declined"] == 1
    row.refresh_from_db()
    assert row.renews
    assert not WaitingPlace.everything.exists()
    [letter] = told("take_over_closed")
    assert row.worker.name not in letter.body


def test_the_branch_cannot_return_what_the_donor_may_not_see():
    taken = accepted(covered_worker())
    case = agreed(taken)
    by = officer(office=OfficeFactory())
    deciding.take(enrollment=case, officer=by, now=SOON)
    with pytest.raises(deciding.CannotReturn):
        deciding.return_case(
            enrollment=case, officer=by, reasons={"name": "name_differs"}, now=SOON
        )


# --- the link -----------------------------------------------------------------------------
def test_a_link_works_once_and_not_after_it_was_taken_back_or_has_expired():
    row = covered_worker()
    first = offered(row)
    second = offered(row)
    under = terms()
    by = owner_of(under.programme.donor)
    with pytest.raises(CannotTakeOver):
        taking_over.accept(hand_over=first, terms=under, by=by, now=SOON)
    late = second.expires_at
    with pytest.raises(CannotTakeOver):
        taking_over.accept(hand_over=second, terms=under, by=by, now=late)
    taking_over.accept(hand_over=second, terms=under, by=by, now=SOON)
    other = terms()
    with pytest.raises(CannotTakeOver):
        taking_over.accept(
            hand_over=second, terms=other, by=owner_of(other.programme.donor), now=SOON
        )
    with pytest.raises(handing_over.CannotHandOver):
        offered(row)


def test_nobody_takes_over_from_himself_or_beyond_the_limit_of_strangers(settings):
    row = covered_worker()
    with pytest.raises(taking_over.OwnWorker):
        accepted(row, under=terms(row.programme))
    settings.NIK_QUOTA = 0
    with pytest.raises(CannotHandIn):
        accepted(row, under=terms(ProgrammeFactory(donor=DonorFactory(trusted_at=None))))


def test_nothing_is_handed_over_of_a_worker_for_whom_nothing_is_asked():
    row = covered_worker()
    hand_over = offered(row)
    record_event(
        worker=row.worker, kind="left", happened_on=TODAY, said_by="worker", by=None, now=NOW
    )
    under = terms()
    with pytest.raises(taking_over.LinkClosed):
        taking_over.accept(
            hand_over=hand_over, terms=under, by=owner_of(under.programme.donor), now=SOON
        )


# --- age ------------------------------------------------------------------------------------
def test_who_joined_at_64_is_taken_over_at_66_while_his_cover_runs():
    row = covered_worker(birth_date=date(1962, 1, 15), months=12)
    later = at(date(2027, 10, 1))
    taken = handed_over(row, later)
    case = Enrollment.everything.get(pk=taken.enrollment_id)
    assert case.approved_until == date(2027, 10, 31)
    pay(invoice_of(taken.enrollment.order), later)
    assert successor(taken).run_start == row.paid_until + timedelta(days=1)


def test_once_his_cover_has_ended_the_age_is_asked_again():
    row = covered_worker(birth_date=date(1962, 1, 15), months=12)
    later = at(row.paid_until - timedelta(days=2))
    taken = handed_over(row, later)
    invoice = invoice_of(taken.enrollment.order)
    after = at(row.paid_until + timedelta(days=3))
    payment = pay(invoice, after)
    assert successor(taken).paid_until is None
    assert payment.invoice.donor == taken.donor


def test_a_donor_who_has_stopped_may_still_hand_over():
    row = covered_worker()
    stop_sponsorship(sponsorship=row, by=owner_of(row.donor), now=NOW)
    taken = handed_over(row)
    pay(invoice_of(taken.enrollment.order), SOON)
    assert successor(taken).status == "active"
