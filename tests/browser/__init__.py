"""The browser's fixtures: a running portal, and pages that are watched while they are used.

`portal` is the address of a live server whose links and webhooks lead back to it.
`watched_page` is a page of 360 px on it; a script error, a refusal by the content
security policy or a failed request to the portal fails the test that caused it.
`serious_faults` lists what axe finds.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response
from pytest_django.live_server_helper import LiveServer

SERIOUS = {"serious", "critical"}


class Watch:
    """Collects what goes wrong on the pages of one browser context."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        #: Paths at which an answer of 4xx is what the test is about.
        self.expected: set[str] = set()

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser repeats each failed request here, which `_response` knows better.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            where = message.page.url if message.page else ""
            self.faults.append(f"console: {message.text} ({where})")

    def _response(self, response: Response) -> None:
        expected = any(path in response.url for path in self.expected)
        if response.status >= 500 or (response.status >= 400 and not expected):
            self.faults.append(f"{response.status} {response.request.method} {response.url}")


@pytest.fixture
def portal(live_server: LiveServer, settings: LazySettings) -> str:
    """Run the portal; return its address, which links and webhooks bear too."""
    settings.PUBLIC_URL = live_server.url
    return live_server.url


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Watch pages; at the end of the test nothing may have gone wrong on them."""
    watch = Watch()
    yield watch
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture
def watched_page(context: BrowserContext, portal: str, watch: Watch) -> Page:
    """Open an empty page; addresses without a host belong to the portal."""
    page = context.new_page()
    watch.follow(page)
    return page


@pytest.fixture
def serious_faults() -> Callable[[Page], list[str]]:
    """Return a function that lists the serious faults of accessibility on a page."""
    axe = Axe()

    def look(page: Page) -> list[str]:
        found: list[dict[str, Any]] = axe.run(page).response["violations"]
        return [
            f"{fault['id']}: {node['target']}"
            for fault in found
            if fault["impact"] in SERIOUS
            for node in fault["nodes"]
        ]

    return look
