"""The addresses of check files, of consent that the branch records, of the registry asked."""

from tests.doors.shapes import (
    BRANCH,
    DONE,
    FAR_BRANCH,
    Row,
    Rows,
    answers,
    at_desk,
    each,
    held,
    only,
)
from tests.people import World

SUPERVISED = answers(donors=403, staff=403, supervisor=DONE, far_supervisor=404)


def batch(world: World) -> list[object]:
    return [world.batch.uuid]


def answer(world: World) -> list[object]:
    return [world.batch.uuid, world.batch_answer.uuid]


def proposed(world: World) -> list[object]:
    return [world.proposed_batch.uuid]


def unconsented(world: World) -> list[object]:
    return [world.unsigned.uuid]


DESK = answers(donors=403, staff=403, **each(FAR_BRANCH, 404), **each(BRANCH, 200))
#: Its password is shown to the maker; the supervisor is led back with a sentence.
MAKER = DESK | {"supervisor": 302}

ROWS: Rows = {
    "check_files": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "check_file_new": Row(
        only((*BRANCH, *FAR_BRANCH), 200), only((*BRANCH, *FAR_BRANCH), 400), data={"scope": "x"}
    ),
    "check_file": [Row(DESK, at=batch), Row(DESK, at=proposed)],
    "check_file_release": Row(post=SUPERVISED, at=proposed),
    "check_file_refuse": Row(post=SUPERVISED, at=proposed),
    "check_file_download": Row(DESK, at=batch),
    "check_file_password": Row(post=MAKER, at=batch),
    "check_file_upload": Row(post=at_desk(), at=batch),
    "check_file_sandbox": Row(post=at_desk(), at=batch),
    "check_file_answer": Row(DESK, at_desk(), at=answer),
    "consents_missing": Row(only((*BRANCH, *FAR_BRANCH), 200)),
    "consent_missing": Row(DESK, at_desk(), at=unconsented),
    "consent_reveal": Row(post=at_desk(), at=unconsented, data={"reason": "telepon pekerja"}),
    "case_consent": Row(DESK, at_desk(), at=held),
    "case_identity": Row(post=at_desk(), at=held),
}
