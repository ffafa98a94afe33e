"""Two editors of the table of offices at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from bricks.engine import is_postgres
from regions.models import Area, Office, OfficeArea
from regions.office_table import Row, current_table
from tests.factories import (
    NOW,
    EnrollmentFactory,
    OfficeAreaFactory,
    OfficeFactory,
    officer,
)
from tests.workers.desk import again
from workers.models import EnrollmentEvent
from workers.services import closing, holding, offices
from workers.services.offices import CannotChangeOffice, OfficesChanged

pytestmark = pytest.mark.django_db(transaction=True)
only_postgres = pytest.mark.skipif(
    not is_postgres(connection), reason="SQLite lets one writer in at a time"
)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; return results or refusals."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return act()
        except (CannotChangeOffice, holding.CannotDecide) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers read the same table before either writes, and nobody waits."""
    both = Barrier(2)

    def read_together() -> Any:
        table = current_table()
        both.wait(timeout=20)
        return table

    monkeypatch.setattr(offices, "lock_offices", lambda: None)
    monkeypatch.setattr(offices, "current_table", read_together)


@pytest.fixture
def three(db: None) -> tuple[Office, Office, Office]:
    """The default office of Palembang, and two more that serve the city."""
    first = OfficeAreaFactory().office
    others = [OfficeFactory(code=f"TEST-{n}", name=f"Cabang {n}") for n in (1, 2)]
    for other in others:
        OfficeAreaFactory(office=other, is_default=False)
    return first, others[0], others[1]


def rename(office: Office, head: User, name: str) -> Callable[[], Any]:
    assert office.parent
    row = Row(name=name, kind="kc", parent=office.parent.code, city="Palembang", phone="175")
    return partial(
        offices.change_office, office=office, row=row, seen=office.version, by=head, now=NOW
    )


def take_default(office: Office, former: Office, head: User) -> Callable[[], Any]:
    return partial(
        offices.make_default,
        office=office,
        regency="1671",
        former=former.code,
        seen=office.version,
        by=head,
        now=NOW,
    )


def refusals(results: list[Any]) -> list[Any]:
    return [result for result in results if isinstance(result, CannotChangeOffice)]


def test_of_two_who_change_one_office_one_reads_a_sentence(three):
    head = officer("head_office")
    results = at_once(rename(three[0], head, "Satu"), rename(three[0], head, "Dua"))
    assert [type(refusal) for refusal in refusals(results)] == [OfficesChanged]
    assert Office.objects.get(pk=three[0].pk).version == 1


@only_postgres
@pytest.mark.usefixtures("unguarded")
def test_without_the_lock_one_overwrites_the_other_unseen(three):
    head = officer("head_office")
    results = at_once(rename(three[0], head, "Satu"), rename(three[0], head, "Dua"))
    assert refusals(results) == []
    assert Office.objects.get(pk=three[0].pk).version == 2


def test_of_two_offices_that_become_the_default_one_does(three):
    first, second, third = three
    head = officer("head_office")
    results = at_once(take_default(second, first, head), take_default(third, first, head))
    assert [type(refusal) for refusal in refusals(results)] == [OfficesChanged]
    assert OfficeArea.objects.get(is_default=True).office in (second, third)


@only_postgres
@pytest.mark.usefixtures("unguarded")
def test_without_the_lock_the_database_still_keeps_one_default(three):
    first, second, third = three
    head = officer("head_office")
    results = at_once(take_default(second, first, head), take_default(third, first, head))
    assert [str(refusal) for refusal in refusals(results)] == [str(OfficesChanged())]
    assert OfficeArea.objects.filter(is_default=True).count() == 1


@pytest.fixture
def unconstrained(db: None) -> Iterator[None]:
    name = "office_area_one_default"
    rule = next(rule for rule in OfficeArea._meta.constraints if rule.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(OfficeArea, rule)
    yield
    OfficeArea.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(OfficeArea, rule)


@only_postgres
@pytest.mark.usefixtures("unguarded", "unconstrained")
def test_without_lock_and_constraint_a_regency_has_two_defaults(three):
    first, second, third = three
    head = officer("head_office")
    at_once(take_default(second, first, head), take_default(third, first, head))
    assert OfficeArea.objects.filter(is_default=True).count() == 2


def test_a_case_that_is_taken_while_it_moves_is_in_one_place(three):
    first, second, _third = three
    case = EnrollmentFactory(office=first)
    person = officer(office=first)
    Office.objects.filter(pk=first.pk).update(is_open=False, successor=second)
    at_once(
        partial(closing.move_cases, now=NOW),
        partial(holding.take, enrollment=case, officer=person, now=NOW),
    )
    moved = EnrollmentEvent.objects.filter(kind="office_closed").exists()
    assert again(case).office == (second if moved else first)
    assert Area.objects.filter(code="1671").exists()
