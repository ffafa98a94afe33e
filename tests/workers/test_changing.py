"""Corrections of a worker's data: proposed by one, applied by another, history kept."""

import json
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent, phone_index
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    EnrollmentFactory,
    OccupationFactory,
    OfficeFactory,
    WorkerFactory,
    nik_of,
    officer,
)
from workers.indexes import address_index, nik_index
from workers.models import PersonCode, Said, Worker, WorkerChange, WorkerEvent
from workers.naming import name_key
from workers.services import changing
from workers.services.living import note_birthdays

pytestmark = pytest.mark.django_db

NEW_NIK = nik_of(date(1989, 3, 2), "P", 9001)


def known_worker(**case):
    return EnrollmentFactory(approved=True, **case).worker


def proposed(worker, by=None, **values):
    return changing.propose(
        worker=worker,
        values=values or {"name": "Siti Benar"},
        reason="KTP baru",
        said_by=Said.WORKER,
        by=by,
        now=NOW,
    )


def again(row):
    return type(row).everything.get(pk=row.pk)


# --- proposing -------------------------------------------------------------------------
def test_a_proposal_keeps_what_differs_sealed_and_changes_nothing():
    worker, by = known_worker(), officer()
    change = proposed(worker, by, name="Siti Benar", birth_date=worker.birth_date, sex="L")
    assert change.fields == ["name", "sex"]
    assert changing.proposed_values(again(change)) == {"name": "Siti Benar", "sex": "L"}
    assert change.due_on == TODAY + timedelta(days=3)
    assert again(worker).name == worker.name
    row = WorkerChange.everything.filter(pk=change.pk)
    sealed = row.extra(select={"raw": "proposed"}).values_list("raw", flat=True)[0]
    assert "Siti Benar" not in sealed
    event = AuditEvent.objects.get(action="worker_change.proposed")
    assert event.after == {"worker": worker.pk, "fields": ["name", "sex"]}
    assert "Siti" not in json.dumps(event.after)


def test_a_worker_proposes_for_himself():
    change = proposed(known_worker(), None)
    assert (change.proposed_by, change.office) == (None, OfficeFactory())


def test_one_correction_waits_at_a_time():
    worker, by = known_worker(), officer()
    proposed(worker, by)
    with pytest.raises(changing.ChangeWaits):
        proposed(worker, by, sex="L")


def test_what_is_the_same_is_no_correction():
    worker = known_worker()
    with pytest.raises(changing.NothingChanges):
        proposed(worker, officer(), name=worker.name, village=worker.village)


def test_a_correction_has_a_reason():
    with pytest.raises(changing.ReasonNeeded):
        changing.propose(
            worker=known_worker(),
            values={"name": "A B"},
            reason="  ",
            said_by="worker",
            by=officer(),
            now=NOW,
        )


def test_another_branch_proposes_nothing():
    with pytest.raises(changing.NotAtDesk):
        proposed(known_worker(), officer(office=OfficeFactory(code="TEST-LAIN")))


@pytest.mark.parametrize("proposer", [officer, lambda: None])
def test_that_a_nik_is_another_workers_is_read_by_who_applies_it_only(proposer):
    """No oracle for one alone: a known and an unknown NIK are proposed alike (P8)."""
    worker, other = known_worker(), WorkerFactory()
    change = proposed(worker, proposer(), nik=other.nik)
    with pytest.raises(changing.NikTaken):
        changing.approve(change=change, by=officer(), now=NOW)
    assert again(change).status == "proposed"


# --- deciding --------------------------------------------------------------------------
def test_an_applied_correction_moves_every_index_and_keeps_what_was():
    worker = known_worker()
    was = changing.values_of(worker)
    village = AreaFactory(code="1671011006", name="Tangga Buntung")
    occupation = OccupationFactory(transport=True)
    values = {
        "nik": NEW_NIK,
        "name": "Siti Nurhayati",
        "birth_date": date(1990, 1, 2),
        "phone": "+6281200000099",
        "address": "Jalan Baru 7",
        "village": village,
        "occupation": occupation,
    }
    change = proposed(worker, officer(), **values)
    checker = officer()
    done = changing.approve(change=change, by=checker, now=NOW)
    row = again(worker)
    assert (done.status, done.decided_by, done.decided_at) == ("approved", checker, NOW)
    assert (row.nik, row.nik_index) == (NEW_NIK, nik_index(NEW_NIK))
    assert (row.name, row.name_key) == ("Siti Nurhayati", name_key("Siti Nurhayati"))
    assert row.phone_index == phone_index("+6281200000099")
    assert row.address_index == address_index("Jalan Baru 7", village.pk)
    assert (row.birth_date, row.occupation) == (date(1990, 1, 2), occupation)
    assert changing.former_values(done) == {name: was[name] for name in done.fields}
    event = AuditEvent.objects.get(action="worker.changed")
    assert event.after["fields"] == list(done.fields)
    assert json.loads(event.personal)["nik"] == {"before": was["nik"], "after": NEW_NIK}


def test_who_proposes_does_not_decide():
    by = officer()
    change = proposed(known_worker(), by)
    for decide in (
        lambda: changing.approve(change=change, by=by, now=NOW),
        lambda: changing.refuse(change=change, by=by, reason="tidak", now=NOW),
    ):
        with pytest.raises(changing.OwnChange):
            decide()
    with pytest.raises(IntegrityError, match="maker_is_not_checker"), transaction.atomic():
        WorkerChange.everything.filter(pk=change.pk).update(
            status="approved", decided_by=by, decided_at=NOW
        )


def printed_code(worker, by, before=timedelta(0)):
    return PersonCode.objects.create(
        nik_index=worker.nik_index,
        channel="printed",
        code_hash="x" * 64,
        issued_by=by,
        issued_at=NOW - before,
        expires_at=NOW - before + timedelta(days=30),
    )


def test_who_printed_the_workers_code_does_not_decide_what_was_proposed_on_his_page():
    """Alone he could open the page, propose as the worker, and apply it."""
    worker, by = known_worker(), officer()
    printed_code(worker, by, timedelta(days=29))
    change = proposed(worker, None)
    for decide in (
        lambda: changing.approve(change=change, by=by, now=NOW),
        lambda: changing.refuse(change=change, by=by, reason="tidak", now=NOW),
    ):
        with pytest.raises(changing.PrintedHisCode):
            decide()
    assert again(change).status == "proposed"
    assert changing.approve(change=change, by=officer(), now=NOW).status == "approved"


def test_a_code_of_another_or_of_long_ago_or_a_colleagues_proposal_forbids_nothing():
    worker, by = known_worker(), officer()
    printed_code(WorkerFactory(), by)
    printed_code(worker, by, timedelta(days=91))
    changing.approve(change=proposed(worker, None), by=by, now=NOW)
    printed_code(worker, by)
    changing.approve(change=proposed(worker, officer(), sex="L"), by=by, now=NOW)
    assert again(worker).sex == "L"


def test_another_desk_does_not_decide():
    change = proposed(known_worker(), officer())
    with pytest.raises(changing.NotAtDesk):
        changing.approve(change=change, by=officer(office=OfficeFactory(code="TEST-LAIN")), now=NOW)


def test_a_decided_correction_is_decided_once():
    worker = known_worker()
    change = proposed(worker, officer())
    changing.refuse(change=change, by=officer(), reason="Foto KTP tidak cocok.", now=NOW)
    with pytest.raises(changing.ChangeDecided):
        changing.approve(change=change, by=officer(), now=NOW)
    refused = again(change)
    assert (refused.status, refused.refusal) == ("refused", "Foto KTP tidak cocok.")
    assert again(worker).name == worker.name
    assert proposed(worker, officer()).status == "proposed"


def test_only_the_proposer_takes_a_correction_back():
    by = officer()
    change = proposed(known_worker(), by)
    for other in (officer(), None):
        with pytest.raises(changing.NotProposer):
            changing.withdraw(change=change, by=other, now=NOW)
    assert changing.withdraw(change=change, by=by, now=NOW).status == "withdrawn"
    own = proposed(change.worker, None)
    assert changing.withdraw(change=own, by=None, now=NOW).status == "withdrawn"


# --- what follows -----------------------------------------------------------------------
def test_codes_of_a_former_phone_end():
    worker = known_worker()
    code = PersonCode.objects.create(
        nik_index=worker.nik_index,
        channel="phone",
        code_hash="x" * 64,
        phone_index="y" * 64,
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    change = proposed(worker, officer(), phone="+6281200000098")
    changing.approve(change=change, by=officer(), now=NOW)
    code.refresh_from_db()
    assert code.revoked_at == NOW


def test_a_corrected_birth_date_takes_back_the_65th_birthday():
    worker = known_worker(birth_date=date(1961, 1, 1))
    assert note_birthdays(today=TODAY, now=NOW) == {"turned_65": 1}
    change = proposed(worker, officer(), birth_date=date(1971, 1, 1))
    changing.approve(change=change, by=officer(), now=NOW)
    assert WorkerEvent.everything.get().revoked_at == NOW
    assert note_birthdays(today=TODAY, now=NOW) == {"turned_65": 0}


def test_the_registry_never_bears_one_nik_twice():
    worker, other = known_worker(), known_worker()
    change = proposed(worker, officer(), nik=NEW_NIK)
    Worker.everything.filter(pk=other.pk).update(nik_index=nik_index(NEW_NIK), nik=NEW_NIK)
    with pytest.raises(changing.NikTaken):
        changing.approve(change=change, by=officer(), now=NOW)
    assert again(change).status == "proposed"
    assert again(worker).nik == worker.nik
