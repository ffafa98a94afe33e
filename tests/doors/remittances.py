"""The addresses of files to BPJS and its answers."""

from typing import Any

from tests.doors.shapes import BRANCH, DONE, FAR_BRANCH, Row, Rows, answers, each, only
from tests.people import World

READERS = ("treasurer", "far_treasurer", "head", "auditor", "far_auditor")
TREASURERS = ("treasurer", "far_treasurer")


def remittance(world: World) -> list[Any]:
    return [world.remittance.uuid]


def step(answer: Any) -> Any:
    """A step on a remittance: its treasurer's; another's 404, who is none 403."""
    return answers(donors=403, staff=403, far_treasurer=404, treasurer=answer)


def parked(answer: Any) -> Any:
    """What waits at a branch: its desk, treasurer and auditor; that of elsewhere 404."""
    far = ("far_officer", "far_supervisor", "far_treasurer", "far_auditor")
    here = (*BRANCH, "treasurer", "auditor", "head")
    return answers(donors=403, staff=403, **each(far, 404), **each(here, answer))


ROWS: Rows = {
    "remittances": Row(only(READERS, 200)),
    "remittance": Row(
        answers(
            donors=403,
            staff=403,
            far_treasurer=404,
            far_auditor=404,
            **each(("treasurer", "head", "auditor"), 200),
        ),
        at=remittance,
    ),
    "remittance_fetch": Row(post=step(DONE), at=remittance),
    "remittance_password": Row(post=step(DONE), at=remittance),
    "remittance_hand_over": Row(post=step(DONE), at=remittance),
    "remittance_upload": Row(post=step(DONE), at=remittance),
    "remittance_answer": Row(
        step(302), step(DONE), at=lambda world: [world.remittance_answer.uuid]
    ),
    # What the clock leaves to people: read by many, acted on by two of the branch.
    "parked": Row(only((*BRANCH, *FAR_BRANCH, *READERS), 200)),
    "parked_payment": Row(parked(200), parked(400), at=lambda world: [world.taken_back.uuid]),
    "parked_sponsorship": Row(parked(200), parked(400), at=lambda world: [world.by_hand.uuid]),
    "parked_month": Row(parked(200), parked(400), at=lambda world: [world.after_all.pk]),
    "ruling_decide": Row(
        post=answers(
            donors=403,
            staff=403,
            **each(("far_officer", "far_supervisor", "far_treasurer"), 404),
            **each((*BRANCH, "treasurer"), DONE),
        ),
        at=lambda world: [world.ruling.pk],
        data={"act": "confirm"},
    ),
}
