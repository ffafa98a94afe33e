"""Working off a decision on many cases, case by case, through the verbs of a single one."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.models import AuditEvent, Role
from notices.models import JobRun, Message
from tests.factories import (
    NOW,
    TODAY,
    DonorMemberFactory,
    EnrollmentFactory,
    OfficeFactory,
    WorkerFactory,
    officer,
)
from tests.workers.desk import again
from tests.workers.test_bulk import checked_case, preview, supervisor
from workers.models import BulkDecision, EnrollmentEvent, WorkerEvent
from workers.services import bulk, bulk_running, holding
from workers.tasks import run_bulk_decisions

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def sent(cases, who=None, **said):
    who = who or officer()
    return bulk.send(decision=preview(cases, who, **said), officer=who, now=NOW)


def run(now=LATER, **how):
    return bulk_running.run_bulk_decisions(now=now, **how)


def outcomes(decision):
    lines = decision.lines.order_by("pk")
    return list(lines.values_list("outcome", "outcome_reason"))


def test_each_case_is_approved_as_by_a_single_decision():
    who = officer()
    cases = [checked_case(), checked_case()]
    decision = sent(cases, who)
    assert run()["decided"] == 2
    for case in map(again, cases):
        assert (case.status, case.decided_by, case.decided_at) == ("approved", who, LATER)
        assert case.sector == case.occupation.sector
        assert case.snapshot["checks"]["age"] == "ok"
        kinds = case.events.order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["taken", "approved"]
    decision.refresh_from_db()
    assert (decision.status, decision.finished_at) == ("done", LATER)
    assert outcomes(decision) == [("done", "")] * 2


def test_event_and_audit_name_the_decision_and_who_confirmed(settings):
    settings.BULK_CONFIRM_ABOVE = 0
    case, boss = checked_case(), supervisor()
    decision = sent([case])
    bulk.confirm(decision=decision, supervisor=boss, now=NOW)
    run()
    assert EnrollmentEvent.objects.get(kind="approved").bulk == decision
    after = AuditEvent.objects.get(action="enrollment.approved").after
    assert (after["bulk"], after["confirmed_by"]) == (decision.pk, boss.pk)


def test_what_nobody_has_confirmed_is_not_worked_off(settings):
    settings.BULK_CONFIRM_ABOVE = 0
    case = checked_case()
    sent([case])
    preview([checked_case()])
    assert run()["decided"] == 0
    assert again(case).status == "submitted"


def test_cases_are_returned_and_rejected_with_their_reasons():
    back, out = EnrollmentFactory(), EnrollmentFactory()
    sent([back], verb="return", reasons={"name": "name_differs"}, note="Lihat KTP")
    sent([out], verb="reject", reasons={"case": "not_found"})
    run()
    assert (again(back).status, again(back).reasons) == ("returned", {"name": "name_differs"})
    assert (again(out).status, again(out).reasons) == ("rejected", {"case": "not_found"})
    assert "Lihat KTP" in Message.objects.get(kind="case_returned").body


def test_a_case_that_changed_meanwhile_is_skipped_with_its_reason():
    who = officer()
    taken, withdrawn, moved, family, fine = (checked_case() for _ in range(5))
    decision = sent([taken, withdrawn, moved, family, fine], who)
    holding.take(enrollment=taken, officer=officer(), now=NOW)
    rows = type(taken).everything
    rows.filter(pk=withdrawn.pk).update(status="withdrawn")
    rows.filter(pk=moved.pk).update(office=OfficeFactory(code="TEST-LAIN"))
    DonorMemberFactory(donor=family.donor, user=who)
    assert (run()["decided"], run()["skipped"]) == (1, 0)
    assert outcomes(decision) == [
        ("skipped", "held"),
        ("skipped", "not_waiting"),
        ("skipped", "elsewhere"),
        ("skipped", "own"),
        ("done", ""),
    ]
    assert again(moved).status == "submitted"


def test_a_case_that_cannot_be_approved_stays_in_the_queue():
    case = checked_case()
    decision = sent([case])
    case.consent.delete()
    run()
    assert outcomes(decision) == [("skipped", "consent")]
    assert (again(case).status, again(case).taken_by) == ("submitted", None)
    assert not EnrollmentEvent.objects.filter(enrollment=case).exists()


def test_who_confirms_answers_for_no_case_of_his_own_family(settings):
    settings.BULK_CONFIRM_ABOVE = 0
    case, boss = checked_case(), supervisor()
    DonorMemberFactory(donor=case.donor, user=boss)
    decision = sent([case])
    bulk.confirm(decision=decision, supervisor=boss, now=NOW)
    run()
    assert outcomes(decision) == [("skipped", "own")]


def test_a_run_goes_on_where_the_last_one_stood():
    cases = [checked_case() for _ in range(3)]
    decision = sent(cases)
    assert run(limit=2)["decided"] == 2
    decision.refresh_from_db()
    assert decision.status == "confirmed"
    assert run() == {"decided": 1, "skipped": 0, "failed": 0, "finished": 1, "forgotten": 0}
    assert run()["decided"] == 0
    assert EnrollmentEvent.objects.filter(kind="approved").count() == 3


def test_the_verb_and_its_line_are_undone_together(monkeypatch):
    case = checked_case()
    decision = sent([case])

    def die(**kwargs):
        raise SystemExit

    monkeypatch.setattr("workers.services.deciding.draw", die)
    with pytest.raises(SystemExit):
        run()
    assert outcomes(decision) == [("", "")]
    assert again(case).status == "submitted"
    monkeypatch.undo()
    assert run()["decided"] == 1


def test_an_officer_who_left_decides_nothing_more():
    who, case = officer(), checked_case()
    decision = sent([case], who)
    who.roles.update(ended_at=NOW)
    run()
    assert outcomes(decision) == [("skipped", "elsewhere")]


def test_a_preview_that_nobody_sent_is_forgotten_after_a_day():
    preview([checked_case()])
    assert run(NOW + timedelta(hours=23))["forgotten"] == 0
    assert run(NOW + timedelta(hours=25))["forgotten"] == 1
    assert not BulkDecision.everything.exists()


def test_the_job_by_clock_and_by_hand(capsys):
    sent([checked_case()])
    run_bulk_decisions()
    assert JobRun.objects.get(job="run_bulk_decisions").counts["decided"] == 1
    call_command("run_bulk_decisions", "--today", "2026-11-20")
    assert "decided: 0" in capsys.readouterr().out


def test_a_supervisor_of_the_branch_above_confirms_for_its_sub_branch(settings):
    settings.BULK_CONFIRM_ABOVE = 0
    sub = OfficeFactory(code="TEST-KCP", kind="kcp", parent=OfficeFactory())
    case, who = checked_case(office=sub), officer(office=sub)
    decision = bulk.send(decision=preview([case], who), officer=who, now=NOW)
    bulk.confirm(decision=decision, supervisor=officer(Role.Kind.BRANCH_SUPERVISOR), now=NOW)
    assert run()["decided"] == 1


def test_a_twin_who_appeared_meanwhile_is_left_to_a_person():
    case = checked_case()
    decision = sent([case])
    same = {"name": case.name, "birth_date": case.birth_date, "village": case.village}
    EnrollmentFactory(approved=True, **same)
    run()
    assert outcomes(decision) == [("skipped", "twin")]
    assert again(case).status == "submitted"


def test_one_case_that_stumbles_holds_up_no_other(monkeypatch):
    bad, good = checked_case(), checked_case()
    decision = sent([bad, good])
    honest = bulk_running._decide

    def stumble(decision, case, now):
        if case.pk == bad.pk:
            raise KeyError("unexpected")
        honest(decision, case, now)

    monkeypatch.setattr(bulk_running, "_decide", stumble)
    counts = run()
    assert (counts["decided"], counts["failed"]) == (1, 1)
    assert (again(bad).status, again(good).status) == ("submitted", "approved")
    monkeypatch.undo()
    assert run()["decided"] == 1
    assert outcomes(decision) == [("done", "")] * 2


def test_a_case_whose_worker_left_meanwhile_is_stopped_by_itself():
    case = checked_case()
    decision = sent([case])
    same = ("nik", "nik_index", "name", "birth_date", "sex", "village", "occupation")
    worker = WorkerFactory(**{name: getattr(case, name) for name in same})
    WorkerEvent.everything.create(
        worker=worker, kind="left", happened_on=TODAY, said_by="worker", recorded_at=NOW
    )
    run()
    assert again(case).status != "approved"
    assert outcomes(decision) == [("skipped", "stopped")]
