"""How a row of `tests/test_permissions.py` is written: an address, and who gets which answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.people import DONORS, EVERYBODY, NOBODY, STAFF, World

SIGN_IN = "sign in"
#: A POST that was let in: done, or refused with a sentence because the form is empty.
DONE = frozenset({200, 204, 302, 400})
#: A method that an address does not have; who may not come in may learn that first.
NOT_SERVED = frozenset({302, 401, 403, 404, 405})

Expected = dict[str, Any]


def answers(*, nobody: Any = SIGN_IN, donors: Any, staff: Any, **single: Any) -> Expected:
    """Say what everybody gets; a name of a single person or role weighs more than its group."""
    unknown = set(single) - set(EVERYBODY)
    assert not unknown, f"nobody is called {unknown}"
    groups = {NOBODY: nobody} | dict.fromkeys(DONORS, donors) | dict.fromkeys(STAFF, staff)
    return groups | single


def each(names: tuple[str, ...], answer: Any) -> Expected:
    return dict.fromkeys(names, answer)


MEMBERS = ("owner", "payer", "viewer")
PAYERS = ("owner", "payer")
WRITERS = ("owner",)
BRANCH = ("officer", "supervisor")
FAR_BRANCH = ("far_officer", "far_supervisor")
SUPERVISORS = ("supervisor", "far_supervisor")
WATCHERS = ("officer", "supervisor", "regional", "head", "auditor")
FAR_WATCHERS = (*FAR_BRANCH, "far_regional", "far_auditor")
FIGURES = ("regional", "far_regional", "head", "auditor", "far_auditor")

PUBLIC = answers(nobody=200, donors=200, staff=200)
PUBLIC_POST = answers(nobody=DONE, donors=DONE, staff=DONE)
SIGNED_IN = answers(donors=200, staff=200)
SIGNED_IN_POST = answers(donors=DONE, staff=DONE)
#: Pages for those who are not signed in; the others are led to their work.
DOORS = answers(nobody=200, donors=302, staff=302)
ANY_DONOR = answers(donors=200, staff=403)


def own(people: tuple[str, ...], answer: Any) -> Expected:
    """A row of the donor: these people get the answer, other donors 404, staff 403."""
    return answers(donors=404, staff=403, **each(people, answer))


def watched(answer: Any, people: tuple[str, ...] = WATCHERS) -> Expected:
    """A case: those who watch over it get the answer, those of elsewhere 404, others 403."""
    return answers(donors=403, staff=404, treasurer=403, far_treasurer=403, **each(people, answer))


def at_desk(people: tuple[str, ...] = BRANCH) -> Expected:
    """A step of the case's own desk: another desk 404, who has no desk 403."""
    return answers(donors=403, staff=403, **each(FAR_BRANCH, 404), **each(people, DONE))


def only(people: tuple[str, ...], answer: Any, *, nobody: Any = SIGN_IN) -> Expected:
    """A page of a role, without rows of anybody: everyone else is refused."""
    return answers(nobody=nobody, donors=403, staff=403, **each(people, answer))


@dataclass(frozen=True)
class Row:
    """One address: how it is filled in, and who gets what. A method without answers is 405."""

    get: Expected | None = None
    post: Expected | None = None
    at: Callable[[World], list[Any]] = lambda world: []
    data: dict[str, Any] = field(default_factory=dict)
    api: bool = False


def sponsorship(world: World) -> list[Any]:
    return [world.covered.uuid]


def case(world: World) -> list[Any]:
    return [world.case.uuid]


def held(world: World) -> list[Any]:
    return [world.held.uuid]


def worker(world: World) -> list[Any]:
    return [world.draft.uuid, world.key]


def draft(world: World) -> list[Any]:
    return [world.draft.uuid]


SPONSORSHIP = answers(donors=404, staff=404, **each(MEMBERS, 200), **each(WATCHERS, 200))
MONEY_READERS = ("treasurer", "head", "auditor")
INVOICE = answers(donors=404, staff=404, **each(MEMBERS, 200), **each(MONEY_READERS, 200))

Rows = dict[str, Row | list[Row]]
