"""A job that dies at any moment: the next run ends what it began, once."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection

from bricks.engine import is_postgres
from contributions.books import check_books
from contributions.models import (
    Allocation,
    Contribution,
    Remittance,
    SandboxCoreFile,
    Sponsorship,
)
from contributions.services.remitting import remit
from contributions.services.reversing import undo_payments
from contributions.services.settling import allocate_payments
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.withholding import withhold
from notices.models import Message
from payments.models import Invoice, Payment, Posting, ProviderEvent
from payments.services.events import process_events
from payments.services.paying import start_payment
from tests.contributions.builders import (
    approved_order,
    billed_order,
    pay,
    reverse,
    settle,
    sponsorships_of,
)
from tests.factories import NOW, TODAY
from tests.payments.builders import pay_at_provider, tell
from tests.workers.reports import reported

pytestmark = [
    pytest.mark.slow,
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
]

#: Runs one job and dies before or after the named stage of it.
SCRIPT = """
import importlib, os, signal, sys
from datetime import datetime
import django
django.setup()
module, job, stage, moment, now = sys.argv[1:]
services = importlib.import_module(module if "." in module else "contributions.services." + module)
services_stage = getattr(services, stage)
def die(*args, **kwargs):
    if moment == "after":
        services_stage(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(services, stage, die)
now = datetime.fromisoformat(now)
more = {"today": now.date()} if job in ("remit", "withhold") else {}
getattr(services, job)(now=now, **more)
"""


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def database_url() -> str:
    """The address of the database in which this test plays."""
    at = connection.settings_dict
    if not is_postgres(connection):
        return f"sqlite:///{at['NAME']}"
    return f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def kill(module: str, job: str, stage: str, moment: str) -> None:
    """Run a job in a process of its own that dies at a stage."""
    connection.close()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, module, job, stage, moment, NOW.isoformat()],
        env={**os.environ, "DATABASE_URL": database_url()},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.mark.parametrize(
    ("stage", "moment"),
    [
        ("_follow_up_order", "before"),
        ("bill_order", "before"),
        ("bill_order", "after"),
        ("_follow_up_order", "after"),
    ],
)
def test_an_approval_is_followed_up_once(stage, moment):
    approved_order(2)
    kill("sponsoring", "follow_up_approvals", stage, moment)
    follow_up_approvals(now=NOW)
    invoice = Invoice.everything.get()
    assert invoice.number.endswith("-000001")
    assert Contribution.everything.filter(invoice=invoice, status="promised").count() == 24
    assert Message.objects.filter(kind="invoice_ready").count() == 1
    assert check_books(now=NOW) == []


@pytest.mark.parametrize(
    ("stage", "moment"),
    [
        ("_post", "after"),
        ("write_deals", "after"),
        ("_tell", "after"),
        ("allocate_payment", "after"),
    ],
)
def test_a_payment_is_allocated_once(stage, moment):
    settle(billed_order(), NOW)
    kill("settling", "allocate_payments", stage, moment)
    allocate_payments(now=NOW)
    assert Allocation.objects.get().months == 12
    assert Posting.objects.filter(kind="months_bought").count() == 1
    assert Message.objects.filter(kind="payment_allocated").count() == 1
    assert check_books(now=NOW) == []


@pytest.mark.parametrize(
    ("stage", "moment"),
    [("payment_of", "after"), ("apply_truth", "after"), ("_close", "after"), ("_act", "after")],
)
def test_between_the_webhook_and_the_cover_nothing_is_lost(stage, moment):
    """The webhook is kept and answered; the job that acts on it dies, and so does the next."""
    payment = start_payment(invoice=billed_order(), now=NOW)
    pay_at_provider(payment)
    tell(payment)
    kill("payments.services.events", "process_events", stage, moment)
    # The claim of the job that died runs out.
    later = NOW + timedelta(minutes=2)
    process_events(now=later)
    kill("settling", "allocate_payments", "_post", "after")
    allocate_payments(now=later)
    assert ProviderEvent.objects.get().outcome == "applied"
    assert Allocation.objects.get().months == 12
    assert Sponsorship.everything.get().status == "active"
    assert list(Posting.objects.order_by("pk").values_list("kind", flat=True)) == [
        "settlement",
        "months_bought",
    ]
    assert check_books(now=later) == []


@pytest.mark.parametrize(
    ("stage", "moment"), [("_undo", "after"), ("post_reversal", "after"), ("undo_payment", "after")]
)
def test_a_reversal_is_undone_once(stage, moment):
    payment = pay(billed_order(), NOW)
    reverse(payment, NOW)
    kill("reversing", "undo_payments", stage, moment)
    undo_payments(now=NOW)
    assert Payment.everything.get().reversal_followed_up_at == NOW
    assert set(Contribution.everything.values_list("status", flat=True)) == {"reversed"}
    assert Posting.objects.filter(kind__in=["months_undone", "reversal"]).count() == 2
    assert check_books(now=NOW) == []


@pytest.mark.parametrize(
    ("stage", "moment"),
    [("_claim_file", "after"), ("mark_sent", "before"), ("mark_sent", "after")],
)
def test_paid_months_are_handed_over_once(stage, moment):
    pay(billed_order(), NOW)
    kill("remitting", "remit", stage, moment)
    remit(today=TODAY, now=NOW)
    assert Remittance.everything.count() == SandboxCoreFile.objects.count() == 1
    assert set(Contribution.everything.values_list("status", flat=True)) == {"sent"}
    assert check_books(now=NOW) == []


@pytest.mark.parametrize(
    ("stage", "moment"),
    [
        ("void_open_invoices", "before"),
        ("void_open_invoices", "after"),
        ("bill_due_orders", "before"),
        ("renew", "before"),
    ],
)
def test_what_asks_for_a_reported_worker_is_withdrawn_once(stage, moment):
    held, other = sponsorships_of(billed_order(2))
    reported(held.worker)
    kill("withholding", "withhold", stage, moment)
    withhold(today=TODAY, now=NOW)
    # The others of the order are asked by the job of each minute as well.
    follow_up_approvals(now=NOW)
    fresh = Invoice.everything.get(status="open")
    assert sponsorships_of(fresh) == [other]
    assert Invoice.everything.filter(status="void").count() == 1
    assert check_books(now=NOW) == []
