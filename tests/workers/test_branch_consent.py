"""Consent as the branch heard it from the worker himself (P12)."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import AuditEvent, ViewLog
from tests.factories import (
    NOW,
    ConsentFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeAreaFactory,
    OfficeFactory,
    RegencyFactory,
    officer,
)
from tests.workers.desk import again, held_case
from workers import consent_selectors, consent_text
from workers.models import Consent, Evidence
from workers.services import branch_consent, deciding, holding
from workers.services.evidence import BadFile

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF"


def unconsented(**case):
    """A complete case that a donor handed in without any proof."""
    OfficeAreaFactory()
    return EnrollmentFactory(awaiting_consent=True, office=None, **case)


def held_without_consent():
    case, holder = held_case()
    Consent.objects.all().delete()
    return case, holder


def record(case, who, how="called", **more):
    return branch_consent.record_at_desk(enrollment=case, officer=who, how=how, now=NOW, **more)


def hand_in(case, who, how="came", **more):
    return branch_consent.record_and_hand_in(enrollment=case, officer=who, how=how, now=NOW, **more)


def files():
    folder = Path(settings.MEDIA_ROOT) / "evidence"
    return {path for path in folder.rglob("*") if path.is_file()}


# --- a case in hand --------------------------------------------------------------------------
def test_the_holder_records_how_the_worker_agreed_and_can_approve():
    case, holder = held_without_consent()
    record(case, holder, content=PDF)
    consent = Consent.objects.get()
    assert (consent.channel, consent.how, consent.recorded_by, consent.text_version) == (
        "branch",
        "called",
        holder,
        consent_text.VERSION,
    )
    assert case.checks.get(kind="consent").outcome == "ok"
    event = case.events.get(kind="consent_recorded")
    assert (event.actor, event.note) == (holder, "Pekerja ditelepon")
    told = AuditEvent.objects.get(action="enrollment.consent_recorded").after
    assert (told["how"], told["evidence"]) == ("called", True)
    assert Evidence.objects.get().uploaded_by == holder
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert again(case).status == "approved"


def test_a_form_that_nobody_can_read_is_replaced_and_its_file_stays():
    case, holder = held_case()
    Consent.objects.all().delete()
    ConsentFactory(enrollment=case, channel="form", recorded_by=holder)
    record(case, holder, how="visited", content=PDF)
    record(case, holder, how="came")
    assert [consent.how for consent in Consent.objects.all()] == ["came"]
    assert Evidence.objects.count() == 1


def test_only_the_holder_records_it_and_never_of_his_own_donor():
    case, holder = held_without_consent()
    before = files()
    with pytest.raises(holding.NotHolder):
        record(case, officer(), content=PDF)
    DonorMemberFactory(donor=case.donor, user=holder)
    with pytest.raises(holding.OwnCase):
        record(case, holder)
    assert (Consent.objects.count(), files()) == (0, before)


def test_how_and_what_is_sent_must_be_sound():
    case, holder = held_without_consent()
    with pytest.raises(branch_consent.HowMissing):
        record(case, holder, how="dreamt")
    with pytest.raises(BadFile):
        record(case, holder, content=b"nothing")
    assert not Consent.objects.exists()


# --- a case that waits for nothing else ----------------------------------------------------
def test_the_branch_finds_the_complete_cases_of_its_area():
    found = unconsented()
    EnrollmentFactory(awaiting_consent=True, office=None, nik="", nik_index="", name="Wati")
    far = RegencyFactory(code="1672", name="Kota Lain")
    elsewhere = officer(office=OfficeFactory(code="TEST-LAIN"))
    OfficeAreaFactory(office=OfficeFactory(code="TEST-LAIN"), regency=far)
    assert list(consent_selectors.awaiting_consent(officer())) == [found]
    assert list(consent_selectors.awaiting_consent(elsewhere)) == []


def test_a_village_that_is_named_for_another_office_is_that_offices():
    case = unconsented()
    other = OfficeFactory(code="TEST-LAIN")
    other.exceptions.create(area=case.village.parent)
    assert list(consent_selectors.awaiting_consent(officer())) == []
    assert list(consent_selectors.awaiting_consent(officer(office=other))) == [case]
    # The village weighs more than its district.
    OfficeFactory().exceptions.create(area=case.village)
    assert list(consent_selectors.awaiting_consent(officer())) == [case]
    assert list(consent_selectors.awaiting_consent(officer(office=other))) == []


def test_own_donors_cases_are_left_to_a_colleague():
    case, colleague = unconsented(), officer()
    DonorMemberFactory(donor=case.donor, user=colleague)
    assert list(consent_selectors.awaiting_consent(colleague)) == []
    with pytest.raises(holding.OwnCase):
        hand_in(case, colleague)


def test_recording_hands_the_case_in():
    case, who = unconsented(), officer()
    hand_in(case, who, content=PDF)
    done = again(case)
    assert (done.status, done.office, done.submitted_at) == ("submitted", OfficeFactory(), NOW)
    assert (done.consent.channel, done.consent.how) == ("branch", "came")
    assert done.checks.get(kind="consent").outcome == "ok"
    assert done.events.get().kind == "consent_recorded"


def test_a_case_that_no_longer_waits_keeps_nothing():
    case, who = unconsented(), officer()
    hand_in(case, who)
    before = files()
    with pytest.raises(branch_consent.NotWaitingForConsent):
        hand_in(case, who, how="called", content=PDF)
    assert (Consent.objects.get().how, files()) == ("came", before)


def test_another_desk_records_nothing():
    case = unconsented()
    with pytest.raises(branch_consent.NotWaitingForConsent):
        hand_in(case, officer(office=OfficeFactory(code="TEST-LAIN")))
    assert not Consent.objects.exists()


def test_the_number_by_which_to_reach_the_worker_is_shown_for_a_reason():
    case, who = unconsented(), officer()
    branch_consent.show_identity(enrollment=case, viewer=who, reason="menelepon pekerja", now=NOW)
    look = ViewLog.objects.get()
    assert (look.viewer, look.reason, look.office) == (who, "menelepon pekerja", OfficeFactory())
    DonorMemberFactory(donor=case.donor, user=who)
    with pytest.raises(holding.OwnCase):
        branch_consent.show_identity(enrollment=case, viewer=who, reason="lagi", now=NOW)
