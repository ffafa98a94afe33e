"""The addresses of reminders and their plan."""

from contributions.models import ReminderStep
from tests.doors.shapes import ANY_DONOR, DONE, SUPERVISORS, Row, Rows, answers, each, only
from tests.people import World

READ_BY_HEAD = only(("head",), 200)
DONE_BY_HEAD = only(("head",), DONE)


def step(world: World) -> list[object]:
    """A step that can be changed: the first of a worker's."""
    return [ReminderStep.objects.filter(audience="worker").order_by("pk")[0].pk]


def programme(world: World) -> list[object]:
    return [world.budget.uuid]


ROWS: Rows = {
    "reminder_plan": Row(READ_BY_HEAD),
    "reminder_step": Row(READ_BY_HEAD, DONE_BY_HEAD, at=step),
    "reminders_told": Row(ANY_DONOR),
    "reminder_letter": Row(
        answers(
            donors=404,
            staff=404,
            **each(("officer", "supervisor", "regional", "head"), 200),
        ),
        at=programme,
    ),
    "stages": Row(only(SUPERVISORS, 200)),
    "stage_release": Row(
        post=answers(donors=403, staff=403, supervisor=DONE, far_supervisor=404), at=programme
    ),
}
