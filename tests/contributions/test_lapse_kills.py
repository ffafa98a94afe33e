"""The lapse dies at any commit, loses its connection, or runs twice at once; and so does each
job from renewal to BPJS's answer. The next run ends what was begun."""

from collections import Counter
from datetime import date, timedelta
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
from contributions.services.renewing import STEPS, renew, renew_tonight
from contributions.services.settling import allocate_payments
from notices.models import Message
from payments.models import Invoice, Posting
from tests.commits import die_at_every_commit
from tests.contributions.builders import at, few_prices, settle
from tests.contributions.kills import die, killed_in
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


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


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


def test_a_lapse_that_is_killed_at_every_commit_ends_each_once(over, monkeypatch):
    monkeypatch.setattr(lapsing, "CHUNK", 1)
    assert die_at_every_commit(partial(lapse, today=NIGHT.date(), now=NIGHT)) == ROWS
    prove_lapsed_once(over)
    assert set(lapse(today=NIGHT.date(), now=NIGHT).values()) == {0}


def test_what_a_killed_chunk_had_written_is_as_it_was(over):
    killed_in(
        lambda: setattr(lapsing, "tell_donor", die), partial(lapse, today=NIGHT.date(), now=NIGHT)
    )
    assert not Sponsorship.everything.filter(status="lapsed").exists()
    assert Contribution.everything.filter(status="promised", sponsorship__in=over).count() == ROWS
    assert lapse(today=NIGHT.date(), now=NIGHT)["lapsed"] == ROWS
    prove_lapsed_once(over)


@only_postgres
def test_a_connection_that_is_cut_in_the_middle_of_the_lapse_loses_one_chunk(over, monkeypatch):
    """The server is restarted: the job fails, its chunk is as it was, the next run goes on."""
    monkeypatch.setattr(lapsing, "CHUNK", 1)
    real, calls = lapsing.void_open_invoices, []

    def cut(**kwargs):
        calls.extend(kwargs["sponsorship_ids"])
        if kwargs["sponsorship_ids"] and len(calls) == 2:
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


def lapse_while_he_pays(paid: Sponsorship, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one pay between the lapse's choice and its lock."""
    invoice = Invoice.everything.get(donor=paid.donor, status="open")
    settle(invoice, NIGHT - timedelta(hours=3))
    lock, paying = lapsing.lock_workers, [paid.worker_id]

    def pay_before_the_lock(worker_ids):
        chosen = list(worker_ids)
        if paying and paying[0] in chosen:
            paying.clear()
            together(partial(allocate_payments, now=NIGHT))
        lock(chosen)

    monkeypatch.setattr(lapsing, "lock_workers", pay_before_the_lock)
    lapse(today=NIGHT.date(), now=NIGHT)
    paid.refresh_from_db()
    assert paid.paid_until > NIGHT.date()


@only_postgres
def test_who_pays_while_the_lapse_chooses_is_not_lapsed(over, monkeypatch):
    lapse_while_he_pays(over[0], monkeypatch)
    assert over[0].status == "active"


@only_postgres
def test_without_the_second_look_beneath_the_lock_who_pays_meanwhile_would_lapse(over, monkeypatch):
    def trust_the_choice(due, ids):
        return Sponsorship.everything.filter(pk__in=ids)

    monkeypatch.setattr(lapsing, "read_again", trust_the_choice)
    lapse_while_he_pays(over[0], monkeypatch)
    assert over[0].status == "lapsed"


# --- the chain -------------------------------------------------------------------------------
def test_from_renewal_to_bpjs_s_answer_every_job_may_die_at_every_commit():
    """One donor's renewal: each job of the chain is killed at each of its commits."""
    few_prices()
    fill_calendar()
    row = monthly(date(2026, 11, 6))
    night = at(date(2026, 11, 20), 1, 10)
    asked = die_at_every_commit(partial(renew_tonight, today=night.date(), now=night))
    invoice = Invoice.everything.get(status="open")
    settle(invoice, at(date(2026, 11, 23), 10))
    now = at(date(2026, 11, 23), 14)
    commits = [
        die_at_every_commit(job)
        for job in (
            partial(allocate_payments, now=now),
            partial(remit, today=now.date(), now=now),
            partial(fetch_answers, now=now + timedelta(minutes=1)),
        )
    ]
    # Each has at least one; a renewal has one for each of its stages.
    assert all(commits)
    assert asked >= len(STEPS)
    row.refresh_from_db()
    assert (row.status, row.paid_until) == ("active", date(2027, 1, 5))
    month = Contribution.everything.get(sponsorship=row, month=date(2026, 12, 1))
    assert (month.status, month.covered_from) == ("accepted", date(2026, 12, 6))
    assert Posting.objects.filter(kind="months_bought", payment__isnull=False).count() == 1
    assert Remittance.everything.filter(number__startswith="STR-2026-11-23").count() == 1
    for kind in ("payment_allocated", "cover_accepted"):
        assert Message.objects.filter(kind=kind).count() == 1
    assert [found for found in check_books(now=now) if found.is_grave] == []
