"""A person before a browser, and what is true of every page that he opens.

`Person.look` takes the measure of the page at hand: no serious fault of accessibility,
nothing beside the page on a phone or on a desk, and light enough for a donor's phone.
What is wrong is gathered in the `watch` of the test, so that one run tells everything.
"""

import gzip
from collections.abc import Callable
from typing import ClassVar
from urllib.parse import urlsplit

from django.test import Client
from django.urls import resolve
from playwright.sync_api import Browser, Page

from accounts.models import User
from tests.browser import Watch

PHONE, DESK = 360, 1280
#: What a donor's page may weigh with everything that it loads (house section 9). Files
#: are compressed where they are served; the page itself goes as it is.
LIGHT = 60_000
OPEN_ALL = """() => document.querySelectorAll("details:not([open])").forEach(part => {
    part.dataset.group = part.getAttribute("name") || "";
    part.removeAttribute("name");
    part.open = true;
})"""
SHUT_AGAIN = """() => document.querySelectorAll("[data-group]").forEach(part => {
    part.open = false;
    if (part.dataset.group) part.setAttribute("name", part.dataset.group);
    delete part.dataset.group;
})"""
WIDTH = "document.documentElement.scrollWidth"
LOADED = """() => performance.getEntriesByType("resource")
    .filter(e => ["link", "script", "img", "css"].includes(e.initiatorType)).map(e => e.name)"""


class Person:
    """Somebody with an own browser, before a phone if nothing else is said."""

    #: Compressed sizes of files that pages load, by path: asked once for a whole run.
    weights: ClassVar[dict[str, int]] = {}

    def __init__(
        self,
        browser: Browser,
        portal: str,
        watch: Watch,
        faults: Callable[[Page], list[str]],
        *,
        width: int = PHONE,
        script: bool = True,
    ) -> None:
        self.portal, self.watch, self.faults = portal, watch, faults
        self.width, self.script = width, script
        self.context = browser.new_context(
            base_url=portal,
            viewport={"width": width, "height": 740},
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            java_script_enabled=script,
        )
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.watch.follow(self.page)
        self.seen: set[str] = set()

    def enter_as(self, user: User) -> "Person":
        """Be signed in without having seen the pages of sign-in."""
        client = Client()
        client.force_login(user)
        value = client.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": value, "url": self.portal}])
        return self

    def new_tab(self) -> Page:
        """Open another tab of the same browser, watched like the first."""
        tab = self.context.new_page()
        self.watch.follow(tab)
        return tab

    def go(self, path: str) -> Page:
        """Open an address and look at it."""
        self.page.goto(path)
        return self.look()

    def press(self, name: str) -> Page:
        """Press a button, wait for the page that follows, and look at it."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.click()
        return self.look()

    def click(self, name: str) -> Page:
        """Follow a link and look at the page behind it."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()
        return self.look()

    def key(self, key: str) -> Page:
        """Press a key that leads to another page, and look at it."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        return self.look()

    def text(self) -> str:
        """Read the page as it is shown."""
        return self.page.locator("main").inner_text()

    def look(self) -> Page:
        """Measure the page at hand; a person measures each kind of page once."""
        path = urlsplit(self.page.url).path
        kind = str(resolve(path).url_name)
        if self.script and kind not in self.seen:
            self.seen.add(kind)
            self.watch.faults += [f"{path}: {fault}" for fault in self.measure()]
        return self.page

    def measure(self) -> list[str]:
        """Tell what is wrong with the page at hand, its folded parts unfolded."""
        page, found = self.page, []
        weight = self._weight()
        if self.width == PHONE and weight > LIGHT:
            found.append(f"weighs {weight} bytes")
        page.evaluate(OPEN_ALL)
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 740})
            if (shown := page.evaluate(WIDTH)) > width:
                found.append(f"{shown} px wide on a screen of {width} px")
        page.set_viewport_size({"width": self.width, "height": 740})
        found += self.faults(page)
        page.evaluate(SHUT_AGAIN)
        return found

    def _weight(self) -> int:
        """Tell what the page weighs on a first visit, with the files that it loads."""
        page = len(self.page.content().encode())
        return page + sum(self._weight_of(url) for url in set(self.page.evaluate(LOADED)))

    def _weight_of(self, url: str) -> int:
        path = urlsplit(url).path
        if path not in self.weights:
            answer = self.context.request.get(url)
            body = answer.body()
            is_picture = answer.headers["content-type"] == "image/png"
            self.weights[path] = len(body if is_picture else gzip.compress(body))
        return self.weights[path]

    def close(self) -> None:
        self.context.close()


NewPerson = Callable[..., Person]
