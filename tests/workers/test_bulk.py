"""A decision on many cases: the dry run, who sends and who confirms it."""

from datetime import date, timedelta
from itertools import cycle, product

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent, Role
from tests.factories import (
    NOW,
    DonorMemberFactory,
    EnrollmentFactory,
    OccupationFactory,
    OfficeFactory,
    officer,
)
from tests.workers.desk import sound_case
from workers.models import BulkDecision, BulkLine, Check, EnrollmentEvent
from workers.obstacles import TO_LOOK_AT
from workers.services import bulk, freezing
from workers.services.checking import make_checks
from workers.services.holding import ReasonMissing

pytestmark = pytest.mark.django_db
Status = BulkDecision.Status


_people = cycle(
    enumerate(
        f"{first} {last}"
        for first, last in product(
            ["Agus", "Budi", "Cahyo", "Dimas", "Eko", "Fajar", "Gilang", "Hendra"],
            ["Kusuma", "Lestari", "Nugroho", "Prabowo", "Siregar", "Tanjung", "Wibowo"],
        )
    )
)


def checked_case(**case):
    """A sound case of somebody who is like nobody else, with its checks, as at handing in."""
    number, name = next(_people)
    born = date(1970, 1, 9) + timedelta(days=211 * number)
    enrollment = sound_case(**{"name": name, "birth_date": born, "sex": "L"} | case)
    make_checks(enrollment=enrollment, now=NOW)
    return enrollment


def preview(cases, who=None, **said):
    who = who or officer()
    asked = {"verb": "approve", "now": NOW} | said
    return bulk.preview(officer=who, enrollments=[case.pk for case in cases], **asked)


def supervisor(**user):
    return officer(Role.Kind.BRANCH_SUPERVISOR, **user)


def obstacles(decision):
    return dict(decision.lines.values_list("enrollment", "obstacle"))


# --- the dry run ------------------------------------------------------------------------
def test_the_dry_run_says_of_each_case_what_stands_in_the_way():
    who = officer()
    cases = {
        "": checked_case(),
        "held": checked_case(status="in_review", taken_by=officer(), taken_at=NOW),
        "own": checked_case(),
        "frozen": checked_case(),
        "unchecked": sound_case(),
        "consent": EnrollmentFactory(),
        "stopped": checked_case(sex=""),
        "proof": checked_case(months=1),
        "sector": checked_case(occupation=OccupationFactory(code="lainnya", name="Pekerjaan lain")),
        "elsewhere": checked_case(office=OfficeFactory(code="TEST-LAIN")),
        "not_waiting": checked_case(status="returned"),
        "differs": checked_case(),
    }
    DonorMemberFactory(donor=cases["own"].donor, user=who)
    freezing.freeze(enrollment=cases["frozen"], because="not_me", by=None, now=NOW)
    make_checks(enrollment=cases["consent"], now=NOW)
    known = EnrollmentFactory(approved=True, name="Nama Lain").worker
    differing = cases["differs"]
    type(differing).everything.filter(pk=differing.pk).update(
        nik=known.nik, nik_index=known.nik_index
    )
    differing.refresh_from_db()
    make_checks(enrollment=differing, now=NOW)

    decision = preview(cases.values(), who)

    assert obstacles(decision) == {case.pk: word for word, case in cases.items()}
    assert decision.status == Status.PREVIEW
    assert not EnrollmentEvent.objects.filter(kind__in=["taken", "approved"]).exists()


def test_what_the_officer_holds_himself_is_no_obstacle_but_a_declared_family_is():
    who = officer()
    mine = checked_case(status="in_review", taken_by=who, taken_at=NOW)
    family = checked_case()
    EnrollmentEvent.objects.create(enrollment=family, at=NOW, actor=who, kind="family_declared")
    assert obstacles(preview([mine, family], who)) == {mine.pk: "", family.pk: "own"}


def test_returning_asks_no_check():
    case = EnrollmentFactory()
    decision = preview([case], verb="return", reasons={"name": "name_differs"})
    assert obstacles(decision) == {case.pk: ""}


@pytest.mark.parametrize(("kind", "obstacle"), [*TO_LOOK_AT.items()])
def test_what_a_check_asks_to_look_at_is_looked_at_by_a_person(kind, obstacle):
    case = checked_case()
    Check.objects.filter(enrollment=case, kind=kind).update(outcome="note")
    assert obstacles(preview([case])) == {case.pk: obstacle}


@pytest.mark.parametrize(
    ("verb", "reasons"),
    [
        ("return", {}),
        ("return", {"name": "nik_differs"}),
        ("return", {"phone_index": "x"}),
        ("reject", {}),
        ("reject", {"case": "see_note"}),
        ("reject", {"name": "name_differs"}),
        ("approve", {"name": "name_differs"}),
    ],
)
def test_reasons_belong_to_the_verb(verb, reasons):
    with pytest.raises(ReasonMissing):
        preview([EnrollmentFactory()], verb=verb, reasons=reasons)


def test_no_case_is_nothing_to_decide():
    with pytest.raises(bulk.NothingToDecide):
        preview([])


def test_the_questions_of_a_dry_run_do_not_grow_with_the_cases(
    django_assert_num_queries, django_assert_max_num_queries
):
    who = officer()
    cases = [checked_case() for _ in range(40)]
    preview(cases[:1], who)
    with django_assert_max_num_queries(12) as few:
        preview(cases[:2], who)
    with django_assert_num_queries(len(few)):
        preview(cases, who)


# --- sending it ----------------------------------------------------------------------------
def test_a_few_cases_need_no_second_person():
    who = officer()
    decision = bulk.send(decision=preview([checked_case()], who), officer=who, now=NOW)
    assert (decision.status, decision.confirmed_by) == (Status.CONFIRMED, None)
    assert AuditEvent.objects.get(action="bulk.sent").after["cases"] == 1


def test_above_the_number_a_supervisor_confirms(settings):
    settings.BULK_CONFIRM_ABOVE = 1
    who = officer()
    decision = preview([checked_case(), checked_case(), sound_case()], who)
    assert decision.needs_second
    assert bulk.send(decision=decision, officer=who, now=NOW).status == Status.PROPOSED
    boss = supervisor()
    bulk.confirm(decision=decision, supervisor=boss, now=NOW)
    assert (decision.status, decision.confirmed_by) == (Status.CONFIRMED, boss)
    left_out = decision.lines.get(obstacle="unchecked")
    assert (left_out.outcome, left_out.outcome_reason) == ("skipped", "unchecked")
    assert AuditEvent.objects.get(action="bulk.confirmed").actor == boss


def test_many_small_decisions_of_a_day_count_as_one_large(settings):
    settings.BULK_CONFIRM_ABOVE = 2
    who, other = officer(), officer()
    first, second, third = [preview([checked_case()], who) for _turn in range(3)]
    assert bulk.send(decision=first, officer=who, now=NOW).status == Status.CONFIRMED
    assert bulk.send(decision=second, officer=who, now=NOW).status == Status.CONFIRMED
    assert preview([checked_case()], who).needs_second
    assert bulk.send(decision=third, officer=who, now=NOW).status == Status.PROPOSED
    assert not preview([checked_case()], other).needs_second
    assert not preview([checked_case()], who, now=NOW + timedelta(days=1)).needs_second


def test_only_what_can_be_decided_counts_for_the_number(settings):
    settings.BULK_CONFIRM_ABOVE = 1
    assert not preview([checked_case(), sound_case()]).needs_second


def proposed(settings, who=None):
    settings.BULK_CONFIRM_ABOVE = 0
    who = who or officer()
    return bulk.send(decision=preview([checked_case()], who), officer=who, now=NOW)


def test_the_maker_is_never_the_checker_in_the_service(settings):
    boss = supervisor()
    decision = proposed(settings, boss)
    with pytest.raises(bulk.MakerIsChecker):
        bulk.confirm(decision=decision, supervisor=boss, now=NOW)
    with pytest.raises(bulk.MakerIsChecker):
        bulk.refuse(decision=decision, supervisor=boss, now=NOW)
    decision.refresh_from_db()
    assert decision.status == Status.PROPOSED


def test_the_maker_is_never_the_checker_in_the_database(settings):
    decision = proposed(settings)
    rows = BulkDecision.everything.filter(pk=decision.pk)
    with pytest.raises(IntegrityError, match="bulk_maker_is_not_checker"), transaction.atomic():
        rows.update(confirmed_by=decision.proposed_by, confirmed_at=NOW)


@pytest.mark.parametrize("status", ["confirmed", "done"])
def test_the_database_lets_none_run_that_needs_a_second_person(settings, status):
    decision = proposed(settings)
    rows = BulkDecision.everything.filter(pk=decision.pk)
    with pytest.raises(IntegrityError, match="bulk_confirmed_where_needed"), transaction.atomic():
        rows.update(status=status)


def test_only_a_supervisor_of_the_office_confirms(settings):
    decision = proposed(settings)
    far = officer(Role.Kind.BRANCH_SUPERVISOR, office=OfficeFactory(code="TEST-LAIN"))
    for who in (officer(), far):
        with pytest.raises(bulk.NotSupervisor):
            bulk.confirm(decision=decision, supervisor=who, now=NOW)


def test_a_refused_or_withdrawn_decision_is_over(settings):
    refused, withdrawn = proposed(settings), proposed(settings)
    boss = supervisor()
    bulk.refuse(decision=refused, supervisor=boss, now=NOW)
    bulk.withdraw(decision=withdrawn, officer=withdrawn.proposed_by, now=NOW)
    assert (refused.status, withdrawn.status) == (Status.REFUSED, Status.WITHDRAWN)
    for decision in (refused, withdrawn):
        with pytest.raises(bulk.AlreadySent):
            bulk.confirm(decision=decision, supervisor=supervisor(), now=NOW)
        with pytest.raises(bulk.AlreadySent):
            bulk.withdraw(decision=decision, officer=decision.proposed_by, now=NOW)


def test_a_double_click_sends_once(settings):
    who = officer()
    decision = preview([checked_case()], who)
    stale = BulkDecision.everything.get(pk=decision.pk)
    bulk.send(decision=decision, officer=who, now=NOW)
    bulk.send(decision=stale, officer=who, now=NOW + timedelta(seconds=1))
    assert AuditEvent.objects.filter(action="bulk.sent").count() == 1
    decision.refresh_from_db()
    assert decision.proposed_at == NOW


def test_nobody_sends_or_withdraws_the_work_of_another():
    decision = preview([checked_case()])
    with pytest.raises(bulk.NotMaker):
        bulk.send(decision=decision, officer=officer(), now=NOW)
    with pytest.raises(bulk.NotMaker):
        bulk.withdraw(decision=decision, officer=officer(), now=NOW)


def test_a_dry_run_without_a_case_to_decide_is_not_sent():
    who = officer()
    with pytest.raises(bulk.NothingToDecide):
        bulk.send(decision=preview([sound_case()], who), officer=who, now=NOW)
    assert BulkLine.objects.filter(outcome="").count() == 1
