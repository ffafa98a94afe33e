"""Deciding many cases in a browser: by keys alone, without script, at each width."""

import pytest
from django.urls import reverse

from accounts.models import Role
from tests.factories import NOW, TODAY, EnrollmentFactory, officer
from tests.workers.desk import again
from tests.workers.test_bulk import checked_case, preview
from tests.workers.test_desk_in_browser import ALL_OPEN, WIDTH, sign_in
from workers.models import BulkDecision, CallBack
from workers.services.bulk_running import run_bulk_decisions
from workers.services.freezing import freeze

__all__ = ["sign_in"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch):
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def test_cases_are_ticked_and_sent_by_keys_alone(watched_page, portal, sign_in):
    first, second, third = (checked_case() for _ in range(3))
    who = officer()
    sign_in(watched_page.context, who)
    watched_page.set_viewport_size({"width": 1366, "height": 768})
    press = watched_page.keyboard.press
    watched_page.goto(portal + reverse("desk"))
    press("j")
    press("x")
    press("j")
    press("j")
    press("k")
    press("x")
    press("e")
    watched_page.get_by_text("2 akan disetujui, 0 tidak").wait_for()
    # Keys are heard once the page's scripts have run.
    watched_page.wait_for_load_state()
    press("a")
    watched_page.get_by_text("0 dari 2 kasus selesai").wait_for()
    run_bulk_decisions(now=NOW)
    # The page asks again by itself.
    watched_page.get_by_text("2 disetujui, 0 tidak").wait_for()
    assert [again(case).status for case in (first, second, third)] == [
        "approved",
        "approved",
        "submitted",
    ]


def test_without_script_a_page_of_cases_is_returned(browser, portal, sign_in):
    cases = [checked_case(), checked_case()]
    with browser.new_context(java_script_enabled=False) as context:
        sign_in(context, officer())
        page = context.new_page()
        page.goto(portal + reverse("desk"))
        page.get_by_label("Semua di halaman ini (2)").check()
        page.get_by_role("button", name="Kembalikan…").click()
        page.get_by_label("Nama tidak sama dengan KTP.").check()
        page.get_by_role("button", name="Lihat dulu apa yang akan terjadi").click()
        assert page.get_by_text("2 akan dikembalikan, 0 tidak").is_visible()
        page.get_by_role("button", name="Jalankan").click()
        run_bulk_decisions(now=NOW)
        page.get_by_role("link", name="Muat ulang").click()
        assert page.get_by_text("2 dikembalikan, 0 tidak").is_visible()
    assert {again(case).status for case in cases} == {"returned"}


@pytest.mark.parametrize("width", [360, 1280, 1366])
def test_the_pages_fit_the_screen_and_are_open_to_everybody(
    watched_page, portal, sign_in, serious_faults, width
):
    boss, who = officer(Role.Kind.BRANCH_SUPERVISOR), officer()
    decision = preview([checked_case(), checked_case(months=1)], who)
    BulkDecision.everything.filter(pk=decision.pk).update(status="proposed")
    approved = EnrollmentFactory(approved=True, phone="6281234567001")
    call_back = CallBack.everything.create(
        enrollment=approved,
        office=approved.office,
        decided_by=approved.decided_by,
        drawn_at=NOW,
        due_on=TODAY,
    )
    freeze(enrollment=approved, because="call_back", by=boss, now=NOW)
    EnrollmentFactory(in_review=True)
    sign_in(watched_page.context, boss)
    watched_page.set_viewport_size({"width": width, "height": 768})
    for path in [
        reverse("bulk_list"),
        reverse("bulk", args=[decision.uuid]),
        reverse("call_backs"),
        reverse("call_back", args=[call_back.uuid]),
        reverse("branch_figures"),
        reverse("workload"),
        reverse("case", args=[approved.uuid]),
        f"{reverse('desk')}?beku=on",
    ]:
        watched_page.goto(portal + path)
        watched_page.evaluate(ALL_OPEN)
        assert watched_page.evaluate(WIDTH) <= width, path
        assert serious_faults(watched_page) == [], path
