"""`kill -9` at every commit: a job's stages are its transactions that write, and none is skipped.

They are not listed anywhere: a process of its own dies at the first transaction in which it
has changed a row, before its commit and then right after it; the next one does the same with
what is left, until one ends by itself. A transaction that each start repeats (what is written
again as it was) is passed once it has been met.
"""

import os
import signal
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.db import connection, connections

#: A job that dies so often and still writes gets no further.
MOST = 100
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


class NoProgress(AssertionError):
    """A job that is started again and again does not come to its end."""


def die_at_every_commit(work: Callable[[], Any]) -> int:
    """Let a job die at each of its commits; return how many they were.

    Afterwards it has done its work: the last process ended by itself. Needs rows that other
    processes see (`django_db(transaction=True)`).
    """
    met: set[bytes] = set()
    nth = 1
    for _ in range(MOST):
        _death(work, nth, after=False)
        written = _death(work, nth, after=True)
        if not written:
            return len(met)
        nth = nth + 1 if written in met else 1
        met.add(written)
    raise NoProgress(f"{MOST} deaths, and no end")


def _death(work: Callable[[], Any], nth: int, *, after: bool) -> bytes:
    """Work in a process that dies at its nth commit; return what that one had written, or
    nothing where the work ended before."""
    connection.close()
    here, there = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(here)
            _Mortal(nth, after=after, tell=there).watch()
            work()
            code = 0
        finally:
            os._exit(code)
    os.close(there)
    with os.fdopen(here, "rb") as told:
        written = told.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return written
    assert os.WEXITSTATUS(status) == 0, "the job failed by itself"
    return b""


class _Mortal:
    """This process: it counts its transactions that write, and dies at the nth."""

    def __init__(self, nth: int, *, after: bool, tell: int) -> None:
        self.left, self.after, self.tell = nth, after, tell
        self.written: list[str] = []

    def watch(self) -> None:
        here = connections["default"]
        commit, rollback = here._commit, here._rollback

        def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if not sql.lstrip("( \n").upper().startswith(WRITES):
                return run(sql, params, many, context)
            alone = not here.in_atomic_block
            if alone and not self.after and self.left == 1:
                self.die()
            result = run(sql, params, many, context)
            if context["cursor"].rowcount > 0:
                self.written.append(f"{sql} {params}")
            if alone:
                self.committed()
            return result

        def commit_or_die() -> None:
            if self.written and not self.after and self.left == 1:
                self.die()
            commit()
            self.committed()

        def roll_back() -> None:
            self.written = []
            rollback()

        here.execute_wrappers.append(execute)
        here._commit, here._rollback = commit_or_die, roll_back

    def committed(self) -> None:
        if self.written:
            if self.left == 1:
                self.die()
            self.left -= 1
        self.written = []

    def die(self) -> None:
        os.write(self.tell, sha256("\n".join(self.written).encode()).digest())
        os.kill(os.getpid(), signal.SIGKILL)
