"""The pages of check files and of consent recorded by the branch."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import ViewLog
from tests.factories import NOW, OfficeFactory, officer
from tests.workers.checkfiles import csv_of, opened, proposed, released, supervisor
from tests.workers.desk import again, held_case, sound_case
from tests.workers.test_branch_consent import unconsented
from workers.models import CheckAnswer, CheckBatch, Consent
from workers.services import check_files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]


@pytest.fixture
def _today(time_machine):
    time_machine.move_to(NOW, tick=False)


def browser(user):
    client = Client(headers={"accept-language": "id"})
    client.force_login(user)
    return client


def words(answer):
    return " ".join(answer.content.decode().split())


def url(name, batch):
    return reverse(name, args=[batch.uuid])


def send(batch, content, who=None, name="jawaban.csv"):
    return browser(who or batch.made_by).post(
        url("check_file_upload", batch), {"file": SimpleUploadedFile(name, content)}, follow=True
    )


def test_from_the_list_of_waiting_cases_to_a_file():
    case, maker = sound_case(), officer()
    page = browser(maker)
    answer = page.post(
        reverse("check_file_new"),
        {"office": case.office_id, "target": "core", "scope": "belum", "purpose": "Kasus baru"},
        follow=True,
    )
    assert "menunggu penyelia" in words(answer)
    batch = CheckBatch.everything.get()
    assert (batch.made_by, batch.purpose, batch.lines.count()) == (maker, "Kasus baru", 1)
    checker = browser(supervisor())
    assert "Lepas berkas" in words(checker.get(url("check_file", batch)))
    checker.post(url("check_file_release", batch))
    file = page.get(url("check_file_download", batch))
    assert file["Content-Disposition"] == f'attachment; filename="{batch.number}.xlsx"'
    assert "no-store" in file["Cache-Control"]
    shown = page.post(url("check_file_password", batch))
    password = CheckBatch.everything.get().password
    assert password in words(shown)
    assert password not in words(page.get(url("check_file", batch)))
    assert opened(file.content, password).worksheets[0]["C3"].value == case.nik
    assert ViewLog.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("purpose", "", "Tulis keperluannya"),
        ("purpose", "NIK 1671014203890001", "Jangan menulis NIK"),
        ("target", "dream", "Choose|tersedia|pilihan"),
        ("office", "0", "Pilih kantor Anda"),
    ],
)
def test_a_proposal_that_does_not_fit_is_told_beside_its_field(field, value, told):
    case = sound_case()
    said = {"office": case.office_id, "target": "core", "scope": "belum", "purpose": "Kasus baru"}
    answer = browser(officer()).post(reverse("check_file_new"), said | {field: value})
    assert answer.status_code == 400
    assert any(part in words(answer) for part in told.split("|"))
    assert not CheckBatch.everything.exists()


def test_the_office_of_another_desk_is_no_choice():
    sound_case()
    other = OfficeFactory(code="TEST-LAIN")
    said = {"office": other.pk, "target": "core", "scope": "semua", "purpose": "Kasus baru"}
    assert browser(officer()).post(reverse("check_file_new"), said).status_code == 400


def test_another_desk_reads_404():
    batch = released()
    far = browser(officer(office=OfficeFactory(code="TEST-LAIN")))
    assert far.get(url("check_file", batch)).status_code == 404
    assert far.get(url("check_file_download", batch)).status_code == 404
    assert batch.number not in words(far.get(reverse("check_files")))


def test_the_page_shows_no_nik():
    case = sound_case()
    batch = released(case)
    answer = browser(batch.made_by).get(url("check_file", batch))
    assert case.name in words(answer)
    assert case.nik not in words(answer)


def test_a_colleague_finds_no_download_and_is_led_back():
    batch = released()
    colleague = browser(officer())
    assert "Unduh berkas" not in words(colleague.get(url("check_file", batch)))
    assert colleague.get(url("check_file_download", batch)).status_code == 302
    assert not ViewLog.objects.exists()


def test_a_lost_race_is_a_sentence():
    batch = proposed()
    check_files.refuse(batch=batch, supervisor=supervisor(), now=NOW)
    answer = browser(supervisor()).post(url("check_file_release", batch), follow=True)
    assert "sudah dilepas atau ditolak" in words(answer)


# --- back --------------------------------------------------------------------------------------
def test_an_upload_leads_to_its_preview_and_a_confirmation_saves_it(
    django_capture_on_commit_callbacks,
):
    case = sound_case()
    batch = released(case)
    rows = [{"identitas": "cocok"}, {"baris": 99, "kasus": "D-1", "identitas": "cocok"}]
    preview = send(batch, csv_of(batch, *rows))
    assert "1 jawaban akan disimpan, 1 baris bermasalah" in words(preview)
    assert "Baris 99 tidak ada dalam berkas ini" in words(preview)
    assert batch.lines.get().answer == {}
    with django_capture_on_commit_callbacks(execute=True):
        done = browser(batch.made_by).post(preview.request["PATH_INFO"], follow=True)
    assert "1 jawaban sudah disimpan" in words(done)
    assert batch.lines.get().answer == {"identity": "match"}
    # The bell has made the checks of the case.
    assert case.checks.get(kind="core_member").outcome == "ok"
    again_sent = send(batch, csv_of(batch, *rows))
    assert "Tidak ada yang berubah" in words(again_sent)


def test_another_person_does_not_confirm():
    batch = released()
    preview = send(batch, csv_of(batch, {"identitas": "cocok"}))
    answer = browser(supervisor()).post(preview.request["PATH_INFO"], follow=True)
    assert "Hanya yang mengunggah" in words(answer)
    assert CheckAnswer.objects.get().applied_at is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"%PDF-1.7", "Ini bukan tabel"),
        (b"a;b\n1;2\n", "Kolom baris dan kasus tidak ditemukan"),
        (b"x" * (20 * 1024 * 1024), "lebih dari 5 MB"),
        (b"", "kosong"),
    ],
)
def test_what_is_no_answer_is_told_on_the_page(content, told):
    answer = send(released(), content, name="jawaban.xlsx")
    assert answer.status_code == 400
    assert told in words(answer)
    assert not CheckAnswer.objects.exists()


def test_the_sandbox_answers_in_the_demo_only_and_says_what_it_is(settings):
    batch = released()
    page = browser(batch.made_by)
    assert "kotak pasir" in words(page.get(url("check_file", batch)))
    preview = page.post(url("check_file_sandbox", batch), follow=True)
    assert "Jawaban ini dibuat kotak pasir. Ini bukan data nyata." in words(preview)
    settings.DEMO = False
    assert "kotak pasir" not in words(page.get(reverse("check_files")))
    assert "Jawab dengan kotak pasir" not in words(page.get(url("check_file", batch)))
    answer = page.post(url("check_file_sandbox", batch))
    assert (answer.status_code, "hanya ada di peragaan" in words(answer)) == (400, True)


def test_the_list_asks_as_often_for_many_files_as_for_one(django_assert_num_queries):
    case, maker = sound_case(), officer()
    page = browser(maker)

    def queries():
        with django_assert_num_queries(10, exact=False) as asked:
            page.get(reverse("check_files"))
        return len(asked)

    proposed(case, maker=maker)
    one = queries()
    for _more in range(6):
        proposed(case, maker=maker)
    assert queries() == one


# --- consent -------------------------------------------------------------------------------------
def test_the_branch_finds_a_case_without_consent_and_records_it():
    case, who = unconsented(phone="+6281200001111"), officer()
    page = browser(who)
    listed = page.get(reverse("consents_missing"))
    assert case.number in words(listed)
    record = reverse("consent_missing", args=[case.uuid])
    masked = words(page.get(record))
    assert case.nik not in masked
    assert "81200001111" not in masked
    shown = page.post(reverse("consent_reveal", args=[case.uuid]), {"reason": "menelepon"})
    assert "+6281200001111" in words(shown)
    assert ViewLog.objects.get().reason == "menelepon"
    assert page.post(record, {"how": "called"}).status_code == 400
    done = page.post(record, {"how": "called", "read_out": "on"}, follow=True)
    assert f"Kasus {case.number} masuk ke meja cabang" in words(done)
    assert (again(case).status, Consent.objects.get().how) == ("submitted", "called")
    assert page.get(record).status_code == 404


def test_a_look_without_a_reason_shows_nothing():
    case = unconsented(phone="+6281200001111")
    answer = browser(officer()).post(reverse("consent_reveal", args=[case.uuid]), {"reason": ""})
    assert (answer.status_code, "81200001111" in words(answer)) == (400, False)
    assert not ViewLog.objects.exists()


def test_the_holder_records_consent_on_the_page_of_his_case():
    case, holder = held_case()
    Consent.objects.all().delete()
    page = browser(holder)
    record = reverse("case_consent", args=[case.uuid])
    assert record in words(page.get(reverse("case", args=[case.uuid])))
    bad = {"how": "came", "read_out": "on", "photo": SimpleUploadedFile("x.jpg", b"no photo")}
    assert "tidak terbaca" in words(page.post(record, bad))
    answer = page.post(record, {"how": "came", "read_out": "on"}, follow=True)
    assert "Dicatat cabang (Pekerja datang ke cabang)" in words(answer)


def test_who_does_not_hold_the_case_is_told_so():
    case, _holder = held_case()
    record = reverse("case_consent", args=[case.uuid])
    answer = browser(officer()).post(record, {"how": "came", "read_out": "on"}, follow=True)
    assert "tidak lagi memegang kasus ini" in words(answer)


def test_the_registry_is_offered_only_where_it_is_connected():
    case, holder = held_case()
    page = browser(holder)
    assert "Tanyakan ke data kependudukan" not in words(page.get(reverse("case", args=[case.uuid])))
    answer = page.post(reverse("case_identity", args=[case.uuid]), follow=True)
    assert "Belum terhubung ke data kependudukan" in words(answer)
