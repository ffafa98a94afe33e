"""Check files out: proposed, let out by another person, fetched and logged, gone in time."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, transaction

from accounts.models import AuditEvent, Role, ViewLog
from tests.factories import (
    NOW,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    officer,
)
from tests.workers.checkfiles import (
    CORE,
    PURPOSE,
    REGISTRY,
    answer,
    opened,
    proposed,
    released,
    supervisor,
)
from tests.workers.desk import sound_case
from workers.models import CheckBatch, CheckBatchLine, Enrollment
from workers.services import check_files, holding

pytestmark = pytest.mark.django_db

AFTER = NOW + timedelta(days=8)


def again(batch):
    return CheckBatch.everything.get(pk=batch.pk)


def on_disk(batch):
    return Path(settings.MEDIA_ROOT) / batch.path


# --- proposing ---------------------------------------------------------------------------
def test_the_waiting_cases_of_an_office_are_proposed_oldest_first():
    young = EnrollmentFactory(submitted_at=NOW)
    old = EnrollmentFactory(submitted_at=NOW - timedelta(days=3))
    EnrollmentFactory(approved=True)
    EnrollmentFactory(office=OfficeFactory(code="TEST-LAIN"))
    batch = proposed(young)
    assert [line.enrollment for line in batch.lines.order_by("number")] == [old, young]
    assert (batch.status, batch.path, batch.purpose) == ("proposed", "", PURPOSE)
    event = AuditEvent.objects.get(action="check_file.proposed")
    assert event.after == {"number": batch.number, "target": "core", "lines": 2}


def test_what_was_answered_or_is_on_its_way_can_be_left_out():
    first = sound_case()
    answer(released(first), {"identitas": "cocok"})
    second = EnrollmentFactory()
    batch = proposed(first, unasked=True)
    assert [line.enrollment for line in batch.lines.all()] == [second]
    third = EnrollmentFactory()
    assert [line.enrollment for line in proposed(first, unasked=True).lines.all()] == [third]
    with pytest.raises(check_files.NothingToAsk):
        proposed(first, unasked=True)
    # The other source has not been asked.
    assert proposed(first, target=REGISTRY, unasked=True).lines.count() == 3


def test_a_case_whose_nik_was_mended_counts_as_unasked():
    case = sound_case()
    answer(released(case), {"identitas": "cocok"})
    Enrollment.everything.filter(pk=case.pk).update(nik_index="another")
    assert proposed(case, unasked=True).lines.count() == 1


def test_cases_of_own_donors_and_family_are_left_to_another():
    mine, family, other = EnrollmentFactory(), EnrollmentFactory(in_review=True), sound_case()
    DonorMemberFactory(donor=mine.donor, user=family.taken_by)
    holding.declare_family(enrollment=family, officer=family.taken_by, now=NOW)
    batch = proposed(other, maker=family.taken_by)
    assert [line.enrollment for line in batch.lines.all()] == [other]


def test_a_file_needs_a_purpose_and_a_desk():
    case, told = sound_case(), {"target": CORE, "unasked": False, "now": NOW}
    with pytest.raises(check_files.PurposeMissing):
        check_files.propose(office=case.office, officer=officer(), purpose="  ", **told)
    stranger = officer(office=OfficeFactory(code="TEST-LAIN"))
    with pytest.raises(check_files.WrongDesk):
        check_files.propose(office=case.office, officer=stranger, purpose="x", **told)


# --- letting out ---------------------------------------------------------------------------
def test_another_supervisor_lets_the_file_out_and_it_opens_with_its_password():
    case = sound_case(name="Siti Contoh")
    batch = released(case)
    assert (batch.status, batch.expires_at) == ("ready", NOW + timedelta(days=7))
    sealed = on_disk(batch).read_bytes()
    content = check_files.fetch(batch=batch, viewer=batch.made_by, now=NOW)
    assert case.nik.encode() not in sealed + content
    book = opened(content, batch.password)
    data, told = book.worksheets
    assert [cell.value for cell in data[3]][:6] == [
        "1",
        case.number,
        case.nik,
        "Siti Contoh",
        "02-03-1989",
        "P",
    ]
    assert {cell.number_format for cell in data[3]} == {"@"}
    assert {cell.data_type for cell in data[3] if cell.value} == {"s"}
    mark = data["A1"].value
    for part in (batch.number, batch.made_by.name, batch.released_by.name, "20-11-2026 10.00"):
        assert part in mark
    assert told["A1"].value == mark
    assert {"identitas", "kpj"} <= {cell.value for cell in told["A"]}
    assert AuditEvent.objects.filter(action="check_file.released").count() == 1


def test_no_other_password_opens_it():
    batch = released()
    content = check_files.fetch(batch=batch, viewer=batch.made_by, now=NOW)
    with pytest.raises(Exception, match=r"[Kk]ey"):
        opened(content, "bukan-kata-sandinya")


def test_two_files_have_two_passwords():
    case = sound_case()
    assert released(case).password != released(case).password


@pytest.mark.parametrize("name", ["=1+1", "+62", "-x", "@SUM(A1)"])
def test_a_name_never_becomes_a_formula(name):
    batch = released(sound_case(name=name))
    content = check_files.fetch(batch=batch, viewer=batch.made_by, now=NOW)
    cell = opened(content, batch.password).worksheets[0]["D3"]
    assert (cell.value, cell.data_type) == (f"'{name}", "s")


def test_the_path_tells_nothing():
    batch = released()
    assert not any(part in batch.path for part in (batch.number, batch.purpose, "Siti"))


def test_nobody_lets_out_his_own_file():
    both = supervisor()
    batch = proposed(maker=both)
    with pytest.raises(check_files.OwnFile):
        check_files.release(batch=batch, supervisor=both, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        CheckBatch.everything.filter(pk=batch.pk).update(released_by=both)


def test_an_officer_or_a_supervisor_of_elsewhere_lets_nothing_out():
    batch = proposed()
    far = officer(Role.Kind.BRANCH_SUPERVISOR, office=OfficeFactory(code="TEST-LAIN"))
    for nobody in (officer(), far):
        with pytest.raises(check_files.NotSupervisor):
            check_files.release(batch=batch, supervisor=nobody, now=NOW)


def test_a_case_decided_meanwhile_is_not_in_the_file():
    decided, waiting = sound_case(), EnrollmentFactory()
    batch = proposed(decided)
    Enrollment.everything.filter(pk=decided.pk).update(status="rejected")
    batch = check_files.release(batch=batch, supervisor=supervisor(), now=NOW)
    assert [line.enrollment for line in batch.lines.all()] == [waiting]


def test_a_file_of_nothing_is_not_made():
    case = sound_case()
    batch = proposed(case)
    Enrollment.everything.filter(pk=case.pk).update(status="rejected")
    with pytest.raises(check_files.NothingToAsk):
        check_files.release(batch=batch, supervisor=supervisor(), now=NOW)


def test_a_file_is_decided_once():
    batch = proposed()
    check_files.refuse(batch=batch, supervisor=supervisor(), now=NOW)
    assert again(batch).status == "refused"
    before = list((Path(settings.MEDIA_ROOT) / "checkfiles").rglob("*"))
    with pytest.raises(check_files.FileDecided):
        check_files.release(batch=batch, supervisor=supervisor(), now=NOW)
    # The file that lost is gone.
    after = [
        path for path in (Path(settings.MEDIA_ROOT) / "checkfiles").rglob("*") if path.is_file()
    ]
    assert [path for path in after if path not in before] == []
    with pytest.raises(check_files.FileDecided):
        check_files.refuse(batch=batch, supervisor=supervisor(), now=NOW)


# --- fetching ------------------------------------------------------------------------------
def test_each_fetching_and_each_look_at_the_password_is_logged():
    batch = released()
    check_files.fetch(batch=batch, viewer=batch.made_by, now=NOW)
    assert check_files.show_password(batch=batch, viewer=batch.made_by, now=NOW) == batch.password
    looks = ViewLog.objects.filter(object_type="workers.checkbatch", object_id=str(batch.pk))
    assert [(look.what, look.office) for look in looks.order_by("pk")] == [
        ("check file of 1 NIK", batch.office),
        ("password of a check file", batch.office),
    ]
    assert looks[0].reason == f"berkas {batch.number}: {PURPOSE}"


def test_a_supervisor_fetches_the_file_and_a_colleague_does_not():
    batch = released()
    assert check_files.fetch(batch=batch, viewer=supervisor(), now=NOW)
    for verb, nobody in [
        (check_files.fetch, officer()),
        (check_files.show_password, supervisor()),
        (check_files.show_password, officer()),
    ]:
        with pytest.raises(check_files.FileNotThere):
            verb(batch=batch, viewer=nobody, now=NOW)
    assert ViewLog.objects.count() == 1


def test_nothing_is_fetched_after_its_last_day():
    batch = released()
    for verb in (check_files.fetch, check_files.show_password):
        with pytest.raises(check_files.FileNotThere):
            verb(batch=batch, viewer=batch.made_by, now=batch.expires_at)


# --- going ---------------------------------------------------------------------------------
def test_the_clock_deletes_a_file_whose_days_are_over():
    batch = released()
    path = on_disk(batch)
    assert check_files.delete_expired(now=batch.expires_at - timedelta(seconds=1)) == {
        "files": 0,
        "answers": 0,
    }
    call_command("delete_check_files", "--today", "2026-11-28")
    gone = again(batch)
    assert (gone.status, gone.path, gone.password) == ("expired", "", "")
    assert not path.exists()
    assert check_files.delete_expired(now=AFTER)["files"] == 0
    assert AuditEvent.objects.filter(action="check_file.expired", actor=None).count() == 1


def test_an_answered_file_goes_too_and_stays_answered():
    batch = answer(released(), {"identitas": "cocok"})
    check_files.delete_expired(now=AFTER)
    assert (again(batch).status, again(batch).path) == ("answered", "")


def test_a_file_that_is_gone_already_is_no_fault():
    batch = released()
    on_disk(batch).unlink()
    with pytest.raises(check_files.FileNotThere):
        check_files.fetch(batch=batch, viewer=batch.made_by, now=NOW)
    assert check_files.delete_expired(now=AFTER)["files"] == 1


def test_lines_bear_what_was_asked_only_once_the_file_is_out():
    case = sound_case()
    batch = proposed(case)
    assert CheckBatchLine.objects.get().nik_index == ""
    check_files.release(batch=batch, supervisor=supervisor(), now=NOW)
    assert CheckBatchLine.objects.get().nik_index == case.nik_index


def test_a_release_that_fails_unexpectedly_leaves_no_file_behind(monkeypatch):
    batch = proposed()
    folder = Path(settings.MEDIA_ROOT) / "checkfiles"
    before = set(folder.rglob("*"))
    fail = Mock(side_effect=OperationalError("lock timeout"))
    monkeypatch.setattr(check_files, "_keep_asked", fail)
    with pytest.raises(OperationalError):
        check_files.release(batch=batch, supervisor=supervisor(), now=NOW)
    assert again(batch).status == "proposed"
    assert {path for path in set(folder.rglob("*")) - before if path.is_file()} == set()
