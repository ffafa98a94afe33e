"""Likely twins: who is found, what the check says, and that a ruling is not asked again."""

from datetime import date

import pytest
from django.test import Client

from accounts.models import AuditEvent
from tests.factories import (
    NOW,
    AreaFactory,
    DonorFactory,
    EnrollmentFactory,
    OfficeFactory,
    OrderFactory,
    ProgrammeFactory,
    WorkerFactory,
    officer,
)
from tests.workers.desk import again, held_case, sound_case
from workers import duplicate_selectors
from workers.models import Check, DuplicateRuling, Enrollment, EnrollmentEvent
from workers.services import deciding, holding, ruling
from workers.services.checking import make_checks

pytestmark = pytest.mark.django_db

BORN = date(1985, 8, 17)
SUWARNO = {"name": "Suwarno", "birth_date": BORN, "sex": "L"}
SOEWARNO = {**SUWARNO, "name": "Soewarno"}


def twin_check(case):
    made = make_checks(enrollment=again(case), now=NOW)
    return next(check for check in made if check.kind == "likely_twin")


# --- who is found -----------------------------------------------------------------------
def test_a_worker_of_another_nik_with_a_like_name_and_the_same_birth_date_is_found():
    worker = WorkerFactory(**SUWARNO)
    check = twin_check(sound_case(**SOEWARNO))
    assert (check.outcome, check.detail) == (
        "note",
        {"count": 1, "pairs": [{"worker": worker.pk, "score": 100}]},
    )


def test_he_is_found_in_another_province_too():
    far = AreaFactory(code="5171011001", name="Desa Jauh")
    WorkerFactory(**SUWARNO, village=far)
    assert twin_check(sound_case(**SOEWARNO)).detail["count"] == 1


def test_a_slip_in_the_birth_date_is_found_by_the_name_in_the_same_regency_only():
    near = AreaFactory(code="1671011008", name="Desa Dekat")
    far = AreaFactory(code="1602011001", name="Desa Jauh")
    slip = {**SUWARNO, "birth_date": date(1985, 8, 11)}
    WorkerFactory(**slip, village=far)
    assert twin_check(sound_case(**SOEWARNO)).outcome == "ok"
    WorkerFactory(**slip, village=near)
    assert twin_check(sound_case(**SOEWARNO, serial=9)).outcome == "note"


def test_another_case_that_a_branch_has_is_found_whichever_donor_and_branch():
    donor = DonorFactory(organisation=True)
    other = EnrollmentFactory(
        **SUWARNO,
        order=OrderFactory(programme=ProgrammeFactory(donor=donor)),
        office=OfficeFactory(code="TEST-LAIN"),
    )
    assert twin_check(sound_case(**SOEWARNO)).detail["pairs"] == [{"case": other.pk, "score": 100}]


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "expired"])
def test_a_case_that_came_to_nothing_is_no_twin(status):
    EnrollmentFactory(**SUWARNO, status=status)
    assert twin_check(sound_case(**SOEWARNO)).outcome == "ok"


def test_a_case_that_has_not_reached_a_branch_is_no_twin():
    EnrollmentFactory(**SUWARNO, awaiting_consent=True)
    assert twin_check(sound_case(**SOEWARNO)).outcome == "ok"


def test_the_very_same_nik_is_no_twin():
    worker = WorkerFactory(**SUWARNO)
    case = sound_case(of=worker)
    EnrollmentFactory(of=worker)
    assert twin_check(case).outcome == "ok"


def test_a_worker_and_his_own_open_case_are_one_twin():
    worker = WorkerFactory(**SUWARNO)
    EnrollmentFactory(of=worker)
    assert twin_check(sound_case(**SOEWARNO)).detail["pairs"] == [
        {"worker": worker.pk, "score": 100}
    ]


def test_the_likest_come_first_and_only_so_many():
    far = AreaFactory(code="5171011001", name="Desa Jauh")
    for _other in range(duplicate_selectors.MOST_TWINS + 3):
        WorkerFactory(**SUWARNO, village=far)
    best = WorkerFactory(**SUWARNO)
    twins = duplicate_selectors.twins_of(sound_case(**SOEWARNO))
    assert len(twins) == duplicate_selectors.MOST_TWINS
    assert twins[0].worker == best.pk


def test_two_questions_find_the_twins_of_a_case(django_assert_num_queries):
    WorkerFactory(**SUWARNO)
    EnrollmentFactory(**SUWARNO)
    case = again(sound_case(**SOEWARNO))
    with django_assert_num_queries(2):
        assert len(duplicate_selectors.twins_of(case)) == 2


def test_the_check_keeps_no_personal_data():
    WorkerFactory(**SUWARNO)
    kept = str(twin_check(sound_case(**SOEWARNO)).detail).lower()
    assert "warno" not in kept
    assert "1985" not in kept


# --- a ruling ---------------------------------------------------------------------------
def held_pair(**case):
    """A case in hand that looks like a worker of the registry."""
    worker = WorkerFactory(**SUWARNO)
    case, holder = held_case(**SOEWARNO, **case)
    make_checks(enrollment=case, now=NOW)
    return case, holder, worker


def say(case, holder, worker, verdict="different", **said):
    return ruling.rule(
        enrollment=case,
        officer=holder,
        twin=f"worker-{worker.pk}",
        verdict=verdict,
        now=NOW,
        **said,
    )


def test_a_word_on_a_pair_is_kept_under_both_niks_and_told():
    case, holder, worker = held_pair()
    said = say(case, holder, worker)
    assert (said.first, said.second) == tuple(sorted((case.nik_index, worker.nik_index)))
    assert (said.verdict, said.ruled_by, said.enrollment) == ("different", holder, case)
    event = EnrollmentEvent.objects.get(kind="ruled_different")
    assert (event.enrollment, event.actor) == (case, holder)
    entry = AuditEvent.objects.get(action="enrollment.ruled_different")
    assert entry.after["twin"] == f"worker-{worker.pk}"
    check = Check.objects.get(enrollment=case, kind="likely_twin")
    assert (check.outcome, check.detail) == ("ok", {"variant": "ruled"})


def test_what_was_ruled_on_is_not_asked_again_in_a_later_case_of_the_same_niks():
    case, holder, worker = held_pair()
    say(case, holder, worker)
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    again_by_another_donor = EnrollmentFactory(of=worker)
    assert twin_check(again_by_another_donor).outcome == "ok"
    same_nik = {"nik": case.nik, "nik_index": case.nik_index}
    assert twin_check(EnrollmentFactory(**SOEWARNO, **same_nik)).outcome == "ok"
    # Another NIK is another question.
    assert twin_check(EnrollmentFactory(**SOEWARNO)).detail["count"] == 2


def test_of_one_person_with_two_niks_none_is_approved_until_the_wrong_one_is_mended():
    case, holder, worker = held_pair()
    say(case, holder, worker, "same")
    with pytest.raises(deciding.ChecksStop):
        deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    Enrollment.everything.filter(pk=case.pk).update(nik=worker.nik, nik_index=worker.nik_index)
    assert twin_check(case).outcome == "ok"


def test_the_same_word_once_more_changes_nothing():
    case, holder, worker = held_pair()
    first = say(case, holder, worker)
    assert say(case, holder, worker).pk == first.pk
    assert EnrollmentEvent.objects.filter(kind="ruled_different").count() == 1


def test_another_word_than_the_one_that_stands_is_refused_with_who_said_it():
    case, holder, worker = held_pair()
    say(case, holder, worker, "same")
    with pytest.raises(ruling.RuledOtherwise, match="satu NIK keliru"):
        say(case, holder, worker, "different")
    assert DuplicateRuling.objects.get().verdict == "same"


def test_a_word_that_was_seen_can_be_taken_back():
    case, holder, worker = held_pair()
    say(case, holder, worker, "same")
    changed = say(case, holder, worker, "different", former="same")
    assert (changed.verdict, twin_check(case).outcome) == ("different", "ok")
    entry = AuditEvent.objects.get(action="enrollment.ruled_different")
    assert (entry.before, entry.after["verdict"]) == ({"verdict": "same"}, "different")


def test_only_the_holder_of_a_case_rules():
    case, _holder, worker = held_pair()
    with pytest.raises(holding.NotHolder):
        say(case, officer(), worker)
    assert not DuplicateRuling.objects.exists()


def test_nobody_rules_on_his_own_case():
    case, holder, worker = held_pair()
    EnrollmentEvent.objects.create(enrollment=case, at=NOW, actor=holder, kind="family_declared")
    with pytest.raises(holding.OwnCase):
        say(case, holder, worker)


def test_a_person_who_is_no_likely_twin_is_refused():
    case, holder, _worker = held_pair()
    stranger = WorkerFactory(name="Lain Sekali")
    with pytest.raises(ruling.NoSuchPair):
        say(case, holder, stranger)


# --- the page -------------------------------------------------------------------------------
def page_of(case, viewer):
    client = Client()
    client.force_login(viewer)
    return client, client.get(f"/cabang/kasus/{case.uuid}/").content.decode()


def test_the_officer_reads_both_side_by_side_with_the_nik_masked():
    case, holder, worker = held_pair()
    _client, page = page_of(case, holder)
    assert "Orang yang sama?" in page
    assert "Suwarno" in page
    assert "Hampir pasti orang yang sama" in page
    assert worker.nik not in page
    assert worker.nik[-4:] in page


def test_a_twin_of_another_branch_is_shown_masked():
    other = EnrollmentFactory(**SUWARNO, office=OfficeFactory(code="TEST-LAIN", name="KC Lain"))
    case, holder = held_case(**SOEWARNO)
    make_checks(enrollment=case, now=NOW)
    _client, page = page_of(case, holder)
    assert "KC Lain" in page
    assert other.number in page
    assert other.nik not in page
    assert other.donor.name not in page


def test_who_only_watches_over_a_branch_does_not_read_the_twin():
    case, _holder, _worker = held_pair()
    _client, page = page_of(case, officer("regional_admin", office=case.office.parent))
    assert "Soewarno" in page
    assert "Suwarno" not in page


def test_one_button_rules_and_the_pair_is_gone_from_the_page():
    case, holder, worker = held_pair()
    client, page = page_of(case, holder)
    assert f'value="worker-{worker.pk}"' in page
    answer = client.post(
        f"/cabang/kasus/{case.uuid}/mirip/",
        {"twin": f"worker-{worker.pk}", "verdict": "different"},
        follow=True,
    )
    shown = answer.content.decode()
    assert "Dicatat: Orang yang berbeda." in shown
    assert "Orang yang sama?" not in shown
    assert "Diputuskan: orang yang berbeda" in shown


def test_the_same_person_is_offered_to_be_returned_for_his_nik():
    case, holder, worker = held_pair()
    client, _page = page_of(case, holder)
    said = {"twin": f"worker-{worker.pk}", "verdict": "same"}
    shown = client.post(f"/cabang/kasus/{case.uuid}/mirip/", said, follow=True).content.decode()
    assert "Kembalikan: NIK tidak sama dengan KTP" in shown
    client.post(f"/cabang/kasus/{case.uuid}/kembalikan/", {"return-reasons": "nik:nik_differs"})
    assert (again(case).status, again(case).reasons) == ("returned", {"nik": "nik_differs"})


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"twin": "worker-1"},
        {"twin": "worker-999999999999999", "verdict": "different"},
        {"twin": "donor-1", "verdict": "different"},
        {"twin": "worker-1\x00", "verdict": "different"},
        {"twin": "worker-1", "verdict": "perhaps"},
    ],
)
def test_rubbish_is_told_and_nothing_is_kept(said):
    case, holder, _worker = held_pair()
    client, _page = page_of(case, holder)
    answer = client.post(f"/cabang/kasus/{case.uuid}/mirip/", said, follow=True)
    assert "tidak lagi perlu diputuskan" in answer.content.decode()
    assert not DuplicateRuling.objects.exists()


def test_the_page_asks_the_same_number_of_questions_however_many_twins(
    django_assert_max_num_queries,
):
    counts = []
    case, holder, _worker = held_pair()
    client, _page = page_of(case, holder)
    for _more in range(2):
        with django_assert_max_num_queries(60) as asked:
            client.get(f"/cabang/kasus/{case.uuid}/")
        counts.append(len(asked))
        for _twin in range(3):
            WorkerFactory(**SUWARNO)
        make_checks(enrollment=again(case), now=NOW)
    assert counts[0] == counts[1]
