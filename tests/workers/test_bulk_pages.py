"""Deciding many cases on the pages: ticking, the dry run, sending, confirming, watching."""

import re

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from tests.factories import NOW, OfficeFactory, officer
from tests.workers.desk import again, sound_case
from tests.workers.test_bulk import checked_case, preview, supervisor
from workers.models import BulkDecision
from workers.services import bulk
from workers.services.bulk_running import run_bulk_decisions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def new(client, **asked):
    return client.post(reverse("bulk_new"), {"pilihan": "dicentang", "verb": "approve"} | asked)


def made():
    return BulkDecision.everything.get()


def cases_of(decision):
    return set(decision.lines.values_list("enrollment", flat=True))


# --- ticking ------------------------------------------------------------------------------
def test_the_queue_ticks_cases_without_a_script(client):
    case = checked_case()
    client.force_login(officer())
    page = client.get(reverse("desk")).content.decode()
    assert re.search(rf'<input[^>]*name="kasus" value="{case.uuid}" form="putuskan"', page)
    assert '<form id="putuskan"' in page
    assert f'name="halaman" value="{case.uuid}"' in page


def test_ticked_cases_lead_to_a_dry_run(client):
    ticked, other = checked_case(), checked_case()
    client.force_login(officer())
    response = new(client, kasus=[ticked.uuid], halaman=[ticked.uuid, other.uuid])
    assert response.url == reverse("bulk", args=[made().uuid])
    assert cases_of(made()) == {ticked.pk}
    page = client.get(response.url).content.decode()
    assert "1 akan disetujui, 0 tidak" in page
    assert "Jalankan" in page
    assert again(ticked).status == "submitted"


def test_the_whole_page_or_all_that_fit_the_filter(client):
    late = checked_case(name="Wulan Satu", due_on="2026-11-18")
    checked_case(name="Lain Dua")
    client.force_login(officer())
    new(client, pilihan="halaman", halaman=[late.uuid])
    assert cases_of(made()) == {late.pk}
    made().delete()
    new(client, pilihan="semua", saringan="terlambat=on&page=3")
    assert cases_of(made()) == {late.pk}
    made().delete()
    new(client, pilihan="semua", saringan="")
    assert len(cases_of(made())) == 2


def test_cases_of_another_branch_are_not_among_them(client):
    far = checked_case(office=OfficeFactory(code="TEST-LAIN"))
    client.force_login(officer())
    response = new(client, kasus=[far.uuid], follow=True)
    assert response.url == reverse("desk")
    assert not BulkDecision.everything.exists()


@pytest.mark.parametrize(
    "asked",
    [{}, {"kasus": ["x"]}, {"pilihan": "?"}, {"verb": "delete"}, {"pilihan": "halaman"}],
)
def test_nothing_ticked_or_rubbish_leads_back_with_a_sentence(client, asked):
    checked_case()
    client.force_login(officer())
    response = client.post(
        reverse("bulk_new"), {"pilihan": "dicentang", "verb": "approve"} | asked, follow=True
    )
    assert response.redirect_chain[-1][0] == reverse("desk")
    assert not BulkDecision.everything.exists()


# --- reasons ---------------------------------------------------------------------------------
def test_a_return_asks_for_its_reasons_first(client):
    case = checked_case()
    client.force_login(officer())
    asked = new(client, verb="return", kasus=[case.uuid])
    page = asked.content.decode()
    assert asked.status_code == 200
    assert "Apa yang perlu diperbaiki?" in page
    assert "Pilih paling sedikit satu alasan." not in page
    empty = new(client, verb="return", kasus=[case.uuid], langkah="alasan")
    assert empty.status_code == 400
    assert "Pilih paling sedikit satu alasan." in empty.content.decode()
    new(
        client,
        verb="return",
        kasus=[case.uuid],
        langkah="alasan",
        reasons=["name:name_differs"],
        note="Lihat KTP",
    )
    assert (made().reasons, made().note) == ({"name": "name_differs"}, "Lihat KTP")


def test_a_rejection_asks_for_its_reason_first(client):
    case = checked_case()
    client.force_login(officer())
    assert "Mengapa ditolak?" in new(client, verb="reject", kasus=[case.uuid]).content.decode()
    new(client, verb="reject", kasus=[case.uuid], langkah="alasan", reason="not_found")
    assert made().reasons == {"case": "not_found"}


# --- the dry run -----------------------------------------------------------------------------
def test_the_page_says_how_many_not_and_why(client):
    who = officer()
    decision = preview([checked_case(), checked_case(months=1), sound_case()], who)
    client.force_login(who)
    response = client.get(reverse("bulk", args=[decision.uuid]))
    page = response.content.decode()
    assert "1 akan disetujui, 2 tidak" in page
    assert "Perlu bukti tambahan karena alasan risiko" in page
    only = client.get(reverse("bulk", args=[decision.uuid]), {"hambatan": "proof"})
    assert [row.line.obstacle for row in only.context["rows"]] == ["proof"]


def test_a_preview_is_its_makers_alone_and_a_far_branch_finds_none(client, settings):
    who = officer()
    decision = preview([checked_case()], who)
    url = reverse("bulk", args=[decision.uuid])
    client.force_login(supervisor())
    assert client.get(url).status_code == 404
    settings.BULK_CONFIRM_ABOVE = 0
    bulk.send(decision=decision, officer=who, now=NOW)
    assert client.get(url).status_code == 200
    client.force_login(officer(office=OfficeFactory(code="TEST-LAIN")))
    assert client.get(url).status_code == 404


# --- sending and confirming ----------------------------------------------------------------------
def test_a_few_cases_run_at_once_and_the_page_shows_how_far(client):
    who, case = officer(), checked_case()
    decision = preview([case], who)
    client.force_login(who)
    client.post(reverse("bulk_send", args=[decision.uuid]))
    page = client.get(reverse("bulk", args=[decision.uuid])).content.decode()
    assert "0 dari 1 kasus selesai" in page
    assert 'hx-trigger="every 2s"' in page
    run_bulk_decisions(now=NOW)
    address = reverse("bulk_progress", args=[decision.uuid])
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "1 disetujui, 0 tidak" in part
    assert "hx-trigger" not in part
    assert client.get(address)["Location"] == reverse("bulk", args=[decision.uuid])
    assert again(case).status == "approved"
    thread = client.get(reverse("case", args=[case.uuid])).content.decode()
    assert "Keputusan bersama" in thread


def test_a_supervisor_finds_and_confirms_what_is_proposed(client, settings):
    settings.BULK_CONFIRM_ABOVE = 0
    who, boss, case = officer(), supervisor(name="Ibu Penyelia"), checked_case()
    decision = preview([case], who)
    client.force_login(who)
    sent = client.post(reverse("bulk_send", args=[decision.uuid]), follow=True)
    assert "Penyelia lain mengonfirmasi usulan ini." in sent.content.decode()
    assert client.post(reverse("bulk_confirm", args=[decision.uuid])).status_code == 403

    client.force_login(boss)
    assert 'Keputusan bersama <span class="count">1</span>' in (
        client.get(reverse("desk")).content.decode()
    )
    assert decision.proposed_by.name in client.get(reverse("bulk_list")).content.decode()
    assert "Konfirmasi dan jalankan" in (
        client.get(reverse("bulk", args=[decision.uuid])).content.decode()
    )
    client.post(reverse("bulk_confirm", args=[decision.uuid]))
    run_bulk_decisions(now=NOW)
    thread = client.get(reverse("case", args=[case.uuid])).content.decode()
    assert "Keputusan bersama, dikonfirmasi Ibu Penyelia" in thread


def test_a_supervisor_is_not_offered_his_own_proposal(client, settings):
    settings.BULK_CONFIRM_ABOVE = 0
    boss = supervisor()
    decision = preview([checked_case()], boss)
    client.force_login(boss)
    client.post(reverse("bulk_send", args=[decision.uuid]))
    page = client.get(reverse("bulk", args=[decision.uuid])).content.decode()
    assert "Konfirmasi dan jalankan" not in page
    refused = client.post(reverse("bulk_confirm", args=[decision.uuid]), follow=True)
    assert "Usulan sendiri dikonfirmasi penyelia lain." in refused.content.decode()
    assert made().status == "proposed"


def test_a_proposal_is_refused_or_withdrawn(client, settings):
    settings.BULK_CONFIRM_ABOVE = 0
    who = officer()
    first, second = (preview([checked_case()], who) for _ in range(2))
    for decision in (first, second):
        bulk.send(decision=decision, officer=who, now=NOW)
    client.force_login(who)
    client.post(reverse("bulk_withdraw", args=[first.uuid]))
    client.force_login(supervisor())
    client.post(reverse("bulk_refuse", args=[second.uuid]))
    assert list(BulkDecision.everything.order_by("pk").values_list("status", flat=True)) == [
        "withdrawn",
        "refused",
    ]


# --- at what cost ----------------------------------------------------------------------------
def test_the_queries_of_the_pages_do_not_grow(client, django_assert_num_queries):
    who = officer(Role.Kind.BRANCH_SUPERVISOR)
    client.force_login(who)
    small = preview([checked_case()], who)
    large = preview([checked_case() for _ in range(12)], who)
    client.get(reverse("bulk", args=[small.uuid]))
    for decision in (small, large):
        with django_assert_num_queries(7):
            client.get(reverse("bulk", args=[decision.uuid]))
    with django_assert_num_queries(6):
        client.get(reverse("bulk_list"))
