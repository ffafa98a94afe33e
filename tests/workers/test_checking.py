"""The checks before a person looks: what each rule finds, and that they replace each other."""

from datetime import date, timedelta

import pytest

from accounts.models import phone_index
from bricks.secrets import blind_index
from donors.models import Donor, DonorMember
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    ConsentFactory,
    DonorFactory,
    EnrollmentFactory,
    OfficeAreaFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    UserFactory,
    WorkerFactory,
    nik_of,
    officer,
)
from tests.workers.desk import sound_case
from tests.workers.reports import reported
from workers.checktexts import SENTENCES, TITLES, read_check
from workers.models import Check, Consent, Enrollment, Evidence, IncidentReport, WorkerEvent
from workers.ports import PaidSpan
from workers.services.checking import PHONE_SHARED_BY, RULES, UNRELATED_WORKERS, make_checks

pytestmark = pytest.mark.django_db


def checks_of(case, now=NOW):
    case = Enrollment.everything.get(pk=case.pk)
    return {check.kind: check for check in make_checks(enrollment=case, now=now)}


def outcome(case, kind, now=NOW):
    return checks_of(case, now)[kind].outcome


def test_a_sound_case_passes_every_check():
    found = checks_of(sound_case())
    assert list(found) == list(RULES)
    # Nobody has asked the civil registry and the core system yet.
    unasked = {"civil_registry", "core_member"}
    assert {kind for kind, check in found.items() if check.outcome == "info"} == unasked
    assert {check.outcome for check in found.values()} == {"ok", "info"}


def test_checks_made_again_replace_the_former_ones():
    case = sound_case()
    make_checks(enrollment=case, now=NOW - timedelta(days=1))
    Check.objects.create(enrollment=case, kind="of_old", outcome="stop", made_at=NOW)
    Consent.objects.all().delete()
    assert outcome(case, "consent") == "stop"
    assert Check.objects.filter(enrollment=case).count() == len(RULES)
    assert set(Check.objects.values_list("made_at", flat=True)) == {NOW}


@pytest.mark.parametrize(
    ("nik", "reason"),
    [
        ("1671013508850001", "birth_date_impossible"),
        ("1671012902010001", "birth_date_impossible"),
        ("1671011708850000", "serial"),
        ("167101170885000", "short"),
    ],
)
def test_a_nik_that_cannot_be_right_stops(nik, reason):
    found = checks_of(sound_case(nik=nik, nik_index="x"))
    assert (found["nik_structure"].outcome, found["nik_structure"].detail) == (
        "stop",
        {"reason": reason},
    )
    assert found["nik_birth_date"].outcome == "ok"


def test_a_differing_birth_date_or_sex_or_an_unknown_region_is_for_the_officers_eyes():
    born = date(1989, 3, 2)
    found = checks_of(
        sound_case(birth_date=date(1989, 3, 3), sex="L", nik=nik_of(born, "P", 7, "999999"))
    )
    assert {kind for kind, check in found.items() if check.outcome == "note"} == {
        "nik_birth_date",
        "nik_sex",
        "nik_region",
    }


def test_a_missing_sex_stops():
    assert outcome(sound_case(sex="", nik=nik_of(date(1989, 3, 2), "P", 7)), "nik_sex") == "stop"


@pytest.mark.parametrize(
    ("born", "expected", "variant"),
    [
        (date(1961, 11, 20), "stop", "too_old"),
        (date(1961, 11, 21), "note", "soon"),
        (date(1961, 12, 20), "note", "soon"),
        (date(1961, 12, 21), "ok", None),
        (date(2009, 11, 20), "ok", None),
        (date(2009, 11, 21), "stop", "too_young"),
    ],
)
def test_age_is_under_65_and_old_enough_on_this_very_day(born, expected, variant):
    check = checks_of(sound_case(birth_date=born))["age"]
    assert (check.outcome, check.detail.get("variant")) == (expected, variant)


def test_age_counts_by_the_day_in_jakarta():
    case = sound_case(birth_date=date(1961, 11, 21))
    assert outcome(case, "age", NOW.replace(hour=23, minute=59)) == "note"
    assert outcome(case, "age", NOW.replace(hour=23, minute=59) + timedelta(minutes=1)) == "stop"


# --- consent ------------------------------------------------------------------------
def consent(channel, **case):
    enrollment = EnrollmentFactory(**case)
    ConsentFactory(enrollment=enrollment, channel=channel)
    return checks_of(enrollment)["consent"]


def test_a_form_without_its_photo_stops_and_with_it_passes():
    check = consent("form")
    assert (check.outcome, check.detail["variant"]) == ("stop", "no_form")
    Evidence.objects.create(
        enrollment=check.enrollment,
        content_type="image/jpeg",
        size=1,
        sha256="0" * 64,
        path="x",
        uploaded_at=NOW,
    )
    assert outcome(check.enrollment, "consent") == "ok"


def test_the_workers_own_link_and_the_branch_need_no_photo():
    assert consent("link").outcome == "ok"
    assert consent("branch").outcome == "ok"


@pytest.mark.parametrize(
    ("channel", "expected"), [("link", "note"), ("page", "note"), ("branch", "ok")]
)
def test_a_consent_by_the_phone_of_the_donor_is_noted(channel, expected):
    """Whoever signs in by that phone could have agreed himself."""
    phone = "+6281234567890"
    donor = DonorFactory(person=UserFactory(phone=phone))
    order = OrderFactory(programme=ProgrammeFactory(donor=donor))
    check = consent(channel, order=order, phone=phone, phone_index=phone_index(phone))
    assert check.outcome == expected
    DonorMember.objects.filter(donor=donor).update(left_at=NOW)
    assert outcome(check.enrollment, "consent") == "ok"


@pytest.mark.parametrize(("public_task", "expected"), [(True, "ok"), (False, "stop")])
def test_public_task_counts_only_where_the_agreement_says_so(public_task, expected):
    programme = ProgrammeFactory(agreement=True, public_task=public_task)
    assert consent("public_task", order=OrderFactory(programme=programme)).outcome == expected


# --- the same person elsewhere ---------------------------------------------------------
def test_another_live_case_of_the_nik_is_noted_with_its_count_only():
    case = sound_case()
    same = {"nik": case.nik, "nik_index": case.nik_index}
    EnrollmentFactory(**same)
    EnrollmentFactory(**same, status="returned")
    EnrollmentFactory(**same, status="rejected")
    check = checks_of(case)["duplicate"]
    assert (check.outcome, check.detail) == ("note", {"count": 2})


def test_a_case_of_the_nik_counts_whichever_branch_and_donor_has_it():
    case = sound_case()
    company = ProgrammeFactory(donor=DonorFactory(organisation=True))
    EnrollmentFactory(
        nik=case.nik,
        nik_index=case.nik_index,
        order=OrderFactory(programme=company),
        office=OfficeFactory(code="TEST-LAIN"),
        name="Nama Lain Sekali",
        birth_date=date(1970, 1, 1),
    )
    assert checks_of(case)["duplicate"].detail == {"count": 1}


def test_a_worker_is_known_whichever_branch_approved_him():
    far = OfficeFactory(code="TEST-LAIN")
    worker = EnrollmentFactory(approved=True, office=far).worker
    assert checks_of(sound_case(of=worker))["registry"].detail == {"variant": "known"}


def test_a_known_worker_with_other_data_names_the_fields_not_the_values():
    worker = WorkerFactory(name="Joko Contoh")
    same = checks_of(sound_case(of=worker, name="JOKO  contoh"))["registry"]
    assert (same.outcome, same.detail) == ("ok", {"variant": "known"})
    other = checks_of(sound_case(of=worker, name="Joko Lain"))["registry"]
    assert (other.outcome, other.detail) == ("note", {"differs": ["name"]})


# --- the place -------------------------------------------------------------------------
def test_the_branch_that_serves_the_regency_its_parent_and_its_child_fit():
    branch = OfficeFactory()
    sub = OfficeFactory(code="TEST-KCP", kind="kcp", parent=branch)
    for office in (branch, sub):
        assert outcome(sound_case(office=office), "area") == "ok"


def test_another_branch_of_the_same_kanwil_is_noted_with_who_serves():
    other = OfficeFactory(code="TEST-LAIN")
    check = checks_of(sound_case(office=other))["area"]
    assert (check.outcome, check.detail) == ("note", {"offices": ["TEST-PALEMBANG"]})


def test_a_sub_branch_that_serves_fits_the_branch_above_it():
    branch = OfficeFactory()
    sub = OfficeFactory(code="TEST-KCP", kind="kcp", parent=branch)
    village = AreaFactory(code="1602011001", name="Desa Contoh")
    OfficeAreaFactory(office=sub, regency=village.parent.parent)
    assert outcome(sound_case(village=village), "area") == "ok"


# --- risk reasons -------------------------------------------------------------------------
def test_sixty_and_over_is_a_risk_reason_from_the_birthday_on():
    assert outcome(sound_case(birth_date=date(1966, 11, 21)), "risk_age") == "ok"
    assert outcome(sound_case(birth_date=date(1966, 11, 20)), "risk_age") == "note"


def test_one_month_is_a_risk_reason():
    assert outcome(sound_case(months=1), "risk_term") == "note"
    assert outcome(sound_case(months=3), "risk_term") == "ok"


def test_one_phone_for_more_than_three_workers_is_a_risk_reason():
    phone = {"phone": "081200000001", "phone_index": blind_index("081200000001", purpose="phone")}
    case = sound_case(**phone)
    for _other in range(PHONE_SHARED_BY - 1):
        EnrollmentFactory(**phone)
    # The same worker twice, and a case that came to nothing, do not count.
    EnrollmentFactory(**phone, nik=case.nik, nik_index=case.nik_index)
    EnrollmentFactory(**phone, status="withdrawn")
    assert outcome(case, "risk_phone") == "ok"
    EnrollmentFactory(**phone)
    assert checks_of(case)["risk_phone"].detail == {"count": PHONE_SHARED_BY + 1}


def test_cases_without_a_phone_share_none():
    case = sound_case()
    EnrollmentFactory.create_batch(PHONE_SHARED_BY + 2)
    assert outcome(case, "risk_phone") == "ok"


def test_many_unrelated_workers_of_one_person_are_a_risk_reason():
    order = OrderFactory()
    case = sound_case(order=order, relation="neighbour")
    for _other in range(UNRELATED_WORKERS - 1):
        EnrollmentFactory(order=order, relation="service")
    EnrollmentFactory(order=order, relation="family")
    assert outcome(case, "risk_donor") == "ok"
    EnrollmentFactory(order=order, relation="other")
    assert outcome(case, "risk_donor") == "note"
    family = sound_case(order=order, relation="family")
    assert outcome(family, "risk_donor") == "ok"


def test_an_organisation_may_have_many_workers():
    donor = DonorFactory(organisation=True, kind=Donor.Kind.VILLAGE)
    order = OrderFactory(programme=ProgrammeFactory(donor=donor))
    for _worker in range(UNRELATED_WORKERS + 1):
        EnrollmentFactory(order=order, relation="programme")
    assert outcome(sound_case(order=order, relation="programme"), "risk_donor") == "ok"


# --- in words ---------------------------------------------------------------------------------
def test_every_rule_has_its_words():
    assert set(TITLES) == set(RULES)
    assert {kind for kind, _outcome, _variant in SENTENCES} == set(RULES)


def test_no_check_keeps_personal_data():
    case = sound_case(months=1, phone="081200000001")
    make_checks(enrollment=case, now=NOW)
    kept = str(list(Check.objects.values("kind", "outcome", "detail")))
    for secret in (case.nik, case.name, case.phone, str(case.birth_date)):
        assert secret not in kept


def test_a_check_reads_as_a_sentence_with_its_rule():
    case = sound_case(birth_date=date(1961, 12, 1))
    line = read_check(checks_of(case)["age"], case, TODAY)
    assert line.sentence == "Berusia 65 tahun pada 01-12-2026. Harus dibayar sebelum itu."
    assert "65 tahun" in str(line.rule)


# --- the end of present cover (P22) -----------------------------------------------------
def spans(*days):
    """What the floor above would tell of a worker's paid days, as (from, until)."""
    return [PaidSpan(1, 1, start, end, accepted=True) for start, end in days]


@pytest.mark.parametrize(
    ("paid", "ends"),
    [
        ([], None),
        ([(date(2026, 1, 1), date(2026, 11, 19))], None),
        ([(date(2026, 1, 1), TODAY)], TODAY),
        ([(date(2026, 11, 21), date(2027, 1, 1))], None),
        # Joined by the next payer without a gap, and with one.
        ([(TODAY, date(2026, 12, 1)), (date(2026, 12, 2), date(2027, 1, 1))], date(2027, 1, 1)),
        ([(TODAY, date(2026, 12, 1)), (date(2026, 12, 3), date(2027, 1, 1))], date(2026, 12, 1)),
    ],
)
def test_the_case_keeps_the_end_of_the_workers_present_cover(monkeypatch, paid, ends):
    worker = WorkerFactory()
    case = sound_case(of=worker, cover_ends_on=date(2026, 5, 5))
    told = {worker.pk: spans(*paid)} if paid else {}
    monkeypatch.setattr("workers.services.checking.paid_spans", lambda workers: told)
    make_checks(enrollment=case, now=NOW)
    case.refresh_from_db()
    assert case.cover_ends_on == ends


def test_a_worker_whom_nobody_knows_has_no_end_of_cover():
    case = sound_case(cover_ends_on=TODAY)
    make_checks(enrollment=case, now=NOW)
    case.refresh_from_db()
    assert case.cover_ends_on is None


# --- what the registry says of him ---------------------------------------------------------
@pytest.mark.parametrize("kind", ["died", "employee", "left"])
def test_an_event_that_ends_the_cover_stops_the_case_until_it_is_revoked(kind):
    worker = WorkerFactory()
    case = sound_case(nik=worker.nik, nik_index=worker.nik_index)
    assert outcome(case, "standing") == "ok"
    event = WorkerEvent.everything.create(
        worker=worker, kind=kind, happened_on=TODAY, said_by="worker", recorded_at=NOW
    )
    found = checks_of(case)["standing"]
    assert (found.outcome, found.detail) == ("stop", {"variant": kind})
    event.revoked_at, event.revoked_by = NOW, officer()
    event.save()
    assert outcome(case, "standing") == "ok"


def test_a_reported_death_stops_the_case_while_it_is_open():
    worker = WorkerFactory()
    case = sound_case(nik=worker.nik, nik_index=worker.nik_index)
    report = reported(worker)
    IncidentReport.everything.filter(pk=report.pk).update(worker=worker, matched_at=NOW)
    found = checks_of(case)["standing"]
    assert (found.outcome, found.detail) == ("stop", {"variant": "death_reported"})
    assert "laporannya" in read_check(found, case, TODAY).sentence
