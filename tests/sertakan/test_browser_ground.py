"""The watched browser sees what it must see; otherwise every browser test would lie."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser import Watch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_sign_in_page_opens_without_a_fault(
    watched_page: Page, portal: str, serious_faults: Callable[[Page], list[str]]
) -> None:
    watched_page.goto(f"{portal}/akun/login/")
    assert watched_page.viewport_size == {"width": 360, "height": 740}
    width = watched_page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "a phone would scroll sideways"
    assert serious_faults(watched_page) == []


def test_an_inline_style_and_a_missing_page_are_noticed(
    watched_page: Page, portal: str, watch: Watch
) -> None:
    watched_page.goto(f"{portal}/akun/login/")
    watched_page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')"
    )
    watched_page.goto(f"{portal}/tidak-ada/")
    seen = " ".join(watch.faults)
    assert "Content Security Policy" in seen
    assert "404 GET" in seen
    watch.faults.clear()


def test_a_fault_of_accessibility_is_noticed(
    watched_page: Page, portal: str, serious_faults: Callable[[Page], list[str]]
) -> None:
    watched_page.goto(f"{portal}/akun/login/")
    watched_page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"\">')")
    assert any(fault.startswith("image-alt") for fault in serious_faults(watched_page))
