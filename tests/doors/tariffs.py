"""The addresses of head office and the tariffs, and the simulator."""

from typing import Any
from uuid import UUID

from contributions.models import TariffChange
from tests.doors.shapes import DONE, PUBLIC, Row, Rows, only
from tests.factories import NOW
from tests.people import World

READ_BY_HEAD = only(("head",), 200)
DONE_BY_HEAD = only(("head",), DONE)


def tariff(world: World) -> list[Any]:
    return [1, "2016-01"]


def relief(world: World) -> list[Any]:
    return ["other", "private", "2026-04"]


def change(world: World) -> list[Any]:
    made, _new = TariffChange.objects.get_or_create(
        uuid=UUID(int=7),
        defaults={
            "rows": [],
            "legal_basis": "PP 9/2027",
            "reason": "uji",
            "made_by": world.users["head"],
            "made_at": NOW,
        },
    )
    return [made.uuid]


ROWS: Rows = {
    "tariff_simulator": Row(PUBLIC),
    "tariff_table_csv": Row(PUBLIC),
    "tariffs": Row(READ_BY_HEAD),
    "tariffs_csv": Row(READ_BY_HEAD),
    "tariffs_import": Row(READ_BY_HEAD, DONE_BY_HEAD),
    "tariffs_apply": Row(post=DONE_BY_HEAD),
    "tariff_new": Row(READ_BY_HEAD, DONE_BY_HEAD),
    "tariff_correct": Row(READ_BY_HEAD, DONE_BY_HEAD, at=tariff),
    "relief_new": Row(READ_BY_HEAD, DONE_BY_HEAD),
    "relief_correct": Row(READ_BY_HEAD, DONE_BY_HEAD, at=relief),
    "tariff_change": Row(READ_BY_HEAD, at=change),
}
