"""Events of a worker's life: recorded once, with day and who said so; revoked, never deleted."""

import json
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from notices.models import Message
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    EnrollmentFactory,
    OfficeAreaFactory,
    OfficeFactory,
    RegencyFactory,
    officer,
)
from tests.workers.persons import case_with_phone
from workers import registry_selectors
from workers.indexes import address_index
from workers.models import Enrollment, Said, Worker, WorkerEvent
from workers.services import living
from workers.services.greeting import greet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    words = []
    monkeypatch.setattr("workers.services.living.bells.ring", words.append)
    return words


def known_worker(**case):
    return EnrollmentFactory(approved=True, **case).worker


def recorded(worker, kind="left", **event):
    said = {"happened_on": TODAY, "said_by": Said.FAMILY, "by": officer(), "now": NOW, **event}
    return living.record_event(worker=worker, kind=kind, **said)


def far_village():
    """A village that another branch serves."""
    RegencyFactory(code="1672", name="Kota Prabumulih")
    office = OfficeFactory(code="TEST-PRABUMULIH", name="Kantor Cabang Prabumulih")
    OfficeAreaFactory(office=office, regency_id="1672")
    return AreaFactory(code="1672011001", name="Gunung Ibul"), office


# --- recording -----------------------------------------------------------------------------
def test_an_event_is_kept_with_its_day_and_who_said_so(rung):
    worker, by = known_worker(), officer()
    event = recorded(worker, "employee", by=by, happened_on=TODAY - timedelta(days=9), note="PT X")
    assert (event.recorded_by, event.said_by, event.office) == (by, "family", OfficeFactory())
    assert event.followed_up_at is None
    assert rung == ["worker_event"]
    audit = AuditEvent.objects.get(action="worker_event.recorded")
    assert audit.after == {"worker": worker.pk, "kind": "employee", "said_by": "family"}
    assert json.loads(audit.personal)["note"] == "PT X"


def test_an_event_that_holds_already_is_returned(rung):
    worker = known_worker()
    assert recorded(worker) == recorded(worker, happened_on=TODAY - timedelta(days=1))
    assert WorkerEvent.everything.count() == 1
    assert rung == ["worker_event"]


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), date(1940, 1, 1)])
def test_a_day_that_cannot_be_is_refused(day):
    with pytest.raises(living.WrongDay):
        recorded(known_worker(), happened_on=day)


def test_the_worker_himself_needs_nobody_and_a_neighbours_word_does():
    worker = known_worker()
    assert recorded(worker, by=None, said_by=Said.WORKER).recorded_by is None
    with pytest.raises(IntegrityError), transaction.atomic():
        recorded(worker, "died", by=None, said_by=Said.FAMILY)


@pytest.mark.parametrize(("kind", "status"), [("died", "dropped"), ("left", "waiting")])
def test_a_death_told_without_a_report_drops_what_waits_for_his_phones(kind, status):
    case = case_with_phone(approved=True)
    Worker.everything.update(phone="", phone_index="")
    case.refresh_from_db()
    assert greet(enrollment=case, now=NOW)
    recorded(case.worker, kind)
    assert Message.objects.get().status == status


# --- moving ----------------------------------------------------------------------------------
def test_who_moves_is_seen_by_the_new_branch_and_his_cases_stay():
    village, office = far_village()
    worker = known_worker()
    Worker.everything.filter(pk=worker.pk).update(address="Jalan Lama 1")
    waiting = EnrollmentFactory(of=worker)
    there = officer(office=office)
    assert worker not in Worker.objects.visible_to(there)
    event = recorded(worker, "moved", village=village)
    worker.refresh_from_db()
    assert (worker.village, worker.address, worker.address_index) == (village, "", "")
    assert (event.office, event.moved_from_id) == (office, "1671011007")
    assert registry_selectors.home_office(worker) == office
    assert worker in Worker.objects.visible_to(there)
    assert registry_selectors.works_at_desk_of(there, worker)
    assert registry_selectors.works_at_desk_of(officer(), worker)
    assert Enrollment.everything.get(pk=waiting.pk).office == OfficeFactory()
    audit = AuditEvent.objects.get(action="worker.moved")
    assert json.loads(audit.personal)["village"] == {"before": "1671011007", "after": "1672011001"}


def test_a_move_needs_another_village():
    worker = known_worker()
    for village in (None, worker.village):
        with pytest.raises(living.WhereTo):
            recorded(worker, "moved", village=village)
    with pytest.raises(living.WhereTo):
        recorded(worker, "left", village=worker.village)


def test_the_same_move_told_twice_is_one():
    village, _office = far_village()
    worker = known_worker()
    assert recorded(worker, "moved", village=village) == recorded(worker, "moved", village=village)


def test_a_mistaken_move_gives_back_village_and_street():
    village, office = far_village()
    worker = known_worker()
    Worker.everything.filter(pk=worker.pk).update(address="Jalan Lama 1")
    event = recorded(worker, "moved", village=village)
    living.revoke_event(event=event, by=officer(), now=NOW, note="salah orang")
    worker.refresh_from_db()
    assert (worker.village_id, worker.address) == ("1671011007", "Jalan Lama 1")
    assert worker.address_index == address_index("Jalan Lama 1", "1671011007")
    assert worker not in Worker.objects.visible_to(officer(office=office))


def test_a_move_that_others_rest_on_stays():
    village, _office = far_village()
    worker = known_worker()
    event = recorded(worker, "moved", village=village)
    recorded(worker, "moved", village=AreaFactory(code="1671011006", name="Tangga Buntung"))
    with pytest.raises(living.MovedOn):
        living.revoke_event(event=event, by=officer(), now=NOW, note="")
    assert WorkerEvent.everything.get(pk=event.pk).revoked_at is None


# --- taking back ------------------------------------------------------------------------------
def test_a_revoked_event_waits_to_be_followed_up_and_may_happen_anew(rung):
    worker, by = known_worker(), officer()
    event = recorded(worker)
    WorkerEvent.everything.filter(pk=event.pk).update(followed_up_at=NOW)
    revoked = living.revoke_event(event=event, by=by, now=NOW, note="kembali bekerja")
    assert (revoked.revoked_by, revoked.followed_up_at) == (by, None)
    assert rung == ["worker_event"] * 2
    with pytest.raises(living.Revoked):
        living.revoke_event(event=event, by=by, now=NOW, note="")
    assert recorded(worker) != event


# --- birthdays ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("born", "today", "count"),
    [
        (date(1961, 11, 20), date(2026, 11, 20), 1),
        (date(1961, 11, 21), date(2026, 11, 20), 0),
        (date(1955, 1, 1), date(2026, 11, 20), 1),
        (date(1964, 2, 29), date(2029, 2, 27), 0),
        (date(1964, 2, 29), date(2029, 2, 28), 1),
    ],
)
def test_the_clock_notes_the_65th_birthday_once(born, today, count):
    worker = known_worker(birth_date=born)
    now = NOW.replace(year=today.year, month=today.month, day=today.day)
    assert living.note_birthdays(today=today, now=now) == {"turned_65": count}
    assert living.note_birthdays(today=today, now=now) == {"turned_65": 0}
    if count:
        event = WorkerEvent.everything.get(worker=worker)
        assert (event.kind, event.said_by, event.recorded_by) == ("turned_65", "clock", None)


def test_a_birthday_is_not_taken_back_while_the_birth_date_says_so():
    known_worker(birth_date=date(1961, 1, 1))
    living.note_birthdays(today=TODAY, now=NOW)
    with pytest.raises(living.StillTrue):
        living.revoke_event(event=WorkerEvent.everything.get(), by=officer(), now=NOW, note="")


def test_birthdays_are_noted_by_hand_for_a_given_day(capsys):
    known_worker(birth_date=date(1961, 11, 20))
    call_command("note_birthdays", "--today", "2026-11-20")
    assert "turned_65: 1" in capsys.readouterr().out
