"""The pages of the figures as people see them: no fault of access, nothing beside the page."""

from datetime import date

import pytest
from django.urls import reverse

from bricks import clock
from dashboards import figure_files
from dashboards.services import load_figures, rebuild_dashboards
from tests.dashboards import world
from tests.factories import NOW, officer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALL_OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true })"
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture
def filled(portal):
    world.areas()
    load_figures(
        figures=figure_files.read_official_figures(),
        targets=figure_files.read_targets(),
        now=NOW,
    )
    now = clock.now()
    today = clock.jakarta_date(now)
    world.cover(world.worker(name="Joko Susilo"), date(2026, 9, 1), today)
    world.cover(world.worker(world.PANGKALPINANG), date(2026, 8, 20), date(2099, 1, 1))
    rebuild_dashboards(today=today, now=now)


@pytest.fixture
def visit(watched_page, portal, client):
    """Sign somebody in and open pages as he sees them."""

    def visitor(user, path):
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}
        watched_page.context.add_cookies([cookie])
        watched_page.goto(portal + path)
        return watched_page

    return visitor


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("regional_admin", "/wilayah-kerja/?provinsi=16"),
        ("regional_admin", "/wilayah-kerja/?provinsi=19"),
        ("head_office", "/wilayah-kerja/"),
        ("regional_admin", "/wilayah-kerja/berakhir/1671/"),
        ("branch_officer", "/akun/token/"),
    ],
    ids=["south", "islands", "country", "cases", "tokens"],
)
def test_a_page_fits_its_screen_and_is_open_to_everybody(visit, serious_faults, width, kind, path):
    page = visit(officer(kind), path)
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(ALL_OPEN)
    assert page.evaluate(WIDTH) <= width
    assert serious_faults(page) == []


def test_the_way_leads_from_a_figure_to_the_cases_and_back(filled, visit):
    page = visit(officer("regional_admin"), reverse("dashboard"))
    page.get_by_role("navigation", name="Provinsi").get_by_text("Sumatera Selatan").click()
    page.get_by_role("link", name="Lihat di mana").click()
    page.get_by_role("link", name="Kota Palembang").click()
    assert page.get_by_text("Joko S.").is_visible()
    page.get_by_role("link", name="Sumatera Selatan").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Sumatera Selatan"


def test_a_token_is_made_and_withdrawn_without_script(filled, browser, portal, client):
    user = officer("branch_officer")
    client.force_login(user)
    context = browser.new_context(java_script_enabled=False)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(portal + reverse("tokens"))
    page.get_by_role("button", name="Buat token").click()
    assert len(page.locator(".copy-value").inner_text()) == 64
    page.get_by_role("button", name="Cabut").click()
    assert page.get_by_text("Anda belum punya token.").is_visible()
    context.close()
