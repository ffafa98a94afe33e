"""The job that sends refunds dies at any moment: the provider sends once, the books agree."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection

from contributions.books import check_books
from payments.models import SandboxRefund
from payments.services.sending_refunds import send_refunds
from tests.contributions.refund_stories import (
    EXTRA,
    LATER,
    back_to_instrument,
    fresh,
    overpaid,
    total,
)
from tests.contributions.test_kills import database_url
from tests.factories import NOW

pytestmark = [
    pytest.mark.slow,
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
]

#: Sends refunds and dies before or after the named stage.
SCRIPT = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from payments.services import sending_refunds
stage, moment, now = sys.argv[1:]
real = getattr(sending_refunds, stage)
def die(*args, **kwargs):
    if moment == "after":
        real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(sending_refunds, stage, die)
sending_refunds.send_refunds(now=datetime.fromisoformat(now))
"""


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


@pytest.mark.parametrize(
    ("stage", "moment"),
    [
        ("_claim", "after"),
        # Between the provider's call and our record.
        ("record_sent", "before"),
        ("_book", "after"),
        ("record_sent", "after"),
    ],
)
def test_a_refund_is_sent_once(stage, moment):
    refund = back_to_instrument(overpaid())
    connection.close()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, stage, moment, NOW.isoformat()],
        env={**os.environ, "DATABASE_URL": database_url()},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    send_refunds(now=LATER)
    assert SandboxRefund.objects.count() == 1
    assert (fresh(refund).status, total("refunds"), total("returned")) == ("sent", EXTRA, EXTRA)
    assert check_books(now=LATER) == []
