"""What waits for a person, or for a job that is behind: facts, and nothing wrong."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from bricks.clock import jakarta_date
from bricks.months import ONE_DAY
from contributions import gate, renewal_due
from contributions.checks.base import BEHIND, Check, ids, promised
from contributions.models import Contribution, RenewalOutcome, RenewalRun, Sponsorship
from contributions.parked import unnoted
from contributions.services.reversing import not_whole, waiting_for_the_branch
from payments.models import Invoice, Payment
from workers.models import WorkerEvent


def _expired_open(now: datetime) -> list[int]:
    over = Q(status=Invoice.Status.OPEN, expires_at__lt=now - BEHIND)
    return ids(Invoice.everything.filter(over))


def _unbilled(now: datetime) -> list[int]:
    rows = Sponsorship.everything.filter(
        ~promised("sponsorship"),
        status=Sponsorship.Status.AWAITING_PAYMENT,
        parked_at__isnull=True,
        created_at__lt=now - BEHIND,
    )
    held = gate.withheld_lines(rows.values_list("pk", "worker", "enrollment"))
    return ids(rows.exclude(pk__in=held))


def _unrenewed(now: datetime) -> list[int]:
    """Due for longer than a day, by the last run of the renewal that is over, and neither
    asked for, nor bought, nor said why not."""
    last = RenewalRun.objects.filter(finished_at__lt=now - BEHIND).order_by("-today").first()
    if last is None:
        return []
    known = RenewalOutcome.everything.filter(sponsorship=OuterRef("pk"), closed_at__isnull=True)
    # What was withdrawn or taken back since then is the next run's.
    touched = Contribution.everything.filter(
        sponsorship=OuterRef("pk"), closed_at__gte=now - timedelta(days=1)
    )
    yesterday = jakarta_date(now) - ONE_DAY
    return ids(renewal_due.due_on(yesterday).filter(~Exists(known), ~Exists(touched)))


def _unallocated(now: datetime) -> list[int]:
    waiting = Payment.everything.filter(
        status=Payment.Status.SETTLED, followed_up_at__isnull=True, closed_at__lt=now - BEHIND
    )
    return ids(waiting)


def _not_undone(now: datetime) -> list[int]:
    """Reversed payments that no job could undo, as while a file of theirs is on its way."""
    left = Payment.everything.filter(
        status=Payment.Status.REVERSED,
        reversal_followed_up_at__isnull=True,
        reversed_at__lt=now - BEHIND,
    )
    return ids(left)


def _reversals_that_wait(now: datetime) -> list[int]:
    """Reversed payments whose money could not be taken out of the books whole."""
    return ids(not_whole().exclude(pk__in=waiting_for_the_branch().values("pk")))


def _reversals_of_reported(now: datetime) -> list[int]:
    return ids(waiting_for_the_branch())


def _events_that_wait(now: datetime) -> list[int]:
    """Events of workers' lives, or their revocations, that no job has followed up."""
    told = Coalesce("revoked_at", "recorded_at")
    events = WorkerEvent.everything.filter(followed_up_at__isnull=True)
    return ids(events.annotate(told=told).filter(told__lt=now - BEHIND))


def _accepted_after_reversal(now: datetime) -> list[int]:
    return ids(unnoted())


def _parked(now: datetime) -> list[int]:
    return ids(Sponsorship.everything.filter(parked_at__isnull=False))


CHECKS = (
    Check("expired_open", "Open though its time is over; invoices", _expired_open, is_grave=False),
    Check("unbilled", "Nothing is asked of; sponsorships", _unbilled, is_grave=False),
    Check("unrenewed", "Due, with no outcome; sponsorships", _unrenewed, is_grave=False),
    Check("unallocated", "Settled and not allocated; payments", _unallocated, is_grave=False),
    Check("reversal", "Taken back, not undone yet; payments", _not_undone, is_grave=False),
    Check(
        "reversal_waits",
        "Taken back by the bank, a person decides; payments",
        _reversals_that_wait,
        is_grave=False,
    ),
    Check(
        "reversal_reported",
        "Taken back by the bank, an accident or a death is reported, the branch rules; payments",
        _reversals_of_reported,
        is_grave=False,
    ),
    Check(
        "accepted_after_reversal",
        "BPJS accepted months whose money went back; months",
        _accepted_after_reversal,
        is_grave=False,
    ),
    Check("event", "Not followed up; worker events", _events_that_wait, is_grave=False),
    Check("parked", "Left to a person; sponsorships", _parked, is_grave=False),
)
