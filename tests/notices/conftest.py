"""The floor of messages alone: what the floors above have named stays out of its tests."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _alone(settings: Any) -> None:
    settings.NOTICE_FRESHNESS = {}
    settings.NOTICE_GROUPS = {"reminder": "reminders", "cover_accepted": "cover"}
