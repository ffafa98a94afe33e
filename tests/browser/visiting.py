"""A person before a browser, and what is true of every page that he opens.

`Person.look` takes the measure of the page at hand: no serious fault of accessibility,
nothing beside the page on a phone or on a desk, and light enough for a donor's phone.
What is wrong is gathered in the `watch` of the test, so that one run tells everything.
"""

import gzip
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.browser import Watch

PHONE, DESK = 360, 1280
#: What a donor's page may weigh, compressed, with everything that it loads (house section 9).
LIGHT = 60_000
OPEN_ALL = """() => {
    const shut = [...document.querySelectorAll("details:not([open])")];
    shut.forEach(d => { d.dataset.shut = d.getAttribute("name") || ""; d.removeAttribute("name"); d.open = true; });
}"""
SHUT_AGAIN = """() => document.querySelectorAll("[data-shut]").forEach(d => {
    d.open = false;
    if (d.dataset.shut) d.setAttribute("name", d.dataset.shut);
    delete d.dataset.shut;
})"""
WIDTH = "document.documentElement.scrollWidth"
LOADED = """() => performance.getEntriesByType("resource")
    .filter(e => ["link", "script", "img", "css"].includes(e.initiatorType)).map(e => e.name)"""


class Person:
    """Somebody with an own browser; addresses without a host belong to the portal."""

    #: Compressed sizes of files that pages load, by address: asked once for a whole run.
    weights: dict[str, int] = {}

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
        self.portal, self.watch, self.faults, self.width = portal, watch, faults, width
        self.script = script
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

    def go(self, path: str) -> Page:
        """Open an address and look at it."""
        self.page.goto(path)
        return self.look()

    def press(self, name: str) -> Page:
        """Press a button, wait for the page that follows, and look at it."""
        self._follow("button", name)
        return self.look()

    def click(self, name: str) -> Page:
        """Follow a link and look at the page behind it."""
        self._follow("link", name)
        return self.look()

    def _follow(self, role: str, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]

    def look(self, *, light: bool | None = None) -> Page:
        """Measure the page at hand; a page of one kind is measured once per run and person."""
        place = re.sub(r"[0-9a-f-]{36}|[\w:-]{40,}", "*", urlsplit(self.page.url).path)
        if place in self.seen:
            return self.page
        self.seen.add(place)
        self.page.wait_for_load_state("load")
        found = [] if not self.script else self._measured(light)
        self.watch.faults += [f"{place}: {fault}" for fault in found]
        return self.page

    def _measured(self, light: bool | None) -> list[str]:
        page, found = self.page, []
        light = self.width == PHONE if light is None else light
        weight = self._weight()
        if light and weight > LIGHT:
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
        """Tell what the page weighs on a first visit, files and all, compressed."""
        page = len(gzip.compress(self.page.content().encode()))
        return page + sum(self._weight_of(url) for url in set(self.page.evaluate(LOADED)))

    def _weight_of(self, url: str) -> int:
        path = urlsplit(url).path
        if path not in self.weights:
            answer = self.context.request.get(url)
            body = answer.body()
            is_text = "image/png" not in answer.headers["content-type"]
            self.weights[path] = len(gzip.compress(body)) if is_text else len(body)
        return self.weights[path]

    def text(self) -> str:
        """Read the page as it is shown."""
        return self.page.locator("main").inner_text()

    def close(self) -> None:
        self.context.close()
