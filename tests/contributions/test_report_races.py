"""A report beside the jobs that ask and take money, and beside a second one; on both engines."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from contributions import gate
from contributions.books import check_books
from contributions.models import Contribution
from contributions.services import expiring, settling
from contributions.services.billing import bill_due_orders
from contributions.services.withholding import withhold
from payments.models import Invoice
from tests.contributions.builders import at, billed_order, case_of, settle, sponsorships_of
from tests.factories import NOW, TODAY, EnrollmentFactory, officer
from tests.races import Meeting, at_once
from tests.workers.reports import reported, told
from workers.models import IncidentReport, WorkerEvent
from workers.services import reporting, ruling_reports
from workers.services.reporting import report
from workers.services.ruling_reports import AlreadyRuled, confirm, refute

pytestmark = [pytest.mark.both_engines, pytest.mark.django_db(transaction=True)]

SOON = NOW + timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def tried(act: Callable[[], Any]) -> Any:
    """Do it, or return the sentence of who lost."""
    try:
        return act()
    except (AlreadyRuled, IntegrityError) as error:
        return error


def meeting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Hold everybody who has done this step until both have; a lock lets one go on alone."""
    both, step = Meeting(), getattr(module, name)

    def step_and_wait(*args: Any, **kwargs: Any) -> Any:
        result = step(*args, **kwargs)
        both.wait()
        return result

    monkeypatch.setattr(module, name, step_and_wait)


# --- two officers ------------------------------------------------------------------------------
def rivals() -> list[Callable[[], Any]]:
    """One officer confirms a death, the other calls it untrue, at the same moment."""
    row = reported(EnrollmentFactory(approved=True).worker)
    yes = partial(confirm, report=row, officer=officer(), happened_on=TODAY, note="", now=SOON)
    no = partial(refute, report=row, officer=officer(), note="Ia hidup.", now=SOON)
    return [partial(tried, yes), partial(tried, no)]


def test_of_two_rulings_at_once_one_stands(monkeypatch):
    acts = rivals()
    meeting(monkeypatch, ruling_reports, "_to_rule")
    results = at_once(*acts)
    assert [type(result) for result in results].count(AlreadyRuled) == 1
    row = IncidentReport.everything.get()
    assert WorkerEvent.everything.exists() is (row.status == "confirmed")


def test_without_the_condition_both_rulings_are_written(monkeypatch):
    """What the conditional update prevents: a death recorded of a report called untrue, or
    the other way round."""
    acts = rivals()
    meeting(monkeypatch, ruling_reports, "_to_rule")
    monkeypatch.setattr(ruling_reports, "_hold", lambda ids: None)
    everything = IncidentReport.everything

    class Unconditional:
        """Finds the report whatever has become of it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(everything, name)

        def filter(self, pk: int = 0, **_conditions: Any) -> QuerySet[IncidentReport]:
            return everything.filter(pk=pk)

    monkeypatch.setattr(IncidentReport, "everything", Unconditional())
    results = at_once(*acts)
    lost = [result for result in results if isinstance(result, Exception)]
    # On SQLite the transaction itself (IMMEDIATE) lets one after the other; both still rule.
    assert lost == []
    assert WorkerEvent.everything.count() == 1
    assert {result.status for result in results} == {"confirmed", "refuted"}


# --- two clicks --------------------------------------------------------------------------------
def test_two_clicks_at_once_keep_one_report(monkeypatch):
    what = told()
    meeting(monkeypatch, reporting, "_known")
    results = at_once(*[partial(report, told=what, by=None, now=NOW)] * 2)
    assert IncidentReport.everything.count() == 1
    assert len({result.pk for result in results}) == 1


def test_without_an_address_made_of_its_words_two_clicks_keep_two(monkeypatch):
    what = told()
    addresses = iter(["1" * 32, "2" * 32])
    monkeypatch.setattr(reporting, "_address_of", lambda *args: reporting.UUID(next(addresses)))
    at_once(*[partial(report, told=what, by=None, now=NOW)] * 2)
    assert IncidentReport.everything.count() == 2


# --- a report and money -----------------------------------------------------------------------
def test_a_report_beside_a_settlement_follows_it_or_comes_before():
    """Settled before the report: bought, whichever commits first. The books agree."""
    invoice = billed_order()
    (row,) = sponsorships_of(invoice)
    payment = settle(invoice, NOW)
    what = told(nik=row.worker.nik)
    at_once(
        partial(settling.allocate_payment, payment_id=payment.pk, now=SOON),
        partial(report, told=what, by=None, now=SOON),
    )
    assert Contribution.everything.filter(status="paid").count() == 12
    assert check_books(now=SOON) == []


def test_money_settled_after_the_report_buys_nothing_however_they_meet():
    invoice = billed_order()
    (row,) = sponsorships_of(invoice)
    reported(row.worker)
    payment = settle(invoice, SOON)
    at_once(
        partial(settling.allocate_payment, payment_id=payment.pk, now=SOON),
        partial(withhold, today=TODAY, now=SOON),
    )
    assert not Contribution.everything.filter(status__in=["paid", "promised"]).exists()
    assert check_books(now=SOON) == []


def test_an_invoice_that_slips_past_a_report_is_withdrawn_by_the_next_minute(monkeypatch):
    """The job that asks has been at the gate when the report comes in."""
    (row,) = sponsorships_of(billed_order())
    made = reported(row.worker)
    withhold(today=TODAY, now=SOON)
    refute(report=made, officer=officer(), note="Ia hidup.", now=SOON)
    meeting(monkeypatch, gate, "withheld")
    what = told(nik=row.worker.nik, reporter_phone="+6281200000007")
    at_once(
        partial(bill_due_orders, today=TODAY, now=SOON),
        partial(report, told=what, by=None, now=SOON),
    )
    withhold(today=TODAY, now=SOON + timedelta(minutes=1))
    assert not Invoice.everything.filter(status="open").exists()
    assert check_books(now=SOON) == []


# --- a ruling and the clock -------------------------------------------------------------------
def test_an_approval_is_not_expired_by_a_clock_that_meets_the_ruling(monkeypatch):
    """The clock has asked who is reported dead, and the ruling comes in."""
    (row,) = sponsorships_of(billed_order())
    until = case_of(row).approved_until
    made = reported(row.worker, now=at(until))
    after = until + timedelta(days=2)
    meeting(monkeypatch, expiring, "workers_reported_dead")
    at_once(
        partial(expiring.expire, today=after, now=at(after)),
        partial(refute, report=made, officer=officer(), note="Ia hidup.", now=at(after)),
    )
    assert case_of(row).status == "approved"
    assert case_of(row).approved_until == until + timedelta(days=3)
