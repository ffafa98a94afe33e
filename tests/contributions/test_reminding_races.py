"""Two planners, two senders, a payment meanwhile, on PostgreSQL; each guard is shown to be
needed."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import IntegrityError, connection, models

from bricks.engine import is_postgres
from contributions.models import Reminder, ReminderDigest, ReminderStep
from contributions.services import planning_reminders, sending_reminders
from contributions.services.reminding import plan_reminders, send_reminders
from contributions.services.renewing import renew
from notices.models import Message
from notices.sending import send_due_messages
from tests.contributions.builders import few_prices, invoice_of, pay
from tests.contributions.renewals import order_of
from tests.contributions.rows import at
from tests.contributions.test_renewal_races import together
from tests.races import Meeting, errors, meeting

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 12, 17)
plan = partial(plan_reminders, today=TODAY, now=at(TODAY, 4))
send = partial(send_reminders, now=at(TODAY, 9))
post = partial(send_due_messages, now=at(TODAY, 9))


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Three workers of one donor whose next invoice is out."""
    if not is_postgres(connection):
        pytest.skip("races need PostgreSQL: SQLite lets in one writer at a time")
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    few_prices()
    ReminderStep.objects.exclude(audience="donor", about="cover").delete()
    found = order_of(3)
    renew(today=date(2026, 12, 1), now=at(date(2026, 12, 1), 1))
    return found


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Take constraints away for a while; what was written meanwhile goes too."""
    found = [
        (model, constraint)
        for model in (Reminder, ReminderDigest)
        for constraint in model._meta.constraints
        if constraint.name in names
    ]
    assert len(found) == len(names)
    _change("remove_constraint", found)
    try:
        yield
    finally:
        Reminder.objects.all().delete()
        ReminderDigest.objects.all().delete()
        _change("add_constraint", found)


def _change(verb: str, found: list[tuple[type[models.Model], models.BaseConstraint]]) -> None:
    for model, constraint in found:
        with connection.schema_editor() as editor:
            getattr(editor, verb)(model, constraint)


def reminded() -> int:
    return Message.objects.filter(kind="reminder").count()


# --- two planners -----------------------------------------------------------------------
def two_plan(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let both ask what is untold before either writes it down."""
    monkeypatch.setattr(planning_reminders, "_plan_range", meeting(planning_reminders._plan_range))
    insert, both_wrote = planning_reminders._insert, defaultdict(Meeting)

    def insert_late(model: Any, columns: Any, *args: Any) -> int:
        made = insert(model, columns, *args)
        # What one has written, the other does not see before it is committed.
        both_wrote[model, tuple(columns)].wait()
        return made

    monkeypatch.setattr(planning_reminders, "_insert", insert_late)
    return together(plan, plan)


def test_two_planners_write_each_reminder_once(monkeypatch):
    assert errors(two_plan(monkeypatch)) == 0
    assert (Reminder.objects.count(), ReminderDigest.objects.count()) == (3, 1)
    assert send()["messages"] == 1


def test_without_the_constraints_both_write(monkeypatch):
    with without("reminder_once_per_sponsorship", "reminderdigest_one_a_day_per_user"):
        two_plan(monkeypatch)
        assert (Reminder.objects.count(), ReminderDigest.objects.count()) == (6, 2)


# --- two senders ------------------------------------------------------------------------
def two_send(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    plan()
    monkeypatch.setattr(sending_reminders, "_claim", meeting(sending_reminders._claim))
    return together(send, send)


def test_a_digest_is_sent_by_one_of_two(monkeypatch):
    results = two_send(monkeypatch)
    assert errors(results) == 0
    assert sum(result["messages"] for result in results) == 1
    assert reminded() == 1
    assert ReminderDigest.objects.get().state == "sent"


def test_without_the_condition_both_write_it(monkeypatch):
    def take(digest_id: int, now: Any) -> ReminderDigest:
        rows = ReminderDigest.objects.filter(pk=digest_id)
        rows.update(state="dropped", closed_at=now, message=None)
        return rows.select_related("user", "worker").get()

    monkeypatch.setattr(sending_reminders, "_claim", take)
    results = two_send(monkeypatch)
    assert sum(result["messages"] for result in results) == 2
    # The outbox, which keeps a key once, is the last thing between them.
    assert reminded() == 1


def yesterday_s_beside_today_s(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One sends the digest of yesterday, which had waited, while another sends today's."""
    plan()
    tomorrow = TODAY + timedelta(days=1)
    plan(today=tomorrow, now=at(tomorrow, 4))
    older, newer = ReminderDigest.objects.order_by("day")
    read, reading, both = sending_reminders.facts_of_user, Event(), Meeting()

    def read_and_wait(*args: Any, **more: Any) -> Any:
        facts = read(*args, **more)
        reading.set()
        both.wait()
        return facts

    def act(digest: ReminderDigest, *, is_first: bool) -> Any:
        now = at(tomorrow, 9)
        if not is_first:
            reading.wait(20)
            now += timedelta(seconds=1)
        return sending_reminders.send_digest(digest_id=digest.pk, now=now)

    monkeypatch.setattr(sending_reminders, "facts_of_user", read_and_wait)
    return together(partial(act, older, is_first=True), partial(act, newer, is_first=False))


def test_what_yesterday_s_digest_tells_today_s_does_not_tell_again(monkeypatch):
    assert yesterday_s_beside_today_s(monkeypatch) == [3, 0]
    assert reminded() == 1


def test_without_holding_the_older_one_the_database_refuses_the_second(monkeypatch):
    monkeypatch.setattr(
        sending_reminders, "hold_older", lambda older: dict(older.values_list("pk", "since"))
    )
    told, refused = yesterday_s_beside_today_s(monkeypatch)
    assert told == 3
    assert isinstance(refused, IntegrityError)


# --- a payment meanwhile -----------------------------------------------------------------
def paid_while(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], Any], row: Any) -> Any:
    """Let the payment land after facts were read, and before anything is written."""
    read, paid = Event(), Event()
    work = getattr(sending_reminders, name)

    def read_and_wait(*args: Any, **more: Any) -> Any:
        found = work(*args, **more)
        read.set()
        paid.wait(5)
        return found

    def pay_it() -> None:
        read.wait(20)
        try:
            pay(invoice_of(row.enrollment.order), at(TODAY, 9))
        finally:
            paid.set()

    monkeypatch.setattr(sending_reminders, name, read_and_wait)
    results = together(act, pay_it)
    monkeypatch.undo()
    return results


def test_what_is_paid_after_it_was_written_does_not_leave(monkeypatch, rows):
    plan()
    results = paid_while(monkeypatch, "facts_of_user", send, rows[0])
    assert errors(results) == 0
    assert post()["dropped"] == 1
    assert send(now=at(TODAY, 10)) == {"messages": 0, "dropped": 1, "failed": 0, "reminders": 0}
    assert not Reminder.objects.filter(told_at__isnull=False).exists()


def test_without_asking_anew_it_leaves(monkeypatch, rows, settings):
    plan()
    paid_while(monkeypatch, "facts_of_user", send, rows[0])
    settings.NOTICE_FRESHNESS = {}
    assert post()["dropped"] == 0
    assert reminded() == 1


def test_two_who_find_a_message_untrue_offer_its_digest_once(monkeypatch, rows):
    plan()
    send()
    message = Message.objects.get(kind="reminder")
    pay(invoice_of(rows[0].enrollment.order), at(TODAY, 9))
    monkeypatch.setattr(sending_reminders, "_offer_again", meeting(sending_reminders._offer_again))
    still_true = partial(sending_reminders.still_true, message)
    assert together(still_true, still_true) == [False, False]
    digest = ReminderDigest.objects.get()
    assert (digest.state, digest.revision) == ("waiting", 1)
