"""The questions that a container asks its own process."""

import os
import time
from pathlib import Path

import pytest
from django.conf import LazySettings

from sertakan import probe


def test_a_port_where_nobody_serves_is_not_ready() -> None:
    assert not probe.web(1)


def test_a_fresh_schedule_file_means_that_beat_lives(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.CELERY_BEAT_SCHEDULE_FILENAME = str(tmp_path / "beat")
    assert not probe.beat()
    schedule = tmp_path / "beat.dat"
    schedule.touch()
    assert probe.beat()
    then = time.time() - probe.OLDEST_BEAT_SECONDS - 1
    os.utime(schedule, (then, then))
    assert not probe.beat()


def test_the_exit_code_says_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(probe.PROBES, "web", lambda: True)
    monkeypatch.setitem(probe.PROBES, "beat", lambda: False)
    assert probe.main(["web"]) == 0
    assert probe.main(["beat"]) == 1


@pytest.mark.parametrize("arguments", [[], ["toaster"], ["web", "beat"]])
def test_another_word_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main(arguments) == 2
    assert "web|worker|beat" in capsys.readouterr().err
