"""A worker is reported dead (P4): nothing is asked or taken, no page judges, all of it
comes back when the report proves untrue."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import call_command

from accounts.models import Role
from contributions import selectors
from contributions.books import check_books
from contributions.models import Contribution, Coverage, Sponsorship
from contributions.services.billing import bill_due_orders
from contributions.services.ending import follow_up_events
from contributions.services.expiring import expire
from contributions.services.lapsing import lapse
from contributions.services.pricing import fill_calendar
from contributions.services.reminding import remind
from contributions.services.remitting import fetch_answers, remit
from contributions.services.renewing import renew
from contributions.services.settling import allocate_payments
from contributions.services.withholding import Withheld, start_payment, withhold
from contributions.tasks import withhold_invoices
from notices.models import JobRun, Message
from notices.services import post_to_phone
from payments import paylinks
from payments.models import Invoice, Payment
from tests.contributions.builders import (
    approved_order,
    at,
    balance,
    billed_order,
    bought,
    case_of,
    covered_worker,
    few_prices,
    outcome,
    pay,
    settle,
    sponsorships_of,
)
from tests.contributions.rows import sponsored
from tests.factories import NOW, TODAY, officer
from tests.workers.reports import reported
from workers.models import Worker
from workers.services.freezing import freeze, thaw
from workers.services.ruling_reports import confirm, refute

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(seconds=40)
LATER = NOW + timedelta(hours=2)


def ruled_untrue(report, when):
    """The branch calls, and the worker himself answers."""
    return refute(report=report, officer=officer(), note="Ia sendiri menjawab telepon.", now=when)


def page_of(client, invoice) -> str:
    """What the holder of the pay link reads."""
    return client.get(paylinks.path(invoice), follow=True).content.decode()


def grave(when) -> list[str]:
    return [finding.sentence for finding in check_books(now=when) if finding.is_grave]


# --- the story ------------------------------------------------------------------------------
def test_a_report_closes_the_pay_link_at_once_and_an_untrue_one_leaves_no_trace(client):
    """P4: within the minute messages stop and the link closes; then all is as before."""
    invoice = billed_order(months=12)
    (row,) = sponsorships_of(invoice)
    worker = row.worker
    Worker.everything.filter(pk=worker.pk).update(phone="+6281234567890")
    worker.refresh_from_db()
    post_to_phone(
        key="greeting", kind="worker_hello", phone=worker.phone, language="id", body="Halo", now=NOW
    )
    until = case_of(row).approved_until
    with time_machine.travel(NOW, tick=False):
        assert "Bayar dengan QRIS" in page_of(client, invoice)

    made = reported(worker, now=NOW)
    with time_machine.travel(SOON, tick=False):
        page = page_of(client, invoice)
        assert "Bayar dengan QRIS" not in page
        assert "untuk sementara tidak perlu dibayar" in page
        for cause in ("eninggal", "lapor"):
            assert cause not in page.split("<main")[1].split("</main")[0]
        refused = client.post(paylinks.path(invoice) + "mulai/", follow=True)
        assert "tidak perlu dibayar" in refused.content.decode()
    assert not Payment.everything.exists()
    assert Message.objects.get(dedupe_key="greeting").status == "dropped"

    assert withhold(today=TODAY, now=SOON) == {"withdrawn": 1, "invoices": 0, "renewals": 0}
    invoice.refresh_from_db()
    assert invoice.status == "void"
    assert bill_due_orders(today=TODAY, now=LATER)["invoices"] == 0
    assert check_books(now=LATER) == []

    ruled = at(date(2026, 11, 24), 15)
    ruled_untrue(made, ruled)
    assert case_of(row).approved_until == until + timedelta(days=5)
    assert bill_due_orders(today=ruled.date(), now=ruled)["invoices"] == 1
    fresh = Invoice.everything.latest("pk")
    with time_machine.travel(ruled, tick=False):
        assert "Bayar dengan QRIS" in page_of(client, invoice)
    pay(fresh, ruled)
    row.refresh_from_db()
    assert (row.status, len(bought(row))) == ("active", 12)
    assert check_books(now=ruled) == []


def test_what_is_paid_stays_paid_through_a_report_and_its_ruling():
    few_prices()
    row = covered_worker()
    before = (row.paid_until, row.run_start, row.run_months)
    made = reported(row.worker, now=LATER)
    remit(today=TODAY, now=LATER)
    fetch_answers(now=LATER + timedelta(minutes=1))
    assert Coverage.objects.get().covered_until == date(2027, 11, 19)
    ruled_untrue(made, at(date(2026, 11, 24)))
    row.refresh_from_db()
    assert (row.paid_until, row.run_start, row.run_months) == before
    assert check_books(now=at(date(2026, 11, 24))) == []


def test_a_confirmed_death_ends_the_sponsorship_by_its_event():
    few_prices()
    row = covered_worker()
    made = reported(row.worker, now=LATER)
    confirm(report=made, officer=officer(), happened_on=TODAY, note="", now=LATER)
    follow_up_events(now=LATER)
    row.refresh_from_db()
    assert (row.status, row.end_reason) == ("ended", "died")
    assert grave(LATER) == []


# --- what is asked ----------------------------------------------------------------------------
def test_the_others_of_the_order_are_asked_again_without_him():
    invoice = billed_order(3)
    rows = sponsorships_of(invoice)
    reported(rows[1].worker)
    assert withhold(today=TODAY, now=SOON) == {"withdrawn": 1, "invoices": 1, "renewals": 0}
    fresh = Invoice.everything.latest("pk")
    assert sponsorships_of(fresh) == [rows[0], rows[2]]
    assert fresh.total == invoice.total // 3 * 2
    assert withhold(today=TODAY, now=SOON)["withdrawn"] == 0
    assert check_books(now=LATER) == []


def test_a_new_approval_of_a_held_worker_is_not_billed():
    order = approved_order(2)
    held = order.enrollments.get(position=1).worker
    reported(held)
    assert bill_due_orders(today=TODAY, now=NOW)["invoices"] == 0
    call_command("follow_up_approvals", "--today", "2026-11-20")
    (line,) = sponsorships_of(Invoice.everything.get())
    assert line.worker != held


def test_a_frozen_case_is_withheld_and_asked_again_once_thawed():
    invoice = billed_order(2)
    first, second = sponsorships_of(invoice)
    case = case_of(first)
    freeze(enrollment=case, because="not_me", by=None, now=NOW)
    withhold(today=TODAY, now=SOON)
    assert sponsorships_of(Invoice.everything.latest("pk")) == [second]
    boss = officer(Role.Kind.BRANCH_SUPERVISOR)
    thaw(enrollment=case, by=boss, now=LATER, note="Ia kenal donaturnya.")
    assert bill_due_orders(today=TODAY, now=LATER)["invoices"] == 1
    assert sponsorships_of(Invoice.everything.latest("pk")) == [first]
    assert check_books(now=LATER) == []


def test_the_gateway_is_not_asked_for_an_invoice_with_a_held_worker():
    invoice = billed_order(2)
    reported(sponsorships_of(invoice)[1].worker)
    with pytest.raises(Withheld):
        start_payment(invoice=invoice, now=NOW)
    assert not Payment.everything.exists()


def test_the_picture_of_a_withdrawn_invoice_is_gone(client):
    invoice = billed_order()
    payment = start_payment(invoice=invoice, now=NOW)
    address = f"/qris/{payment.uuid}.svg"
    assert client.get(address).status_code == 200
    reported(sponsorships_of(invoice)[0].worker)
    withhold(today=TODAY, now=SOON)
    assert client.get(address).status_code == 404


def test_renewing_and_reminding_leave_him_out_and_catch_up_later():
    few_prices()
    fill_calendar()
    row = sponsored(date(2026, 1, 1), 12)
    made = reported(row.worker, now=at(date(2026, 12, 1)))
    told = renew(today=date(2026, 12, 5), now=at(date(2026, 12, 5)))
    assert (told["invoices"], told["withheld"]) == (0, 1)
    ruled_untrue(made, at(date(2026, 12, 7)))
    assert renew(today=date(2026, 12, 8), now=at(date(2026, 12, 8)))["workers"] == 1
    assert remind(today=date(2026, 12, 24), now=at(date(2026, 12, 24)))["messages"] == 1
    reported(row.worker, now=at(date(2026, 12, 25)))
    # The night's withdrawal aside: nobody is reminded of him from the same minute on.
    assert remind(today=date(2026, 12, 30), now=at(date(2026, 12, 30)))["reminders"] == 0


def test_the_others_of_a_renewal_are_asked_again_at_once():
    few_prices()
    one = sponsored(date(2026, 1, 1), 12)
    case = approved_order(order=one.enrollment.order).enrollments.latest("pk")
    two = sponsored(date(2026, 1, 1), 12, case=case)
    day = date(2026, 12, 5)
    renew(today=day, now=at(day))
    reported(one.worker, now=at(day, 11))
    assert withhold(today=day, now=at(day, 11)) == {"withdrawn": 1, "invoices": 0, "renewals": 1}
    assert sponsorships_of(Invoice.everything.latest("pk")) == [two]


def test_an_accident_withholds_nothing():
    invoice = billed_order()
    reported(sponsorships_of(invoice)[0].worker, kind="accident")
    assert withhold(today=TODAY, now=SOON)["withdrawn"] == 0
    assert start_payment(invoice=invoice, now=NOW).status == "pending"


# --- money that comes all the same --------------------------------------------------------------
def test_money_settled_after_the_report_buys_nothing_for_him_and_the_others_are_bought():
    invoice = billed_order(2)
    first, second = sponsorships_of(invoice)
    reported(first.worker)
    payment = settle(invoice, SOON)
    allocate_payments(now=SOON)
    assert (len(bought(first)), len(bought(second))) == (0, 12)
    told = outcome(payment)
    assert [line["outcome"] for line in told.lines] == ["held", "bought"]
    assert (told.reason, told.credited) == ("held", invoice.total // 2)
    assert balance("credit", invoice) == invoice.total // 2
    (letter,) = Message.objects.filter(kind="payment_allocated")
    assert "cabang sedang memeriksa" in letter.body
    assert "eninggal" not in letter.body.split("Bila terjadi")[0]
    assert check_books(now=SOON) == []


def test_money_settled_before_the_report_buys_though_we_heard_of_it_later():
    """P2: cover begins at the provider's time; what was paid then is the worker's."""
    invoice = billed_order()
    (row,) = sponsorships_of(invoice)
    settle(invoice, NOW)
    reported(row.worker, now=SOON)
    allocate_payments(now=LATER)
    assert len(bought(row)) == 12
    assert check_books(now=LATER) == []


def test_money_that_comes_after_the_withdrawal_is_credit():
    invoice = billed_order()
    (row,) = sponsorships_of(invoice)
    reported(row.worker)
    withhold(today=TODAY, now=SOON)
    payment = settle(invoice, LATER)
    allocate_payments(now=LATER)
    assert (outcome(payment).months, outcome(payment).reason) == (0, "held")
    assert not Contribution.everything.filter(status__in=["paid", "promised"]).exists()
    assert check_books(now=LATER) == []


# --- time that runs meanwhile -------------------------------------------------------------------
def test_an_approval_does_not_expire_while_the_branch_looks_and_gets_its_days_back():
    invoice = billed_order()
    (row,) = sponsorships_of(invoice)
    until = case_of(row).approved_until
    made = reported(row.worker, now=at(until - timedelta(days=2)))
    after = until + timedelta(days=3)
    expire(today=after, now=at(after))
    assert case_of(row).status == "approved"
    ruled_untrue(made, at(after))
    assert case_of(row).approved_until == until + timedelta(days=6)
    expire(today=after, now=at(after, 12))
    assert case_of(row).status == "approved"
    assert Invoice.everything.filter(status="open").count() == 1


def test_a_sponsorship_does_not_lapse_while_the_branch_looks_nor_the_days_after():
    few_prices()
    fill_calendar()
    row = sponsored(date(2025, 9, 1), 12)  # covered until 31 August 2026: lapses 1 December
    made = reported(row.worker, now=at(date(2026, 11, 29)))
    assert lapse(today=date(2026, 12, 2), now=at(date(2026, 12, 2), 2))["lapsed"] == 0
    ruled_untrue(made, at(date(2026, 12, 3)))
    # Five days were held: five days he can still be paid for.
    assert lapse(today=date(2026, 12, 8), now=at(date(2026, 12, 8), 2))["lapsed"] == 0
    assert lapse(today=date(2026, 12, 9), now=at(date(2026, 12, 9), 2))["lapsed"] == 1


def test_two_reports_of_one_death_give_back_each_day_once():
    invoice = billed_order()
    (row,) = sponsorships_of(invoice)
    until = case_of(row).approved_until
    first = reported(row.worker, now=NOW)
    second = reported(row.worker, now=NOW + timedelta(days=1), reporter_phone="+6281200000009")
    ruled_untrue(first, NOW + timedelta(days=2))
    assert case_of(row).approved_until == until
    ruled_untrue(second, NOW + timedelta(days=3))
    assert case_of(row).approved_until == until + timedelta(days=4)


# --- what pages say -------------------------------------------------------------------------------
def test_after_a_report_no_page_says_ended_or_arrears(client):
    row = sponsored(date(2025, 1, 1), 12)
    day = date(2026, 4, 20)
    assert selectors.cover_status(row.worker, today=TODAY).kind == "ended"
    assert selectors.cover_status(row.worker, today=date(2026, 2, 20)).kind == "arrears"
    reported(row.worker, kind="accident", now=at(day))
    status = selectors.cover_status(row.worker, today=TODAY)
    assert (status.kind, status.covered_until) == ("reported", date(2025, 12, 31))
    client.force_login(row.donor.person)
    pages = [f"/k/{row.worker.uuid}/", f"/donatur/pekerja/{row.uuid}/", "/donatur/pekerja/"]
    with time_machine.travel(NOW, tick=False):
        for page in [client.get(address).content.decode() for address in pages]:
            assert "Belum dapat dipastikan di sini; cabang yang memutuskan" in page
            for word in ("Tunggakan", "Berakhir<", "tidak dilindungi", "tidak terlindungi"):
                assert word not in page
        assert "Kantor Cabang Palembang" in client.get(pages[0]).content.decode()


def test_who_is_plainly_covered_is_shown_covered_after_a_report_too():
    row = sponsored(date(2026, 1, 1), 12)
    reported(row.worker, kind="accident")
    assert selectors.cover_status(row.worker, today=TODAY).kind == "covered"


def test_a_worker_never_paid_for_is_left_to_the_branch_after_a_report():
    (row,) = sponsorships_of(billed_order())
    reported(row.worker)
    assert selectors.cover_status(row.worker, today=TODAY).kind == "reported"
    assert row.status == Sponsorship.Status.AWAITING_PAYMENT


# --- the clock ----------------------------------------------------------------------------------
def test_the_clock_withdraws_what_a_lost_bell_left():
    invoice = billed_order()
    reported(sponsorships_of(invoice)[0].worker)
    with time_machine.travel(SOON, tick=False):
        withhold_invoices()
        call_command("withhold_invoices", "--today", "2026-11-20")
    invoice.refresh_from_db()
    assert invoice.status == "void"
    runs = JobRun.objects.filter(job="withhold_invoices").order_by("pk")
    assert [run.counts["withdrawn"] for run in runs] == [1, 0]
