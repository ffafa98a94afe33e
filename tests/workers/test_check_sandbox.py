"""The sandbox of the core system and the civil registry: a file out, its answer, the checks."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contributions.core.sandbox import SandboxCore
from contributions.models import SandboxCoreFile
from tests.factories import NOW, EnrollmentFactory, nik_of
from tests.workers.checkfiles import CORE, REGISTRY, proposed, released
from tests.workers.desk import sound_case
from workers.checkfile.reading import read_table
from workers.checktexts import read_check
from workers.models import CheckBatch
from workers.services import check_answers
from workers.services.sandbox_answers import NoSandbox, sandbox_answers

pytestmark = pytest.mark.django_db

#: End of the NIK: outcomes by the civil registry and by the core system.
ENDS = {
    "97": ("stop", "no_match", "ok", ""),
    "96": ("stop", "dead", "stop", "dead"),
    "95": ("ok", "match", "stop", "employee"),
    "94": ("ok", "match", "note", "member"),
    "93": ("stop", "not_found", "ok", ""),
    "92": ("ok", "match", "ok", "former"),
    "91": ("info", "not_connected", "info", "not_asked"),
    "01": ("ok", "match", "ok", ""),
}


def ending(end):
    return nik_of(NOW.date().replace(year=1989, month=3, day=2), "P", 0)[:-2] + end


def through_the_sandbox(case, target):
    """Send a file out, let the sandbox answer, take the answer, follow it up."""
    batch = released(case, target=target)
    content = sandbox_answers(batch=batch, now=NOW)
    kept = check_answers.receive(batch=batch, content=content, sender=batch.made_by, now=NOW)
    if check_answers.preview(answer=kept, now=NOW).lines:
        check_answers.apply(answer=kept, sender=batch.made_by, now=NOW)
    check_answers.follow_up_answers(now=NOW)
    return batch


@pytest.mark.parametrize("end", ENDS)
def test_out_answered_and_back_each_ending_has_its_checks(end):
    case = EnrollmentFactory(nik=ending(end))
    sound_case()
    through_the_sandbox(case, REGISTRY)
    through_the_sandbox(case, CORE)
    if end == "91":
        # What the source leaves open is told as open.
        assert not case.check_lines.filter(answered_at__isnull=False).exists()
        return
    found = {check.kind: check for check in case.checks.all()}
    registry, core = found["civil_registry"], found["core_member"]
    assert (
        registry.outcome,
        registry.detail["variant"],
        core.outcome,
        core.detail["variant"],
    ) == ENDS[end]
    for check in (registry, core):
        assert "kotak pasir, bukan data nyata" in read_check(check, case, NOW.date()).sentence


def test_no_ending_belongs_to_both_sandboxes():
    assert not {"98", "99"} & set(ENDS)


def test_both_sandboxes_know_one_kpj_of_a_nik():
    case = EnrollmentFactory(nik=ending("94"))
    batch = through_the_sandbox(case, CORE)
    told = batch.lines.get(enrollment=case).kpj
    head = "line;nik;name;birth_date;month;covered_from;covered_until;starts_at;jkk;jkm;jht"
    SandboxCoreFile.objects.create(
        reference="SBX-uji", content=f"{head}\n1;{case.nik};x;;;;;;;;\n", received_at=NOW
    )
    [answer] = SandboxCore().answers(reference="SBX-uji", now=NOW.replace(hour=12))
    assert answer.kpj == told != ""


def test_the_sandbox_bears_no_nik_and_says_what_it_is():
    case = sound_case()
    content = sandbox_answers(batch=released(case), now=NOW).decode()
    assert case.nik not in content
    assert "kotak pasir" in content


def test_the_command_writes_the_answer(tmp_path):
    batch = released()
    out = io.StringIO()
    call_command("answer_check_file", batch.number, stdout=out)
    path = tmp_path / "jawaban.csv"
    call_command("answer_check_file", batch.number.lower(), out=str(path), stdout=out)
    assert read_table(Path(path).read_bytes()) == read_table(out.getvalue().encode())


@pytest.mark.parametrize("number", ["B-2699999", "B-26x", "", "B-2500001", "B-26" + "9" * 30])
def test_the_command_refuses_a_number_that_is_none(number):
    released()
    with pytest.raises(CommandError, match="no check file"):
        call_command("answer_check_file", number)


def test_a_file_that_is_not_out_is_not_answered():
    batch = proposed()
    with pytest.raises(CommandError):
        call_command("answer_check_file", batch.number)


def test_outside_the_demo_there_is_no_sandbox_and_its_answers_are_refused(settings):
    batch = released()
    content = sandbox_answers(batch=batch, now=NOW)
    settings.DEMO = False
    with pytest.raises(NoSandbox):
        sandbox_answers(batch=batch, now=NOW)
    with pytest.raises(check_answers.SandboxOutside):
        check_answers.receive(batch=batch, content=content, sender=batch.made_by, now=NOW)
    assert CheckBatch.everything.get().status == "ready"
