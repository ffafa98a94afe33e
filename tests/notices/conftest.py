"""The floor of messages alone: what the floors above have named stays out of its tests."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine

from tests.factories import NOW


@pytest.fixture(autouse=True)
def _alone(settings: Any) -> None:
    settings.NOTICE_FRESHNESS = {}
    settings.NOTICE_GROUPS = {"reminder": "reminders", "cover_accepted": "cover"}


@pytest.fixture
def time_machine_at() -> Iterator[Callable[[datetime], None]]:
    """Move the clock of the doors, as often as asked."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller.move_to
