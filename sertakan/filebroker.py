"""The broker that needs no server: messages as files (default of `make run`).

kombu's own file transport writes messages and its table of queues in place, and
moves messages across file systems: a reader can meet half a file, or take a message
twice. Here a file appears, changes, and is taken, by one rename inside one folder.
"""

import fcntl
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.json import dumps, loads

SUFFIX = ".msg"
Binding = tuple[str, str, str]


class Channel(filesystem.Channel):
    """kombu's file channel with atomic writing and taking."""

    # kombu's two bases disagree on the name of the second argument.
    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}{SUFFIX}"
        draft = folder / f".{name}.draft"
        try:
            draft.write_text(dumps(message))
            draft.rename(folder / name)
        except OSError as error:
            raise ChannelError(f"cannot add a message to {folder}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(path.name for path in folder.iterdir()):
            if name.partition(".")[2] != f"{queue}{SUFFIX}":
                continue
            taken = Path(self.processed_folder) / name
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                # Another worker was faster.
                continue
            text = taken.read_text()
            taken.unlink()
            return loads(text)
        raise Empty

    def get_table(self, exchange: str) -> Any:
        try:
            rows = loads(self._table(exchange).read_text())
        except FileNotFoundError:
            return []
        return [exchange_queue_t(*row) for row in rows]

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        row = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._change_table(exchange, lambda rows: rows if row in rows else [row, *rows])

    def _delete(
        self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any
    ) -> None:
        self._purge(queue)
        gone = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._change_table(exchange, lambda rows: [row for row in rows if row != gone])

    def _table(self, exchange: str) -> Path:
        # kombu's own method refuses a name that would lead out of the folder.
        return Path(self._exchange_file(exchange))  # type: ignore[attr-defined]

    def _change_table(
        self, exchange: str, change: Callable[[list[Binding]], list[Binding]]
    ) -> None:
        file = self._table(exchange)
        with (self.control_folder / ".lock").open("w") as guard:
            filesystem.lock(guard, fcntl.LOCK_EX)
            draft = file.with_suffix(".draft")
            draft.write_text(dumps(change(self.get_table(exchange))))
            draft.rename(file)


class Transport(filesystem.Transport):
    """Stands in for kombu's `filesystem://`; `sertakan.celery` registers it."""

    Channel = Channel


def oldest_message_age(folder: Path, now: float) -> float:
    """Return the age in seconds of the oldest message that waits in a folder, else 0."""
    ages = []
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            ages.append(now - path.stat().st_mtime)
        except FileNotFoundError:
            continue
    return max(ages, default=0.0)
