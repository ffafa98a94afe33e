"""The broker of files loses no message and gives none twice."""

import os
import threading
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from sertakan.celery import app
from sertakan.filebroker import Channel, Transport, oldest_message_age


def connect(folder: Path) -> Connection:
    for name in ("queue", "taken", "control"):
        (folder / name).mkdir(exist_ok=True)
    return Connection(
        "filesystem://",
        transport_options={
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "processed_folder": str(folder / "taken"),
            "control_folder": str(folder / "control"),
        },
    )


def test_celery_uses_this_broker_for_the_file_address() -> None:
    assert app.conf.broker_url.startswith(("filesystem", "redis"))
    assert Connection("filesystem://").get_transport_cls() is Transport


def test_messages_come_in_the_order_in_which_they_were_sent(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("bells")
        for number in range(20):
            queue.put(number)
        got = []
        for _ in range(20):
            message = queue.get(block=False)
            got.append(message.payload)
            message.ack()
        assert got == list(range(20))
        with pytest.raises(queue.Empty):
            queue.get(block=False)


def test_queues_do_not_mix(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        connection.SimpleQueue("a").put("for a")
        with pytest.raises(connection.SimpleQueue("b").Empty):
            connection.SimpleQueue("b").get(block=False)
        assert connection.SimpleQueue("a").get(block=False).payload == "for a"


def test_two_readers_and_two_writers_pass_each_message_exactly_once(tmp_path: Path) -> None:
    # Channels of their own, as each process has: threads would share kombu's memory.
    total = 200
    got: list[str] = []
    done = threading.Event()
    channels = [connect(tmp_path).channel() for _ in range(4)]

    def write(name: str, channel: Channel) -> None:
        for number in range(total):
            channel._put("bells", f"{name}{number}" + "x" * 5000)

    def read(channel: Channel) -> None:
        while True:
            last_look = done.is_set()
            try:
                got.append(channel._get("bells"))
            except Empty:
                if last_look:
                    return

    readers = [threading.Thread(target=read, args=(channel,)) for channel in channels[:2]]
    writers = [threading.Thread(target=write, args=(str(c), c)) for c in channels[2:]]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert len(got) == len(set(got)) == 2 * total
    assert not list((tmp_path / "queue").iterdir())
    assert not list((tmp_path / "taken").iterdir())


def test_processes_that_start_together_all_find_their_queues_bound(tmp_path: Path) -> None:
    """Each process binds its queues at its start: none may undo what another wrote."""
    names = [f"queue{number}" for number in range(8)]
    channels = [connect(tmp_path).channel() for _ in names]
    threads = [
        threading.Thread(target=channel._queue_bind, args=("bells", name, "", name))
        for channel, name in zip(channels, names, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row[2] for row in channels[0].get_table("bells")} == set(names)


def test_a_queue_that_goes_is_unbound_and_its_messages_go_too(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("bells")
        queue.put("nobody will read this")
        channel = connection.default_channel
        channel._delete("bells", "bells", "bells", "")
        assert channel.get_table("bells") == []
        assert not list((tmp_path / "queue").iterdir())


def test_the_oldest_message_tells_its_age(tmp_path: Path) -> None:
    assert oldest_message_age(tmp_path, 1000.0) == 0
    for name, then in {"a.msg": 900, "b.msg": 700, "c.draft": 100}.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (then, then))
    assert oldest_message_age(tmp_path, 1000.0) == 300
