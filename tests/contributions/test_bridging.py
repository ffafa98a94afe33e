"""The bridge fund (P39): off by default, one month a year, the nearest to loss first."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from bricks.months import add_months
from contributions import bridge_needs
from contributions.books import check_books
from contributions.identity import identity
from contributions.models import (
    BridgeFund,
    BridgeGrant,
    BridgeOutcome,
    BridgeReceipt,
    Contribution,
    Sponsorship,
)
from contributions.services import bridging
from contributions.services.bridge_fund import (
    AlreadyThere,
    FundClosed,
    NothingLeft,
    NotThatMuch,
    NotWaiting,
    SecondPersonNeeded,
    close_fund,
    confirm_fund,
    receive,
    take_back,
)
from contributions.services.lapsing import lapse
from contributions.services.pricing import fill_calendar, load_laws
from contributions.services.remitting import credit_rejected
from contributions.services.renewing import renew
from contributions.services.stage_releases import release_stage
from donors.models import Funding
from notices.models import Message
from payments.models import BankLine, Invoice
from payments.services.matching import LineMoved
from tests.contributions.bridges import PRICE, head, held, opened, proposed, received, stopped
from tests.contributions.builders import at, covered_worker, few_prices, invoice_of, pay
from tests.factories import NOW, OfficeAreaFactory, OrderFactory, ProgrammeFactory, officer
from tests.payments.banking import bank_account, came_in, in_suspense
from tests.workers.reports import reported
from workers.models import Enrollment
from workers.services.living import record_event

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
#: A month of 2027, after the relief of PP 50/2025.
FULL = 2 * PRICE


@pytest.fixture(autouse=True)
def _world() -> None:
    OfficeAreaFactory()
    load_laws()


def granted(day: date) -> dict[str, int]:
    counts = bridging.grant_months(today=day, now=at(day))
    assert check_books(now=at(day)) == []
    return counts


def last_day(row: Sponsorship) -> date:
    assert row.paid_until is not None
    return row.paid_until


def reason(row: Sponsorship) -> str:
    return str(BridgeOutcome.everything.get(worker=row.worker, closed_at=None).reason)


def late(row: Sponsorship, months: int = 3) -> date:
    """The day before so many unpaid months have passed."""
    return add_months(last_day(row) + ONE_DAY, months) - ONE_DAY


# --- open and closed -------------------------------------------------------------------
def test_nothing_is_granted_unless_two_people_of_head_office_have_opened_it():
    row = stopped()
    day = last_day(row)
    assert granted(day)["granted"] == 0
    maker = head()
    fund = proposed(by=maker)
    assert granted(day)["granted"] == 0
    with pytest.raises(SecondPersonNeeded):
        confirm_fund(fund=fund, by=maker, now=NOW)
    with pytest.raises(AlreadyThere):
        proposed()
    confirm_fund(fund=fund, by=head(), now=NOW)
    with pytest.raises(NotWaiting):
        confirm_fund(fund=fund, by=head(), now=NOW)
    received(PRICE)
    close_fund(fund=fund, reason="dasar hukum dicabut", by=maker, now=NOW)
    assert granted(day)["granted"] == 0
    with pytest.raises(FundClosed):
        received(PRICE)


def test_the_database_refuses_one_person_two_funds_and_no_basis():
    fund = proposed()
    opened_by = {"opened_at": NOW, "opened_by": fund.proposed_by_id}
    for wrong in (opened_by, {"legal_basis": ""}, {"closed_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BridgeFund.objects.filter(pk=fund.pk).update(**wrong)


def test_a_fund_may_be_opened_anew_with_another_basis():
    first = opened(PRICE)
    close_fund(fund=first, reason="selesai", by=head(), now=NOW)
    second = opened()
    assert second.programme == first.programme
    assert held() == PRICE


# --- money -----------------------------------------------------------------------------
def test_money_comes_in_from_a_bank_line_once_and_may_go_back_to_it():
    opened()
    line = came_in(bank_account(), 50_000)
    receipt = receive(line=line, source="Yayasan Contoh", seen=0, by=head(), now=NOW)
    assert (held(), in_suspense(), identity().bridge) == (50_000, 0, 50_000)
    assert identity().holds
    with pytest.raises(LineMoved):
        receive(line=line, source="lagi", seen=0, by=head(), now=NOW)
    take_back(receipt=receipt, amount=20_000, seen=0, by=head(), now=NOW)
    assert (held(), in_suspense()) == (30_000, 20_000)
    with pytest.raises(NotThatMuch):
        take_back(receipt=receipt, amount=30_001, seen=20_000, by=head(), now=NOW)
    with pytest.raises(LineMoved):
        take_back(receipt=receipt, amount=20_000, seen=0, by=head(), now=NOW)
    assert (held(), in_suspense()) == (30_000, 20_000)
    take_back(receipt=receipt, amount=30_000, seen=20_000, by=head(), now=NOW)
    assert BankLine.objects.get(pk=line.pk).status == "open"
    assert check_books(now=NOW) == []


def test_money_out_and_a_line_without_rest_are_refused():
    opened()
    line = came_in(bank_account(), 5_000)
    with pytest.raises(NothingLeft):
        receive(line=line, source="x", seen=5_000, by=head(), now=NOW)


# --- who is helped ---------------------------------------------------------------------
def test_one_month_behind_the_last_paid_day_and_the_worker_owes_nothing():
    row = stopped()
    row.worker.phone = "081200000001"
    row.worker.save(update_fields=["phone"])
    opened(PRICE * 2)
    day = last_day(row) - timedelta(days=2)
    invoices = Invoice.everything.count()
    assert granted(day) == {"granted": 1, "refused": 0, "rupiah": PRICE}
    grant = BridgeGrant.everything.get()
    month = grant.contribution
    assert (month.covered_from, month.amount) == (last_day(row) + ONE_DAY, PRICE)
    assert (month.jht, month.sponsorship.renews) == (0, False)
    assert grant.loses_on == last_day(row) + ONE_DAY
    assert held() == PRICE
    assert Invoice.everything.count() == invoices
    told = Message.objects.get(kind="bridged")
    assert "bukan utang" in told.body
    assert str(PRICE) not in told.body
    assert granted(day)["granted"] == 0
    assert month.sponsorship.worker.enrollments.filter(continues=row.enrollment).count() == 1


def test_a_second_month_in_the_next_year_only():
    row = stopped(when=at(date(2026, 11, 2)))
    opened(PRICE + FULL)
    assert granted(date(2026, 11, 28))["granted"] == 1
    assert granted(date(2026, 12, 30))["granted"] == 0
    assert reason(row) == "had_one"
    assert granted(date(2027, 1, 1))["granted"] == 1
    assert set(BridgeGrant.everything.values_list("year", flat=True)) == {2026, 2027}
    with pytest.raises(IntegrityError), transaction.atomic():
        BridgeGrant.everything.update(year=2026)
    assert row.worker_id == BridgeGrant.everything.values_list("worker", flat=True)[0]


def test_whose_donor_may_still_pay_is_not_looked_at_before_the_arrears_end():
    row = covered_worker(months=1)
    opened(FULL)
    assert granted(last_day(row)) == {"granted": 0, "refused": 0, "rupiah": 0}
    assert granted(last_day(row) + timedelta(days=20))["granted"] == 0
    assert granted(late(row))["granted"] == 1
    month = BridgeGrant.everything.get().contribution
    # Nothing is covered before it was paid (P2).
    assert (month.covered_from, month.starts_at) == (late(row), at(late(row)))


def test_the_nearest_to_losing_the_wait_come_first_and_only_whole_months():
    first, second, third = stopped(), stopped(), stopped()
    Sponsorship.everything.filter(pk=second.pk).update(paid_until=last_day(first) - ONE_DAY)
    Contribution.everything.filter(sponsorship=second).update(
        covered_until=last_day(first) - ONE_DAY
    )
    opened(PRICE * 2 - 1)
    counts = bridging.grant_months(
        today=last_day(first) - timedelta(days=2), now=at(last_day(first) - timedelta(days=2))
    )
    assert counts == {"granted": 1, "refused": 2, "rupiah": PRICE}
    assert BridgeGrant.everything.get().worker == second.worker
    assert {reason(first), reason(third)} == {"fund_dry"}
    assert held() == PRICE - 1


def test_an_outcome_closes_when_money_has_come():
    row = stopped()
    opened()
    day = last_day(row)
    assert granted(day)["refused"] == 1
    assert reason(row) == "fund_dry"
    received(PRICE)
    assert granted(day)["granted"] == 1
    assert not BridgeOutcome.everything.filter(closed_at=None).exists()


# --- who is not ------------------------------------------------------------------------
def left(row: Sponsorship) -> None:
    record_event(
        worker=row.worker,
        kind="left",
        happened_on=NOW.date(),
        said_by="worker",
        by=None,
        now=NOW,
    )


def frozen(row: Sponsorship) -> None:
    Enrollment.everything.filter(pk=row.enrollment_id).update(
        frozen_at=NOW, frozen_because="not_me"
    )


def parked(row: Sponsorship) -> None:
    Sponsorship.everything.filter(pk=row.pk).update(parked_at=NOW, parked_reason="uji")


@pytest.mark.parametrize(
    ("what", "expected"),
    [(left, "held"), (frozen, "frozen"), (parked, "parked")],
)
def test_nothing_is_paid_for_whom_something_speaks_against(what: Any, expected: str):
    row = stopped()
    opened(PRICE)
    what(row)
    day = last_day(row)
    counts = bridging.grant_months(today=day, now=at(day))
    assert counts == {"granted": 0, "refused": 1, "rupiah": 0}
    assert reason(row) == expected
    assert held() == PRICE


@pytest.mark.parametrize("kind", ["death", "accident"])
def test_nothing_is_paid_while_a_report_is_open(kind: str):
    row = stopped()
    opened(PRICE)
    reported(row.worker, kind=kind)
    assert granted(last_day(row))["granted"] == 0
    assert reason(row) == "reported"


def test_a_budgets_workers_wait_for_the_branch():
    programme = ProgrammeFactory(agreement=True)
    row = covered_worker(order=OrderFactory(programme=programme), months=1)
    opened(FULL)
    day = late(row)
    assert granted(day)["granted"] == 0
    assert reason(row) == "stage"
    release_stage(programme=programme, reason="tahap II terlambat", by=officer(), now=NOW)
    assert granted(day)["granted"] == 1


def test_at_65_only_cover_that_runs_goes_on():
    runs, broken = stopped(), covered_worker(months=1)
    day = last_day(runs)
    born = add_months(day, -65 * 12)
    for row in (runs, broken):
        row.worker.birth_date = born
        row.worker.save(update_fields=["birth_date"])
    opened(PRICE * 2)
    assert granted(day)["granted"] == 1
    assert granted(late(broken))["granted"] == 0
    assert reason(broken) == "too_old"


# --- the proofs ------------------------------------------------------------------------
@pytest.mark.parametrize("rule", ["bridge", "bridge_grant", "bridge_closed"])
def test_the_books_find_what_is_wrong_with_the_fund(rule: str):
    row = stopped()
    fund = opened(PRICE)
    granted(last_day(row))
    if rule == "bridge":
        BridgeReceipt.objects.update(amount=PRICE + 1)
    elif rule == "bridge_grant":
        BridgeGrant.everything.all().delete()
    else:
        BridgeFund.objects.filter(pk=fund.pk).update(opened_at=at(last_day(row), 11))
    assert rule in {finding.kind for finding in check_books(now=at(last_day(row)))}


# --- what follows ----------------------------------------------------------------------
def test_a_donor_who_pays_late_pays_for_the_months_behind_it():
    few_prices()
    fill_calendar()
    row = covered_worker(months=1)
    day = last_day(row) - timedelta(days=10)
    renew(today=day, now=at(day))
    invoice = invoice_of(row.enrollment.order)
    opened(FULL)
    day_late = late(row)
    Invoice.everything.filter(pk=invoice.pk).update(expires_at=at(day_late + timedelta(days=9)))
    assert bridge_needs.near_ids(today=day_late) == [row.pk]
    bridging.grant_months(today=day_late, now=at(day_late))
    pay(invoice, at(day_late + timedelta(days=2)), FULL)
    bridged = BridgeGrant.everything.get().contribution
    mine = Contribution.everything.filter(sponsorship=row, status="paid").latest("covered_from")
    assert bridged.covered_until is not None
    assert mine.covered_from == bridged.covered_until + ONE_DAY
    assert check_books(now=at(day_late + timedelta(days=2))) == []


def test_what_bpjs_refuses_goes_back_to_the_fund():
    row = stopped()
    opened(PRICE)
    granted(last_day(row))
    month = BridgeGrant.everything.get().contribution
    Contribution.everything.filter(pk=month.pk).update(status="rejected", core_reason="uji")
    month.refresh_from_db()
    credit_rejected(contribution=month, by=head(), now=at(last_day(row)))
    assert held() == PRICE
    month.sponsorship.refresh_from_db()
    assert (month.sponsorship.status, month.sponsorship.end_reason) == ("ended", "rejected")
    assert check_books(now=at(last_day(row))) == []


def test_its_month_ends_by_itself_and_asks_nobody():
    fill_calendar()
    row = stopped()
    opened(PRICE)
    granted(last_day(row))
    bridged = BridgeGrant.everything.get().contribution.sponsorship
    after = last_day(bridged) + ONE_DAY
    messages = Message.objects.count()
    lapse(today=after, now=at(after))
    bridged.refresh_from_db()
    assert (bridged.status, bridged.end_reason) == ("ended", "finished")
    assert Message.objects.count() - messages <= 1
    assert bridged.funding == Funding.CSR
