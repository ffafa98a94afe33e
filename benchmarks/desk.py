"""The branch's desk with many open cases: its pages, the dry run, the working off.

make bench ONLY=desk SIZE=10000
"""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from bricks import clock
from tests.factories import ConsentFactory, EnrollmentFactory, OfficeAreaFactory, officer
from workers.models import Check, Consent, Enrollment, EnrollmentEvent
from workers.services import bulk, bulk_running
from workers.services.checking import make_checks

SIZE = 10_000
AGAIN = 5
DECIDED = 100

Say = Callable[[str], Any]

SYLLABLES = [consonant + vowel for consonant in "bdgjklmnprst" for vowel in "aiu"]


def fill(cases: int) -> User:
    """Make so many open cases at one desk, half as many decided ones, and its supervisor."""
    now = clock.now()
    boss: User = officer(Role.Kind.BRANCH_SUPERVISOR)
    first = EnrollmentFactory(submitted_at=now)
    OfficeAreaFactory()
    ConsentFactory(enrollment=first)
    checks = make_checks(enrollment=first, now=now)
    rows = []
    for number in range(cases + cases // 2):
        row = EnrollmentFactory.build(
            order=first.order,
            programme=first.programme,
            donor=first.donor,
            office=first.office,
            village=first.village,
            occupation=first.occupation,
            position=number % 30_000 + 2,
            name=f"{_word(number)} {_word(number * 7919 + 5)}",
            serial=number,
        )
        row.nik_index = f"{number:064}"
        row.birth_date = first.birth_date + timedelta(days=number % 9_000)
        row.submitted_at = now - timedelta(minutes=7 * (number % 20_000))
        row.due_on = (row.submitted_at + timedelta(days=2)).date()
        if number >= cases:
            row.status, row.decided_by, row.decided_at = "returned", boss, now
        rows.append(row)
    Enrollment.everything.bulk_create(rows, batch_size=2_000)
    Check.objects.bulk_create(
        (
            Check(enrollment=row, kind=check.kind, outcome=check.outcome, made_at=now)
            for row in rows
            for check in checks
        ),
        batch_size=5_000,
    )
    Consent.objects.bulk_create(
        (
            Consent(
                enrollment=row,
                text_version="2026-11",
                channel=Consent.Channel.BRANCH,
                given_at=now,
                recorded_by=boss,
            )
            for row in rows
        ),
        batch_size=5_000,
    )
    EnrollmentEvent.objects.bulk_create(
        (
            EnrollmentEvent(enrollment=row, kind=kind, at=at, actor=boss)
            for row in rows
            for kind, at in [("submitted", row.submitted_at), ("returned", row.decided_at)]
            if at is not None
        ),
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return boss


def _word(number: int) -> str:
    """Make up a name of its own for each number."""
    syllables = []
    for _ in range(4):
        number, rest = divmod(number, len(SYLLABLES))
        syllables.append(SYLLABLES[rest])
    return "".join(syllables).title()


def run(cases: int, say: Say) -> None:
    """Fill a desk and measure each page, then a decision on all of its cases."""
    started = perf_counter()
    boss = fill(cases)
    say(f"{connection.vendor}, {cases:,} open cases in {perf_counter() - started:.1f} s\n")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(boss)
    for title, address in [
        ("the queue", reverse("desk")),
        ("the queue, page 100", f"{reverse('desk')}?page=100"),
        ("the queue, one kind of check", f"{reverse('desk')}?pemeriksaan=note"),
        ("the queue, one place", f"{reverse('desk')}?tempat=palembang"),
        ("the queue, by name", f"{reverse('desk')}?cari=9999"),
        ("figures of the branch", reverse("branch_figures")),
        ("who has how much in hand", reverse("workload")),
    ]:
        say(_page(client, title, address))
    _bulk(boss, client, say)


def _page(client: Client, title: str, address: str) -> str:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        started = perf_counter()
        for _ in range(AGAIN):
            if client.get(address).status_code != HTTPStatus.OK:
                raise RuntimeError(address)
        seconds = (perf_counter() - started) / AGAIN
    each = len(asked) // AGAIN
    return f"{title:<44}{seconds * 1000:>10,.1f} ms{each:>8} queries"


def _bulk(boss: User, client: Client, say: Say) -> None:
    waiting = Enrollment.everything.filter(status=Enrollment.Status.SUBMITTED)
    ids = list(waiting.values_list("pk", flat=True))
    asked = {"officer": boss, "enrollments": ids, "now": clock.now()}
    started = perf_counter()
    decision = bulk.preview(verb="approve", **asked)
    say(_rate("dry run of all", perf_counter() - started, len(ids)))
    say(_page(client, "the page of the dry run", reverse("bulk", args=[decision.uuid])))
    few = {**asked, "enrollments": ids[:DECIDED]}
    made = bulk.preview(verb="return", reasons={"name": "name_differs"}, **few)
    type(made).everything.filter(pk=made.pk).update(status="confirmed", needs_second=False)
    started = perf_counter()
    counts = bulk_running.run_bulk_decisions(now=clock.now(), limit=DECIDED)
    say(_rate("working off returns", perf_counter() - started, counts["decided"]))


def _rate(title: str, seconds: float, rows: int) -> str:
    rate = f"{rows / seconds:>12,.0f} rows/s" if rows else ""
    return f"{title:<44}{seconds * 1000:>10,.1f} ms{rate}"
