"""The addresses of the bridge fund."""

from typing import Any

from tests.doors.banks import line
from tests.doors.shapes import DONE, FAR_WATCHERS, WATCHERS, Row, Rows, answers, only
from tests.people import World


def fund(world: World) -> list[Any]:
    return [world.bridge.uuid]


def receipt(world: World) -> list[Any]:
    return [world.bridge_receipt.uuid]


HEAD = only(("head",), DONE)
TREASURER = answers(donors=403, staff=403, treasurer=DONE, far_treasurer=404)

ROWS: Rows = {
    "bridge_fund": Row(only((*WATCHERS, *FAR_WATCHERS, "treasurer", "far_treasurer"), 200)),
    "bridge_propose": Row(post=HEAD),
    "bridge_confirm": Row(post=HEAD, at=fund),
    "bridge_close": Row(post=HEAD, at=fund, data={"reason": "uji"}),
    "bridge_receive": Row(post=TREASURER, at=line, data={"source": "uji", "seen": "0"}),
    "bridge_take_back": Row(post=TREASURER, at=receipt, data={"amount": "1000", "seen": "0"}),
}
