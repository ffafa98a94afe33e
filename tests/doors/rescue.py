"""The addresses of hand-overs and the waiting list."""

from typing import Any

from contributions import hand_over_links
from tests.doors.persons import LED
from tests.doors.shapes import (
    ANY_DONOR,
    DONE,
    PAYERS,
    Row,
    Rows,
    answers,
    at_desk,
    each,
    own,
    sponsorship,
)

ACTING = answers(donors=404, staff=404, **each(PAYERS, 200))
ACTING_POST = answers(donors=404, staff=404, **each(PAYERS, DONE))
TERMS = {"months": "12", "relation": "neighbour"}


def token(world: Any) -> list[Any]:
    return [hand_over_links.token(world.offer)]


def place(world: Any) -> list[Any]:
    return [world.place.uuid]


def to_ask(world: Any) -> list[Any]:
    return [world.to_ask.uuid]


def take_over(world: Any) -> list[Any]:
    return [world.take_over.uuid]


ROWS: Rows = {
    "hand_over": Row(ACTING, ACTING_POST, at=sponsorship),
    "hand_over_revoke": Row(post=ACTING_POST, at=sponsorship),
    # Whoever hands over cannot accept himself.
    "take_over": Row(ANY_DONOR, answers(donors=DONE, staff=403, owner=400), at=token, data=TERMS),
    # Nobody is chosen.
    "choose_waiting": Row(ANY_DONOR, answers(donors=400, staff=403), data=TERMS),
    "take_over_withdraw": Row(post=own(("owner",), DONE), at=take_over),
    "waiting_list": Row(answers(donors=403, staff=200, treasurer=403, far_treasurer=403)),
    "waiting_record": Row(post=at_desk(), at=to_ask, data={"how": "called"}),
    "waiting_remove": Row(post=at_desk(), at=place, data={"reason": "uji"}),
    "person_ask_sponsor": Row(post=LED),
    "person_unask_sponsor": Row(post=LED),
    "person_pay": Row(post=LED, data={"months": "1"}),
    "person_take_back": Row(post=LED),
}
