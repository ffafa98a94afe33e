"""From an approval to an invoice, and what becomes of it unpaid."""

from datetime import date, timedelta

import pytest

from bricks.clock import end_of_jakarta_day, jakarta_midnight
from contributions.models import Contribution, Sponsorship
from contributions.services.expiring import expire
from contributions.services.sponsoring import follow_up_approvals
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import (
    approved_order,
    at,
    billed_order,
    case_of,
    covered_worker,
    invoice_of,
    pay,
    sponsorships_of,
)
from tests.factories import (
    NOW,
    TODAY,
    EnrollmentFactory,
    OccupationFactory,
    OrderFactory,
    ProgrammeFactory,
)
from workers.models import Enrollment

pytestmark = pytest.mark.django_db


def promised(invoice: Invoice) -> list[Contribution]:
    """The months of an invoice that are promised now."""
    rows = Contribution.everything.filter(invoice=invoice, status="promised")
    return list(rows.order_by("sponsorship", "month"))


def letters(kind: str) -> list[Message]:
    """The messages of a kind in the outbox."""
    return list(Message.objects.filter(kind=kind).order_by("pk"))


def test_an_approved_order_becomes_one_invoice_with_its_months():
    order = approved_order(2)
    counts = follow_up_approvals(now=NOW)
    assert counts == {"sponsorships": 2, "invoices": 1, "queued": 0, "without_tariff": 0}
    invoice = invoice_of(order)
    assert invoice.total == 2 * 184_800
    rows = promised(invoice)
    assert len(rows) == 24
    assert sum(row.amount for row in rows) == invoice.total
    assert [row.month for row in rows[:12]] == [
        date(2026 + (10 + k) // 12, (10 + k) % 12 + 1, 1) for k in range(12)
    ]
    assert rows[0].legal_basis.endswith("PP 50/2025")
    assert {row.status for row in sponsorships_of(invoice)} == {"awaiting_payment"}


def test_following_up_twice_changes_nothing():
    approved_order()
    follow_up_approvals(now=NOW)
    again = follow_up_approvals(now=NOW + timedelta(minutes=1))
    assert not any(again.values())
    assert Invoice.everything.count() == 1
    assert len(letters("invoice_ready")) == 1


def test_the_price_follows_sector_bracket_and_savings():
    ojek = OccupationFactory(transport=True)
    assert billed_order(occupation=ojek).total == 159_600
    assert billed_order(bracket=2, jht=True, months=1).total == 9_400 + 24_000


def test_an_order_waits_for_the_last_decision_of_the_branch():
    order = approved_order()
    other = EnrollmentFactory(order=order, in_review=True)
    assert not any(follow_up_approvals(now=NOW).values())
    Enrollment.everything.filter(pk=other.pk).update(status="rejected")
    assert follow_up_approvals(now=NOW)["invoices"] == 1


def test_a_returned_case_does_not_hold_up_the_others():
    order = approved_order()
    EnrollmentFactory(order=order, returned=True)
    assert follow_up_approvals(now=NOW)["invoices"] == 1


def test_an_undecided_case_holds_up_the_others_for_a_few_days_only():
    order = approved_order()
    EnrollmentFactory(order=order, in_review=True)
    assert follow_up_approvals(now=NOW + timedelta(days=4))["invoices"] == 0
    assert follow_up_approvals(now=NOW + timedelta(days=5))["invoices"] == 1


def test_a_case_approved_later_gets_an_invoice_of_its_own():
    order = approved_order()
    follow_up_approvals(now=NOW)
    first = invoice_of(order)
    EnrollmentFactory(order=order, approved=True, decided_at=NOW)
    follow_up_approvals(now=NOW)
    second = invoice_of(order)
    assert second != first
    assert second.total == first.total == 184_800


def test_the_donor_is_told_with_a_pay_link_and_no_amount_in_the_preview():
    invoice = billed_order(2)
    (letter,) = letters("invoice_ready")
    preview = letter.subject + letter.body.splitlines()[0]
    assert "Rp" not in preview
    assert "/bayar/" in letter.body
    assert "Rp\N{NO-BREAK SPACE}369.600" in letter.body
    assert "PP 50/2025" in letter.body
    assert "menjadi hak pekerja sampai 19 November 2027" in letter.body
    assert letter.user == invoice.donor.person
    worker = sponsorships_of(invoice)[0].worker
    assert worker.name not in letter.body
    assert worker.nik not in letter.body


def test_the_letter_is_written_in_the_language_of_its_reader():
    order = approved_order()
    user = order.donor.person
    user.language = "en"
    user.save()
    follow_up_approvals(now=NOW)
    assert letters("invoice_ready")[0].language == "en"


@pytest.mark.parametrize(
    ("when", "born", "months", "expected"),
    [
        # The end of its first month.
        (at(date(2026, 11, 20)), date(1985, 8, 17), 12, end_of_jakarta_day(date(2026, 11, 30))),
        # The end of the approval, approved_until inclusive.
        (at(date(2026, 12, 1)), date(1985, 8, 17), 12, end_of_jakarta_day(date(2026, 12, 31))),
        (at(date(2027, 1, 1)), date(1985, 8, 17), 12, end_of_jakarta_day(date(2027, 1, 31))),
        # The day before the 65th birthday.
        (at(date(2026, 11, 20)), date(1961, 11, 25), 12, jakarta_midnight(date(2026, 11, 25))),
    ],
)
def test_an_invoice_ends_at_the_earliest_of_three_ends(when, born, months, expected):
    invoice = billed_order(when=when, birth_date=born, months=months)
    assert invoice.expires_at == expected


def test_an_invoice_ends_with_its_approval():
    case = {"approved_until": date(2026, 11, 24)}
    assert billed_order(**case).expires_at == end_of_jakarta_day(date(2026, 11, 24))


def test_midnight_in_jakarta_decides_the_month():
    # 30 November 17:30 UTC is 1 December in Jakarta.
    late = at(date(2026, 12, 1), 0, 30)
    assert promised(billed_order(when=late))[0].month == date(2026, 12, 1)


# --- queueing ----------------------------------------------------------------------
def test_a_second_donor_queues_behind_the_one_who_renews():
    first = covered_worker()
    order = approved_order(of=first.worker)
    counts = follow_up_approvals(now=NOW)
    assert (counts["invoices"], counts["queued"]) == (0, 1)
    queued = Sponsorship.everything.get(enrollment__order=order)
    assert queued.status == "proposed"
    (letter,) = letters("sponsorship_queued")
    assert "19 November 2027" in letter.body
    assert not any(follow_up_approvals(now=NOW).values())


def test_the_turn_comes_when_the_first_no_longer_renews_and_cover_goes_on_behind_it():
    first = covered_worker(months=1)
    order = approved_order(of=first.worker, months=3)
    follow_up_approvals(now=NOW)
    Sponsorship.everything.filter(pk=first.pk).update(renews=False, stopped_at=NOW)
    assert follow_up_approvals(now=NOW)["invoices"] == 1
    invoice = invoice_of(order)
    assert promised(invoice)[0].month == date(2026, 12, 1)
    pay(invoice, NOW)
    row = Sponsorship.everything.get(enrollment__order=order)
    assert (row.status, row.run_start) == ("active", date(2026, 12, 20))
    months = Contribution.everything.filter(sponsorship=row, status="paid").order_by("month")
    assert months[0].starts_at is None


def test_two_donors_may_hold_promises_for_one_month():
    one = billed_order()
    worker = sponsorships_of(one)[0].worker
    two = billed_order(of=worker)
    assert promised(one)[0].month == promised(two)[0].month


# --- agreements --------------------------------------------------------------------
def test_an_agreement_is_billed_from_its_first_to_its_last_day_and_does_not_renew():
    programme = ProgrammeFactory(
        agreement=True, fixed_from=date(2027, 1, 1), fixed_until=date(2027, 12, 31)
    )
    order = approved_order(order=OrderFactory(programme=programme))
    follow_up_approvals(now=NOW)
    invoice = invoice_of(order)
    assert invoice.total == 201_600
    assert promised(invoice)[0].month == date(2027, 1, 1)
    pay(invoice, NOW)
    (row,) = sponsorships_of(invoice)
    assert (row.run_start, row.paid_until) == (date(2027, 1, 1), date(2027, 12, 31))
    assert not row.renews


def test_an_agreement_that_has_begun_is_paid_from_today():
    programme = ProgrammeFactory(
        agreement=True, fixed_from=date(2026, 1, 1), fixed_until=date(2026, 12, 31)
    )
    order = approved_order(order=OrderFactory(programme=programme))
    follow_up_approvals(now=NOW)
    invoice = invoice_of(order)
    assert invoice.total == 2 * 16_800
    pay(invoice, NOW)
    (row,) = sponsorships_of(invoice)
    assert (row.run_start, row.paid_until) == (TODAY, date(2026, 12, 31))


def test_the_last_day_of_an_agreement_can_still_be_paid():
    programme = ProgrammeFactory(agreement=True, fixed_from=date(2026, 1, 1), fixed_until=TODAY)
    approved_order(order=OrderFactory(programme=programme))
    follow_up_approvals(now=NOW)
    pay(Invoice.everything.get(), NOW)
    row = Sponsorship.everything.get()
    assert (row.status, row.run_start, row.paid_until) == ("active", TODAY, TODAY)


def test_after_an_agreement_nothing_is_asked():
    programme = ProgrammeFactory(
        agreement=True, fixed_from=date(2026, 1, 1), fixed_until=date(2026, 11, 19)
    )
    approved_order(order=OrderFactory(programme=programme))
    assert follow_up_approvals(now=NOW)["invoices"] == 0


# --- the end -----------------------------------------------------------------------
def test_an_invoice_expires_and_a_fresh_one_asks_for_the_new_month():
    invoice = billed_order(2)
    assert not any(expire(today=TODAY, now=NOW).values())
    midnight = jakarta_midnight(date(2026, 12, 1))
    counts = expire(today=date(2026, 12, 1), now=midnight)
    assert (counts["expired_invoices"], counts["invoices"]) == (1, 1)
    invoice.refresh_from_db()
    assert invoice.status == "expired"
    assert not promised(invoice)
    fresh = Invoice.everything.latest("pk")
    assert fresh.total == 2 * (8_400 + 11 * 16_800)
    assert promised(fresh)[0].month == date(2026, 12, 1)
    assert [letter.user for letter in letters("invoice_replaced")] == [invoice.donor.person]
    again = expire(today=date(2026, 12, 1), now=midnight)
    assert not any(again.values())


def test_an_approval_expires_unpaid_and_the_branch_must_check_again():
    invoice = billed_order()
    expire(today=date(2026, 12, 1), now=at(date(2026, 12, 1)))
    assert not any(expire(today=date(2026, 12, 20), now=at(date(2026, 12, 20))).values())
    counts = expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21)))
    assert (counts["expired_invoices"], counts["expired_approvals"]) == (1, 1)
    assert counts["invoices"] == 0
    (row,) = sponsorships_of(invoice)
    assert (row.status, row.end_reason) == ("ended", "unpaid")
    assert case_of(row).status == "expired"
    assert len(letters("approval_expired")) == 1
    assert not Contribution.everything.filter(status="promised").exists()
    assert not any(expire(today=date(2026, 12, 22), now=at(date(2026, 12, 22))).values())


def test_an_approval_that_was_never_followed_up_expires_too():
    order = approved_order()
    assert expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21)))["expired_approvals"] == 1
    assert Enrollment.everything.get(order=order).status == "expired"
    assert not any(follow_up_approvals(now=at(date(2026, 12, 21))).values())


def test_a_paid_approval_never_expires():
    row = covered_worker()
    assert expire(today=date(2027, 3, 1), now=at(date(2027, 3, 1)))["expired_approvals"] == 0
    assert case_of(row).status == "approved"


def test_missed_days_are_caught_up_at_once():
    billed_order()
    counts = expire(today=date(2027, 2, 1), now=at(date(2027, 2, 1)))
    assert (counts["expired_invoices"], counts["expired_approvals"]) == (1, 1)
    assert counts["invoices"] == 0
