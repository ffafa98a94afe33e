"""The stage on which the journeys play."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser

from tests.browser.stage import Stage
from tests.factories import NOW


@pytest.fixture
def stage(
    browser: Browser,
    portal: str,
    watch: Any,
    serious_faults: Any,
    three_provinces: None,
    settings: Any,
) -> Iterator[Stage]:
    """Set the stage on Friday, 20 November 2026, ten o'clock, with a clock that runs."""
    # Django's test runner keeps letters in memory; the page of the mailbox shows the portal's.
    settings.EMAIL_BACKEND = "notices.mail.MailboxBackend"
    with time_machine.travel(NOW):
        stage = Stage(browser, portal, watch, serious_faults)
        yield stage
        for person in stage.people:
            person.close()
