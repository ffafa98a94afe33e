"""Pages on which staff correct a worker's data and record the events of his life."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import ViewLog
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    EnrollmentFactory,
    OfficeFactory,
    WorkerFactory,
    nik_of,
    officer,
)
from workers.models import Said, Worker, WorkerChange, WorkerEvent
from workers.services import changing, living

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    with time_machine.travel(NOW, tick=False):
        yield


def known_worker(**case):
    return EnrollmentFactory(approved=True, **case).worker


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


# --- corrections ---------------------------------------------------------------------------------
def send(client, view, obj, /, **data):
    return client.post(reverse(view, args=[obj.uuid]), data)


def test_one_proposes_and_a_colleague_applies(client):
    worker, one, two = known_worker(), officer(), officer()
    client.force_login(one)
    said = {"name": "Siti Rahmawati", "said_by": "worker", "reason": "KTP baru"}
    assert send(client, "worker_change", worker, **said).status_code == 302
    change = WorkerChange.everything.get()
    assert change.worker.name in client.get(reverse("changes")).content.decode()
    own = client.get(reverse("change", args=[change.uuid])).content.decode()
    assert "Rekan lain yang memutuskan" in own
    assert send(client, "change_approve", change).url == reverse("change", args=[change.uuid])
    client.force_login(two)
    page = client.get(reverse("change", args=[change.uuid])).content.decode()
    assert "Siti Rahmawati" in page
    assert worker.name in page
    send(client, "change_approve", change)
    assert Worker.everything.get(pk=worker.pk).name == "Siti Rahmawati"
    assert [log.viewer for log in ViewLog.objects.order_by("pk")] == [one, two]
    assert "Tidak ada perubahan yang menunggu" in client.get(reverse("changes")).content.decode()


def test_a_proposal_without_data_or_with_a_future_day_is_refused(client):
    worker = known_worker()
    client.force_login(officer())
    said = {"said_by": "worker", "reason": "KTP baru"}
    response = send(client, "worker_change", worker, **said)
    assert response.status_code == 400
    assert "paling sedikit satu data" in response.content.decode()
    tomorrow = (TODAY + timedelta(days=1)).strftime("%d-%m-%Y")
    response = send(client, "worker_change", worker, birth_date=tomorrow, **said)
    assert "tidak mungkin" in response.content.decode()
    response = send(client, "worker_change", worker, sex=worker.sex, **said)
    assert "sama dengan yang sudah tercatat" in response.content.decode()


def test_a_proposal_never_shows_the_sealed_values(client):
    worker = known_worker()
    Worker.everything.filter(pk=worker.pk).update(phone="+6281234567890", address="Jalan Rahasia 9")
    client.force_login(officer())
    page = client.get(reverse("worker_change", args=[worker.uuid])).content.decode()
    for sealed in (worker.nik, "1234567890", "Jalan Rahasia 9"):
        assert sealed not in page


def test_every_kind_of_datum_is_put_into_words(client):
    worker = known_worker()
    proposed(
        worker,
        officer(),
        nik=nik_of(worker.birth_date, "P", 77),
        birth_date=TODAY - timedelta(days=12_000),
        sex="L",
        phone="+6281200000001",
        address="Jalan Baru 7",
        village=AreaFactory(code="1671011006", name="Tangga Buntung"),
    )
    change = WorkerChange.everything.get()
    client.force_login(officer())
    page = client.get(reverse("change", args=[change.uuid])).content.decode()
    for words in ("Laki-laki", "0812-0000-0001", "Jalan Baru 7", "Tangga Buntung"):
        assert words in page


def test_a_wrong_phone_can_be_taken_away(client):
    worker = known_worker()
    Worker.everything.filter(pk=worker.pk).update(phone="+6281234567890")
    client.force_login(officer())
    send(client, "worker_change", worker, no_phone="on", said_by="worker", reason="bukan nomornya")
    assert changing.proposed_values(WorkerChange.everything.get()) == {"phone": ""}


def test_a_refusal_says_why(client):
    change = proposed(known_worker(), officer())
    client.force_login(officer())
    assert send(client, "change_refuse", change).status_code == 400
    send(client, "change_refuse", change, reason="Foto KTP tidak cocok.")
    assert WorkerChange.everything.get().refusal == "Foto KTP tidak cocok."


def test_the_waiting_corrections_are_those_of_the_own_desk(client, django_assert_max_num_queries):
    mine = proposed(known_worker(), officer())
    far = OfficeFactory(code="TEST-LAIN")
    other = proposed(known_worker(office=far), officer(office=far))
    client.force_login(officer())
    with django_assert_max_num_queries(10):
        response = client.get(reverse("changes"))
    assert [change for change, _fields in response.context["rows"]] == [mine]
    assert client.get(reverse("change", args=[other.uuid])).status_code == 404


# --- events ----------------------------------------------------------------------------------
def test_an_event_is_recorded_and_taken_back_on_the_page(client):
    worker, who = known_worker(), officer()
    client.force_login(who)
    said = {"kind": "employee", "happened_on": "01-11-2026", "said_by": "donor"}
    response = send(client, "worker_event", worker, **said)
    assert response.url == reverse("worker", args=[worker.uuid])
    event = WorkerEvent.everything.get()
    assert (event.kind, event.recorded_by) == ("employee", who)
    assert send(client, "event_revoke", event).status_code == 302
    assert WorkerEvent.everything.get().revoked_at is None
    send(client, "event_revoke", event, note="salah orang")
    assert WorkerEvent.everything.get().revoked_by == who


def test_a_move_needs_its_village_and_a_day_that_has_come(client):
    worker = known_worker()
    client.force_login(officer())
    said = {"kind": "moved", "happened_on": "01-11-2026", "said_by": "worker"}
    response = send(client, "worker_event", worker, **said)
    assert "Pilih desa yang baru." in response.content.decode()
    response = send(client, "worker_event", worker, **said, village=worker.village_id)
    assert "berbeda dari desa sekarang" in response.content.decode()
    said["happened_on"] = "21-11-2026"
    response = send(client, "worker_event", worker, **said)
    assert "tidak mungkin" in response.content.decode()
    assert not WorkerEvent.everything.exists()


def test_an_event_of_another_branchs_worker_is_not_taken_back(client):
    worker = WorkerFactory()
    far = OfficeFactory(code="TEST-LAIN")
    EnrollmentFactory(approved=True, of=worker, office=far)
    event = happened(worker)
    client.force_login(officer())
    assert send(client, "event_revoke", event, note="keliru").status_code == 404
