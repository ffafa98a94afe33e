"""The branch's look-up: was the worker with this NIK covered on that day?

It states what the portal knows. Where the law or BPJS has the last word, paid months that
wait for acceptance (P1) and the months of arrears (P3), the answer is that the branch
decides; so is it of every worker of whom an accident or a death is reported; and no
answer says that somebody is not protected.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from bricks.months import arrears_of
from contributions import selectors
from contributions.models import Contribution, Coverage
from workers import standing
from workers.desk_selectors import desk_offices
from workers.indexes import nik_index
from workers.models import Enrollment, Worker

COVERED, NOT_KNOWN, BRANCH_DECIDES = "covered", "not_known", "branch_decides"


class NothingFound(LookupError):
    """No worker of the viewer's own branch bears this NIK; whether another's does, nobody
    is told (P8)."""


@dataclass(frozen=True)
class LookedUp:
    """What the portal knows of a worker's cover on a day.

    `verdict` is covered, branch_decides or not_known. `status` says why: covered,
    awaiting_acceptance, arrears, reported, ended or never. The days, both inclusive, are
    those of the span or months that the answer rests on; `since` is the minute at which
    cover began on the day itself (P2).
    """

    verdict: str
    status: str
    covered_from: date | None = None
    covered_until: date | None = None
    since: datetime | None = None


def look_up_cover(*, viewer: User, nik: str, day: date, now: datetime) -> LookedUp:
    """Say whether the worker was covered on a day, and write the look into the view log.

    `nik` is cleaned. Only workers with a case at the viewer's own desk are found. Raises
    NothingFound, after the same work and with a line in the audit log, whether the NIK is
    unknown or another branch's.
    """
    with transaction.atomic():
        case = (
            Enrollment.everything.filter(
                worker__nik_index=nik_index(nik), office__in=desk_offices(viewer)
            )
            .select_related("worker", "office")
            .order_by("-pk")
            .first()
        )
        worker = case.worker if case else None
        if case is not None and worker is not None:
            audit.record_view(
                viewer=viewer,
                obj=worker,
                what="cover",
                reason=f"API, {day}",
                now=now,
                office=case.office,
            )
        else:
            audit.record(action="cover.nothing_found", obj=viewer, actor=viewer, now=now)
    if worker is None:
        raise NothingFound
    return _on(worker, day)


def _on(worker: Worker, day: date) -> LookedUp:
    accepted = selectors.was_covered_on(worker.pk, day)
    if accepted is not None:
        return LookedUp(
            COVERED, "covered", accepted.covered_from, accepted.covered_until, accepted.since
        )
    paid = Contribution.everything.filter(
        worker=worker, status__in=selectors.WAITING, covered_from__lte=day, covered_until__gte=day
    ).first()
    if paid is not None:
        span = (paid.covered_from, paid.covered_until)
        return LookedUp(BRANCH_DECIDES, "awaiting_acceptance", *span, paid.starts_at)
    before = Coverage.objects.filter(worker=worker, covered_until__lt=day)
    last = before.order_by("-covered_until").first()
    is_reported = bool(standing.reported([worker.pk]))
    if last is None:
        return LookedUp(BRANCH_DECIDES, "reported") if is_reported else LookedUp(NOT_KNOWN, "never")
    if is_reported:
        return LookedUp(BRANCH_DECIDES, "reported", last.covered_from, last.covered_until)
    in_arrears = arrears_of(last.covered_until, day) <= settings.ARREARS_MONTHS
    verdict, status = (BRANCH_DECIDES, "arrears") if in_arrears else (NOT_KNOWN, "ended")
    return LookedUp(verdict, status, last.covered_from, last.covered_until)
