"""Frozen cases: nothing is asked for them until the branch has looked (P7, P18)."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent, Role
from notices.models import Message
from tests.contributions.builders import covered_worker, few_prices
from tests.factories import NOW, DonorMemberFactory, EnrollmentFactory, officer
from tests.workers.desk import again, held_case
from workers import standing
from workers.models import Enrollment, EnrollmentEvent
from workers.services import deciding, freezing
from workers.services.holding import OwnCase, ReasonMissing

pytestmark = pytest.mark.django_db
Frozen = Enrollment.Frozen


def supervisor():
    return officer(Role.Kind.BRANCH_SUPERVISOR)


def freeze(case, **said):
    return freezing.freeze(
        **{"enrollment": case, "because": Frozen.NOT_ME, "by": None, "now": NOW} | said
    )


def thaw(case, **said):
    return freezing.thaw(
        **{"enrollment": case, "by": supervisor(), "now": NOW, "note": "Pekerja mengaku"} | said
    )


def annul(case, **said):
    return freezing.annul(
        **{"enrollment": case, "by": supervisor(), "now": NOW, "reason": "declined"} | said
    )


# --- freezing -----------------------------------------------------------------------
@pytest.mark.parametrize("trait", ["awaiting_consent", "in_review", "returned", "approved"])
def test_an_unpaid_case_is_frozen_by_the_worker_himself(trait):
    case = EnrollmentFactory(**{trait: True})
    frozen = freeze(case, note="2")
    assert (frozen.frozen_at, frozen.frozen_because) == (NOW, Frozen.NOT_ME)
    assert frozen.status == case.status
    assert standing.frozen_cases([case.pk]) == {case.pk}
    event = EnrollmentEvent.objects.get(enrollment=case)
    assert (event.kind, event.actor, event.note) == ("frozen", None, "2")
    assert AuditEvent.objects.get(action="enrollment.frozen").after == {"because": "not_me"}


def test_freezing_once_more_keeps_the_first_word():
    case = freeze(EnrollmentFactory(approved=True))
    freeze(case, because=Frozen.CALL_BACK, by=supervisor(), now=NOW + timedelta(hours=1))
    assert again(case).frozen_because == Frozen.NOT_ME
    assert again(case).frozen_at == NOW
    assert EnrollmentEvent.objects.count() == 1


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "expired"])
def test_what_came_to_nothing_is_not_frozen(status):
    case = EnrollmentFactory(status=status)
    with pytest.raises(freezing.NothingToFreeze):
        freeze(case)
    assert again(case).frozen_at is None


def test_a_paid_case_is_neither_frozen_nor_annulled():
    few_prices()
    case = covered_worker().enrollment
    with pytest.raises(freezing.NothingToFreeze):
        freeze(case)
    with pytest.raises(freezing.CannotAnnul):
        annul(case)
    assert again(case).status == Enrollment.Status.APPROVED
    assert again(case).frozen_at is None


# --- thawing ------------------------------------------------------------------------
def test_the_branch_lifts_a_freeze_and_says_what_it_found():
    case = freeze(EnrollmentFactory(approved=True))
    who = supervisor()
    thawed = thaw(case, by=who)
    assert (thawed.frozen_at, thawed.frozen_because) == (None, "")
    assert thawed.status == Enrollment.Status.APPROVED
    event = EnrollmentEvent.objects.get(kind="thawed")
    assert (event.actor, event.note) == (who, "Pekerja mengaku")


def test_a_freeze_is_not_lifted_without_a_word_nor_twice_nor_by_the_family():
    case = freeze(EnrollmentFactory(approved=True))
    with pytest.raises(ReasonMissing):
        thaw(case, note=" ")
    member = DonorMemberFactory(donor=case.donor).user
    with pytest.raises(OwnCase):
        thaw(case, by=member)
    thaw(case)
    with pytest.raises(freezing.NotFrozen):
        thaw(case)
    assert EnrollmentEvent.objects.filter(kind="thawed").count() == 1


# --- annulling ----------------------------------------------------------------------
def test_an_annulled_case_is_rejected_with_a_reason_and_the_donor_is_told():
    case = freeze(EnrollmentFactory(approved=True))
    who = supervisor()
    annulled = annul(case, by=who)
    assert (annulled.status, annulled.reasons) == ("rejected", {"case": "declined"})
    assert (annulled.decided_by, annulled.decided_at) == (who, NOW)
    assert annulled.worker == case.worker, "the registry keeps its worker"
    letter = Message.objects.get(kind="case_rejected")
    assert letter.user == case.donor.person
    audit = AuditEvent.objects.get(action="enrollment.annulled")
    assert audit.before == {"status": "approved", "decided_by": case.decided_by_id}
    assert audit.after == {"reasons": {"case": "declined"}}


def test_nothing_is_taken_for_an_annulled_case_that_was_frozen():
    case = annul(freeze(EnrollmentFactory(approved=True)))
    assert standing.frozen_cases([case.pk]) == {case.pk}


def test_annulling_twice_tells_once():
    case = EnrollmentFactory(approved=True)
    who = supervisor()
    annul(case, by=who)
    annul(case, by=who, now=NOW + timedelta(minutes=1))
    assert again(case).decided_at == NOW
    assert Message.objects.filter(kind="case_rejected").count() == 1
    with pytest.raises(freezing.CannotAnnul):
        annul(case)


@pytest.mark.parametrize("reason", ["", "case", "nik_differs"])
def test_an_approval_is_annulled_for_a_known_reason_only(reason):
    case = EnrollmentFactory(approved=True)
    with pytest.raises(ReasonMissing):
        annul(case, reason=reason)
    assert again(case).status == "approved"


@pytest.mark.parametrize("trait", ["in_review", "returned", "awaiting_consent"])
def test_only_an_approval_is_annulled(trait):
    case = EnrollmentFactory(**{trait: True})
    with pytest.raises(freezing.CannotAnnul):
        annul(case)
    assert again(case).status == case.status


def test_nobody_annuls_a_case_of_his_own_donor():
    case = EnrollmentFactory(approved=True)
    member = DonorMemberFactory(donor=case.donor).user
    with pytest.raises(OwnCase):
        annul(case, by=member)


def test_a_frozen_case_is_approved_only_once_the_freeze_is_lifted():
    case, holder = held_case()
    freeze(case)
    with pytest.raises(deciding.CaseFrozen):
        deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert again(case).status == "in_review"
    thaw(case)
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    assert again(case).status == "approved"


def test_a_frozen_case_may_be_rejected_at_the_desk():
    case, holder = held_case()
    freeze(case)
    deciding.reject(enrollment=case, officer=holder, reason="declined", now=NOW)
    assert again(case).status == "rejected"
