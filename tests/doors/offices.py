"""The addresses of what head office sets: offices, holidays, jobs."""

from typing import Any

from tests.doors.shapes import DONE, FAR_WATCHERS, WATCHERS, Row, Rows, each, only
from tests.people import World

READERS = (*WATCHERS, *FAR_WATCHERS)
#: Head office alone; others may not even learn what there is.
READ_BY_HEAD = only(("head",), 200)
DONE_BY_HEAD = only(("head",), DONE)
#: Offices of another branch or Kanwil are nobody else's to read.
OWN_OFFICE = only(WATCHERS, 200) | each(FAR_WATCHERS, 404)
OWN_KANWIL = only(("regional", "head", "auditor"), 200) | each(
    ("officer", "supervisor", *FAR_WATCHERS), 404
)
GAPS = only(("regional", "far_regional", "head", "auditor", "far_auditor"), 200)


def branch(world: World) -> list[Any]:
    return [world.office.code]


def kanwil(world: World) -> list[Any]:
    return [world.kanwil.code]


def holiday(world: World) -> list[Any]:
    return ["2026-12-25"]


def job(world: World) -> list[Any]:
    return [world.covered.worker.occupation_id]


ROWS: Rows = {
    "setup": Row(READ_BY_HEAD),
    "offices": Row(only(READERS, 200)),
    "office": [Row(OWN_OFFICE, at=branch), Row(OWN_KANWIL, at=kanwil)],
    "office_new": Row(READ_BY_HEAD, DONE_BY_HEAD),
    "office_gaps": Row(GAPS),
    "offices_csv": Row(READ_BY_HEAD),
    "offices_import": Row(READ_BY_HEAD, DONE_BY_HEAD),
    "offices_apply": Row(post=DONE_BY_HEAD),
    "office_edit": Row(READ_BY_HEAD, DONE_BY_HEAD, at=branch),
    "office_close": Row(READ_BY_HEAD, DONE_BY_HEAD, at=branch),
    "office_reopen": Row(post=DONE_BY_HEAD, at=branch),
    "office_province": Row(post=DONE_BY_HEAD, at=kanwil),
    "office_serve": Row(post=DONE_BY_HEAD, at=branch),
    "office_area": Row(post=DONE_BY_HEAD, at=branch),
    "office_exception": Row(READ_BY_HEAD, DONE_BY_HEAD, at=branch),
    "office_exception_end": Row(post=DONE_BY_HEAD, at=branch),
    "holidays": Row(only(READERS, 200)),
    "holiday": Row(READ_BY_HEAD, DONE_BY_HEAD, at=holiday),
    "holiday_add": Row(post=DONE_BY_HEAD),
    "holiday_remove": Row(post=DONE_BY_HEAD, at=holiday),
    "holidays_csv": Row(READ_BY_HEAD),
    "holidays_import": Row(READ_BY_HEAD, DONE_BY_HEAD),
    "holidays_apply": Row(post=DONE_BY_HEAD),
    "occupations": Row(READ_BY_HEAD),
    "occupation_new": Row(READ_BY_HEAD, DONE_BY_HEAD),
    "occupation": Row(READ_BY_HEAD, DONE_BY_HEAD, at=job),
}
