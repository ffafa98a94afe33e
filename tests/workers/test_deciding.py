"""The branch's decisions, and every guard before them."""

from datetime import date, timedelta

import pytest
from django.test import override_settings

from accounts.models import AuditEvent
from bricks.secrets import blind_index
from donors.models import DonorMember
from notices.models import Message
from tests.factories import (
    NOW,
    TODAY,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    WorkerFactory,
    nik_of,
    officer,
)
from tests.workers.desk import again, held_case, sound_case
from workers.models import Consent, Enrollment, EnrollmentEvent, PersonCode, Worker
from workers.services import deciding

pytestmark = pytest.mark.django_db

Status = Enrollment.Status


def approve(case, holder, **said):
    said = {"sector": "other", **said}
    return deciding.approve(enrollment=case, officer=holder, now=NOW, **said)


# --- approve ---------------------------------------------------------------------------
def test_an_approval_enters_the_worker_and_can_be_paid_for_thirty_days():
    case, holder = held_case()
    approved = approve(case, holder)
    assert approved.status == Status.APPROVED
    assert approved.decided_by == holder
    assert approved.decided_at == NOW
    assert approved.taken_by is None
    assert approved.approved_until == TODAY + timedelta(days=30)
    assert approved.followed_up_at is None
    worker = approved.worker
    assert (worker.name, worker.nik, worker.birth_date) == (case.name, case.nik, case.birth_date)


def test_the_branch_says_the_sector_whatever_was_proposed():
    case, holder = held_case(sector="other")
    assert approve(case, holder, sector="transport").sector == "transport"
    other, holder = held_case()
    with pytest.raises(deciding.SectorNotConfirmed):
        approve(other, holder, sector="")
    assert again(other).status == Status.IN_REVIEW


@override_settings(APPROVAL_DAYS=10)
def test_the_days_of_an_approval_are_a_setting():
    case, holder = held_case()
    assert approve(case, holder).approved_until == TODAY + timedelta(days=10)


def test_an_approval_ends_before_the_65th_birthday():
    born = date(1961, 12, 1)
    case, holder = held_case(birth_date=born)
    assert approve(case, holder, proof="call").approved_until == date(2026, 11, 30)


def test_one_who_turns_65_today_is_not_approved_but_one_day_earlier_he_is():
    late, holder = held_case(birth_date=date(1961, 11, 20))
    with pytest.raises(deciding.ChecksStop):
        approve(late, holder, proof="call")
    case, holder = held_case(birth_date=date(1961, 11, 21))
    assert approve(case, holder, proof="call").approved_until == TODAY


def test_only_the_holder_approves():
    case, _holder = held_case()
    with pytest.raises(deciding.NotHolder):
        approve(case, officer())
    waiting = sound_case()
    with pytest.raises(deciding.CaseNotWaiting):
        approve(waiting, officer())
    assert not Worker.everything.exists()


def test_no_consent_no_approval():
    case, holder = held_case()
    Consent.objects.all().delete()
    with pytest.raises(deciding.ConsentMissing):
        approve(case, holder)
    assert again(case).status == Status.IN_REVIEW


def test_a_nik_that_cannot_be_right_stops_the_approval():
    case, holder = held_case(nik="1671013508850001")
    with pytest.raises(deciding.ChecksStop):
        approve(case, holder)


def test_a_risk_reason_asks_for_one_more_proof():
    case, holder = held_case(months=1)
    with pytest.raises(deciding.ProofMissing):
        approve(case, holder)
    with pytest.raises(deciding.ProofMissing):
        approve(case, holder, proof="rumour")
    assert approve(case, holder, proof="visit").snapshot["proof"] == "visit"


def test_nobody_decides_a_case_of_his_own_donor():
    case, holder = held_case()
    DonorMemberFactory(donor=case.donor, user=holder, role=DonorMember.Role.VIEWER)
    with pytest.raises(deciding.OwnCase):
        approve(case, holder)
    with pytest.raises(deciding.OwnCase):
        deciding.reject(enrollment=case, officer=holder, reason="not_found", now=NOW)
    reasons = {"name": "name_differs"}
    with pytest.raises(deciding.OwnCase):
        deciding.return_case(enrollment=case, officer=holder, reasons=reasons, now=NOW)
    assert again(case).status == Status.IN_REVIEW


def test_one_who_has_left_the_donor_decides():
    case, holder = held_case()
    DonorMemberFactory(donor=case.donor, user=holder, left_at=NOW - timedelta(days=1))
    assert approve(case, holder).status == Status.APPROVED


def test_a_known_nik_joins_its_worker_and_changes_nothing_of_him():
    worker = WorkerFactory(name="Joko Contoh")
    case, holder = held_case(of=worker)
    approved = approve(case, holder)
    assert approved.worker == worker
    assert approved.snapshot["new"] is False
    assert Worker.everything.count() == 1


def test_a_known_nik_with_other_data_must_be_compared_first():
    worker = WorkerFactory(name="Joko Contoh")
    case, holder = held_case(of=worker, name="Joko Lain")
    with pytest.raises(deciding.DifferencesNotSeen):
        approve(case, holder)
    approved = approve(case, holder, differences_seen=True)
    assert approved.snapshot["differs"] == ["name"]
    worker.refresh_from_db()
    assert worker.name == "Joko Contoh"


def test_the_registrys_earlier_birth_date_counts_for_the_age():
    born = date(1961, 6, 1)
    nik = nik_of(born, "L", 77)
    WorkerFactory(birth_date=born, sex="L", nik=nik, nik_index=blind_index(nik, purpose="nik"))
    case, holder = held_case(nik=nik, nik_index=blind_index(nik, purpose="nik"), sex="L")
    with pytest.raises(deciding.ChecksStop):
        approve(case, holder, differences_seen=True)


def test_the_office_is_corrected_within_the_officers_own_desk_only():
    branch = OfficeFactory()
    sub = OfficeFactory(code="TEST-KCP", kind="kcp", parent=branch, name="KCP Contoh")
    case, holder = held_case()
    assert approve(case, holder, office=sub).office == sub
    other, holder = held_case()
    stranger = OfficeFactory(code="TEST-LAIN", name="Kantor Cabang Lain")
    with pytest.raises(deciding.WrongOffice):
        approve(other, holder, office=stranger)


def test_the_snapshot_keeps_what_was_seen_without_the_nik_or_the_name():
    case, holder = held_case()
    kept = str(approve(case, holder).snapshot)
    assert case.nik not in kept
    assert case.name not in kept
    assert f"'nik_ends': '{case.nik[-4:]}'" in kept
    assert "'consent': 'ok'" in kept


def test_an_approval_is_told_to_thread_and_audit_but_sends_no_letter():
    case, holder = held_case()
    approve(case, holder)
    event = EnrollmentEvent.objects.get(enrollment=case, kind="approved")
    assert (event.actor, event.at) == (holder, NOW)
    audit = AuditEvent.objects.get(action="enrollment.approved")
    assert audit.after["approved_until"] == "2026-12-20"
    assert case.nik not in str(audit.after)
    assert not Message.objects.exists()


def test_an_approval_rings_the_bell_once_it_is_committed(
    monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr("notices.bells._ring_now", rung.append)
    case, holder = held_case()
    with django_capture_on_commit_callbacks(execute=True):
        approve(case, holder)
    assert rung == ["enrollment_approved"]


def test_approving_twice_is_approving_once():
    case, holder = held_case()
    first = approve(case, holder)
    assert approve(case, holder) == first
    assert EnrollmentEvent.objects.filter(kind="approved").count() == 1


def test_a_refused_approval_leaves_nothing_behind(monkeypatch):
    case, holder = held_case()
    # The case slips away between reading and claiming it.
    monkeypatch.setattr(
        "workers.services.deciding.claim",
        lambda *_args, **_changes: (_ for _ in ()).throw(deciding.NotHolder()),
    )
    with pytest.raises(deciding.NotHolder):
        approve(case, holder)
    assert not Worker.everything.exists()
    assert not EnrollmentEvent.objects.filter(kind="approved").exists()


# --- return and reject --------------------------------------------------------------------
def test_a_returned_case_bears_a_reason_per_field_and_the_donor_is_told():
    case, holder = held_case()
    reasons = {"name": "name_differs", "consent": "consent_unreadable"}
    back = deciding.return_case(
        enrollment=case, officer=holder, reasons=reasons, note="Foto gelap.", now=NOW
    )
    assert (back.status, back.reasons, back.taken_by) == (Status.RETURNED, reasons, None)
    letter = Message.objects.get(kind="case_returned")
    assert letter.user == case.donor.person
    for part in (case.number, "Nama tidak sama dengan KTP.", "Foto gelap.", "175"):
        assert part in letter.body
    assert f"/donatur/perbaiki/{case.uuid}/" in letter.body
    assert case.name not in letter.subject
    assert case.nik not in letter.body


@pytest.mark.parametrize(
    "reasons",
    [{}, {"name": "nik_differs"}, {"nik": "known_elsewhere"}, {"password": "name_differs"}],
)
def test_a_return_needs_reasons_of_the_list(reasons):
    case, holder = held_case()
    with pytest.raises(deciding.ReasonMissing):
        deciding.return_case(enrollment=case, officer=holder, reasons=reasons, now=NOW)
    assert again(case).status == Status.IN_REVIEW


def test_a_rejected_case_tells_the_donor_why_and_who_can_help():
    case, holder = held_case()
    refused = deciding.reject(enrollment=case, officer=holder, reason="employee", now=NOW)
    assert refused.status == Status.REJECTED
    letter = Message.objects.get(kind="case_rejected")
    assert "Perusahaannya wajib mendaftarkannya." in letter.body
    assert "tidak perlu membayar" in letter.body
    with pytest.raises(deciding.ReasonMissing):
        deciding.reject(enrollment=case, officer=holder, reason="ugly", now=NOW)


def test_only_those_who_act_for_the_donor_are_told_each_in_his_language():
    case, holder = held_case()
    maker = DonorMemberFactory(donor=case.donor, role=DonorMember.Role.MAKER).user
    DonorMemberFactory(donor=case.donor, role=DonorMember.Role.VIEWER)
    DonorMemberFactory(donor=case.donor, role=DonorMember.Role.OWNER, left_at=NOW)
    deciding.reject(enrollment=case, officer=holder, reason="not_found", now=NOW)
    told = set(Message.objects.values_list("user", flat=True))
    assert told == {case.donor.person.pk, maker.pk}


def test_sending_back_twice_tells_once():
    case, holder = held_case()
    for _press in range(2):
        deciding.reject(enrollment=case, officer=holder, reason="not_found", now=NOW)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.RETURNED, Status.WITHDRAWN])
def test_a_case_that_is_not_in_review_is_not_decided(status):
    holder = officer()
    case = sound_case(status=status)
    with pytest.raises(deciding.CannotDecide):
        approve(case, holder)
    with pytest.raises(deciding.NotHolder):
        deciding.reject(enrollment=case, officer=holder, reason="not_found", now=NOW)
    assert again(case).status == status


def test_a_withdrawn_case_slips_from_its_holders_hands():
    case, holder = held_case()
    Enrollment.everything.filter(pk=case.pk).update(status=Status.WITHDRAWN, taken_by=None)
    with pytest.raises(deciding.CaseNotWaiting):
        approve(case, holder)
    assert not EnrollmentFactory._meta.model.everything.filter(status=Status.APPROVED).exists()


def test_whoever_printed_the_code_does_not_decide_on_what_was_agreed_with_it():
    case, holder = held_case()
    Consent.objects.filter(enrollment=case).update(channel="page", recorded_by=None, given_at=NOW)
    code = PersonCode.objects.create(
        nik_index=case.nik_index,
        channel="printed",
        code_hash="-",
        issued_by=holder,
        issued_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=29),
    )
    with pytest.raises(deciding.PrintedHisCode):
        deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    PersonCode.objects.filter(pk=code.pk).update(issued_by=officer())
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert again(case).status == "approved"
