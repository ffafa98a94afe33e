"""The addresses of channels and of what people want to be told."""

from notices.preferences import Group, stop_token
from tests.doors.shapes import (
    BRANCH,
    DONE,
    FAR_BRANCH,
    PUBLIC,
    PUBLIC_POST,
    SIGNED_IN,
    SIGNED_IN_POST,
    Row,
    Rows,
    answers,
    each,
    only,
)
from tests.people import World


def link(world: World) -> list[object]:
    return [stop_token(user=world.users["owner"], group=Group.REMINDERS)]


ROWS: Rows = {
    "message_choices": Row(SIGNED_IN, SIGNED_IN_POST, data={"zone": "8"}),
    "failed_messages": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "failed_message_handled": Row(
        post=answers(donors=403, staff=403, **each(BRANCH, DONE), **each(FAR_BRANCH, 404)),
        at=lambda world: [world.unreached.uuid],
    ),
    "stop_messages": Row(PUBLIC, PUBLIC_POST, at=link),
}
