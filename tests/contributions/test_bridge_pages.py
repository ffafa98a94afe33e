"""The pages of the bridge fund: who opens it, who books money, what a worker reads."""

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from contributions.models import BridgeFund, BridgeGrant, BridgeReceipt
from contributions.services import bridging
from contributions.services.pricing import load_laws
from tests.contributions.bridges import PRICE, head, held, opened, stopped
from tests.contributions.builders import at
from tests.factories import NOW, OfficeAreaFactory, OfficeFactory, RoleFactory, officer
from tests.payments.banking import bank_account, came_in
from tests.workers.persons import opened_by_print

pytestmark = pytest.mark.django_db
PAGE = "bridge_fund"


@pytest.fixture(autouse=True)
def _now() -> Any:
    cache.clear()
    OfficeAreaFactory()
    load_laws()
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user: Any, part: str = "") -> str:
    return signed_in(user).get(reverse(PAGE), {"bagian": part}).content.decode()


def treasurer() -> Any:
    return RoleFactory(kind=Role.Kind.TREASURER, office=OfficeFactory()).user


def test_two_people_of_head_office_open_it_and_one_closes_it():
    one, two = signed_in(head()), signed_in(head())
    said = {
        "legal_basis": "Keputusan direksi",
        "document_number": "KEP/9/2026",
        "document_date": "01-10-2026",
        "office": OfficeFactory().pk,
    }
    assert one.post(reverse("bridge_propose"), {**said, "legal_basis": ""}).status_code == 400
    one.post(reverse("bridge_propose"), said)
    fund = BridgeFund.objects.get()
    confirm = reverse("bridge_confirm", args=[fund.uuid])
    assert "disetujui orang lain" in one.post(confirm, follow=True).content.decode()
    two.post(confirm)
    fund.refresh_from_db()
    assert fund.is_open
    assert "KEP/9/2026" in two.get(reverse(PAGE)).content.decode()
    close = reverse("bridge_close", args=[fund.uuid])
    one.post(close, {"reason": ""})
    fund.refresh_from_db()
    assert fund.is_open
    one.post(close, {"reason": "dasar hukum dicabut"})
    assert "dasar hukum dicabut" in page_of(head())
    assert not BridgeFund.objects.get().is_open


def test_a_treasurer_books_a_line_and_takes_it_back():
    opened()
    user = treasurer()
    line = came_in(bank_account(office=user.roles.get().office), 25_000, "HIBAH DANA TALANGAN")
    assert "HIBAH DANA TALANGAN" in page_of(user)
    client = signed_in(user)
    book = reverse("bridge_receive", args=[line.uuid])
    client.post(book, {"source": "Yayasan", "seen": 0})
    assert (
        "baru saja berubah"
        in client.post(book, {"source": "Yayasan", "seen": 0}, follow=True).content.decode()
    )
    assert held() == 25_000
    back = reverse("bridge_take_back", args=[BridgeReceipt.objects.get().uuid])
    client.post(back, {"amount": "30.000", "seen": 0})
    assert held() == 25_000
    client.post(back, {"amount": "5.000", "seen": 0})
    again = client.post(back, {"amount": "5.000", "seen": 0}, follow=True).content.decode()
    assert "baru saja berubah" in again
    assert held() == 20_000
    assert 'name="seen" value="5000"' in again
    client.post(back, {"amount": "20.000", "seen": 5_000})
    assert held() == 0


def test_a_branch_reads_its_own_workers_and_a_worker_that_he_owes_nothing():
    row = stopped()
    opened(PRICE)
    bridging.grant_months(today=row.paid_until, now=at(row.paid_until))
    office = BridgeGrant.everything.get().office
    assert row.worker.name in page_of(officer(office=office))
    assert row.worker.name not in page_of(officer(office=OfficeFactory(code="TEST-FAR")))
    assert row.worker.name in page_of(head())
    assert row.worker.name not in page_of(treasurer())
    own = opened_by_print(row.enrollment).get(reverse("person")).content.decode()
    assert "Dana Talangan" in own
    assert "Bukan utang" in own


def test_the_reason_stands_beside_whom_it_did_not_help():
    row = stopped()
    opened()
    bridging.grant_months(today=row.paid_until, now=at(row.paid_until))
    page = page_of(head(), "belum")
    assert row.worker.name in page
    assert "Dana tidak cukup" in page
