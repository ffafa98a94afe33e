"""A bell rings in a real worker, over the broker and database of this run."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from notices.models import Message
from notices.services import post_message
from sertakan.celery import app
from sertakan.processes import WORKER
from tests.environment import ROOT
from tests.factories import NOW, UserFactory

pytestmark = [
    pytest.mark.slow,
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
]
START_SECONDS = 60
BELL_SECONDS = 2.0


def wait_until(condition: Callable[[], bool], seconds: float) -> float:
    """Return after how many seconds the condition came true."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        if condition():
            return time.monotonic() - started
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def database_url() -> str:
    """The address of the test database for another process."""
    name = settings.DATABASES["default"]["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    app.conf.task_always_eager = False
    name = f"test-{os.getpid()}@here"
    process = subprocess.Popen(
        [Path(sys.executable).parent / "celery", *shlex.split(WORKER)[1:], "--hostname", name],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "CELERY_TASK_ALWAYS_EAGER": "false",
        },
    )
    try:
        wait_until(lambda: bool(app.control.ping(destination=[name], timeout=0.5)), START_SECONDS)
        yield process
    finally:
        app.conf.task_always_eager = True
        process.kill()
        process.wait()
        with app.connection_for_write() as broker:
            broker.default_channel.queue_delete(app.conf.task_default_queue)


def test_a_message_is_sent_within_two_seconds_of_its_bell(
    worker: subprocess.Popen[bytes],
) -> None:
    user = UserFactory()
    with transaction.atomic():
        message = post_message(
            key="engines", kind="test", user=user, subject="Halo", body="Halo", now=NOW
        )

    def is_sent() -> bool:
        return Message.objects.get(pk=message.pk).status == Message.Status.SENT

    assert wait_until(is_sent, BELL_SECONDS) < BELL_SECONDS

    worker.terminate()
    assert worker.wait(timeout=20) == 0
