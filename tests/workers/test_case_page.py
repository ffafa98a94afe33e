"""One case on the page: who reads what, every step by its form, and what is refused."""

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role, ViewLog
from notices.models import Message
from tests.factories import (
    NOW,
    DonorFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    RoleFactory,
    UserFactory,
    WorkerFactory,
    officer,
)
from tests.workers.desk import again, held_case, sound_case
from workers.models import Check, Consent, Enrollment, EnrollmentEvent, Evidence
from workers.services.checking import make_checks

pytestmark = pytest.mark.django_db

Status = Enrollment.Status
PHONE = "081200000777"
STEPS = (
    "take",
    "recheck",
    "reveal",
    "approve",
    "return",
    "reject",
    "hand_over",
    "family",
    "release",
)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    # What follows an approval is the next floor's.
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    with time_machine.travel(NOW, tick=False):
        yield


def opened(client, user, case):
    client.force_login(user)
    return client.get(reverse("case", args=[case.uuid]))


def sent(client, user, step, case, **data):
    client.force_login(user)
    return client.post(reverse(f"case_{step}", args=[case.uuid]), data)


def grouped(nik):
    return " ".join(nik[i : i + 4] for i in range(0, 16, 4))


# --- who reads what ------------------------------------------------------------------------
def test_the_holder_reads_and_copies_the_full_nik_and_each_look_is_logged(client):
    case, holder = held_case(phone=PHONE)
    page = opened(client, holder, case).content.decode()
    assert grouped(case.nik) in page
    assert f'data-copy="{case.nik}"' in page
    assert PHONE in page
    opened(client, holder, case)
    assert ViewLog.objects.filter(viewer=holder, object_id=str(case.pk)).count() == 2


def test_who_does_not_hold_the_case_reads_a_masked_nik(client):
    case, _holder = held_case(phone=PHONE)
    for somebody in (officer(), officer(Role.Kind.BRANCH_SUPERVISOR)):
        page = opened(client, somebody, case).content.decode()
        assert case.nik not in page
        assert grouped(case.nik) not in page
        assert PHONE not in page
    assert not ViewLog.objects.exists()


def test_a_reason_shows_the_nik_once_and_is_logged(client):
    case, who = sound_case(), officer()
    empty = sent(client, who, "reveal", case, reason=" ")
    assert empty.status_code == 400
    assert grouped(case.nik) not in empty.content.decode()
    page = sent(client, who, "reveal", case, reason="Pekerja bertanya di loket")
    assert grouped(case.nik) in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert ViewLog.objects.get().reason == "Pekerja bertanya di loket"
    assert grouped(case.nik) not in opened(client, who, case).content.decode()


def test_kanwil_head_office_and_auditor_read_a_case_without_nik_twins_or_buttons(client):
    case = sound_case()
    twin = EnrollmentFactory(
        nik=case.nik, nik_index=case.nik_index, order__donor__name="Donatur Rahasia"
    )
    for kind in (Role.Kind.REGIONAL_ADMIN, Role.Kind.HEAD_OFFICE):
        watcher = officer(kind)
        page = opened(client, watcher, case).content.decode()
        assert case.number in page
        assert grouped(case.nik) not in page
        assert twin.donor.name not in page
        for step in STEPS:
            assert reverse(f"case_{step}", args=[case.uuid]) not in page
            assert sent(client, watcher, step, case).status_code == 403


@pytest.mark.parametrize("kind", [Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR])
def test_another_branchs_case_does_not_exist(client, kind):
    case, holder = held_case()
    stranger = officer(kind, office=OfficeFactory(code="TEST-LAIN"))
    assert opened(client, stranger, case).status_code == 404
    for step in STEPS:
        assert sent(client, stranger, step, case, reason="ingin tahu").status_code == 404
    assert again(case).taken_by == holder
    assert not ViewLog.objects.exists()


def test_one_who_watches_as_an_auditor_acts_at_his_own_desk_only(client):
    case, holder = held_case()
    somebody = officer(office=OfficeFactory(code="TEST-LAIN"))
    RoleFactory(user=somebody, kind=Role.Kind.AUDITOR, office=case.office.parent)
    assert opened(client, somebody, case).status_code == 200
    for step in STEPS:
        assert sent(client, somebody, step, case, reason="ingin tahu").status_code == 404
    assert again(case).taken_by == holder
    assert not ViewLog.objects.exists()


def test_the_photo_of_the_form_bears_the_nik_and_shows_only_with_it(client):
    case, holder = held_case()
    proof = Evidence.objects.create(
        enrollment=case,
        content_type="image/jpeg",
        size=1,
        sha256="0" * 64,
        path="x",
        uploaded_at=NOW,
    )
    address = reverse("evidence", args=[proof.uuid])
    assert address in opened(client, holder, case).content.decode()
    who = officer()
    assert address not in opened(client, who, case).content.decode()
    assert client.get(address).status_code == 404
    page = sent(client, who, "reveal", case, reason="Periksa ulang tanda tangan")
    assert address in page.content.decode()


def test_a_donor_has_no_way_in(client):
    case, _holder = held_case()
    assert opened(client, case.donor.person, case).status_code == 403
    for step in STEPS:
        assert sent(client, case.donor.person, step, case).status_code == 403
    client.logout()
    assert client.get(reverse("case", args=[case.uuid])).status_code == 302


def test_a_case_that_waits_for_consent_has_not_reached_the_branch(client):
    case = EnrollmentFactory(awaiting_consent=True)
    assert opened(client, officer(), case).status_code == 404


def test_a_member_of_the_donor_neither_takes_nor_reveals(client):
    case, who = sound_case(), officer()
    DonorMemberFactory(donor=case.donor, user=who)
    page = opened(client, who, case).content.decode()
    assert "Rekan lain yang memutuskan" in page
    for step in ("take", "reveal"):
        assert reverse(f"case_{step}", args=[case.uuid]) not in page
        answer = sent(client, who, step, case, reason="ingin tahu")
        assert answer.status_code == 302
    assert again(case).status == Status.SUBMITTED
    assert not ViewLog.objects.exists()


def test_the_page_shows_checks_differences_twins_consent_donor_and_thread(client):
    worker = WorkerFactory(name="Joko Contoh")
    case = sound_case(of=worker, name="Joko Lain", months=1)
    EnrollmentFactory(of=worker, donor=DonorFactory(name="Donatur Kedua"))
    make_checks(enrollment=case, now=NOW)
    EnrollmentEvent.objects.create(
        enrollment=case, at=NOW, kind="returned", note="Foto gelap", reasons={"nik": "nik_differs"}
    )
    page = opened(client, officer(), case).content.decode()
    for part in (
        "Pekerja sudah dikenal dengan data berbeda",
        "Joko Contoh",
        "Donatur Kedua",
        "Pendaftaran satu bulan meminta satu bukti tambahan",
        "Dicatat cabang",
        case.donor.name,
        "Foto gelap",
        "NIK tidak sama dengan KTP.",
    ):
        assert part in page


def test_the_number_of_queries_does_not_grow_with_twins_and_steps(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    case, who = sound_case(), officer()
    make_checks(enrollment=case, now=NOW)
    opened(client, who, case)
    with django_assert_max_num_queries(26) as few:
        opened(client, who, case)
    for _twin in range(4):
        EnrollmentFactory(nik=case.nik, nik_index=case.nik_index)
        EnrollmentEvent.objects.create(enrollment=case, at=NOW, kind="taken", actor=who)
    with django_assert_num_queries(len(few)):
        opened(client, who, case)


# --- the steps ---------------------------------------------------------------------------------
def test_a_case_is_taken_by_its_button(client):
    case, who = sound_case(), officer()
    assert "Ambil kasus ini" in opened(client, who, case).content.decode()
    assert sent(client, who, "take", case).url == reverse("case", args=[case.uuid])
    assert again(case).taken_by == who


def test_a_lost_race_is_a_friendly_sentence(client):
    case, holder = held_case()
    client.force_login(officer())
    page = client.post(reverse("case_take", args=[case.uuid]), follow=True).content.decode()
    assert f"Kasus ini sedang dipegang {holder.name}." in page


def test_a_case_is_approved_and_the_next_one_is_offered(client):
    case, holder = held_case()
    client.force_login(holder)
    page = client.post(
        reverse("case_approve", args=[case.uuid]), {"approve-sector": "transport"}, follow=True
    ).content.decode()
    assert f"Kasus {case.number} disetujui." in page
    assert "Ambil kasus berikutnya" in page
    assert (again(case).status, again(case).sector) == (Status.APPROVED, "transport")


def test_no_sector_is_preset_and_none_is_a_sentence(client):
    case, holder = held_case()
    assert " checked" not in opened(client, holder, case).content.decode()
    answer = sent(client, holder, "approve", case)
    assert answer.status_code == 400
    assert "Pilih sektor; sektor menentukan iuran." in answer.content.decode()
    assert sent(client, holder, "approve", case, **{"approve-sector": "x"}).status_code == 400


def test_a_risk_and_a_difference_ask_for_their_fields(client):
    worker = WorkerFactory(name="Joko Contoh")
    case, holder = held_case(of=worker, name="Joko Lain", months=1)
    make_checks(enrollment=case, now=NOW)
    said = {"approve-sector": "other"}
    answer = sent(client, holder, "approve", case, **said).content.decode()
    assert "Pilih satu bukti untuk alasan risiko." in answer
    assert "Bandingkan dulu perbedaan datanya." in answer
    said |= {"approve-proof": "call", "approve-differences_seen": "on"}
    assert sent(client, holder, "approve", case, **said).status_code == 302
    assert again(case).snapshot["proof"] == "call"


def test_a_case_that_a_check_stops_has_no_button_and_is_refused(client):
    case, holder = held_case()
    Consent.objects.all().delete()
    make_checks(enrollment=case, now=NOW)
    assert "Belum boleh disetujui" in opened(client, holder, case).content.decode()
    client.force_login(holder)
    page = client.post(
        reverse("case_approve", args=[case.uuid]), {"approve-sector": "other"}, follow=True
    ).content.decode()
    assert "Persetujuan pekerja belum ada." in page
    assert again(case).status == Status.IN_REVIEW


def test_a_case_is_returned_by_ticked_reasons_and_a_note(client):
    case, holder = held_case()
    said = {"return-reasons": ["name:name_differs", "consent:consent_unsigned"]}
    assert sent(client, holder, "return", case, **said, **{"return-note": "Tolong"}).url
    assert again(case).reasons == {"name": "name_differs", "consent": "consent_unsigned"}
    assert Message.objects.filter(kind="case_returned").count() == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "Pilih paling sedikit satu alasan."),
        ({"return-reasons": ["nik:made_up"]}, "made_up"),
        (
            {"return-reasons": ["nik:nik_differs", "nik:nik_not_his"]},
            "Pilih satu alasan saja untuk tiap isian.",
        ),
        ({"return-reasons": ["case:see_note"]}, "Tulis catatannya"),
        (
            {"return-reasons": ["nik:nik_differs"], "return-note": "NIK 1671011708850001"},
            "Jangan menulis NIK",
        ),
        ({"return-reasons": ["nik:nik_differs"], "return-note": "x" * 501}, "501"),
    ],
)
def test_a_return_that_does_not_fit_is_a_sentence_and_stays_filled_in(client, said, sentence):
    case, holder = held_case()
    answer = sent(client, holder, "return", case, **said)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert sentence in page
    if "nik:nik_differs" in said.get("return-reasons", []):
        assert 'value="nik:nik_differs" checked' in page
    assert again(case).status == Status.IN_REVIEW


def test_a_case_is_rejected_with_a_reason(client):
    case, holder = held_case()
    assert sent(client, holder, "reject", case).status_code == 400
    sent(client, holder, "reject", case, **{"reject-reason": "employee"})
    assert (again(case).status, again(case).reasons) == (Status.REJECTED, {"case": "employee"})
    assert "Perusahaannya wajib mendaftarkannya." in opened(client, holder, case).content.decode()


def test_a_case_is_handed_over_to_an_office_that_may_take_it(client):
    case, holder = held_case()
    other = OfficeFactory(code="TEST-LAIN", name="Kantor Cabang Lahat")
    assert "Kantor Cabang Lahat" in opened(client, holder, case).content.decode()
    said = {"hand_over-office": case.office.parent.pk, "hand_over-note": "Di Lahat"}
    assert sent(client, holder, "hand_over", case, **said).status_code == 400
    said["hand_over-office"] = other.pk
    assert sent(client, holder, "hand_over", case, **said).url == reverse("desk")
    assert again(case).office == other
    assert opened(client, holder, case).status_code == 404


def test_family_is_declared_by_a_tick(client):
    case, holder = held_case()
    assert sent(client, holder, "family", case).status_code == 400
    assert sent(client, holder, "family", case, **{"family-family": "on"}).url == reverse("desk")
    assert "Rekan lain yang memutuskan" in opened(client, holder, case).content.decode()


def test_a_case_is_released(client):
    case, holder = held_case()
    assert sent(client, holder, "release", case).url == reverse("desk")
    assert again(case).taken_by is None


def test_a_decision_after_losing_the_case_is_a_sentence(client):
    case, holder = held_case()
    Enrollment.everything.filter(pk=case.pk).update(taken_by=officer())
    client.force_login(holder)
    page = client.post(
        reverse("case_reject", args=[case.uuid]), {"reject-reason": "not_found"}, follow=True
    ).content.decode()
    assert "Anda tidak lagi memegang kasus ini." in page


def test_checks_are_made_again_by_a_button(client):
    case, who = sound_case(), officer()
    assert not Check.objects.exists()
    sent(client, who, "recheck", case)
    assert Check.objects.filter(enrollment=case).exists()


def test_a_supervisor_gives_a_case_to_a_colleague(client):
    case, _holder = held_case()
    colleague = officer(name="Dwi Contoh")
    supervisor = officer(Role.Kind.BRANCH_SUPERVISOR)
    assert "Dwi Contoh" in opened(client, supervisor, case).content.decode()
    sent(client, supervisor, "assign", case, **{"assign-to": colleague.pk})
    assert again(case).taken_by == colleague
    answer = sent(client, supervisor, "assign", case, **{"assign-to": UserFactory().pk})
    assert answer.status_code == 400
    assert again(case).taken_by == colleague


def test_steps_are_not_taken_by_get(client):
    case, holder = held_case()
    client.force_login(holder)
    for step in (*STEPS, "assign"):
        assert client.get(reverse(f"case_{step}", args=[case.uuid])).status_code in {403, 405}
    assert again(case).taken_by == holder
