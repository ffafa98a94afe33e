"""Certificates of many workers: asked, drawn in parts, fetched, gone."""

import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse

from accounts.models import ViewLog
from bricks import sealed_files as on_disk
from contributions.models import CertificateBatch, CertificatePart, Sponsorship
from contributions.services import certifying
from tests.contributions.builders import billed_order, few_prices, pay, sponsorships_of
from tests.factories import NOW, DonorFactory, DonorMemberFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = reverse("certificates")


@pytest.fixture(autouse=True)
def _world(db, settings, tmp_path, monkeypatch):
    few_prices()
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(certifying, "PER_PART", 2)


@pytest.fixture
def donor():
    """A donor with five workers who are paid for."""
    invoice = billed_order(5)
    pay(invoice, NOW)
    return invoice.donor


def asked(donor, *, by=None, now=NOW):
    rows = Sponsorship.everything.all()
    return certifying.ask(donor=donor, by=by or donor.person, rows=rows, now=now)


def files_on_disk(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def fetched(batch, now=NOW):
    batch.refresh_from_db()
    return certifying.fetch(batch=batch, viewer=batch.asked_by, now=now)


# --- made --------------------------------------------------------------------------------
def test_more_than_one_part_is_a_zip_of_pdfs_and_nothing_else_is_left(donor, tmp_path):
    batch = asked(donor)
    counts = certifying.make_certificates(now=NOW)
    assert counts == {"drawn": 5, "finished": 1, "failed": 0, "deleted": 0}
    content, is_zip = fetched(batch)
    assert is_zip
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.namelist() == [
            "sertifikat-00001-00002.pdf",
            "sertifikat-00003-00004.pdf",
            "sertifikat-00005-00005.pdf",
        ]
        assert all(file.read(name).startswith(b"%PDF-") for name in file.namelist())
    assert batch.done == batch.total == 5
    assert not CertificatePart.objects.exists()
    assert [str(path.relative_to(tmp_path)) for path in files_on_disk(tmp_path)] == [batch.file]
    assert certifying.make_certificates(now=NOW)["drawn"] == 0


def test_one_part_is_that_pdf_and_lies_sealed_on_disk(donor, monkeypatch, tmp_path):
    monkeypatch.setattr(certifying, "PER_PART", 250)
    batch = asked(donor)
    certifying.make_certificates(now=NOW)
    content, is_zip = fetched(batch)
    assert not is_zip
    assert content.startswith(b"%PDF-")
    assert not files_on_disk(tmp_path)[0].read_bytes().startswith(b"%PDF-")


def test_a_killed_run_goes_on_after_its_last_part_once_it_was_silent(donor, monkeypatch):
    batch, drawn = asked(donor), []
    real = certifying.pdf

    def dies_at_the_third(template, data):
        if len(drawn) == 2:
            raise KeyboardInterrupt
        drawn.append(len(data["items"]))
        return real(template, data)

    monkeypatch.setattr(certifying, "pdf", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        certifying.make_certificates(now=NOW)
    batch.refresh_from_db()
    assert (batch.done, batch.finished_at) == (4, None)
    monkeypatch.setattr(certifying, "pdf", real)
    assert certifying.make_certificates(now=NOW + timedelta(minutes=1))["drawn"] == 0
    later = NOW + certifying.LEASE + timedelta(seconds=1)
    assert certifying.make_certificates(now=later)["drawn"] == 1
    assert fetched(batch, later).is_zip


def test_two_runs_that_draw_the_same_part_keep_it_once(donor, monkeypatch, tmp_path):
    batch = asked(donor)
    real = certifying.pdf

    def another_was_faster(template, data):
        monkeypatch.setattr(certifying, "pdf", real)
        certifying._draw_part(batch, 0, NOW)
        return real(template, data)

    monkeypatch.setattr(certifying, "pdf", another_was_faster)
    certifying.make_certificates(now=NOW)
    batch.refresh_from_db()
    assert batch.done == 5
    assert len(files_on_disk(tmp_path)) == 1


def test_a_long_list_is_drawn_in_several_runs_that_ring_each_other(donor, monkeypatch):
    rung = []
    monkeypatch.setattr(certifying, "PARTS_A_RUN", 1)
    monkeypatch.setattr(certifying.bells, "ring", rung.append)
    batch = asked(donor)
    assert [certifying.make_certificates(now=NOW)["drawn"] for _ in range(3)] == [2, 2, 1]
    assert rung == ["certificates_asked"] * 2
    assert fetched(batch).is_zip


def test_a_fault_of_one_batch_holds_up_no_other(donor, monkeypatch):
    first, second = asked(donor), asked(donor, by=UserFactory())
    real = certifying._draw

    def fails_first(batch, now):
        if batch.pk == first.pk:
            raise OSError
        return real(batch, now)

    monkeypatch.setattr(certifying, "_draw", fails_first)
    counts = certifying.make_certificates(now=NOW)
    assert (counts["failed"], counts["finished"]) == (1, 1)
    second.refresh_from_db()
    assert second.file


def test_the_file_is_gone_after_its_days(donor, tmp_path, settings):
    settings.CERTIFICATE_DAYS = 3
    batch = asked(donor)
    certifying.make_certificates(now=NOW)
    over = NOW + timedelta(days=3)
    with pytest.raises(certifying.FileNotThere):
        fetched(batch, over)
    assert certifying.make_certificates(now=over)["deleted"] == 1
    assert not files_on_disk(tmp_path)


def test_what_was_never_finished_goes_as_well(donor, tmp_path):
    batch = asked(donor)
    certifying._draw_part(batch, 0, NOW)
    assert files_on_disk(tmp_path)
    certifying.make_certificates(now=NOW + timedelta(days=30))
    assert not files_on_disk(tmp_path)
    assert not CertificatePart.objects.exists()


# --- asked -------------------------------------------------------------------------------
def test_a_double_click_asks_once_and_a_second_time_later_asks_anew(donor):
    first = asked(donor)
    assert asked(donor) == first
    certifying.make_certificates(now=NOW)
    assert asked(donor) != first


def test_only_workers_of_the_donor_who_are_paid_for_stand_in_it(donor):
    other = billed_order(2)
    with pytest.raises(certifying.NobodyPaidFor):
        asked(other.donor)
    pay(other, NOW)
    mine = {row.pk for row in sponsorships_of(other)}
    assert set(asked(other.donor).sponsorships) == mine


def test_too_many_at_once_are_refused(donor, monkeypatch):
    monkeypatch.setattr(certifying, "MOST", 4)
    with pytest.raises(certifying.TooManyWorkers):
        asked(donor)


def test_asking_rings_the_bell(donor, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(certifying.bells, "ring", rung.append)
    with django_capture_on_commit_callbacks(execute=True):
        asked(donor)
    assert rung == ["certificates_asked"]


def test_the_job_can_be_run_by_hand(donor):
    asked(donor)
    call_command("make_certificates", "--today", "2026-11-20", verbosity=0)
    assert CertificateBatch.objects.get().finished_at


# --- the pages ---------------------------------------------------------------------------
def test_a_member_asks_watches_and_fetches_and_that_is_logged(client, donor):
    viewer = UserFactory()
    DonorMemberFactory(donor=donor, user=viewer, role="viewer")
    client.force_login(viewer)
    with time_machine.travel(NOW, tick=False):
        told = {"untuk": donor.uuid, "siapa": "berlaku"}
        address = client.post(PAGE, told)["Location"]
        assert '<progress value="0" max="5"' in client.get(address).content.decode()
        certifying.make_certificates(now=NOW)
        part = client.get(address, headers={"hx-request": "true"}).content.decode()
        assert "<html" not in part
        assert f"{address}berkas/" in part
        answer = client.get(f"{address}berkas/")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == 'attachment; filename="sertifikat-2026-11-20.zip"'
    look = ViewLog.objects.get()
    assert (look.viewer, look.what, look.reason) == (viewer, "certificates", "5 sertifikat")


def test_strangers_find_nothing(client, donor):
    batch = asked(donor)
    certifying.make_certificates(now=NOW)
    client.force_login(DonorFactory().person)
    with time_machine.travel(NOW, tick=False):
        for name in ("certificate_batch", "certificate_file"):
            assert client.get(reverse(name, args=[batch.uuid])).status_code == 404
        assert str(batch.uuid) not in client.get(PAGE).content.decode()
        answer = client.post(PAGE, {"untuk": donor.uuid, "siapa": "berlaku"})
    assert answer.status_code == 400


def test_a_file_that_is_not_there_sends_back_to_where_it_stands(client, donor):
    batch = asked(donor)
    client.force_login(donor.person)
    address = reverse("certificate_file", args=[batch.uuid])
    with time_machine.travel(NOW, tick=False):
        assert client.get(address).status_code == 302
        certifying.make_certificates(now=NOW)
        batch.refresh_from_db()
        on_disk.remove(batch.file)
        page = client.get(address, follow=True).content.decode()
    assert "belum jadi atau sudah dihapus" in page
    assert not ViewLog.objects.exists()


def test_who_chose_nobody_is_told_beside_the_form(client):
    invoice = billed_order()
    client.force_login(invoice.donor.person)
    with time_machine.travel(NOW, tick=False):
        answer = client.post(PAGE, {"untuk": invoice.donor.uuid, "siapa": "semua"})
        nothing = client.post(PAGE, {})
    assert answer.status_code == nothing.status_code == 400
    assert "Belum ada pekerja yang iurannya dibayar" in answer.content.decode()
