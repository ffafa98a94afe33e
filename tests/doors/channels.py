"""The addresses of channels and of what people want to be told."""

from notices.preferences import Group, stop_token
from tests.doors.shapes import PUBLIC, PUBLIC_POST, SIGNED_IN, SIGNED_IN_POST, Row, Rows
from tests.people import World


def link(world: World) -> list[object]:
    return [stop_token(user=world.users["owner"], group=Group.REMINDERS)]


ROWS: Rows = {
    "message_choices": Row(SIGNED_IN, SIGNED_IN_POST, data={"zone": "8"}),
    "stop_messages": Row(PUBLIC, PUBLIC_POST, at=link),
}
