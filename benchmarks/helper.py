"""A second worker for the renewal, as WORKER_CONCURRENCY=2 has: a process of its own, warm,
that takes chunks when it is called."""

import multiprocessing
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any, Self

from django.db import connection

from benchmarks.memory import forget_peak, peak_mb
from contributions.services.renewing import continue_renewal
from notices import bells


class HelperFailed(Exception):
    """The second worker did not do its part: there is nothing to measure."""


class Helper:
    """While it is open, the bell for other workers calls this one, once for all."""

    def __init__(self, now: datetime) -> None:
        """Work at the instant `now`."""
        self.now = now
        self._mine, self._its = multiprocessing.get_context("fork").Pipe()
        self._called = False
        #: The most memory that it had.
        self.memory_mb = 0.0

    def __enter__(self) -> Self:
        """Start it; the bell that a renewal rings for other workers calls it."""
        settings = dict(connection.settings_dict)
        connection.close()
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=_serve, args=(self._its, settings, self.now))
        self._process.start()
        self._its.close()
        self._mine.recv()
        self._ring, bells._ring_now = bells._ring_now, self._call
        return self

    def __exit__(self, *error: object) -> None:
        """Let it go."""
        bells._ring_now = self._ring
        with suppress(BrokenPipeError):
            self._mine.send(None)
        self._process.join()

    def _call(self, word: str) -> None:
        if word == "renewal_chunks" and not self._called:
            self._called = True
            self._mine.send("help")

    def wait(self) -> None:
        """Wait until it has nothing left to do."""
        if self._called:
            self._called = False
            try:
                self.memory_mb = self._mine.recv()
            except EOFError as died:
                raise HelperFailed from died


def _serve(its: Connection, settings: dict[str, Any], now: datetime) -> None:
    connection.settings_dict.update(settings)
    connection.ensure_connection()
    its.send("ready")
    while its.recv() == "help":
        forget_peak()
        continue_renewal(now=now)
        its.send(peak_mb())
    connection.close()
