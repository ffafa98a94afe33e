"""Bells: a door says that something happened; the jobs that care start at once.

The row is the queue and the clock rings too, so a bell that is lost costs a minute
and nothing else. Which tasks a word wakes stands in `sertakan/schedule.py`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
_silent: ContextVar[bool] = ContextVar("silent", default=False)


class UnknownBell(KeyError):
    """No such word in the schedule's list of bells."""


def ring(word: str) -> None:
    """Wake the tasks of `word` once the present transaction has committed.

    Raises UnknownBell. A broker that is down is logged, not raised: the clock will
    find the row.
    """
    if word not in settings.BELL_TASKS:
        raise UnknownBell(word)
    if _silent.get():
        return
    transaction.on_commit(lambda: _ring_now(word))


@contextmanager
def silence() -> Iterator[None]:
    """Ring no bell inside: for a loading that writes about the past.

    What its rows call for is done by its own steps, or by the clock.
    """
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _ring_now(word: str) -> None:
    for name in settings.BELL_TASKS[word]:
        try:
            # By name, so that this process need not have loaded the task.
            current_app.signature(name).apply_async()
        except (OperationalError, OSError):
            logger.warning("bell %s: the broker did not take %s", word, name)
