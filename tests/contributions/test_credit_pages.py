"""The donor's page about his credit, and the branch's about money that came late."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from contributions.models import LateMoney
from contributions.services.expiring import expire
from contributions.services.spending import spend_credit
from tests.contributions.builders import at, billed_order, few_prices, pay
from tests.factories import NOW, DonorMemberFactory, OrderFactory, ProgrammeFactory, RoleFactory

pytestmark = pytest.mark.django_db


def page_of(user: Any, name: str, **asked: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(reverse(name), asked, headers={"accept-language": "id"})
    assert response.status_code == 200
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_every_rupiah_in_and_out_of_the_credit_is_explained():
    few_prices()
    invoice = billed_order(months=1)
    payment = pay(invoice, NOW, invoice.total + 10_000)
    spend_credit(now=NOW)
    page = page_of(invoice.donor.person, "credit")
    assert "Sisa pembayaran: lebih dari tagihan" in page
    assert f"Kuitansi {payment.receipt_number}" in page
    assert "kelebihan bayar menjadi bulan berikutnya" in page
    assert "20 Des 2026 \N{EN DASH} 19 Jan 2027" in page
    assert "Rp 1.600" in page
    assert "Saldo dipakai lebih dulu saat perpanjangan" in page


def test_a_budgets_money_is_said_to_go_back_to_the_treasury():
    programme = ProgrammeFactory(agreement=True)
    invoice = billed_order(order=OrderFactory(programme=programme), months=1)
    pay(invoice, NOW, invoice.total + 10_000)
    member = programme.donor.members.first().user
    page = page_of(member, "credit")
    assert "dikembalikan ke kas daerah" in page
    assert "Tidak ada perpanjangan" not in page


def test_a_page_of_movements_costs_no_query_per_movement(django_assert_max_num_queries):
    invoice = billed_order(months=1)
    for _ in range(6):
        pay(invoice, NOW)
    client = Client()
    client.force_login(invoice.donor.person)
    with django_assert_max_num_queries(24):
        client.get(reverse("credit"))


def late_money() -> LateMoney:
    invoice = billed_order(months=1)
    expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21)))
    pay(invoice, at(date(2026, 12, 22)))
    return LateMoney.objects.get()


def test_the_branch_reads_why_and_the_supervisor_decides():
    late = late_money()
    supervisor = RoleFactory(
        kind=Role.Kind.BRANCH_SUPERVISOR, office=late.sponsorship.enrollment.office
    ).user
    page = page_of(supervisor, "late_money")
    assert late.sponsorship.worker.name in page
    assert "Biarkan sebagai saldo" in page
    client = Client()
    client.force_login(supervisor)
    address = reverse("late_money_decide", args=[late.pk])
    for _ in range(2):
        client.post(address, {"act": "credit"})
    late.refresh_from_db()
    assert (late.status, late.decided_by) == ("credited", supervisor)
    assert "Uang ini sudah diputuskan." in page_of_messages(client)


def page_of_messages(client: Client) -> str:
    return client.get(reverse("late_money"), headers={"accept-language": "id"}).content.decode()


def test_an_officer_reads_it_and_may_not_decide():
    late = late_money()
    officer = RoleFactory(
        kind=Role.Kind.BRANCH_OFFICER, office=late.sponsorship.enrollment.office
    ).user
    page = page_of(officer, "late_money")
    assert "Penyelia cabang yang memutuskan." in page
    assert "Hidupkan lagi</button>" not in page


def test_a_supervisor_of_another_office_reads_it_at_his_officers_desk_and_may_not_decide():
    late = late_money()
    office = late.sponsorship.enrollment.office
    found = RoleFactory(kind=Role.Kind.BRANCH_SUPERVISOR, office__code="LAIN").user
    RoleFactory(kind=Role.Kind.BRANCH_OFFICER, office=office, user=found)
    assert "Hidupkan lagi</button>" not in page_of(found, "late_money")
    client = Client()
    client.force_login(found)
    answer = client.post(reverse("late_money_decide", args=[late.pk]), {"act": "credit"})
    assert answer.status_code == 404
    late.refresh_from_db()
    assert late.status == "waiting"


def test_a_donor_who_supervises_elsewhere_cannot_decide_on_his_own_money():
    late = late_money()
    found = RoleFactory(kind=Role.Kind.BRANCH_SUPERVISOR, office__code="LAIN").user
    DonorMemberFactory(donor=late.sponsorship.donor, user=found)
    client = Client()
    client.force_login(found)
    answer = client.post(reverse("late_money_decide", args=[late.pk]), {"act": "credit"})
    assert answer.status_code == 404


def test_a_supervisor_of_the_desk_leaves_his_own_donors_money_to_another():
    late = late_money()
    row = late.sponsorship
    found = RoleFactory(kind=Role.Kind.BRANCH_SUPERVISOR, office=row.enrollment.office).user
    DonorMemberFactory(donor=row.donor, user=found)
    client = Client()
    client.force_login(found)
    client.post(reverse("late_money_decide", args=[late.pk]), {"act": "credit"})
    late.refresh_from_db()
    assert late.status == "waiting"
    assert "Penyelia lain yang memutuskan." in page_of_messages(client)
