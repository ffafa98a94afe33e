"""The addresses of the registry: workers, corrections of their data, events of their lives."""

from typing import Any

from tests.doors.shapes import BRANCH, DONE, FAR_BRANCH, Row, Rows, at_desk, each, only, watched
from tests.people import World


def person(world: World) -> list[Any]:
    return [world.covered.worker.uuid]


def change(world: World) -> list[Any]:
    return [world.change.uuid]


def event(world: World) -> list[Any]:
    return [world.life_event.uuid]


def seen_at_desk(answer: Any) -> Any:
    """A page of the worker's own desk: another desk 404, who has no desk 403."""
    return {**at_desk(), **each(BRANCH, answer)}


EVERY_DESK = (*BRANCH, *FAR_BRANCH)
WATCHING = (*EVERY_DESK, "regional", "far_regional", "head", "auditor", "far_auditor")

ROWS: Rows = {
    "workers": Row(only(WATCHING, 200)),
    "worker_search": Row(post=only(EVERY_DESK, DONE)),
    "worker": Row(watched(200), at=person),
    "worker_reveal": Row(post=at_desk(), at=person, data={"reason": "uji coba"}),
    "worker_change": Row(seen_at_desk(200), at_desk(), at=person),
    "worker_event": Row(seen_at_desk(200), at_desk(), at=person),
    "event_revoke": Row(post=at_desk(), at=event, data={"note": "keliru"}),
    "changes": Row(only(EVERY_DESK, 200)),
    "change": Row(seen_at_desk(200), at=change),
    "change_approve": Row(post=at_desk(), at=change),
    "change_refuse": Row(post=at_desk(), at=change, data={"reason": "tidak cocok"}),
    "change_withdraw": Row(post=at_desk(), at=change),
}
