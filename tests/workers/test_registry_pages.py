"""The registry's pages: whose workers, what of them, found how, at what cost, and logged."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Role, ViewLog
from tests.contributions.builders import covered_worker
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    KanwilFactory,
    OfficeFactory,
    UserFactory,
    nik_of,
    officer,
)
from workers.models import Said, Worker, WorkerEvent
from workers.services import changing, living

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    with time_machine.travel(NOW, tick=False):
        yield


def known_worker(**case):
    return EnrollmentFactory(approved=True, **case).worker


def listed(client, user, **asked):
    client.force_login(user)
    response = client.get(reverse("workers"), asked)
    assert response.status_code == 200
    return [row.worker for row in response.context["rows"]]


def shown(client, user, worker):
    client.force_login(user)
    return client.get(reverse("worker", args=[worker.uuid]))


def happened(worker, kind="left", **event):
    return living.record_event(
        worker=worker,
        kind=kind,
        happened_on=TODAY,
        said_by=Said.FAMILY,
        by=officer(),
        now=NOW,
        **event,
    )


def proposed(worker, by=None, **values):
    return changing.propose(
        worker=worker,
        values=values or {"name": "Nama Benar"},
        reason="KTP baru",
        said_by=Said.WORKER,
        by=by,
        now=NOW,
    )


# --- whose -------------------------------------------------------------------------------
def test_staff_see_the_workers_of_their_offices(client):
    other_kanwil = KanwilFactory(code="TEST-UTARA")
    own, elsewhere = known_worker(), OfficeFactory(code="TEST-LAIN", parent=other_kanwil)
    other = known_worker(office=elsewhere)
    assert listed(client, officer()) == [own]
    assert listed(client, officer(office=elsewhere)) == [other]
    assert listed(client, officer(Role.Kind.REGIONAL_ADMIN)) == [own]
    assert listed(client, officer(Role.Kind.HEAD_OFFICE)) == [other, own]
    assert shown(client, officer(), other).status_code == 404
    assert shown(client, officer(Role.Kind.REGIONAL_ADMIN), own).status_code == 200


def test_who_has_moved_is_on_the_list_of_both_branches(client):
    worker, new = known_worker(), OfficeFactory(code="TEST-BARU")
    WorkerEvent.everything.create(
        worker=worker,
        kind="moved",
        village=worker.village,
        happened_on=TODAY,
        said_by="worker",
        recorded_at=NOW,
        office=new,
    )
    assert listed(client, officer(office=new)) == [worker]
    assert listed(client, officer()) == [worker]
    assert "Kantor Cabang Palembang" in shown(client, officer(office=new), worker).content.decode()


def test_a_member_of_staff_who_pays_for_a_worker_elsewhere_does_not_find_him_here(client):
    case = EnrollmentFactory(approved=True, office=OfficeFactory(code="TEST-LAIN"))
    who = officer()
    DonorMemberFactory(donor=case.donor, user=who)
    assert listed(client, who) == []


def test_donors_have_no_registry(client):
    client.force_login(UserFactory())
    assert client.get(reverse("workers")).status_code == 403
    assert client.get(reverse("worker", args=[known_worker().uuid])).status_code == 403


# --- the list --------------------------------------------------------------------------------
def test_workers_are_found_by_name_village_and_what_has_happened(client):
    who = officer()
    siti, left = known_worker(name="Siti Rahma"), known_worker(name="Joko Susilo")
    away = known_worker(
        village=AreaFactory(code="1671011006", name="Tangga Buntung", search_name="tangga buntung")
    )
    happened(left)
    proposed(away, who)
    assert listed(client, who, cari="rahma") == [siti]
    assert listed(client, who, desa="Tangga") == [away]
    assert listed(client, who, status="left") == [left]
    assert listed(client, who, status="changing") == [away]
    assert listed(client, who, status="open") == [away, siti]


def test_the_list_masks_the_nik_and_says_what_is_paid(client):
    row = covered_worker()
    client.force_login(officer())
    page = client.get(reverse("workers")).content.decode()
    assert row.worker.nik not in page
    assert row.worker.nik[-4:] in page
    assert "19 Nov 2027" in page


def test_the_number_of_queries_does_not_grow_with_the_workers(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    who = officer()
    client.force_login(who)
    for _ in range(5):
        known_worker()
    client.get(reverse("workers"))
    with django_assert_max_num_queries(14) as few:
        client.get(reverse("workers"))
    for _ in range(45):
        happened(known_worker())
    with django_assert_num_queries(len(few)):
        client.get(reverse("workers"))


@pytest.mark.parametrize("asked", ["1671011708850001", "1671 0117 0885 0001"])
@pytest.mark.parametrize("field", ["cari", "desa"])
def test_a_nik_is_no_word_of_an_address(client, asked, field):
    known_worker()
    client.force_login(officer())
    page = client.get(reverse("workers"), {field: asked}).content.decode()
    assert "Untuk NIK pakai kolom Cari dengan NIK." in page


# --- by NIK ------------------------------------------------------------------------------------
def search(client, user, nik):
    client.force_login(user)
    return client.post(reverse("worker_search"), {"nik": nik})


def test_an_own_worker_is_found_by_nik_and_the_search_is_logged(client):
    worker, who = known_worker(), officer()
    response = search(client, who, worker.nik)
    assert response.url == reverse("worker", args=[worker.uuid])
    log = ViewLog.objects.get()
    assert (log.viewer, log.object_id, log.what) == (who, str(worker.pk), "search by nik")
    assert log.office == who.live_roles[0].office
    assert worker.nik not in log.reason


def test_an_unknown_nik_and_another_branchs_answer_alike(client):
    other = known_worker(office=OfficeFactory(code="TEST-LAIN"))
    unknown = nik_of(other.birth_date, other.sex, 8888)
    who = officer()
    search(client, who, unknown)
    answers = []
    for nik in (unknown, other.nik):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = search(client, who, nik)
        told = client.get(response.url).content.decode()
        assert "Tidak ada pekerja cabang ini dengan NIK itu." in told
        answers.append((response.status_code, response.url, len(queries)))
    assert answers[0] == answers[1]
    assert not ViewLog.objects.exists()
    missed = AuditEvent.objects.filter(action="worker.nothing_found", actor=who)
    # Each bears the desk's office, so that its supervisor and auditor read it.
    assert [event.office for event in missed] == [who.live_roles[0].office] * 3


def test_a_bad_nik_is_refused_on_the_page_and_never_in_an_address(client):
    client.force_login(officer())
    response = client.post(reverse("worker_search"), {"nik": "123"})
    assert response.status_code == 400
    assert "kurang dari 16 angka" in response.content.decode()
    assert client.get(reverse("worker_search")).status_code == 405


# --- one worker --------------------------------------------------------------------------------
def test_the_page_shows_who_paid_what_happened_and_hides_what_is_sealed(client):
    row = covered_worker()
    worker = row.worker
    Worker.everything.filter(pk=worker.pk).update(phone="+6281234567890", address="Jalan Rahasia 9")
    happened(worker, note="katanya pulang kampung")
    proposed(worker, officer(), name="Nama Sebenarnya")
    page = shown(client, officer(), worker).content.decode()
    assert row.donor.name in page
    assert "menunggu pengesahan BPJS" in page
    assert "Tidak mau lagi" in page
    assert "katanya pulang kampung" in page
    for sealed in (worker.nik, "81234567890", "Jalan Rahasia 9", "Nama Sebenarnya"):
        assert sealed not in page
    assert not ViewLog.objects.exists()


def test_another_branchs_payer_is_named_at_the_workers_desk_only(client):
    row = covered_worker()
    far = OfficeFactory(code="TEST-LAIN")
    EnrollmentFactory(approved=True, of=row.worker, office=far)
    assert row.donor.name in shown(client, officer(office=far), row.worker).content.decode()
    regional = officer(Role.Kind.AUDITOR, office=far)
    page = shown(client, regional, row.worker).content.decode()
    assert row.donor.name not in page
    assert "Sumber lain" in page


def test_watchers_read_that_something_changed_and_not_what(client):
    worker = known_worker()
    change = proposed(worker, officer(), name="Nama Sebenarnya")
    regional = officer(Role.Kind.REGIONAL_ADMIN)
    page = shown(client, regional, worker).content.decode()
    assert "Riwayat perubahan data" in page
    assert "Isi perubahan hanya dapat dibuka cabangnya." in page
    assert client.get(reverse("change", args=[change.uuid])).status_code == 403


def test_a_reveal_has_a_reason_and_is_logged(client):
    worker, who = known_worker(), officer()
    client.force_login(who)
    url = reverse("worker_reveal", args=[worker.uuid])
    assert client.post(url, {"reason": ""}).status_code == 400
    assert not ViewLog.objects.exists()
    page = client.post(url, {"reason": "pekerja menelepon"}).content.decode()
    assert worker.nik in page
    log = ViewLog.objects.get()
    assert (log.viewer, log.what, log.reason) == (who, "nik, phone, address", "pekerja menelepon")


def test_nobody_reveals_or_corrects_his_own_worker(client):
    case, who = EnrollmentFactory(approved=True), officer()
    DonorMemberFactory(donor=case.donor, user=who)
    client.force_login(who)
    url = reverse("worker_reveal", args=[case.worker.uuid])
    assert client.post(url, {"reason": "mau lihat"}).status_code == 302
    with pytest.raises(changing.OwnWorker):
        proposed(case.worker, who)
    change = proposed(case.worker, officer())
    with pytest.raises(changing.OwnWorker):
        changing.approve(change=change, by=who, now=NOW)
    assert client.get(reverse("change", args=[change.uuid])).status_code == 302
    assert not ViewLog.objects.exists()


def test_the_case_leads_to_the_registry(client):
    case = EnrollmentFactory(approved=True)
    client.force_login(officer())
    page = client.get(reverse("case", args=[case.uuid])).content.decode()
    assert reverse("worker", args=[case.worker.uuid]) in page
