"""Two supervisors who name the same deputy at once, and two who end him at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts import services
from accounts.models import AuditEvent, Role
from bricks.engine import is_postgres
from tests.factories import NOW, TODAY, OfficeFactory, officer

pytestmark = pytest.mark.django_db(transaction=True)
SUPERVISOR = Role.Kind.BRANCH_SUPERVISOR


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; return results or refusals."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(timeout=20)
            return act()
        except services.CannotDeputise as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def named_at_once() -> list[Any]:
    """Let two supervisors of one office name the same officer in the same instant."""
    office = OfficeFactory()
    role = officer(office=office).roles.get()
    name = partial(
        services.name_deputy,
        officer=role,
        until=TODAY + timedelta(days=3),
        today=TODAY,
        now=NOW,
    )
    supervisors = [officer(SUPERVISOR, office=office) for _ in range(2)]
    return at_once(*(partial(name, by=supervisor) for supervisor in supervisors))


@contextmanager
def without(constraint: str) -> Iterator[None]:
    found = next(c for c in Role._meta.constraints if c.name == constraint)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Role, found)
    try:
        yield
    finally:
        Role.objects.filter(until__isnull=False).delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Role, found)


def test_an_officer_is_named_once() -> None:
    results = named_at_once()
    assert sum(isinstance(result, Role) for result in results) == 1
    assert sum(isinstance(result, services.AlreadySupervises) for result in results) == 1
    assert Role.objects.filter(until__isnull=False).count() == 1
    assert AuditEvent.objects.filter(action="role.given").count() == 1


def test_without_the_constraint_he_would_be_named_twice() -> None:
    if not is_postgres(connection):
        pytest.skip("SQLite rebuilds the table for it")
    with without("role_held_once"):
        results = named_at_once()
        assert [type(result) for result in results] == [Role, Role]


def ended_at_once() -> None:
    office = OfficeFactory()
    supervisor = officer(SUPERVISOR, office=office)
    deputy = services.name_deputy(
        officer=officer(office=office).roles.get(),
        until=TODAY,
        by=supervisor,
        today=TODAY,
        now=NOW,
    )
    end = partial(services.end_deputy, deputy=deputy, by=supervisor, now=NOW)
    at_once(end, end)


def test_a_deputy_ends_once() -> None:
    ended_at_once()
    assert AuditEvent.objects.filter(action="role.ended").count() == 1


def test_without_the_condition_two_endings_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unconditional(role: Role, *, by: Any, now: Any) -> bool:
        Role.objects.filter(pk=role.pk).update(ended_at=now)
        services.record(action="role.ended", obj=role, now=now, actor=by, office=role.office)
        return True

    monkeypatch.setattr(services, "_end", unconditional)
    ended_at_once()
    assert AuditEvent.objects.filter(action="role.ended").count() == 2
