"""Which approvals a supervisor checks by a telephone call: drawn by lot, foreseen by nobody."""

from datetime import datetime

from django.conf import settings

from bricks.clock import jakarta_date
from bricks.secrets import blind_index
from regions.selectors import add_working_days
from workers.models import CallBack, Enrollment

#: The call is due within so many working days.
CALL_WORKING_DAYS = 5
#: The lot is drawn among so many tickets, of which CALL_BACK_PERCENT in a hundred win.
TICKETS = 10_000


def is_drawn(case: Enrollment) -> bool:
    """Tell whether an approval is one of the CALL_BACK_PERCENT of P7.

    The ticket is a keyed hash of the case's own random number: who has not the key
    cannot foresee it, and asking again gives the same answer.
    """
    ticket = int(blind_index(str(case.uuid), purpose="callback"), 16) % TICKETS
    return ticket < settings.CALL_BACK_PERCENT * TICKETS // 100


def draw(*, case: Enrollment, now: datetime) -> CallBack | None:
    """Put a drawn approval on the supervisor's list, in the transaction of its decision."""
    if not is_drawn(case) or case.office is None or case.decided_by is None:
        return None
    drawn, _is_new = CallBack.everything.get_or_create(
        enrollment=case,
        defaults={
            "office": case.office,
            "decided_by": case.decided_by,
            "drawn_at": now,
            "due_on": add_working_days(jakarta_date(now), CALL_WORKING_DAYS),
        },
    )
    return drawn
