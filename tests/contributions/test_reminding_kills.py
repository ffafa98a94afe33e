"""Planning and sending of reminders, killed at any step: none is lost, none is repeated."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Role, phone_index
from contributions.models import Reminder, ReminderDigest
from contributions.services import planning_reminders, sending_reminders
from contributions.services.reminding import plan_reminders, send_reminders
from contributions.services.renewing import renew
from notices.models import Message
from tests.contributions.builders import few_prices
from tests.contributions.kills import die, killed_in
from tests.contributions.renewals import order_of
from tests.contributions.rows import at, sponsored
from tests.factories import (
    EnrollmentFactory,
    OrderFactory,
    ProgrammeFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
]
YESTERDAY, TODAY = date(2026, 12, 23), date(2026, 12, 24)
plan = partial(plan_reminders, today=TODAY, now=at(TODAY, 4))
send = partial(send_reminders, now=at(TODAY, 9))
#: Every function of a plan that writes, in its order; the first is called once a range.
PLANNING = ("_plan_range", "_plan_lists", "_offer_carried")
#: Every step of sending one digest, in its order.
SENDING = ("_claim", "facts_of_user", "_tell_user", "facts_of_worker", "_tell_worker", "_close")


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two donors, a worker with a phone, a branch's week, a programme that ends; one
    reminder was planned yesterday and nobody has sent it."""
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    for name in ("RANGE", "SMALL_RANGE"):
        monkeypatch.setattr(planning_reminders, name, 2)
    monkeypatch.setattr("bricks.engine.PAUSE_SECONDS", 0)
    few_prices()
    rows = order_of(3)
    worker = rows[0].worker
    worker.phone, worker.phone_index = "+6281200000001", phone_index("+6281200000001")
    worker.save()
    sponsored(date(2026, 1, 7), 12, case=EnrollmentFactory(approved=True))
    programme = ProgrammeFactory(agreement=True, fixed_until=date(2027, 1, 31))
    office = programme.opened_by_office
    case = EnrollmentFactory(approved=True, office=office, order=OrderFactory(programme=programme))
    sponsored(date(2026, 2, 1), 12, case=case, renews=False)
    RoleFactory(user=UserFactory(), kind=Role.Kind.BRANCH_SUPERVISOR, office=office)
    renew(today=date(2026, 12, 9), now=at(date(2026, 12, 9), 1))
    plan_reminders(today=YESTERDAY, now=at(YESTERDAY, 4))


def picture() -> dict[str, Any]:
    """What was planned and said, without the names that chance gives."""
    reminders = Reminder.objects.order_by(
        "sponsorship", "programme", "office", "audience", "about", "paid_until", "days"
    )
    return {
        "reminders": [
            (r.sponsorship_id, r.programme_id, r.office_id, r.audience, r.days, r.told_at)
            for r in reminders
        ],
        "digests": list(
            ReminderDigest.objects.order_by("day", "user", "worker").values_list(
                "user", "worker", "day", "since", "state", "obligations", "closed_at"
            )
        ),
        "messages": list(
            Message.objects.filter(kind__in=["reminder", "worker_reminder", "weekly_list"])
            .order_by("user", "address_index")
            .values_list("user", "address_index", "kind", "status", "body")
        ),
    }


def undisturbed() -> dict[str, Any]:
    """What a day leaves behind on which nobody is killed; taken back afterwards."""
    with transaction.atomic():
        plan()
        send()
        seen = picture()
        transaction.set_rollback(True)
    return seen


def before(module: Any, name: str) -> None:
    """Die where the step would begin."""
    setattr(module, name, die)


def inside(module: Any, name: str) -> None:
    """Die when the step has done its work, and nothing is committed."""
    work = getattr(module, name)
    setattr(module, name, lambda *args, **more: die(work(*args, **more)))


def second(module: Any, name: str) -> None:
    """Die when the step begins again: all of its first turn is committed."""
    work, turns = getattr(module, name), [1]

    def work_once(*args: Any, **more: Any) -> Any:
        if not turns:
            die()
        turns.pop()
        return work(*args, **more)

    setattr(module, name, work_once)


def ends_as_wanted(wanted: dict[str, Any]) -> None:
    plan()
    send()
    assert picture() == wanted
    assert plan() == {"reminders": 0, "digests": 0}
    assert send() == {"messages": 0, "dropped": 0, "failed": 0, "reminders": 0}
    assert picture() == wanted


def test_the_day_has_everything_in_it():
    wanted = undisturbed()
    kinds = [kind for _user, _phone, kind, _status, _body in wanted["messages"]]
    assert set(kinds) == {"reminder", "worker_reminder"}
    assert {state for *_, state, _n, _at in wanted["digests"]} == {"sent", "dropped"}
    assert {row[3] for row in wanted["reminders"]} == {"donor", "worker", "owner", "branch"}


@pytest.mark.parametrize("name", PLANNING)
def test_a_plan_that_is_killed_goes_on(name):
    wanted = undisturbed()
    moments: list[Callable[..., None]] = [before, inside]
    if name == "_plan_range":
        moments.append(second)
    for moment in moments:
        killed_in(partial(moment, planning_reminders, name), plan)
    ends_as_wanted(wanted)


@pytest.mark.parametrize("name", SENDING)
def test_a_sender_that_is_killed_goes_on(name):
    wanted = undisturbed()
    plan()
    for moment in (before, inside, second):
        if moment != second or name in ("_claim", "_close"):
            killed_in(partial(moment, sending_reminders, name), send)
    ends_as_wanted(wanted)
