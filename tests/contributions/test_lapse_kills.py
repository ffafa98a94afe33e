"""The lapse dies at any chunk, loses its connection, or runs twice at once; and the chain
from renewal to BPJS's answer is cut at each of its jobs. The next run ends what was begun."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial

import psycopg2
import pytest
from django.db import DatabaseError, connection

from bricks.engine import is_postgres
from contributions.books import check_books
from contributions.models import Contribution, Remittance, Sponsorship
from contributions.services import lapsing
from contributions.services.lapsing import lapse
from contributions.services.pricing import fill_calendar
from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.settling import allocate_payments
from notices.models import Message
from payments.models import Invoice, Posting
from tests.contributions.builders import at, few_prices, settle
from tests.contributions.rows import sponsored
from tests.contributions.test_kills import database_url
from tests.factories import EnrollmentFactory
from tests.payments.test_races import together

pytestmark = [
    pytest.mark.slow,
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
]
only_postgres = pytest.mark.skipif(
    not is_postgres(connection), reason="SQLite lets in one writer and has no server"
)

#: Covered until 31 August: each lapses on 1 December.
NIGHT = at(date(2026, 12, 1), 2, 10)
ROWS = 3

#: Runs one job in small chunks and dies at the n-th call of a stage of it.
SCRIPT = """
import importlib, os, signal, sys
from datetime import date, datetime
import django
django.setup()
from bricks.clock import jakarta_date
module, job, stage, moment, nth, now = sys.argv[1:]
services = importlib.import_module("contributions.services." + module)
if module == "lapsing":
    services.CHUNK = 1
real, calls = getattr(services, stage), []
def die(*args, **kwargs):
    calls.append(1)
    result = None if (len(calls) == int(nth) and moment == "before") else real(*args, **kwargs)
    if len(calls) == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(services, stage, die)
now = datetime.fromisoformat(now)
more = {"today": jakarta_date(now)} if job in ("lapse", "renew", "remit") else {}
getattr(services, job)(now=now, **more)
"""


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def kill(cut: tuple[str, str, str, str], now: datetime, *, nth: int = 1) -> None:
    """Run a job (module, name) in a process of its own that dies before or after the n-th
    call of a stage (stage, moment)."""
    connection.close()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *cut, str(nth), now.isoformat()],
        env={**os.environ, "DATABASE_URL": database_url()},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.fixture
def over() -> list[Sponsorship]:
    """Three donors who have not paid for three months, each asked by an open invoice, and
    one whose worker is paid for."""
    few_prices()
    fill_calendar()
    rows = [monthly(date(2026, 8, 1)) for _ in range(ROWS)]
    monthly(date(2026, 11, 10))
    renew(today=date(2026, 11, 20), now=at(date(2026, 11, 20), 1, 10))
    return rows


def monthly(start: date) -> Sponsorship:
    return sponsored(start, 1, case=EnrollmentFactory(approved=True, months=1))


def prove_lapsed_once(rows: list[Sponsorship]) -> None:
    states = Counter(Sponsorship.everything.values_list("status", "end_reason"))
    assert states == {("lapsed", "arrears"): ROWS, ("active", ""): 1}
    assert Message.objects.filter(kind="sponsorship_arrears").count() == ROWS
    told = Message.objects.filter(kind="sponsorship_arrears").values_list("user", flat=True)
    assert set(told) == {row.donor.person_id for row in rows}
    open_ones = Contribution.everything.filter(status="promised", invoice__status="open")
    assert not open_ones.filter(sponsorship__in=rows).exists()
    assert [found for found in check_books(now=NIGHT) if found.is_grave] == []


@pytest.mark.parametrize("nth", range(1, ROWS + 1))
@pytest.mark.parametrize(
    ("stage", "moment"), [("void_open_invoices", "before"), ("tell_donor", "after")]
)
def test_a_lapse_that_is_killed_in_any_chunk_is_ended_by_the_next(over, stage, moment, nth):
    kill(("lapsing", "lapse", stage, moment), NIGHT, nth=nth)
    # What was committed stays, the chunk that died is as it was.
    assert Sponsorship.everything.filter(status="lapsed").count() == nth - 1
    assert Message.objects.filter(kind="sponsorship_arrears").count() == nth - 1
    assert lapse(today=NIGHT.date(), now=NIGHT)["lapsed"] == ROWS - nth + 1
    prove_lapsed_once(over)


@only_postgres
def test_a_connection_that_is_cut_in_the_middle_of_the_lapse_loses_one_chunk(over, monkeypatch):
    """The server is restarted: the job fails, its chunk is as it was, the next run goes on."""
    monkeypatch.setattr(lapsing, "CHUNK", 1)
    real, calls = lapsing.void_open_invoices, []

    def cut(**kwargs):
        calls.append(1)
        if len(calls) == 2:
            end_session(connection.connection.info.backend_pid)
        return real(**kwargs)

    monkeypatch.setattr(lapsing, "void_open_invoices", cut)
    with pytest.raises(DatabaseError):
        lapse(today=NIGHT.date(), now=NIGHT)
    connection.close()
    assert Sponsorship.everything.filter(status="lapsed").count() == 1
    assert lapse(today=NIGHT.date(), now=NIGHT)["lapsed"] == ROWS - 1
    prove_lapsed_once(over)


def end_session(pid: int) -> None:
    """End a session of this test's database, as a restart of the server does."""
    other = psycopg2.connect(database_url().replace("postgres://", "postgresql://", 1))
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    finally:
        other.close()


# --- two at once ---------------------------------------------------------------------------
@only_postgres
def test_two_lapses_at_once_tell_each_donor_once(over):
    results = together(*[partial(lapse, today=NIGHT.date(), now=NIGHT)] * 2)
    assert sum(result["lapsed"] for result in results) == ROWS
    prove_lapsed_once(over)


@only_postgres
def test_without_the_second_look_beneath_the_lock_who_pays_meanwhile_would_lapse(over, monkeypatch):
    """The guard: lapse reads its rows again once it holds the workers."""
    paid = over[0]
    invoice = Invoice.everything.get(donor=paid.donor, status="open")
    settle(invoice, NIGHT - timedelta(hours=3))
    chosen = lapsing.lock_workers

    def pay_before_the_lock(worker_ids):
        together(partial(allocate_payments, now=NIGHT))
        chosen(worker_ids)

    monkeypatch.setattr(lapsing, "lock_workers", pay_before_the_lock)
    lapse(today=NIGHT.date(), now=NIGHT)
    paid.refresh_from_db()
    assert paid.status == "active"
    assert paid.paid_until > NIGHT.date()


# --- the chain -------------------------------------------------------------------------------
CUTS = [
    ("settling", "allocate_payments", "write_deals", "after"),
    ("settling", "allocate_payments", "allocate_payment", "after"),
    ("remitting", "remit", "_claim_file", "after"),
    ("remitting", "remit", "mark_sent", "after"),
    ("remitting", "fetch_answers", "apply_answers", "before"),
    ("remitting", "fetch_answers", "apply_answers", "after"),
]


def test_from_renewal_to_bpjs_s_answer_every_job_may_die_on_its_way():
    """One donor's renewal: each job of the chain is killed, and run again, once per stage."""
    few_prices()
    fill_calendar()
    row = monthly(date(2026, 11, 6))
    asked = at(date(2026, 11, 20), 1, 10)
    renew(today=asked.date(), now=asked)
    invoice = Invoice.everything.get(status="open")
    settle(invoice, at(date(2026, 11, 23), 10))
    now = at(date(2026, 11, 23), 14)
    for cut in CUTS:
        kill(cut, now)
        now += timedelta(minutes=1)
    allocate_payments(now=now)
    remit(today=now.date(), now=now)
    fetch_answers(now=now + timedelta(minutes=1))
    row.refresh_from_db()
    assert (row.status, row.paid_until) == ("active", date(2027, 1, 5))
    month = Contribution.everything.get(sponsorship=row, month=date(2026, 12, 1))
    assert (month.status, month.covered_from) == ("accepted", date(2026, 12, 6))
    assert Posting.objects.filter(kind="months_bought", payment__isnull=False).count() == 1
    assert Remittance.everything.filter(number__startswith="STR-2026-11-23").count() == 1
    for kind in ("payment_allocated", "cover_accepted"):
        assert Message.objects.filter(kind=kind).count() == 1
    assert [found for found in check_books(now=now) if found.is_grave] == []
