"""People before their browsers, and the stage on which the journeys play."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, Page

from tests.browser import Watch
from tests.browser.stage import Stage
from tests.browser.visiting import NewPerson, Person
from tests.factories import NOW


@pytest.fixture
def people(
    browser: Browser, portal: str, watch: Watch, serious_faults: Callable[[Page], list[str]]
) -> Iterator[NewPerson]:
    """Return a function that lets somebody open a browser on the portal.

    It is Friday, 20 November 2026, ten o'clock, and the clock runs.
    """
    here: list[Person] = []

    def come(**how: Any) -> Person:
        here.append(Person(browser, portal, watch, serious_faults, **how))
        return here[-1]

    with time_machine.travel(NOW):
        yield come
        for person in here:
            person.close()


@pytest.fixture
def stage(people: NewPerson, three_provinces: None, settings: Any) -> Stage:
    """Set the stage: real areas, today's prices, and a mailbox."""
    # Django's test runner keeps letters in memory; the page of the mailbox shows the portal's.
    settings.EMAIL_BACKEND = "notices.mail.MailboxBackend"
    return Stage(people)
