"""The branch's waiting list, the donor's anonymous cards, and the worker who pays himself."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from bricks.clock import jakarta_date
from contributions import rescue_pages
from contributions.books import check_books
from contributions.models import Contribution, Sponsorship, TakeOver, WaitingPlace
from contributions.own_page import own_page
from contributions.services import waiting
from contributions.services.lapsing import lapse
from contributions.services.paying_himself import (
    AlreadyAsked,
    CannotPayHimself,
    NothingToTakeBack,
    pay_himself,
    take_back,
)
from contributions.services.pricing import fill_calendar
from contributions.services.renewing import renew
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import resume_sponsorship, stop_sponsorship
from contributions.services.taking_over import (
    OwnWorker,
    PlaceTaken,
    Terms,
    choose,
    follow_take_overs,
    withdraw,
)
from payments.models import Invoice
from tests.contributions.builders import (
    at,
    billed_order,
    covered_worker,
    few_prices,
    invoice_of,
    pay,
)
from tests.factories import (
    NOW,
    TODAY,
    OfficeAreaFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    WorkerFactory,
    officer,
)
from tests.workers.persons import opened_by_print
from workers.models import Enrollment
from workers.person_selectors import Person
from workers.services import deciding
from workers.services.living import record_event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Any:
    cache.clear()
    OfficeAreaFactory()
    few_prices()
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def owner_of(donor: Any) -> Any:
    return donor.members.get(role="owner").user


def stopped(**case: Any) -> Sponsorship:
    row = covered_worker(**case)
    stop_sponsorship(sponsorship=row, by=owner_of(row.donor), now=NOW)
    row.refresh_from_db()
    return row


def waits(row: Sponsorship, now: Any = NOW) -> WaitingPlace:
    return waiting.join(worker=row.worker, how=WaitingPlace.How.PAGE, now=now)


def chosen(places: list[WaitingPlace], programme: Any = None) -> list[Any]:
    programme = programme or ProgrammeFactory()
    terms = Terms(programme, 6, Enrollment.Relation.NEIGHBOUR)
    return choose(places=places, terms=terms, by=owner_of(programme.donor), now=NOW)


def outcome_of(place: WaitingPlace) -> str:
    place.refresh_from_db()
    return str(place.outcome)


def kind_of(row: Sponsorship, day: date = TODAY) -> str:
    return own_page(Person(row.worker.nik_index), today=day).self_pay.kind


# --- who joins ---------------------------------------------------------------------------
def test_a_worker_whose_donor_has_stopped_asks_on_his_own_page():
    row = stopped()
    client = opened_by_print(row.enrollment)
    assert "Ya, carikan sponsor lain" in client.get(reverse("person")).content.decode()
    client.post(reverse("person_ask_sponsor"))
    place = WaitingPlace.everything.get()
    assert (place.worker, place.how, place.source) == (row.worker, "page", "stopped")
    assert place.needs_from == row.paid_until + timedelta(days=1)
    assert "Anda sudah di daftar tunggu" in client.get(reverse("person")).content.decode()
    client.post(reverse("person_unask_sponsor"))
    assert outcome_of(place) == "withdrawn"


def test_nobody_waits_for_whom_somebody_pays_or_nothing_is_asked():
    with pytest.raises(waiting.StillSponsored):
        waits(covered_worker())
    left = stopped()
    record_event(
        worker=left.worker, kind="left", happened_on=TODAY, said_by="worker", by=None, now=NOW
    )
    with pytest.raises(waiting.Withheld):
        waits(left)


def test_who_lapsed_and_whose_programme_ended_may_wait():
    fill_calendar()
    row = covered_worker(months=1)
    late = row.paid_until + timedelta(days=100)
    lapse(today=late, now=at(late))
    assert waits(row, at(late)).source == "lapsed"
    place = waits(row, at(late))
    assert WaitingPlace.everything.get() == place


def test_the_branch_records_what_it_heard_and_removes_with_a_reason():
    row, by = stopped(months=1), officer(office=OfficeFactory())
    client = Client(headers={"accept-language": "id"})
    client.force_login(by)
    page = client.get(reverse("waiting_list") + "?bagian=tanya").content.decode()
    assert row.worker.name in page
    client.post(reverse("waiting_record", args=[row.uuid]), {"how": "called"})
    place = WaitingPlace.everything.get()
    assert (place.how, place.recorded_by) == ("called", by)
    assert row.worker.name in client.get(reverse("waiting_list")).content.decode()
    client.post(reverse("waiting_remove", args=[place.uuid]), {"reason": "pindah kerja"})
    assert outcome_of(place) == "removed"


# --- what donors see -----------------------------------------------------------------------
def test_a_card_names_job_place_and_months_and_nobody():
    row = stopped(name="Joko Rahasia", months=6)
    waits(row)
    page = Client(headers={"accept-language": "id"})
    page.force_login(owner_of(ProgrammeFactory().donor))
    shown = page.get(reverse("choose_waiting")).content.decode()
    assert str(row.worker.occupation) in shown
    for secret in ("Joko", row.worker.nik, str(row.worker.uuid), row.worker.village.name):
        assert secret not in shown


def test_the_village_stands_on_a_card_where_enough_of_the_job_live_there():
    row = stopped()
    assert "Kemangmanis" not in rescue_pages.places_of([row.worker])[row.worker_id]
    for _one in range(4):
        WorkerFactory(village=row.worker.village, occupation=row.worker.occupation)
    assert "Kemangmanis" in rescue_pages.places_of([row.worker])[row.worker_id]


def test_five_cards_take_no_more_statements_than_one(django_assert_num_queries):
    places = [waits(stopped()) for _one in range(5)]
    list(rescue_pages.free_places())
    with django_assert_num_queries(8):
        rescue_pages.cards_of(list(rescue_pages.free_places()), today=TODAY)
    assert len(places) == 5


# --- who is chosen -------------------------------------------------------------------------
def test_a_chosen_worker_goes_to_the_branch_and_is_covered_without_a_gap():
    row = stopped(months=1)
    place = waits(row)
    [taken] = chosen([place])
    assert not rescue_pages.free_places().exists()
    case = taken.enrollment
    assert (case.status, case.consent.channel) == ("submitted", "page")
    by = officer(office=OfficeFactory())
    deciding.take(enrollment=case, officer=by, now=NOW)
    deciding.approve(enrollment=case, officer=by, sector="other", now=NOW, proof="call")
    follow_up_approvals(now=NOW)
    pay(invoice_of(case.order), NOW)
    follow_take_overs(now=NOW)
    new = Sponsorship.everything.get(enrollment=case)
    assert (new.run_start, new.renews) == (row.paid_until + timedelta(days=1), True)
    waiting.clear_list(today=TODAY, now=NOW)
    assert outcome_of(place) == "taken"
    assert check_books(now=NOW) == []


def test_a_place_is_chosen_once_and_free_again_when_the_donor_changes_his_mind():
    place = waits(stopped())
    [taken] = chosen([place])
    with pytest.raises(PlaceTaken):
        chosen([place])
    withdraw(take_over=taken, by=owner_of(taken.donor), now=NOW)
    assert len(chosen([place])) == 1


def test_the_donor_who_stopped_is_not_offered_his_own_worker_under_another_name():
    row = stopped()
    with pytest.raises(OwnWorker):
        chosen([waits(row)], row.programme)


# --- who leaves ----------------------------------------------------------------------------
def test_choosing_twice_is_choosing_once():
    place, programme = waits(stopped()), ProgrammeFactory()
    assert chosen([place], programme) == chosen([place], programme)
    assert TakeOver.everything.count() == 1


def test_a_place_begins_behind_what_was_bought_after_he_joined():
    row = stopped()
    place = waits(row)
    assert place.needs_from == row.paid_until + timedelta(days=1)
    month = Contribution.everything.filter(sponsorship=row).latest("month")
    later = month.covered_until + timedelta(days=30)
    Contribution.everything.filter(pk=month.pk).update(covered_until=later)
    waiting.clear_list(today=TODAY, now=NOW)
    place.refresh_from_db()
    assert place.needs_from == later + timedelta(days=1)
    assert place.left_at is None


def test_who_is_paid_for_again_gone_or_too_old_leaves_the_list():
    back, dead, stays = stopped(), stopped(), stopped()
    old = stopped(birth_date=date(1962, 1, 15), months=1)
    places = {row.pk: waits(row) for row in (back, dead, stays, old)}
    resume_sponsorship(sponsorship=back, by=owner_of(back.donor), now=NOW)
    record_event(
        worker=dead.worker, kind="employee", happened_on=TODAY, said_by="worker", by=None, now=NOW
    )
    later = date(2027, 2, 1)
    counts = waiting.clear_list(today=later, now=at(later))
    assert counts == {"sponsored": 1, "gone": 1, "too_old": 1}
    assert [outcome_of(places[row.pk]) for row in (back, dead, old, stays)] == [
        "resumed",
        "gone",
        "too_old",
        "",
    ]
    assert waiting.clear_list(today=later, now=at(later)) == dict.fromkeys(counts, 0)


# --- who pays himself ------------------------------------------------------------------------
def test_a_worker_goes_on_paying_for_himself_from_the_day_after():
    row = stopped(months=3)
    client = opened_by_print(row.enrollment)
    answer = client.post(reverse("person_pay"), {"months": "6"})
    assert "/bayar/" in answer.url
    # Two presses make one invoice.
    client.post(reverse("person_pay"), {"months": "6"})
    own = Sponsorship.everything.exclude(pk=row.pk).get()
    assert kind_of(row) == "link"
    pay(invoice_of(own.enrollment.order), NOW)
    own.refresh_from_db()
    assert (own.run_start, own.run_months, own.renews) == (
        row.paid_until + timedelta(days=1),
        6,
        True,
    )
    assert kind_of(row) == "not_yet"
    assert check_books(now=NOW) == []


def test_paying_for_himself_twice_leads_to_the_one_invoice(client):
    row = stopped()
    pay_himself(worker=row.worker, months=6, now=NOW)
    with pytest.raises(AlreadyAsked) as asked:
        pay_himself(worker=row.worker, months=6, now=NOW)
    assert client.get(asked.value.url).status_code == 200
    assert Invoice.everything.filter(status="open").count() == 1


def test_an_own_bill_that_is_too_large_is_taken_back_and_fewer_months_are_chosen():
    row = stopped()
    client = opened_by_print(row.enrollment)
    client.post(reverse("person_pay"), {"months": "12"})
    page = client.get(reverse("person")).content.decode()
    assert reverse("person_take_back") in page
    assert "Dari Anda sendiri" in page
    assert "Menunggu pembayaran Anda" in page
    assert "Anda belum perlu membayar" not in page
    client.post(reverse("person_take_back"))
    assert kind_of(row) == "self"
    assert "Menunggu pembayaran Anda" not in client.get(reverse("person")).content.decode()
    assert not Contribution.everything.filter(status="promised").exists()
    # Now he may as well be put on the list.
    assert waits(row).left_at is None
    client.post(reverse("person_pay"), {"months": "1"})
    own = Invoice.everything.get(status="open")
    assert Contribution.everything.filter(invoice=own).count() == 1
    pay(own, NOW)
    # What is paid is his: nothing is taken back any more.
    with pytest.raises(NothingToTakeBack):
        take_back(worker=row.worker, now=NOW)
    assert kind_of(row) == "not_yet"
    assert reverse("person_take_back") not in client.get(reverse("person")).content.decode()
    assert check_books(now=NOW) == []


def test_a_donor_s_open_bill_is_not_the_worker_s_to_take_back():
    row = stopped()
    other = billed_order(1, of=row.worker)
    with pytest.raises(NothingToTakeBack):
        take_back(worker=row.worker, now=NOW)
    other.refresh_from_db()
    assert other.status == "open"


def test_who_was_left_unpaid_pays_himself_and_the_late_donor_is_asked_no_more():
    rows = [covered_worker(order=order, months=1) for order in _two_orders()]
    row = rows[0]
    soon, later = row.paid_until - timedelta(days=3), at(row.paid_until + timedelta(days=5))
    renew(today=soon, now=at(soon))
    invoice = pay_himself(worker=row.worker, months=3, now=later)
    pay(invoice, later)
    row.refresh_from_db()
    assert not row.renews
    own = Sponsorship.everything.get(enrollment__order=invoice_order(invoice))
    assert (own.status, own.renews, own.run_start) == ("active", True, jakarta_date(later))
    assert check_books(now=later) == []


def test_nobody_pays_himself_while_his_donor_goes_on_or_the_branch_has_to_say():
    fill_calendar()
    goes_on = covered_worker()
    budget = covered_worker(order=OrderFactory(programme=ProgrammeFactory(agreement=True)))
    stop_sponsorship(sponsorship=budget, by=owner_of(budget.donor), now=NOW)
    for row in (goes_on, budget):
        with pytest.raises(CannotPayHimself):
            pay_himself(worker=row.worker, months=6, now=NOW)
    lapsed = covered_worker(months=1)
    late = lapsed.paid_until + timedelta(days=100)
    lapse(today=late, now=at(late))
    with pytest.raises(CannotPayHimself):
        pay_himself(worker=lapsed.worker, months=6, now=at(late))
    assert not Contribution.everything.filter(status="promised").exists()


def _two_orders() -> list[Any]:
    programme = ProgrammeFactory()
    return [OrderFactory(programme=programme) for _two in range(2)]


def invoice_order(invoice: Any) -> Any:
    months = Contribution.everything.filter(invoice=invoice)
    return months.first().sponsorship.enrollment.order
