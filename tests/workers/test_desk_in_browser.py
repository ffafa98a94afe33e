"""The desk as an officer sees it: with the keyboard, at each width, and without script."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bricks import clock
from tests.factories import EnrollmentFactory, WorkerFactory, officer
from tests.workers.desk import again, sound_case
from workers.services.checking import make_checks
from workers.services.holding import take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALL_OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true })"
WIDTH = "document.documentElement.scrollWidth"
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch):
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


@pytest.fixture
def sign_in(portal, client):
    """Let a user into the pages of a browser context."""

    def let_in(context, user):
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}
        context.add_cookies([cookie])

    return let_in


def full_case():
    """Make a case with everything on its page: differences, a twin, a risk, an overdue day."""
    now = clock.now()
    worker = WorkerFactory(name="Joko Contoh")
    case = sound_case(
        of=worker,
        name="Joko Lain",
        months=1,
        phone="081200000777",
        submitted_at=now - timedelta(days=9),
        due_on=clock.jakarta_date(now) - timedelta(days=5),
    )
    EnrollmentFactory(of=worker)
    make_checks(enrollment=case, now=now)
    return case


@pytest.mark.parametrize("width", [360, 1280, 1366])
def test_the_pages_fit_the_screen_and_are_open_to_everybody(
    watched_page, portal, sign_in, serious_faults, width
):
    case, holder = full_case(), officer("branch_supervisor")
    sign_in(watched_page.context, holder)
    watched_page.set_viewport_size({"width": width, "height": 768})
    address = reverse("case", args=[case.uuid])
    visits = [reverse("desk"), address, reverse("desk_held"), address]
    for visit, path in enumerate(visits):
        if visit == 2:
            take(enrollment=case, officer=holder, now=clock.now())
        watched_page.goto(portal + path)
        watched_page.evaluate(ALL_OPEN)
        assert watched_page.evaluate(WIDTH) <= width
        assert serious_faults(watched_page) == []


def test_a_case_is_decided_by_keys_alone(watched_page, portal, sign_in):
    who = officer()
    first = sound_case(submitted_at=clock.now() - timedelta(days=1))
    second = sound_case(submitted_at=clock.now())
    sign_in(watched_page.context, who)
    watched_page.set_viewport_size({"width": 1366, "height": 768})
    press = watched_page.keyboard.press
    watched_page.goto(portal + reverse("desk"))
    press("n")
    watched_page.wait_for_url(f"**{reverse('case', args=[first.uuid])}")
    press("2")
    press("a")
    watched_page.get_by_text(f"Kasus {first.number} disetujui.").wait_for()
    press("n")
    watched_page.wait_for_url(f"**{reverse('case', args=[second.uuid])}")
    press("k")
    assert "Kembalikan kepada donatur" in watched_page.evaluate(FOCUSED)
    press("Tab")
    press("Space")
    watched_page.get_by_role("button", name="Kembalikan", exact=True).click()
    watched_page.get_by_text(f"Kasus {second.number} dikembalikan.").wait_for()
    assert (again(first).status, again(first).sector) == ("approved", "other")
    assert again(second).reasons == {"nik": "nik_differs"}


def test_the_browser_keeps_a_nik_out_of_the_address(watched_page, portal, sign_in):
    sign_in(watched_page.context, officer())
    watched_page.goto(portal + reverse("desk"))
    watched_page.fill("[name=cari]", "1671 0117 0885 0001")
    watched_page.get_by_role("button", name="Saring").click()
    assert watched_page.evaluate("location.search") == ""
    watched_page.fill("[name=cari]", "Siti")
    watched_page.get_by_role("button", name="Saring").click()
    watched_page.wait_for_url("**cari=Siti**")


def test_everything_works_without_script(browser, portal, sign_in):
    case = full_case()
    with browser.new_context(java_script_enabled=False) as context:
        sign_in(context, officer())
        page = context.new_page()
        page.goto(portal + reverse("desk"))
        page.get_by_role("button", name="Ambil kasus berikutnya").click()
        assert case.nik[:4] in page.locator(".copy-value").inner_text()
        page.get_by_label("Transportasi").check()
        page.get_by_label("Bukti tambahan").select_option("call")
        page.get_by_label("Saya sudah membandingkan").check()
        page.get_by_role("button", name="Setujui").click()
        assert page.get_by_text(f"Kasus {case.number} disetujui.").is_visible()
    assert again(case).sector == "transport"
