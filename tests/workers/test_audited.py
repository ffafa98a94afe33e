"""Every step that decides or changes something leaves an audit event: who, what, before, after."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEvent
from bricks.logs import request_id
from donors.services import donor_for_person, mark_trusted
from tests.factories import (
    NOW,
    AreaFactory,
    EnrollmentFactory,
    OccupationFactory,
    OfficeAreaFactory,
    UserFactory,
    officer,
)
from tests.workers.desk import again, held_case, sound_case
from workers.entries import WorkerData
from workers.models import Consent, Enrollment, Worker
from workers.services import consenting, deciding, forgetting, holding, repairing
from workers.services.handing_in import record_consent

pytestmark = pytest.mark.django_db
Status = Enrollment.Status
LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _a_request(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    token = request_id.set("the-request-at-work")
    yield
    request_id.reset(token)


def event(action: str) -> AuditEvent:
    """Return the one event of an action, whose request is known."""
    found = AuditEvent.objects.get(action=action)
    assert found.request_id == "the-request-at-work"
    return found


def data_of(case: Enrollment, **changed: Any) -> WorkerData:
    assert case.village
    assert case.occupation
    told: dict[str, Any] = {
        "nik": case.nik,
        "name": case.name,
        "birth_date": case.birth_date,
        "sex": case.sex,
        "phone": case.phone,
        "address": case.address,
        "village": case.village,
        "occupation": case.occupation,
    }
    return WorkerData(**{**told, **changed})


def returned_case() -> Enrollment:
    OfficeAreaFactory()
    return EnrollmentFactory(returned=True, decided_by=officer())


def repair(case: Enrollment, data: WorkerData, relation: str | None = None) -> None:
    repairing.repair(
        enrollment=case,
        data=data,
        relation=relation or case.relation,
        photo=None,
        note="",
        user=case.order.created_by,
        now=LATER,
    )


def test_repairing_tells_which_data_changed_and_keeps_the_values_sealed() -> None:
    case = returned_case()
    village = AreaFactory(code="1671011008", name="Bukit Baru")
    changed = {
        "name": "Joko Contoh Baru",
        "birth_date": date(1985, 8, 18),
        "phone": "+6281200000077",
        "address": "Jalan Contoh 7",
        "village": village,
    }
    repair(case, data_of(case, **changed), relation="family")
    found = event("enrollment.repaired")
    assert found.actor == case.order.created_by
    assert found.office == case.office
    assert found.before["status"] == "returned"
    assert found.after["status"] == "submitted"
    assert found.after["changed"] == [
        "address",
        "birth_date",
        "name",
        "phone",
        "relation",
        "village",
    ]
    assert json.loads(found.personal) == {
        "name": [case.name, "Joko Contoh Baru"],
        "birth_date": [str(case.birth_date), "1985-08-18"],
        "phone": [case.phone, "+6281200000077"],
        "address": ["", "Jalan Contoh 7"],
        "village": [case.village_id, "1671011008"],
        "relation": [case.relation, "family"],
    }


def test_nothing_personal_stands_open_in_the_audit_log() -> None:
    case = returned_case()
    repair(case, data_of(case, name="Joko Contoh Baru", phone="+6281200000077"))
    deciding.take(enrollment=again(case), officer=officer(), now=LATER)
    for row in AuditEvent.objects.all():
        told = json.dumps([row.before, row.after, row.action, row.object_id])
        for personal in (case.nik, case.name, "Joko", "+6281200000077", str(case.birth_date)):
            assert personal not in told


def test_a_repair_that_changes_nothing_says_so() -> None:
    case = returned_case()
    repair(case, data_of(case))
    found = event("enrollment.repaired")
    assert found.after["changed"] == []
    assert found.personal == ""


def test_the_data_that_a_worker_enters_himself_are_told_sealed() -> None:
    OfficeAreaFactory()
    case = EnrollmentFactory(
        awaiting_consent=True,
        nik="",
        nik_index="",
        birth_date=None,
        village=None,
        sector="other",
        occupation=None,
    )
    link = consenting.make_link(enrollment=case, now=NOW)
    data = WorkerData(
        nik="1671011708850001",
        name=case.name,
        birth_date=date(1985, 8, 17),
        sex=case.sex,
        phone="",
        village=AreaFactory(),
        occupation=OccupationFactory(),
    )
    consenting.agree(link=link, data=data, helped=False, now=LATER)
    found = event("enrollment.consent_given")
    assert found.actor is None
    assert found.before["status"] == "awaiting_consent"
    assert json.loads(found.personal)["nik"] == ["", "1671011708850001"]
    assert "name" not in found.after["changed"]


def test_a_later_consent_tells_what_the_former_was() -> None:
    case = sound_case()
    former = Consent.objects.get(enrollment=case)
    record_consent(
        enrollment=case, channel=Consent.Channel.FORM, user=case.order.created_by, now=LATER
    )
    found = event("consent.recorded")
    assert found.before["channel"] == "branch"
    assert found.before["recorded_by"] == former.recorded_by_id
    assert found.after["channel"] == "form"
    assert found.office == case.office


def test_approving_tells_that_a_worker_entered_the_registry() -> None:
    case, holder = held_case(phone="+6281200000078")
    deciding.approve(enrollment=case, officer=holder, sector="other", now=LATER)
    worker = Worker.everything.get(nik_index=case.nik_index)
    entered = event("worker.entered")
    assert (entered.object_type, entered.object_id) == ("workers.worker", str(worker.pk))
    assert (entered.actor, entered.office) == (holder, case.office)
    assert entered.after["enrollment"] == case.pk
    assert json.loads(entered.personal)["phone"] == [None, "+6281200000078"]
    approved = event("enrollment.approved")
    assert approved.before["status"] == "in_review"
    assert approved.after["status"] == "approved"
    assert approved.after["worker"] == worker.pk


def test_a_known_worker_enters_only_once() -> None:
    first, holder = held_case()
    deciding.approve(enrollment=first, officer=holder, sector="other", now=LATER)
    worker = Worker.everything.get(nik_index=first.nik_index)
    second, other = held_case(of=worker, office=first.office)
    deciding.approve(
        enrollment=second, officer=other, sector="other", now=LATER, differences_seen=True
    )
    assert AuditEvent.objects.filter(action="worker.entered").count() == 1


@pytest.mark.parametrize(
    ("verb", "kind", "more"),
    [
        (deciding.return_case, "returned", {"reasons": {"nik": "nik_unreadable"}}),
        (deciding.reject, "rejected", {"reason": "not_found"}),
    ],
)
def test_sending_back_tells_the_state_before_and_after(
    verb: Any, kind: str, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "is_return_reason", lambda *reason: True)
    monkeypatch.setattr(deciding, "REJECT_REASONS", {"not_found": ""})
    monkeypatch.setattr(deciding, "tell_donor", lambda *args: None)
    case, holder = held_case()
    verb(enrollment=case, officer=holder, now=LATER, **more)
    found = event(f"enrollment.{kind}")
    assert found.before == {"status": "in_review"}
    assert found.after["status"] == kind
    assert found.after["reasons"]


def test_who_held_a_case_is_told_when_it_changes_hands() -> None:
    case = sound_case()
    holder = officer(office=case.office)
    holding.take(enrollment=case, officer=holder, now=NOW)
    taken = event("enrollment.taken")
    assert taken.before == {"status": "submitted", "holder": None}
    assert taken.after == {"status": "in_review", "holder": holder.pk}
    holding.release_idle(now=NOW + timedelta(hours=1))
    idle = event("enrollment.released_idle")
    assert idle.before == {"status": "in_review", "holder": holder.pk}
    assert idle.after == {"status": "submitted", "holder": None}
    holding.take(enrollment=case, officer=holder, now=LATER)
    holding.release(enrollment=case, officer=holder, now=LATER)
    assert event("enrollment.released").before["holder"] == holder.pk


def test_taking_back_tells_from_whose_hands() -> None:
    case, holder = held_case()
    repairing.withdraw(enrollment=case, user=case.order.created_by, now=LATER)
    found = event("enrollment.withdrawn")
    assert found.before == {"status": "in_review", "holder": holder.pk}
    assert found.after == {"status": "withdrawn"}


def test_forgetting_a_case_takes_what_was_claimed_out_of_the_audit_log_too() -> None:
    """The consent text promises it; who did what and when stays."""
    case = returned_case()
    other = returned_case()
    repair(case, data_of(case, name="Joko Contoh Baru"))
    repair(other, data_of(other, name="Wati Contoh Baru"))
    repairing.withdraw(enrollment=again(case), user=case.order.created_by, now=LATER)
    counts = forgetting.forget_abandoned(now=NOW + timedelta(days=400))
    assert counts["cases"] == 1
    kept = AuditEvent.objects.get(action="enrollment.repaired", object_id=str(case.pk))
    assert kept.personal == ""
    assert kept.after["changed"] == ["name"]
    others = AuditEvent.objects.get(action="enrollment.repaired", object_id=str(other.pk))
    assert "Wati" in others.personal
    assert event("enrollment.forgotten").after["status"] == "withdrawn"


def test_a_new_donor_and_the_trust_in_him_are_told() -> None:
    user = UserFactory()
    donor = donor_for_person(user=user, now=NOW)
    donor_for_person(user=user, now=LATER)
    registered = event("donor.registered")
    assert (registered.actor, registered.after["owner"]) == (user, user.pk)
    assert mark_trusted(donor_id=donor.pk, now=LATER)
    assert not mark_trusted(donor_id=donor.pk, now=LATER)
    assert event("donor.trusted").object_id == str(donor.pk)
