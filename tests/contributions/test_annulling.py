"""An approval that the branch took back: nothing is asked for it any more."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.models import Role
from contributions.books import check_books
from contributions.models import Contribution, Sponsorship
from contributions.services.annulling import end_annulled
from contributions.services.settling import allocate_payments
from notices.models import JobRun
from payments.models import Balance, Invoice
from tests.contributions.builders import (
    billed_order,
    covered_worker,
    invoice_of,
    settle,
    sponsorships_of,
)
from tests.factories import NOW, TODAY, officer
from workers.services.freezing import annul

pytestmark = pytest.mark.django_db
Status = Sponsorship.Status
SOON = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The bells that were rung, without a broker."""
    words: list[str] = []
    monkeypatch.setattr("notices.bells._ring_now", words.append)
    return words


def take_back(sponsorship):
    by = officer(Role.Kind.BRANCH_SUPERVISOR)
    annul(enrollment=sponsorship.enrollment, by=by, now=NOW, reason="declined")


def work_off():
    return end_annulled(today=TODAY, now=SOON)


def test_the_sponsorship_ends_and_its_invoice_is_withdrawn(
    rung, django_capture_on_commit_callbacks
):
    invoice = billed_order()
    [sponsorship] = sponsorships_of(invoice)
    with django_capture_on_commit_callbacks(execute=True):
        take_back(sponsorship)
    assert "case_annulled" in rung
    assert work_off()["ended"] == 1
    sponsorship.refresh_from_db()
    invoice.refresh_from_db()
    assert (sponsorship.status, sponsorship.end_reason) == (Status.ENDED, "annulled")
    assert sponsorship.ended_at == SOON
    assert invoice.status == Invoice.Status.VOID
    assert not Contribution.everything.filter(status="promised").exists()
    assert Invoice.everything.count() == 1, "nobody is left to pay for"


def test_the_other_worker_of_the_order_gets_a_fresh_invoice():
    invoice = billed_order(2)
    first, second = sponsorships_of(invoice)
    take_back(first)
    assert work_off() == {"ended": 1, "invoices": 1, "queued": 0, "without_tariff": 0}
    fresh = invoice_of(first.enrollment.order)
    assert fresh != invoice
    assert sponsorships_of(fresh) == [second]
    second.refresh_from_db()
    assert second.status == Status.AWAITING_PAYMENT


def test_a_second_run_finds_nothing():
    [sponsorship] = sponsorships_of(billed_order())
    take_back(sponsorship)
    work_off()
    assert work_off() == {"ended": 0}


def test_what_stands_is_left_alone():
    covered, invoice = covered_worker(), billed_order()
    assert work_off() == {"ended": 0}
    covered.refresh_from_db()
    invoice.refresh_from_db()
    assert (covered.status, invoice.status) == (Status.ACTIVE, Invoice.Status.OPEN)


@pytest.mark.parametrize("job_was_faster", [False, True])
def test_money_for_an_annulled_case_becomes_credit_and_buys_no_month(job_was_faster):
    invoice = billed_order()
    [sponsorship] = sponsorships_of(invoice)
    settle(invoice, NOW - timedelta(minutes=1), arrives=SOON)
    take_back(sponsorship)
    if job_was_faster:
        work_off()
    counts = allocate_payments(now=SOON)
    work_off()
    assert (counts["allocated"], counts["months"]) == (1, 0)
    sponsorship.refresh_from_db()
    assert sponsorship.end_reason == "annulled"
    credit = Balance.objects.get(account__kind="credit", account__donor=invoice.donor)
    assert credit.amount == invoice.total
    assert check_books(now=SOON) == []


def test_the_job_by_hand(capsys):
    [sponsorship] = sponsorships_of(billed_order())
    take_back(sponsorship)
    call_command("end_annulled", "--today", "2026-11-20")
    assert "ended: 1" in capsys.readouterr().out
    assert JobRun.objects.get(job="end_annulled").counts["ended"] == 1
