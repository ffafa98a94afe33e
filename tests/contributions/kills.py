"""A process of its own that kills itself on its way, as a machine dies."""

import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connection


def die(*_args: Any, **_more: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_in(prepare: Callable[[], Any], work: Callable[[], Any]) -> None:
    """Work in a process of its own, prepared so that it kills itself on its way."""
    connection.close()
    child = os.fork()
    if not child:
        try:
            prepare()
            work()
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
