"""What the database itself refuses, on both engines."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from contributions.models import Contribution, Coverage, Relief, Sponsorship, Tariff, TariffMonth
from contributions.services.remitting import fetch_answers, remit
from payments import ledger
from payments.models import Balance
from tests.contributions.builders import billed_order, covered_worker, sponsorships_of
from tests.factories import NOW, TODAY, EnrollmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Sponsorship:
    """A worker with twelve paid months."""
    return covered_worker()


def months(row: Sponsorship, status: str = "paid"):
    """The months of a sponsorship in a state."""
    return Contribution.everything.filter(sponsorship=row, status=status).order_by("month")


def copy_of(month: Contribution, **changes: object) -> None:
    """Write the same month once more, with changes."""
    month.pk = None
    for name, value in changes.items():
        setattr(month, name, value)
    month.save(force_insert=True)


def refused(act: Callable[[], object], constraint: str) -> None:
    """The database refuses, and says which rule."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        act()


@pytest.mark.parametrize("status", ["paid", "sent", "accepted"])
def test_a_second_bought_month_of_a_worker(row, status):
    remit(today=TODAY, now=NOW)
    if status == "accepted":
        fetch_answers(now=NOW + timedelta(minutes=1))
    bought = "accepted" if status == "accepted" else "sent"
    rival = months(row, bought).first()
    other = sponsorships_of(billed_order())[0]
    months(other, "promised").delete()
    refused(
        lambda: copy_of(rival, sponsorship=other, status=status),
        "contribution_month_bought_once|contribution.worker_id, contribu",
    )


def test_a_second_live_month_of_a_sponsorship():
    promised = months(sponsorships_of(billed_order())[0], "promised").first()
    refused(lambda: copy_of(promised), "contribution_month_live_once|sponsorship_id, contribu")


def test_two_donors_may_promise_the_same_month():
    one = sponsorships_of(billed_order())[0]
    two = sponsorships_of(billed_order(of=one.worker))[0]
    assert months(one, "promised")[0].month == months(two, "promised")[0].month


@pytest.mark.parametrize("day", [2, 15, 30])
def test_a_month_that_is_not_the_first_of_a_month(row, day):
    first = months(row).first()
    refused(
        lambda: Contribution.everything.filter(pk=first.pk).update(month=date(2026, 11, day)),
        "contribution_is_a_month",
    )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"jkk": -1}, "contribution_not_negative"),
        ({"paid_at": None}, "contribution_bought_with_money_and_dates"),
        ({"posting": None}, "contribution_bought_with_money_and_dates"),
        ({"covered_from": None}, "contribution_bought_with_money_and_dates"),
        ({"covered_until": date(2026, 1, 1)}, "contribution_bought_with_money_and_dates"),
        ({"status": "sent"}, "contribution_sent_in_a_remittance"),
        ({"status": "accepted"}, "contribution_sent_in_a_remittance|contribution_accepted_when"),
    ],
)
def test_a_bought_month_without_money_dates_or_remittance(row, change, constraint):
    first = months(row).first()
    refused(lambda: Contribution.everything.filter(pk=first.pk).update(**change), constraint)


def test_a_negative_balance(row):
    holding = ledger.account("holding", donor=row.donor)
    refused(
        lambda: Balance.objects.filter(account=holding).update(amount=-1), "balance_not_negative"
    )


def test_a_second_sponsorship_that_renews_for_a_worker(row):
    case = EnrollmentFactory(of=row.worker, approved=True)
    row.pk, row.enrollment = None, case
    row.uuid = case.uuid
    refused(lambda: row.save(force_insert=True), "sponsorship_one_renews|sponsorship.worker_id")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"run_start": None}, "sponsorship_active_has_a_run|sponsorship_run_in_order"),
        ({"run_months": 0}, "sponsorship_active_has_a_run"),
        ({"paid_until": date(2026, 1, 1)}, "sponsorship_run_in_order"),
        ({"status": "ended"}, "sponsorship_ends_for_a_reason"),
        ({"end_reason": "stopped"}, "sponsorship_ends_for_a_reason"),
        ({"months": 5}, "sponsorship_months_offered"),
    ],
)
def test_a_sponsorship_that_contradicts_itself(row, change, constraint):
    refused(lambda: Sponsorship.everything.filter(pk=row.pk).update(**change), constraint)


def test_a_span_of_cover_that_ends_before_it_begins(row):
    first, last = date(2026, 11, 20), date(2026, 11, 19)
    refused(
        lambda: Coverage.objects.create(worker=row.worker, covered_from=first, covered_until=last),
        "coverage_in_order",
    )


@pytest.mark.parametrize(
    ("model", "change", "constraint"),
    [
        (Tariff, {"jkk": 0}, "tariff_above_0"),
        (Tariff, {"first_month": date(2016, 1, 2)}, "tariff_in_whole_months"),
        (Tariff, {"last_month": date(2015, 1, 1)}, "tariff_months_in_order"),
        (Relief, {"percent_due": 101}, "relief_percent"),
        (Relief, {"first_month": date(2026, 1, 2)}, "relief_in_whole_months"),
    ],
)
def test_a_tariff_that_makes_no_sense(row, model, change, constraint):
    refused(lambda: model.objects.update(**change), constraint)


def test_a_price_of_a_day():
    covered_worker()
    refused(
        lambda: TariffMonth.objects.create(
            bracket_id=1,
            month=date(2026, 1, 5),
            sector="other",
            funding="private",
            jkk=1,
            jkm=1,
            jht=1,
        ),
        "tariffmonth_is_a_month",
    )
