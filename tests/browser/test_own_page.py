"""A worker opens his own page on a small phone, with and without scripts."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from contributions.services.remitting import fetch_answers, remit
from tests.browser.visiting import NewPerson
from tests.contributions.builders import covered_worker
from tests.factories import NOW, TODAY, EnrollmentFactory, OfficeAreaFactory
from tests.workers.desk import again
from tests.workers.persons import codes_sent, of_phone
from workers.models import WorkerEvent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_worker_looks_agrees_and_leaves_on_his_phone(people: NewPerson, script: bool) -> None:
    OfficeAreaFactory()
    sponsorship = covered_worker(**of_phone(), name="Siti Aminah")
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    worker = sponsorship.worker
    worker.phone, worker.phone_index = of_phone().values()
    worker.save()
    waiting = EnrollmentFactory(of=worker, awaiting_consent=True, **of_phone())

    person = people(script=script)
    page = person.page
    person.go(reverse("person_enter"))
    page.get_by_label("Nomor HP Anda").fill("0812 3456 7890")
    page.get_by_label("Tanggal lahir Anda").fill(f"{worker.birth_date:%d-%m-%Y}")
    person.press("Kirim kode")
    assert "•••" in person.text()
    page.get_by_label("Kode dari SMS").fill(codes_sent()[-1])
    person.press("Buka")
    assert "Siti A." in person.text()
    assert "Anda terlindungi" in person.text()
    assert "Aminah" not in person.text()

    person.press("Ya, saya setuju")
    assert "Sudah kami terima" in person.text()
    assert again(waiting).status == "submitted"

    person.click("Kartu untuk keluarga")
    assert "2 x 24 jam" in person.text()
    person.click("Kembali")

    person.click("Saya mau berhenti")
    assert "3 bulan" in person.text()
    page.get_by_text("Saya tetap mau berhenti").click()
    person.press("Ya, saya berhenti")
    assert "Anda sudah berhenti" in person.text()
    assert WorkerEvent.everything.get().kind == "left"

    person.press("Selesai")
    person.go(reverse("person"))
    assert "Lihat perlindungan Anda" in person.text()
