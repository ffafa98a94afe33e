"""Own sponsorships and invoices by token: nobody else's, never a whole NIK."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from knox.models import AuthToken

from accounts.tokens import create_token
from bricks.clock import noon
from donors.models import DonorMember
from payments.models import Invoice
from tests.dashboards import world
from tests.factories import NOW, TODAY, DonorFactory, OrderFactory, ProgrammeFactory, officer

pytestmark = pytest.mark.django_db
LISTS = ["api_sponsorships", "api_invoices"]


def order_of(donor):
    return OrderFactory(programme=ProgrammeFactory(donor=donor))


def invoice_of(donor, number, **more):
    return Invoice.everything.create(
        donor=donor,
        number=number,
        total=184_800,
        issued_at=more.pop("issued_at", NOW),
        due_on=TODAY,
        expires_at=NOW + timedelta(days=10),
        **more,
    )


@pytest.fixture
def rina(places):
    return DonorFactory(name="Rina")


@pytest.fixture
def stranger(places):
    donor = DonorFactory(name="Orang lain")
    world.sponsorship(world.worker(name="Bukan Milik Rina"), order=order_of(donor))
    invoice_of(donor, "2026-000009")
    return donor


# --- who gets what --------------------------------------------------------------------
def test_a_donor_reads_his_sponsorships_with_cover_and_a_masked_nik(call, rina, stranger):
    joko = world.worker(name="Joko Susilo")
    promise = world.sponsorship(joko, order=order_of(rina), status="active", **running())
    world.buy(promise, date(2026, 9, 1), 12)

    response = call(reverse("api_sponsorships"), rina.person)

    assert response.status_code == 200
    rows = response.json()["results"]
    assert [row["worker"]["name"] for row in rows] == ["Joko Susilo"]
    row = rows[0]
    assert row["id"] == str(promise.uuid)
    assert row["worker"]["nik"] == "*" * 12 + joko.nik[-4:]
    assert row["cover"]["status"] == "covered"
    assert (row["cover"]["covered_from"], row["cover"]["covered_until"]) == (
        "2026-09-01",
        "2027-08-31",
    )
    assert row["cover"]["jkm_full_from"] == "2026-12-01"
    assert joko.nik not in response.content.decode()
    assert "Bukan Milik Rina" not in response.content.decode()


def running():
    return {"run_start": date(2026, 9, 1), "run_months": 12, "paid_until": date(2027, 8, 31)}


def test_paid_months_are_not_called_covered_before_they_are_accepted(call, rina):
    promise = world.sponsorship(world.worker(), order=order_of(rina))
    world.buy(promise, TODAY, 12, status="sent")
    row = call(reverse("api_sponsorships"), rina.person).json()["results"][0]
    assert row["cover"]["status"] == "awaiting_acceptance"


def test_a_donor_reads_his_invoices_newest_first(call, rina, stranger):
    invoice_of(rina, "2026-000001", issued_at=NOW - timedelta(days=3))
    invoice_of(rina, "2026-000002")
    rows = call(reverse("api_invoices"), rina.person).json()["results"]
    assert [row["number"] for row in rows] == ["2026-000002", "2026-000001"]
    assert rows[0]["total"] == 184_800
    assert rows[0]["status"] == "open"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("kind", ["head_office", "branch_officer", "treasurer", "regional_admin"])
def test_a_token_of_staff_lists_no_ones_rows(call, stranger, name, kind):
    response = call(reverse(name), officer(kind))
    assert response.status_code == 200
    assert response.json()["results"] == []


@pytest.mark.parametrize("name", LISTS)
def test_who_has_left_a_donor_reads_nothing_of_it_any_more(call, stranger, name):
    DonorMember.objects.filter(user=stranger.person).update(left_at=NOW)
    assert call(reverse(name), stranger.person).json()["results"] == []


def test_a_member_of_a_company_reads_the_companys_rows(call, places):
    company = DonorFactory(organisation=True, name="PT Contoh")
    invoice_of(company, "2026-000003")
    member = company.members.get().user
    rows = call(reverse("api_invoices"), member).json()["results"]
    assert [row["donor"] for row in rows] == ["PT Contoh"]


# --- refusals ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", LISTS)
def test_without_a_token_nothing_is_told_but_how(call, stranger, name):
    response = call(reverse(name))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response.json() == {
        "error": {
            "code": "not_authenticated",
            "message": "Kirim token Anda: Authorization: Token <token>.",
        }
    }


@pytest.mark.parametrize("token", ["x", "f" * 64, "F" * 64, "ü" * 64, "a b", "\x00" * 64])
def test_a_token_that_is_none_is_refused_with_a_sentence(call, db, token):
    response = call(reverse("api_invoices"), token=token)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "authentication_failed"
    assert "/akun/token/" in response.json()["error"]["message"]


def test_a_token_that_has_ended_is_refused(call, rina):
    token = create_token(user=rina.person, now=noon(TODAY))
    assert call(reverse("api_invoices"), token=token).status_code == 200
    AuthToken.objects.update(expiry=noon(TODAY) - timedelta(seconds=1))
    assert call(reverse("api_invoices"), token=token).status_code == 401


def test_the_token_of_an_account_that_is_closed_is_refused(call, rina):
    rina.person.is_active = False
    rina.person.save()
    assert call(reverse("api_invoices"), rina.person).status_code == 401


def test_a_session_alone_opens_no_endpoint(client, rina):
    client.force_login(rina.person)
    assert client.get(reverse("api_invoices")).status_code == 401


@pytest.mark.parametrize("name", LISTS)
def test_lists_only_read(call, rina, name):
    response = call(reverse(name), rina.person, body={})
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("name", LISTS)
def test_there_is_no_page_to_click_through(call, rina, name):
    response = call(reverse(name), rina.person, headers={"Accept": "text/html"})
    assert response.status_code == 406
    assert response["Content-Type"] == "application/json"


def test_a_cursor_that_was_tampered_with_is_answered_with_a_sentence(call, rina):
    response = call(reverse("api_invoices") + "?cursor=xyz", rina.person)
    assert response.status_code == 404
    assert response.json()["error"]["message"]


# --- many rows ------------------------------------------------------------------------------
def test_pages_follow_each_other_without_loss_while_rows_come_in(call, rina, monkeypatch):
    monkeypatch.setattr("payments.api.NewestIssued.page_size", 2)
    for number in range(1, 6):
        issued = NOW - timedelta(hours=number // 2)  # some at the same instant
        invoice_of(rina, f"2026-{number:06}", issued_at=issued)
    seen, url = [], reverse("api_invoices")
    while url:
        page = call(url, rina.person).json()
        seen += [row["number"] for row in page["results"]]
        if len(seen) == 2:
            invoice_of(rina, "2026-000099", issued_at=NOW + timedelta(hours=1))
        AuthToken.objects.all().delete()
        url = page["next"]
    assert sorted(seen) == [f"2026-{number:06}" for number in range(1, 6)]


def test_a_page_takes_the_same_statements_for_one_row_and_for_many(
    call, rina, django_assert_num_queries, django_assert_max_num_queries
):
    order = order_of(rina)
    world.buy(world.sponsorship(world.worker(), order=order), date(2026, 9, 1), 3)
    call(reverse("api_sponsorships"), rina.person)
    with django_assert_max_num_queries(25) as few:
        call(reverse("api_sponsorships"), rina.person)
    for _ in range(6):
        world.buy(world.sponsorship(world.worker(), order=order), date(2026, 9, 1), 3)
    with django_assert_num_queries(len(few)):
        call(reverse("api_sponsorships"), rina.person)


def test_too_many_calls_are_asked_to_wait(call, rina, monkeypatch):
    monkeypatch.setattr(
        "rest_framework.throttling.ScopedRateThrottle.THROTTLE_RATES", {"lists": "2/min"}
    )
    statuses = [call(reverse("api_invoices"), rina.person).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
