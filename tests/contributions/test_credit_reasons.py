"""Of money that goes back, the credit page and the statement say whose months, and where to."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from contributions import credit_page
from contributions.credit_page import MonthsOf
from contributions.models import Contribution, PriceCorrection, Sponsorship, TariffChange
from contributions.services import refunding
from contributions.services.ending import follow_up_events
from contributions.services.remitting import credit_rejected
from contributions.services.reversing import undo_payments
from donors.models import Programme
from payments import ledger
from payments.models import Account, Refund
from tests.contributions.builders import billed_order, bought, covered_worker, pay, sponsorships_of
from tests.contributions.builders import reverse as taken_back
from tests.contributions.refund_stories import (
    confirmed,
    overpaid,
    prepared,
    to_instrument,
    treasurer,
)
from tests.factories import NOW, DonorMemberFactory, ProgrammeFactory, UserFactory, officer
from workers.models import Said
from workers.services import living

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


def told(row: Sponsorship) -> list[tuple[str, tuple[MonthsOf, ...]]]:
    transfers = list(credit_page.transfers_of(row.donor))
    return [(move.reason, move.months) for move in credit_page.movements(transfers)]


def corrected(month: Contribution, amount: int) -> None:
    donor = month.sponsorship.donor
    change = TariffChange.objects.create(
        rows=[], legal_basis="x", reason="x", made_by=UserFactory(), made_at=NOW,
        followed_up_at=NOW,
    )  # fmt: skip
    payable = ledger.account(Account.Kind.PAYABLE)
    credit = ledger.account(Account.Kind.CREDIT, donor=donor)
    posting = ledger.post(
        key="corrected:x", kind="price_corrected", now=NOW, transfers=[(payable, credit, amount)]
    )
    PriceCorrection.objects.create(
        contribution=month, change=change, posting=posting, amount=amount, made_at=NOW
    )


def whole(months: list[Contribution], less: int = 0) -> MonthsOf:
    first, last = months[0].covered_from, months[-1].covered_until
    assert first
    assert last
    amount = sum(month.amount for month in months) - less
    return MonthsOf(months[0].worker.name, first, last, amount)


def test_months_that_ended_with_the_worker_are_named_with_what_they_held():
    row = covered_worker()
    months = bought(row)
    corrected(months[4], 8_400)
    living.record_event(
        worker=row.worker,
        kind="left",
        happened_on=NOW.date(),
        said_by=Said.FAMILY,
        by=officer(),
        now=NOW,
    )
    follow_up_events(now=LATER)
    assert told(row)[0] == (
        "Bulan yang belum mulai, dikembalikan",
        (whole(months[1:], less=8_400),),
    )


def test_all_refused_months_that_were_credited_at_once_are_named():
    row = covered_worker()
    months = bought(row)
    corrected(months[0], 1_000)
    Contribution.everything.update(status="rejected", core_reason="NIK")
    credit_rejected(contribution=months[0], by=officer(), now=LATER, whole=True)
    assert told(row)[0][1] == (whole(months, less=1_000),)


def test_of_two_refusals_of_one_moment_each_names_its_own_worker():
    invoice = billed_order(2)
    pay(invoice, NOW)
    rows = sponsorships_of(invoice)
    spans = [whole(bought(row)) for row in rows]
    Contribution.everything.update(status="rejected", core_reason="NIK")
    for row in rows:
        first = Contribution.everything.filter(sponsorship=row).order_by("pk")[0]
        credit_rejected(contribution=first, by=officer(), now=LATER, whole=True)
    assert [months for _reason, months in told(rows[0])] == [(spans[1],), (spans[0],)]


def test_months_that_were_asked_back_are_named():
    payment = overpaid(0)
    row = Sponsorship.everything.get()
    months = bought(row)[-3:]
    refund = refunding.ask_for_months(
        months=[month.pk for month in months], reason="salah", by=treasurer(), now=NOW
    )
    confirmed(prepared(refund, to_instrument(payment)))
    reasons = dict(told(row))
    assert reasons["Bulan dibatalkan, uangnya dikembalikan"] == (whole(months),)
    assert reasons["Dikembalikan kepada Anda"] == ()


def test_months_of_a_payment_that_the_bank_took_back_are_named():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 10_000)
    row = sponsorships_of(invoice)[0]
    months = whole(bought(row))
    taken_back(payment, LATER)
    undo_payments(now=LATER)
    assert told(row)[0] == ("Bank membatalkan pembayaran", (months,))


# --- to the treasury --------------------------------------------------------------------
def back_to_treasury() -> tuple[User, Refund]:
    programme: Programme = ProgrammeFactory(agreement=True)
    member = DonorMemberFactory(donor=programme.donor).user
    fund = ledger.account(Account.Kind.FUND, programme=programme)
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    ledger.post(key="fund", kind="test", now=NOW, transfers=[(clearing, fund, 50_000)])
    refund = refunding.ask_for_fund(
        programme=programme, amount=None, reason="sisa", by=treasurer(), now=NOW
    )
    to = refunding.Destination(
        "treasury",
        bank="Bank Daerah",
        account_number="99",
        holder="Kas Daerah",
        holder_checked=True,
        slip="STS 12/2026",
    )
    return member, confirmed(prepared(refund, to))


@pytest.mark.parametrize("page", ["credit", "statement"])
def test_a_budgets_money_went_to_its_treasury_and_not_to_anybody(client, page):
    member, _refund = back_to_treasury()
    client.force_login(member)
    answer = client.get(reverse(page), headers={"accept-language": "id"}).content.decode()
    assert "Dikembalikan ke kas daerah, STS no. STS 12/2026" in answer
    assert "Dikembalikan kepada Anda" not in answer


def test_who_has_a_refund_and_no_credit_finds_the_way_to_it(client):
    member, refund = back_to_treasury()
    client.force_login(member)
    page = client.get(reverse("credit"), headers={"accept-language": "id"}).content.decode()
    assert f"{reverse('refund_ask')}?donatur={refund.donor.uuid}" in page
    assert "Lihat pengembalian" in page
