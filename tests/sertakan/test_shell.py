"""The shell of every page, the doors of sign-in, and what a refusal looks like."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

DOORS = ["account_login", "account_request_login_code", "account_signup", "account_reset_password"]


def test_a_page_that_does_not_exist_says_who_can_help(client, db):
    answer = client.get("/tidak-ada/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "Halaman ini tidak ada" in page
    assert "175" in page


def test_a_form_that_waited_too_long_is_refused_with_what_to_do(db):
    answer = Client(enforce_csrf_checks=True).post(reverse("account_login"), {"login": "a"})
    assert answer.status_code == 403
    assert "muat ulang halamannya" in answer.content.decode()


def test_the_page_of_a_fault_needs_nothing():
    page = render_to_string("500.html")
    assert "Jangan bayar lagi dulu" in page
    assert "175" in page


@pytest.mark.parametrize("name", ["403.html", "429.html"])
def test_other_refusals_say_who_can_help(name):
    assert "175" in render_to_string(name)


def test_every_page_names_its_operator_and_175(client, db, settings):
    settings.OPERATOR_NAME = "Kanwil Contoh"
    settings.OPERATOR_PHONE = "0711 000000"
    page = client.get(reverse("account_login")).content.decode()
    for part in ("Kanwil Contoh", "0711 000000", 'href="tel:175"'):
        assert part in page


def test_the_demo_says_that_it_is_one_and_production_does_not(client, db, settings):
    assert "demo-ribbon" in client.get(reverse("account_login")).content.decode()
    settings.DEMO = False
    assert "demo-ribbon" not in client.get(reverse("account_login")).content.decode()


def test_the_branch_of_a_page_stands_in_its_footer(rf):
    branch = {"name": "KC Palembang", "phone": "0711 123456"}
    page = render_to_string("partials/footer.html", {"branch": branch})
    assert "KC Palembang" in page
    assert "0711 123456" in page


@pytest.mark.parametrize("name", DOORS)
def test_a_door_of_sign_in_speaks_the_language_of_the_visitor(client, db, name):
    page = client.get(reverse(name), headers={"accept-language": "id"}).content.decode()
    assert '<html lang="id">' in page
    assert re.search(r"<h1>\s*\w", page)


@pytest.mark.parametrize("name", DOORS)
def test_where_one_wanted_to_go_survives_the_door(client, db, name):
    page = client.get(reverse(name) + "?next=/donatur/").content.decode()
    assert 'name="next" value="/donatur/"' in page


@pytest.mark.browser
@pytest.mark.parametrize("name", DOORS)
def test_a_door_of_sign_in_fits_a_phone_and_can_be_read(page, live_server, name):
    found: list[str] = []
    page.on("console", lambda m: m.type == "error" and found.append(m.text))
    page.goto(live_server.url + reverse(name))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    violations = Axe().run(page).response["violations"]
    assert [v["id"] for v in violations if v["impact"] in {"serious", "critical"}] == []
    assert found == []


@pytest.mark.browser
def test_the_keyboard_reaches_the_content_first(page, live_server):
    page.goto(live_server.url + reverse("account_login"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
