"""Every page once, with rows of each kind and with none: it fits, it is open to everybody."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.urls import reverse

from tests.browser.stage import Stage
from tests.browser.visiting import DESK, PHONE, NewPerson
from tests.factories import UserFactory
from tests.people import DONORS, NOBODY, World
from tests.test_permissions import CASES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
#: Through whose eyes a page is looked at: the first of these who may open it.
EYES = (NOBODY, "owner", "officer", "supervisor", "regional", "head")


@pytest.fixture
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


@pytest.mark.usefixtures("_silent_bells")
def test_every_page_fits_and_is_open_to_everybody(people: NewPerson) -> None:
    world = World()
    eyes = {NOBODY: people()}
    for name in EYES[1:]:
        person = people(width=PHONE if name in DONORS else DESK)
        eyes[name] = person.enter_as(world.users[name])
    seen = 0
    for case in CASES:
        name, row = case.values
        person = next((p for p in EYES if row.get and row.get[p] == 200), None)
        url = reverse(name, args=row.at(world))
        if person is None or row.api or name == "styleguide":
            continue
        if not is_page(world, person, url):
            continue
        page = eyes[person].page
        page.goto(f"{url}?{urlencode(row.data)}" if row.data else url)
        eyes[person].watch.faults += [f"{url}: {fault}" for fault in eyes[person].measure()]
        seen += 1
    assert seen > 40


def is_page(world: World, person: str, url: str) -> bool:
    """Tell whether an address answers with a page, and not with a picture or a file."""
    return bool(world.ask(person, "get", url)["Content-Type"].startswith("text/html"))


EMPTY: dict[str, list[str]] = {
    "donor": ["orders", "sponsorships", "invoices"],
    "branch_officer": ["desk", "rejected"],
    "branch_supervisor": ["desk_held", "donors_opened"],
    "treasurer": ["invoices"],
    "head_office": ["jobs"],
    NOBODY: ["mailbox"],
}


def test_an_empty_page_says_what_to_do(stage: Stage) -> None:
    for kind, names in EMPTY.items():
        person = stage.person() if kind in {"donor", NOBODY} else stage.staff(kind)
        if kind == "donor":
            person.enter_as(UserFactory())
        for name in names:
            person.go(reverse(name))
            page = person.page
            empty = page.locator(".empty")
            assert empty.count() or page.locator("tbody tr").count(), f"{name} is just blank"
            if empty.count():
                assert len(empty.first.inner_text()) > 30
    admin = stage.staff("regional_admin")
    admin.go(reverse("dashboard"))
    assert "Sumatera Selatan" in admin.text()


def test_in_english_no_page_is_wider_than_a_phone(stage: Stage) -> None:
    person = stage.person().enter_as(UserFactory(language="en"))
    wide: list[Any] = []
    for name in ("front", "quote", "help_accident", "privacy", "orders", "order_new", "invoices"):
        page = person.go(reverse(name))
        assert page.locator("html").get_attribute("lang") == "en"
        width = page.evaluate("document.documentElement.scrollWidth")
        wide += [urlsplit(page.url).path] if width > PHONE else []
    assert not wide
