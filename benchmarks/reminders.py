"""The morning's reminders: who is told of what, when everybody is asked at once, and how
fast a sender writes the digests and hands them to a channel that takes no time.

make bench ONLY=reminders SIZE=1000000
"""

from collections.abc import Callable
from datetime import date
from time import perf_counter
from typing import Any

from django.db import connection

from benchmarks.throng import BASE, gather_asked
from bricks.engine import is_postgres
from contributions.models import Reminder
from contributions.services.planning_reminders import plan_reminders
from contributions.services.reminder_plan import load_reminder_plan
from contributions.services.sending_reminders import send_reminders
from notices.models import Message
from notices.sending import send_due_messages
from tests.contributions.rows import at

SIZE = 10_000
MOST_ON_SQLITE = 100_000
#: Three days before November's cover ends: the first milestone of who pays monthly.
DAY = date(2026, 11, 27)
NINE = at(DAY, 9)


class NotPlanned(Exception):
    """Somebody is missing in the plan: there is nothing to measure."""


def run(size: int, say: Callable[[str], Any]) -> None:
    """Ask everybody, plan the morning, and plan it once more."""
    size = size if is_postgres(connection) else min(size, MOST_ON_SQLITE)
    engine = "postgres" if is_postgres(connection) else "sqlite"
    started = perf_counter()
    gather_asked(size)
    load_reminder_plan()
    say(f"{size:,} obligations made in {perf_counter() - started:.0f} s")
    for name in ("plan_s", "again_s"):
        started = perf_counter()
        plan_reminders(today=DAY, now=at(DAY, 8))
        seconds = perf_counter() - started
        say(f"reminders.{engine}.{size}.{name} {seconds:.2f} s")
    # The story that the throng was copied from is asked as well.
    told = Reminder.objects.filter(sponsorship__gte=BASE)
    planned = told.values("sponsorship").distinct().count()
    if planned != size:
        raise NotPlanned(f"{planned} of {size}")
    for name, send in (("write", _write), ("hand_over", _hand_over)):
        started = perf_counter()
        count = send()
        rate = count / (perf_counter() - started)
        say(f"reminders.{engine}.{size}.{name} {rate:.0f} messages/s")


def _write() -> int:
    """Write every digest that waits into the outbox; return how many."""
    count = 0
    while told := send_reminders(now=NINE)["messages"]:
        count += told
    if not count or Message.objects.count() != count:
        raise NotPlanned(f"{count} digests, {Message.objects.count()} messages")
    return count


def _hand_over() -> int:
    """Hand every message to its channel, the mailbox; return how many."""
    count = 0
    while sent := send_due_messages(now=NINE)["sent"]:
        count += sent
    if count != Message.objects.count():
        raise NotPlanned(f"{count} of {Message.objects.count()} messages left")
    return count
