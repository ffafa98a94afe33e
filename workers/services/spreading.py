"""Sharing out the work at a desk: what one person holds goes to another, or back."""

from collections.abc import Collection
from datetime import datetime

from accounts.models import User
from regions.models import Office
from workers.models import Enrollment
from workers.services.holding import (
    CaseNotWaiting,
    NotSupervisor,
    OwnCase,
    WrongColleague,
    reassign,
)

#: So many cases at most change hands at one press.
MOST = 500


def move_cases(
    *,
    holder: User,
    to: User | None,
    supervisor: User,
    offices: Collection[Office],
    now: datetime,
) -> dict[str, int]:
    """Give all that a person holds at these offices to a colleague, or free it (`to=None`).

    Case by case, each by `reassign` in a transaction of its own: one that was decided
    meanwhile, or that is the colleague's own, stays where it is and is counted. Raises
    WrongColleague where the colleague works at none of these desks.
    """
    counts = {"moved": 0, "left": 0}
    if to is not None and to == holder:
        raise WrongColleague
    held = Enrollment.everything.filter(
        office__in=offices, status=Enrollment.Status.IN_REVIEW, taken_by=holder
    )
    for case in list(held.select_related("office").order_by("submitted_at", "pk")[:MOST]):
        counts["moved" if _moved(case, supervisor, to, now) else "left"] += 1
    return counts


def _moved(case: Enrollment, supervisor: User, to: User | None, now: datetime) -> bool:
    try:
        reassign(enrollment=case, officer=supervisor, to=to, now=now)
    except (OwnCase, CaseNotWaiting, NotSupervisor, WrongColleague):
        return False
    return True
