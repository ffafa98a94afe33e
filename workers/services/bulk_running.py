"""Working off the decisions on many cases that somebody has sent or confirmed.

Each case goes through the verbs of a single decision, in a transaction of its own with
the outcome of its line: a job that is killed goes on where it stood, and no line is
done twice.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from bricks.faults import ROW_FAULTS
from workers import desk_selectors
from workers.models import BulkDecision, BulkLine, Check, Enrollment
from workers.obstacles import JOBS_OF_ANY_SECTOR, TO_LOOK_AT, NotLookedAt, obstacle_of
from workers.reasons import WHOLE_CASE
from workers.services.deciding import approve, reject, return_case
from workers.services.holding import CannotDecide, WrongOffice, refuse_own_case, take

logger = logging.getLogger(__name__)

Outcome = BulkLine.Outcome
#: So many cases a run, so that other jobs have their turn; the clock rings each minute.
LIMIT = 500
#: A preview that nobody has sent for so long is forgotten.
PREVIEW_LASTS = timedelta(days=1)


def run_bulk_decisions(*, now: datetime, limit: int = LIMIT) -> dict[str, int]:
    """Work off up to `limit` cases of confirmed decisions, the oldest decision first.

    A case that changed meanwhile is skipped, and its line says why. One that could not
    be worked out (a deadlock, a fault of ours) is logged and left for the next run.
    Idempotent; several runs side by side share the lines. Returns counts.
    """
    counts = {"decided": 0, "skipped": 0, "failed": 0, "finished": 0}
    counts["forgotten"] = _forget_previews(now)
    confirmed = BulkDecision.everything.filter(status=BulkDecision.Status.CONFIRMED)
    for decision in confirmed.select_related("proposed_by", "confirmed_by").order_by(
        "proposed_at", "pk"
    ):
        lines = decision.lines.filter(outcome=Outcome.WAITING).order_by("pk")
        for line_id in list(lines.values_list("pk", flat=True)[:limit]):
            word = _work_off(line_id, decision, now)
            counts[word] = counts.get(word, 0) + 1
            limit -= 1
        counts["finished"] += _finish(decision, now)
        if limit <= 0:
            break
    counts.pop("", None)
    return counts


def _work_off(line_id: int, decision: BulkDecision, now: datetime) -> str:
    """Decide one case; return what is counted, nothing where another run was faster."""
    try:
        with transaction.atomic():
            if not claim_line(line_id):
                return ""
            line = BulkLine.objects.select_related("enrollment").get(pk=line_id)
            _decide(decision, line.enrollment, now)
    except CannotDecide as refusal:
        waiting = BulkLine.objects.filter(pk=line_id, outcome=Outcome.WAITING)
        reason = obstacle_of(refusal)
        skipped = waiting.update(outcome=Outcome.SKIPPED, outcome_reason=reason)
        return "skipped" if skipped else ""
    except ROW_FAULTS:
        logger.exception("line %s of a bulk decision could not be worked off", line_id)
        return "failed"
    return "decided"


def claim_line(line_id: int) -> bool:
    """Mark a waiting line as done, in the transaction that does it; leave one that another
    run has in hand (on SQLite the transaction itself is the lock)."""
    waiting = BulkLine.objects.filter(pk=line_id, outcome=Outcome.WAITING)
    if not list(waiting.select_for_update(skip_locked=True).values_list("pk")):
        return False
    return waiting.update(outcome=Outcome.DONE) == 1


def _decide(decision: BulkDecision, case: Enrollment, now: datetime) -> None:
    """Take a case in the proposing officer's name and decide it; whoever confirmed answers
    for it too, so it may be no case of his own family. Raises a CannotDecide."""
    officer = decision.proposed_by
    at_desk = desk_selectors.works_at_desk_of(officer, case)
    if not at_desk or not desk_selectors.lies_with(case.office, decision.office):
        raise WrongOffice
    if decision.confirmed_by is not None:
        refuse_own_case(case, decision.confirmed_by)
    case = take(enrollment=case, officer=officer, now=now)
    verb = decision.verb
    if verb == BulkDecision.Verb.APPROVE:
        _refuse_unseen(case)
        unknown = case.occupation_id in JOBS_OF_ANY_SECTOR or case.occupation is None
        sector = "" if unknown or case.occupation is None else case.occupation.sector
        approve(enrollment=case, officer=officer, sector=sector, now=now, bulk=decision)
    elif verb == BulkDecision.Verb.RETURN:
        return_case(
            enrollment=case,
            officer=officer,
            reasons=decision.reasons,
            note=decision.note,
            now=now,
            bulk=decision,
        )
    else:
        reject(
            enrollment=case,
            officer=officer,
            reason=decision.reasons.get(WHOLE_CASE, ""),
            note=decision.note,
            now=now,
            bulk=decision,
        )


def _refuse_unseen(case: Enrollment) -> None:
    """What the checks, made anew as the case was taken, ask a person to look at (TO_LOOK_AT)."""
    noted = Check.objects.filter(
        enrollment=case, kind__in=TO_LOOK_AT, outcome=Check.Outcome.NOTE
    ).values_list("kind", flat=True)
    if noted:
        raise NotLookedAt(TO_LOOK_AT[noted[0]])


def _finish(decision: BulkDecision, now: datetime) -> int:
    """Close a decision of which no line waits; return 1 if this run did."""
    if decision.lines.filter(outcome=Outcome.WAITING).exists():
        return 0
    confirmed = BulkDecision.everything.filter(pk=decision.pk, status=BulkDecision.Status.CONFIRMED)
    return confirmed.update(status=BulkDecision.Status.DONE, finished_at=now)


def _forget_previews(now: datetime) -> int:
    old = BulkDecision.everything.filter(
        status=BulkDecision.Status.PREVIEW, proposed_at__lt=now - PREVIEW_LASTS
    )
    return old.delete()[1].get(BulkDecision._meta.label, 0)
