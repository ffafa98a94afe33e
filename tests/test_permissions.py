"""Every address x everybody (house section 8).

`tests.doors` says for each address who gets which answer. An address without a row fails the
first test, so nobody forgets to think about it. Another's row answers 404, a page of
another role 403, and nobody is asked to sign in; whatever is asked, nothing breaks.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.homes import home_of
from bricks.engine import is_postgres
from bricks.scoped import NotScoped, ScopedManager
from contributions.models import Remittance
from payments.models import BankAccount
from tests.doors import ROWS
from tests.doors.shapes import NOT_SERVED, SIGN_IN, WRITERS, Expected, Row, held
from tests.factories import NOW
from tests.people import EVERYBODY, NOBODY, World, actions_of, links_of, undone
from workers.models.registry import OfOfficeQuerySet

MOMENT = NOW.replace(minute=5)

CASES = [
    pytest.param(name, row, id=f"{name}-{number}" if number else name)
    for name, rows in ROWS.items()
    for number, row in enumerate(rows if isinstance(rows, list) else [rows])
]


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Build everybody and everything once; every request below is undone."""
    with django_db_blocker.unblock(), undone():
        with time_machine.travel(NOW, tick=False):
            built = World()
        yield built


@pytest.fixture(autouse=True)
def _undone(world: World, db: None) -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


def urls(patterns: list[Any]) -> Iterator[str]:
    for found in patterns:
        if isinstance(found, URLResolver):
            yield from urls(found.url_patterns)
        elif isinstance(found, URLPattern):
            yield str(found.name)


def test_every_address_says_who_may_open_it() -> None:
    known, planned = set(urls(get_resolver().url_patterns)), set(ROWS)
    assert not known - planned, "give each new address a row in tests/doors: who gets which answer?"
    assert not planned - known, "these addresses are gone; take their rows away"


def says(answer: Any, expected: Any) -> bool:
    """Tell whether an answer is the expected one; a way to the sign-in page is no other 302."""
    location = answer.get("Location", "")
    asked_to_sign_in = answer.status_code == 302 and location.startswith("/akun/login")
    if expected == SIGN_IN or asked_to_sign_in:
        return asked_to_sign_in and expected in {SIGN_IN, NOT_SERVED}
    return (
        answer.status_code in expected
        if isinstance(expected, frozenset)
        else (answer.status_code == expected)
    )


#: Who may read a full NIK, and where: the donor in his own draft and in what came back.
FULL_NIK = {"order_data": WRITERS, "order_paper": WRITERS, "enrollment_repair": WRITERS}


def faults(world: World, name: str, row: Row, person: str, method: str) -> Iterator[str]:
    """Open an address as a person and tell what is wrong with the answer; undo what it did."""
    expected = row.get if method == "get" else row.post
    data = row.data if method == "post" or not row.post else {}
    with undone():
        answer = world.ask(person, method, reverse(name, args=row.at(world)), data, api=row.api)
    if not says(answer, expected[person] if expected else NOT_SERVED):
        shown = expected[person] if expected else "that there is no such method"
        yield f"{method} by {person}: {answer.status_code}, expected {shown}"
    may_read = person in FULL_NIK.get(name, ()) or (person == "officer" and row.at is held)
    page = answer.content.decode(errors="replace")
    if not may_read and method == "get" and any(nik in page for nik in world.niks):
        yield f"{method} by {person}: shows a full NIK"


def askers(expected: Expected | None) -> Iterator[str]:
    """Everybody on SQLite; on the other engine two of those who get the same answer, as only
    the SQL differs. A method that is not served is so for whoever asks."""
    alike: Counter[Any] = Counter()
    for person in EVERYBODY:
        answer = expected[person] if expected else NOT_SERVED
        alike[answer] += 1
        if alike[answer] <= 2 or (expected and not is_postgres(connection)):
            yield person


@pytest.mark.parametrize(("name", "row"), CASES)
def test_everybody_gets_the_answer_that_the_table_says(world: World, name: str, row: Row) -> None:
    found = [
        fault
        for method, expected in (("get", row.get), ("post", row.post))
        for person in askers(expected)
        for fault in faults(world, name, row, person, method)
    ]
    assert not found, f"{name}: {reverse(name, args=row.at(world))}"


@pytest.mark.parametrize("person", EVERYBODY)
def test_no_link_and_no_button_leads_to_a_closed_door(world: World, person: str) -> None:
    """Follow every link and press every button that a person is shown, from his first page."""
    start = "/" if person == NOBODY else home_of(world.users[person])
    waiting, closed = [("get", start, "sign-in")], []
    seen = {("get", start)}
    while waiting:
        method, url, origin = waiting.pop()
        with undone():
            answer = world.ask(person, method, url)
        if answer.status_code >= 400 and not (method == "post" and answer.status_code == 400):
            closed.append(f"{method} {url} from {origin}: {answer.status_code}")
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = answer.content.decode()
        steps = {("get", link) for link in links_of(page)}
        steps |= {("post", action or url) for action in actions_of(page)}
        waiting += [(*step, url) for step in sorted(steps - seen)]
        seen |= steps
    assert not closed
    assert len(seen) > 5


SCOPED = [
    model
    for model in apps.get_models()
    if any(isinstance(manager, ScopedManager) for manager in model._meta.managers)
]


def test_the_rows_of_people_and_money_are_scoped() -> None:
    names = {model.__name__ for model in SCOPED}
    assert names >= {
        "Donor",
        "Worker",
        "Order",
        "Enrollment",
        "Sponsorship",
        "Contribution",
        "Invoice",
        "Payment",
    }


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
def test_a_scoped_model_offers_only_what_somebody_may_see(world: World, model: Any) -> None:
    for question in ("all", "count", "exists", "first", "iterator", "select_related"):
        with pytest.raises(NotScoped):
            getattr(model.objects, question)()
    for question in ("filter", "get", "exclude", "update", "get_or_create"):
        with pytest.raises(NotScoped):
            getattr(model.objects, question)(pk=1)
    assert isinstance(model._default_manager, type(model.everything))
    everything = set(model.everything.values_list("pk", flat=True))
    if issubclass(model.everything.all().__class__, OfOfficeQuerySet):
        _is_of_its_office(world, model, everything)
        return
    if model in OF_TREASURY:
        _is_of_its_treasury(world, model, everything)
        return
    owners = set(model.objects.visible_to(world.users["owner"]).values_list("pk", flat=True))
    strangers = set(model.objects.visible_to(world.users["stranger"]).values_list("pk", flat=True))
    assert owners < everything, "a donor sees some rows, and not the company's"
    assert owners
    assert not owners & strangers


#: Read by treasurer, auditor and head office alone.
OF_TREASURY = (BankAccount, Remittance)


def _is_of_its_treasury(world: World, model: Any, everything: set[int]) -> None:
    def seen_by(person: str) -> set[int]:
        return set(model.objects.visible_to(world.users[person]).values_list("pk", flat=True))

    assert everything, "tests/people.py makes one of each"
    assert seen_by("head") == everything
    assert seen_by("treasurer") == seen_by("auditor") == everything
    for person in ("far_treasurer", "far_auditor", "officer", "supervisor", "owner"):
        assert not seen_by(person), person


def _is_of_its_office(world: World, model: Any, everything: set[int]) -> None:
    """Rows of a desk: its people see them, people of another desk and donors do not."""

    def seen_by(person: str) -> set[int]:
        return set(model.objects.visible_to(world.users[person]).values_list("pk", flat=True))

    assert everything, "tests/people.py makes one of each"
    for person in ("officer", "supervisor", "regional", "auditor", "head"):
        assert seen_by(person) == everything, person
    for person in ("far_officer", "far_supervisor", "far_regional", "far_auditor", "owner"):
        assert not seen_by(person), person
