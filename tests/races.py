"""Two acts at once: how they start together, meet, and wait for each other, however slow the
machine is."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock, Thread, current_thread, local, main_thread
from typing import Any

from django.db import DatabaseError, connection

from bricks.engine import is_postgres

#: Seconds that one waits for another who neither comes, nor stands behind a lock, nor is over.
#: SQLite says of nobody that he stands, and lets nobody come while a transaction is open.
PATIENCE, PATIENCE_SQLITE = 20.0, 0.5

_STANDS_BEHIND_ME = """
SELECT EXISTS (SELECT 1 FROM pg_locks
               WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
"""
#: Of an act in its thread: which of those that run at once with it still go on.
_mine = local()


def at_once(
    *acts: Callable[[], Any], returns: tuple[type[Exception], ...] = (DatabaseError,)
) -> list[Any]:
    """Run the acts in threads that start together; return their results, or what they raised
    of these kinds. Any other error is raised here."""
    start, going = Barrier(len(acts)), [True] * len(acts)

    def run(place: int) -> Any:
        _mine.going = going
        try:
            start.wait(timeout=PATIENCE)
            return acts[place]()
        except returns as error:
            return error
        finally:
            connection.close()
            going[place] = False

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, range(len(acts))))


def errors(results: list[Any]) -> int:
    """Count those that raised."""
    return sum(isinstance(result, Exception) for result in results)


def until(has_happened: Callable[[], bool]) -> bool:
    """Wait until it has happened, or another waits for a lock that this transaction holds,
    or all others are over, or patience ends; say whether it has happened."""
    postgres = is_postgres(connection)
    deadline = time.monotonic() + (PATIENCE if postgres else PATIENCE_SQLITE)
    while not has_happened() and time.monotonic() < deadline:
        if am_alone() or (postgres and another_stands_behind_me()):
            return has_happened()
        time.sleep(0.005)
    return has_happened()


def am_alone() -> bool:
    """Tell whether all who ran `at_once` with this act are over."""
    going = getattr(_mine, "going", None)
    return going is not None and sum(going) == 1


def another_stands_behind_me() -> bool:
    """Tell whether another connection waits for a lock that this one holds."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDS_BEHIND_ME)
        return bool(cursor.fetchone()[0])


class Meeting:
    """A place where two threads meet: whoever comes first waits for the other, as `until`
    does, and once. The test's own thread, which prepares and looks, passes by."""

    def __init__(self, parties: int = 2) -> None:
        """Expect so many."""
        self.parties = parties
        #: Whether all were here at the same time.
        self.has_met = False
        self._came: set[Thread] = set()
        self._here = 0
        self._lock = Lock()

    def wait(self) -> bool:
        """Come, and wait until all have come; say whether all were here together."""
        me = current_thread()
        if me is main_thread() or me in self._came:
            return self.has_met
        with self._lock:
            self._came.add(me)
            self._here += 1
            self.has_met = self.has_met or self._here >= self.parties
        until(lambda: len(self._came) >= self.parties)
        with self._lock:
            self._here -= 1
        return self.has_met


def meeting(work: Callable[..., Any], both: Meeting | None = None) -> Callable[..., Any]:
    """Let two meet before they do a work."""
    place = both or Meeting()

    def meet_and_work(*args: Any, **more: Any) -> Any:
        place.wait()
        return work(*args, **more)

    return meet_and_work
