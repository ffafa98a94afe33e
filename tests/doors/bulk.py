"""The addresses of decisions on many cases, of call-backs, freezes and figures."""

from tests.doors.shapes import (
    BRANCH,
    DONE,
    FAR_BRANCH,
    FIGURES,
    SUPERVISORS,
    Row,
    Rows,
    answers,
    at_desk,
    case,
    each,
    only,
)
from tests.people import World

AT_DESK = answers(donors=403, staff=403, **each(FAR_BRANCH, 404), **each(BRANCH, 200))
SUPERVISED = answers(donors=403, staff=403, supervisor=DONE, far_supervisor=404)
CALLER = answers(donors=403, staff=403, supervisor=200, far_supervisor=404)
READERS = only((*BRANCH, *FAR_BRANCH, *FIGURES), 200)


def bulk(world: World) -> list[object]:
    return [world.bulk.uuid]


def call_back(world: World) -> list[object]:
    return [world.call_back.uuid]


ROWS: Rows = {
    "bulk_list": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "bulk_new": Row(post=only((*BRANCH, *FAR_BRANCH), DONE)),
    "bulk": [
        Row(AT_DESK, at=bulk),
        # A preview is its maker's alone.
        Row(AT_DESK | {"supervisor": 404}, at=lambda w: [w.bulk_preview.uuid]),
    ],
    # A part of that page; asked for by itself it leads there.
    "bulk_progress": Row(AT_DESK | each(BRANCH, 302), at=bulk),
    "bulk_send": Row(post=at_desk(), at=bulk),
    "bulk_withdraw": Row(post=at_desk(), at=bulk),
    "bulk_confirm": Row(post=SUPERVISED, at=bulk),
    "bulk_refuse": Row(post=SUPERVISED, at=bulk),
    "call_backs": Row(only(SUPERVISORS, 200)),
    "call_back": Row(CALLER, SUPERVISED, at=call_back),
    "case_thaw": Row(post=SUPERVISED, at=case),
    "case_annul": Row(post=SUPERVISED, at=case),
    "branch_figures": Row(READERS),
    "branch_figures_csv": Row(READERS),
    "workload": Row(only(SUPERVISORS, 200)),
    "workload_move": Row(post=only(SUPERVISORS, DONE)),
}
