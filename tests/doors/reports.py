"""The addresses of reports of an accident or a death, and of the timeline."""

from tests.doors.shapes import (
    BRANCH,
    FAR_BRANCH,
    MEMBERS,
    PUBLIC,
    PUBLIC_POST,
    WATCHERS,
    Row,
    Rows,
    answers,
    at_desk,
    each,
    only,
)
from tests.people import World


def report(world: World) -> list[object]:
    return [world.report.uuid]


ROWS: Rows = {
    "report_new": Row(PUBLIC, PUBLIC_POST),
    "report_received": Row(PUBLIC, at=report),
    "reports": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "report": Row(
        answers(donors=403, staff=403, **each(BRANCH, 200), **each(FAR_BRANCH, 404)), at=report
    ),
    "report_find": Row(post=at_desk(), at=report, data={"text": "Siti"}),
    "report_match": Row(post=at_desk(), at=report),
    "report_confirm": Row(post=at_desk(), at=report),
    "report_refute": Row(post=at_desk(), at=report, data={"tidak-note": "Sudah ditelepon."}),
    "timeline": Row(
        answers(donors=404, staff=404, **each(MEMBERS, 200), **each(WATCHERS, 200)),
        at=lambda w: [w.covered.worker.uuid],
    ),
}
