"""The file that a treasurer carries to BPJS: ready, fetched, handed over, gone."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import AuditEvent, ViewLog
from bricks import sealed_files
from contributions.books import check_books
from contributions.models import Contribution, RemittanceFile
from contributions.services import remittance_files, remitting, reversing
from tests.contributions.builders import billed_order, pay, reverse
from tests.contributions.remitted import LATER, MONDAY, NOON, handed_over, ready, treasurer
from workers.checkfile.reading import read_table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def statuses() -> set[str]:
    return set(Contribution.everything.values_list("status", flat=True))


def test_months_count_as_sent_only_once_the_file_was_handed_over():
    remittance = ready(workers=2, months=12)
    assert (statuses(), remittance.core_reference) == ({"paid"}, "")
    sent = remittance_files.hand_over(
        remittance=remittance, by=treasurer(remittance.office), now=LATER
    )
    remittance.refresh_from_db()
    assert (sent, statuses()) == (24, {"sent"})
    assert (remittance.sent_at, remittance.core_reference) == (LATER, remittance.number)
    assert AuditEvent.objects.filter(action="remittance.handed_over").count() == 1


def test_the_next_run_makes_no_second_file():
    ready()
    assert remitting.remit(today=MONDAY, now=LATER)["ready"] == 1
    assert RemittanceFile.objects.count() == 1
    assert statuses() == {"paid"}


def test_it_is_handed_over_once():
    remittance = handed_over()
    with pytest.raises(remittance_files.HandedOverBefore):
        remittance_files.hand_over(
            remittance=remittance, by=treasurer(remittance.office), now=LATER
        )


def test_the_workbook_opens_with_its_password_and_bears_every_line():
    remittance = ready(months=2)
    by = treasurer(remittance.office)
    content = remittance_files.fetch(remittance=remittance, viewer=by, purpose="Setor", now=LATER)
    password = remittance_files.show_password(remittance=remittance, viewer=by, now=LATER)
    (_row, heading), *lines = read_table(content, password=password)
    assert heading[:4] == ["penyetoran", "baris", "nik", "nama"]
    assert heading[12:16] == ["hasil", "kpj", "bukti", "alasan"]
    months = Contribution.everything.select_related("worker").order_by("month")
    assert [cells[:3] for _number, cells in lines] == [
        [remittance.number, str(month.pk), month.worker.nik] for month in months
    ]
    looks = ViewLog.objects.order_by("pk").values_list("what", "reason")
    assert list(looks) == [
        ("remittance file of 2 lines", f"berkas {remittance.number}: Setor"),
        ("password of a remittance file", f"berkas {remittance.number}: "),
    ]


def test_on_disk_it_is_sealed_and_its_name_tells_nothing(settings):
    remittance = ready()
    [path] = [at for at in Path(settings.MEDIA_ROOT).rglob("*") if at.is_file()]
    assert remittance.number not in str(path)
    assert not path.read_bytes().startswith(b"\xd0\xcf\x11\xe0")
    assert sealed_files.read(remittance.file.path).startswith(b"\xd0\xcf\x11\xe0")


def test_without_a_purpose_nobody_gets_it():
    remittance = ready()
    with pytest.raises(remittance_files.PurposeMissing):
        remittance_files.fetch(
            remittance=remittance, viewer=treasurer(remittance.office), purpose=" ", now=LATER
        )
    assert not ViewLog.objects.exists()


def test_it_goes_some_days_after_it_was_handed_over_and_never_before(settings):
    settings.REMITTANCE_FILE_DAYS = 3
    waiting, done = ready(), handed_over()
    over = (MONDAY + timedelta(days=4)).isoformat()
    call_command("delete_remittance_files", "--today", over)
    waiting.file.refresh_from_db(), done.file.refresh_from_db()
    assert (bool(waiting.file.path), done.file.path, done.file.password) == (True, "", "")
    with pytest.raises(remittance_files.FileNotThere):
        remittance_files.fetch(
            remittance=done, viewer=treasurer(done.office), purpose="Setor", now=LATER
        )


def test_a_reversal_waits_while_the_file_may_be_at_bpjs():
    payment = pay(billed_order(months=1), NOON)
    remitting.remit(today=MONDAY, now=NOON, core="files")
    reverse(payment, LATER)
    assert reversing.undo_payments(now=LATER)["waiting"] == 1
    assert statuses() == {"paid"}
    assert [found for found in check_books(now=LATER) if found.is_grave] == []
