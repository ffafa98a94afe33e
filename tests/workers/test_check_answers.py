"""Check files back: kept, shown, confirmed by who sent them, then a check on each case."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError

from accounts.models import AuditEvent
from tests.factories import NOW, EnrollmentFactory, officer
from tests.workers.checkfiles import (
    REGISTRY,
    answer,
    csv_of,
    line_of,
    opened,
    proposed,
    released,
    saved,
)
from tests.workers.desk import again, held_case, sound_case
from workers.checkfile.reading import NoTable
from workers.models import CheckAnswer, CheckBatch, CheckBatchLine, Enrollment, Worker
from workers.services import check_answers, check_files, deciding

pytestmark = pytest.mark.django_db


def received(batch, *answers, sender=None, content=None, now=NOW):
    return check_answers.receive(
        batch=batch,
        content=content or csv_of(batch, *answers),
        sender=sender or batch.made_by,
        now=now,
    )


def apply(kept, sender=None):
    return check_answers.apply(answer=kept, sender=sender or kept.uploaded_by, now=NOW)


def check(case, kind):
    return case.checks.get(kind=kind)


# --- nothing before it is confirmed ----------------------------------------------------------
def test_a_file_that_came_in_changes_nothing_until_it_is_confirmed():
    case = sound_case()
    batch = released(case)
    kept = received(batch, {"identitas": "cocok"})
    assert line_of(batch, case).answer == {}
    assert kept.applied_at is None
    sealed = (Path(settings.MEDIA_ROOT) / kept.path).read_bytes()
    assert b"cocok" not in sealed
    found = check_answers.preview(answer=kept, now=NOW)
    assert ([line.number for line in found.lines], found.faults) == ([1], [])


def test_what_is_no_table_is_not_kept():
    with pytest.raises(NoTable):
        received(released(), content=b"%PDF-1.7")
    assert not CheckAnswer.objects.exists()


def test_only_a_file_that_went_out_is_answered():
    batch = proposed()
    with pytest.raises(check_answers.NotOut):
        received(batch, {"identitas": "cocok"})


def test_confirmed_answers_stand_on_their_lines_and_faulty_ones_do_not():
    first, second = sound_case(), EnrollmentFactory()
    batch = released(first)
    lines = {line.enrollment_id: line.number for line in batch.lines.all()}
    kept = received(
        batch,
        {
            "baris": lines[first.pk],
            "kasus": first.number,
            "identitas": "cocok",
            "kpj": "01234567890",
        },
        {"baris": lines[second.pk], "kasus": second.number, "identitas": "entah"},
    )
    done = apply(kept)
    assert (done.saved, done.faulty) == (1, 1)
    line = line_of(batch, first)
    assert (line.answer, line.kpj, line.answered_at) == ({"identity": "match"}, "01234567890", NOW)
    assert line_of(batch, second).answered_at is None
    batch = CheckBatch.everything.get()
    assert (batch.status, batch.answered_by, batch.answer_sha256) == (
        "answered",
        batch.made_by,
        kept.sha256,
    )
    event = AuditEvent.objects.get(action="check_file.answered")
    assert event.after == {"number": batch.number, "saved": 1, "faulty": 1, "sandbox": False}


def test_the_kpj_is_sealed():
    batch = answer(released(), {"identitas": "cocok", "kpj": "01234567890"})
    stored = CheckBatchLine.objects.filter(batch=batch).values_list("pk", flat=True)
    [raw] = CheckBatchLine.objects.filter(pk__in=stored).extra(select={"raw": "kpj"})
    assert raw.kpj == "01234567890"
    assert "01234567890" not in raw.raw


def test_the_same_file_twice_is_one_and_applies_once():
    batch = released()
    content = csv_of(batch, {"identitas": "cocok"})
    kept = received(batch, content=content)
    assert received(batch, content=content) == kept
    applied = apply(kept)
    assert apply(applied) == applied
    assert received(batch, content=content).applied_at == NOW
    assert AuditEvent.objects.filter(action="check_file.answered").count() == 1


def test_a_file_that_was_applied_is_deleted_by_the_clock():
    kept = received(released(), {"identitas": "cocok"})
    apply(kept)
    assert check_files.delete_expired(now=NOW) == {"files": 0, "answers": 1}
    assert not (Path(settings.MEDIA_ROOT) / kept.path).exists()
    assert CheckAnswer.objects.get().path == ""
    assert check_files.delete_expired(now=NOW)["answers"] == 0


def test_a_mended_file_answers_the_rest_and_the_last_word_counts():
    case = sound_case()
    batch = answer(released(case), {"identitas": "tidak cocok"})
    batch = answer(batch, {"identitas": "cocok"}, now=NOW + timedelta(hours=1))
    assert line_of(batch, case).answer == {"identity": "match"}
    assert [kept.saved for kept in batch.answers.all()] == [1, 1]


def test_only_who_sent_it_confirms():
    kept = received(released(), {"identitas": "cocok"})
    with pytest.raises(check_answers.NotSender):
        apply(kept, sender=officer())
    assert CheckAnswer.objects.get().applied_at is None


def test_a_file_without_a_usable_line_is_not_applied():
    kept = received(released(), {"identitas": "entah"})
    with pytest.raises(check_answers.NothingToSave):
        apply(kept)
    assert CheckBatch.everything.get().status == "ready"


def test_answers_are_taken_after_the_file_has_gone():
    batch = released()
    content = csv_of(batch, {"identitas": "cocok"})
    late = NOW + timedelta(days=9)
    check_files.delete_expired(now=late)
    batch = CheckBatch.everything.get()
    kept = received(batch, content=content, now=late)
    check_answers.apply(answer=kept, sender=batch.made_by, now=late)
    assert CheckBatch.everything.get().status == "answered"


def test_an_answer_that_nobody_confirms_is_deleted():
    batch = released()
    kept = received(batch, {"identitas": "cocok"})
    assert check_files.delete_expired(now=NOW + timedelta(days=8))["answers"] == 1
    assert not (Path(settings.MEDIA_ROOT) / kept.path).exists()
    with pytest.raises(check_answers.AnswerGone):
        check_answers.preview(answer=kept, now=NOW)


def test_lines_of_another_batch_are_refused():
    first = sound_case()
    one = released(first)
    Enrollment.everything.filter(pk=first.pk).update(status="rejected")
    other = released(EnrollmentFactory())
    # Both have a line 1; what tells them apart is the number of its case.
    kept = received(one, content=csv_of(other, {"identitas": "cocok"}))
    found = check_answers.preview(answer=kept, now=NOW)
    assert (found.lines, [fault.row for fault in found.faults]) == ([], [2])


def test_our_own_workbook_comes_back_filled_in_and_locked():
    case = sound_case()
    batch = released(case, target=REGISTRY)
    content = check_files.fetch(batch=batch, viewer=batch.made_by, now=NOW)
    book = opened(content, batch.password)
    book.worksheets[0]["G3"] = "tidak cocok"
    kept = received(batch, content=check_files.lock(saved(book), batch.password))
    apply(kept)
    assert line_of(batch, case).answer == {"identity": "no_match"}


# --- what follows ----------------------------------------------------------------------------
def test_each_answered_case_is_checked_anew_and_its_thread_says_so():
    case = sound_case()
    batch = released(case)
    apply(received(batch, {"identitas": "cocok", "karyawan": "ya"}))
    assert not case.checks.exists()
    call_command("follow_up_answers", "--today", "2026-11-20")
    assert check(case, "core_member").outcome == "stop"
    event = case.events.get(kind="officially_answered")
    assert (event.note, event.actor) == (batch.number, batch.made_by)
    assert check_answers.follow_up_answers(now=NOW) == {"lines": 0}
    assert case.events.filter(kind="officially_answered").count() == 1


def test_a_decided_case_keeps_its_checks_and_its_thread_tells_the_answer():
    case, holder = held_case()
    batch = released(case)
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    apply(received(batch, {"identitas": "cocok", "karyawan": "ya"}))
    check_answers.follow_up_answers(now=NOW)
    assert check(case, "core_member").outcome == "info"
    assert case.events.filter(kind="officially_answered").exists()


def test_an_employee_cannot_be_approved_and_can_be_returned():
    case, holder = held_case()
    answer(released(case), {"identitas": "cocok", "karyawan": "ya"})
    with pytest.raises(deciding.ChecksStop):
        deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    reasons = {"occupation": "occupation_differs"}
    deciding.return_case(enrollment=case, officer=holder, reasons=reasons, now=NOW)
    assert again(case).status == "returned"


# --- the participant number ------------------------------------------------------------------
def test_the_kpj_goes_to_the_worker_when_he_is_approved():
    case, holder = held_case()
    answer(released(case), {"identitas": "cocok", "kpj": "01234567890"})
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert Worker.everything.get().kpj == "01234567890"
    event = AuditEvent.objects.get(action="worker.kpj_told")
    assert ("01234567890" in event.personal, event.after) == (True, {})


@pytest.mark.parametrize("change", [{"nik_index": "another"}, {"name": "Orang Lain"}])
def test_the_kpj_of_other_data_is_nobodys(change):
    case, holder = held_case()
    answer(released(case), {"identitas": "cocok", "kpj": "01234567890"})
    Enrollment.everything.filter(pk=case.pk).update(**change)
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert Worker.everything.get().kpj == ""


def test_the_kpj_of_somebody_else_under_this_nik_is_not_taken():
    case, holder = held_case()
    answer(released(case), {"identitas": "tidak cocok", "kpj": "01234567890"})
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert Worker.everything.get().kpj == ""


def test_a_kpj_that_the_registry_has_stays():
    from_before = sound_case()
    case, holder = held_case(
        nik=from_before.nik, nik_index=from_before.nik_index, name=from_before.name
    )
    first_holder = officer()
    Enrollment.everything.filter(pk=from_before.pk).update(
        status="in_review", taken_by=first_holder, taken_at=NOW
    )
    deciding.approve(enrollment=from_before, officer=first_holder, sector="other", now=NOW)
    Worker.everything.update(kpj="99999999999")
    answer(released(case), {"identitas": "cocok", "kpj": "01234567890"})
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert Worker.everything.get().kpj == "99999999999"
    assert not AuditEvent.objects.filter(action="worker.kpj_told").exists()


def test_an_answer_that_cannot_be_noted_leaves_no_file_behind(monkeypatch):
    batch = released(sound_case())
    folder = Path(settings.MEDIA_ROOT) / "checkanswers"
    before = set(folder.rglob("*"))
    fail = Mock(side_effect=OperationalError("lock timeout"))
    monkeypatch.setattr(CheckAnswer.objects, "get_or_create", fail)
    with pytest.raises(OperationalError):
        received(batch, {"identitas": "cocok"})
    assert {path for path in set(folder.rglob("*")) - before if path.is_file()} == set()
