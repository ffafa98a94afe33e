"""A tariff is corrected backwards: months that were bought too dear give back, once."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest

from contributions.books import check_books, identity
from contributions.models import (
    Contribution,
    PriceCorrection,
    Relief,
    Remittance,
    SandboxCoreFile,
    Sponsorship,
    TariffChange,
)
from contributions.services import correcting
from contributions.services.correcting import correct_late_prices, correct_prices
from contributions.services.pricing import rebuild_prices
from contributions.services.remitting import claim_paid_months, credit_rejected, remit
from contributions.services.reversing import undo_payments
from contributions.services.settling import allocate_payments
from contributions.services.spending import spend_credit
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.tariff_changes import StillFollowed
from contributions.tariff_rows import Edit
from contributions.tariffs import ReliefRow, TariffTable
from contributions.worth import parts_of, worth_of
from notices.models import Message
from payments import ledger
from payments.models import Account, Invoice
from tests.contributions.builders import (
    approved_order,
    at,
    balance,
    billed_order,
    bought,
    covered_worker,
    invoice_of,
    pay,
    reverse,
    settle,
    sponsorships_of,
)
from tests.contributions.tariff_stories import (
    change,
    head_office,
    new_tariff,
    plan,
    relief_until,
    small_tables,
)
from tests.factories import NOW, TODAY, EnrollmentFactory, OrderFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
Kind = Account.Kind
MARCH = date(2027, 3, 1)


@pytest.fixture(autouse=True)
def _tables(monkeypatch):
    small_tables(monkeypatch)


def follow_up(now=NOW):
    counts = correct_prices(today=now.date(), now=now)
    assert not counts["failed"]
    grave = [finding for finding in check_books(now=now) if finding.is_grave]
    assert grave == []
    return counts


def given_back(row: Sponsorship) -> dict[date, int]:
    rows = PriceCorrection.objects.filter(contribution__sponsorship=row)
    return dict(rows.values_list("contribution__month", "amount"))


def test_the_ojek_driver_who_paid_2026_in_full_is_carried_to_july_2027():
    """Domain reference 1.4: the relief of PP 50/2025 was entered after he had paid."""
    paid = at(date(2026, 1, 1))
    order = approved_order(when=paid, sector="transport")
    Relief.objects.all().delete()
    rebuild_prices()
    follow_up_approvals(now=paid)
    invoice = invoice_of(order)
    pay(invoice, paid)
    assert invoice.total == 201_600
    later = at(date(2026, 2, 2))
    relief = ReliefRow("transport", "private", date(2026, 1, 1), MARCH, 50, "PP 50/2025")
    change(Edit(None, relief), now=later)
    assert follow_up(later)["months"] == 12
    assert balance(Kind.CREDIT, invoice) == 100_800
    assert spend_credit(now=later)["months"] == 7
    row = sponsorships_of(invoice)[0]
    assert [month.amount for month in bought(row)[12:]] == [8_400] * 3 + [16_800] * 4
    assert row.paid_until == date(2027, 7, 31)
    assert balance(Kind.CREDIT, invoice) == 8_400
    assert not [finding for finding in check_books(now=later) if finding.is_grave]


def test_months_that_are_cheaper_now_give_the_difference_back_to_the_donor():
    invoice = billed_order()
    pay(invoice, NOW)
    row = sponsorships_of(invoice)[0]
    before = list(Contribution.everything.order_by("pk").values())
    made = change(relief_until(MARCH))
    assert follow_up()["months"] == 3
    assert given_back(row) == {date(2027, month, 1): 8_400 for month in (1, 2, 3)}
    assert balance(Kind.CREDIT, invoice) == 25_200
    assert balance(Kind.PAYABLE) == invoice.total - 25_200
    assert list(Contribution.everything.order_by("pk").values()) == before
    made.refresh_from_db()
    assert made.followed_up_at == NOW
    assert made.effect == {"months": 3, "amount": 25_200, "donors": 1}


def test_what_waits_for_bpjs_and_its_file_are_what_corrected_months_still_hold():
    invoice = billed_order()
    pay(invoice, NOW)
    change(relief_until(MARCH))
    follow_up()
    assert identity().waiting == invoice.total - 25_200
    remit(today=TODAY, now=NOW)
    lines = list(csv.DictReader(StringIO(SandboxCoreFile.objects.get().content), delimiter=";"))
    parts = {line["month"]: (line["jkk"], line["jkm"], line["jht"]) for line in lines}
    assert parts["2027-03-01"] == ("5000", "3400", "0")
    assert parts["2027-04-01"] == ("10000", "6800", "0")
    total = sum(int(part) for month in parts.values() for part in month)
    assert Remittance.everything.get().total == total == invoice.total - 25_200


def test_a_file_that_waited_for_the_core_bears_what_was_given_back_meanwhile(monkeypatch):
    invoice = billed_order()
    pay(invoice, NOW)
    claim_paid_months(today=TODAY, now=NOW)
    assert Remittance.everything.get().total == invoice.total
    change(relief_until(MARCH))
    follow_up()
    remit(today=TODAY, now=NOW)
    assert Remittance.everything.get().total == invoice.total - 25_200


@pytest.mark.parametrize(
    ("held", "parts"),
    [
        (36_800, (10_000, 6_800, 20_000)),
        # Not what any tariff says: off JKK first, then JKM, then JHT.
        (30_000, (3_200, 6_800, 20_000)),
        (22_000, (0, 2_000, 20_000)),
        (5_000, (0, 0, 5_000)),
    ],
)
def test_the_parts_of_a_corrected_month_sum_to_what_it_holds(held, parts):
    row = Contribution(month=MARCH, bracket=1, jkk=10_000, jkm=6_800, jht=20_000, amount=36_800)
    row.sponsorship = Sponsorship(sector="other", funding="private")
    assert parts_of(row, held, TariffTable.load()) == parts
    assert sum(parts) == held


def test_a_second_run_changes_nothing_and_tells_nobody():
    covered_worker()
    change(relief_until(MARCH))
    follow_up()
    told = Message.objects.filter(kind="price_corrected")
    assert told.count() == 1
    assert follow_up() == {"changes": 0, "months": 0, "invoices": 0, "failed": 0}
    # Also where the first run was killed before it had closed the change.
    TariffChange.objects.update(followed_up_at=None)
    follow_up()
    assert (PriceCorrection.objects.count(), told.count()) == (3, 1)


def test_what_the_preview_says_is_what_the_job_does():
    paid = billed_order(2)
    pay(paid, NOW)
    still_open = billed_order(2)
    shown = plan(relief_until(MARCH)).effect
    made = change(relief_until(MARCH))
    counts = follow_up()
    made.refresh_from_db()
    assert (shown.cheaper.count, shown.credit, shown.donors) == (6, 50_400, 1)
    assert made.effect["months"] == shown.cheaper.count
    assert made.effect["amount"] == shown.credit
    assert made.effect["donors"] == shown.donors
    assert counts["invoices"] == shown.invoices.count == 1
    assert made.effect["promised"] == shown.invoices.months == 6
    assert made.effect["old"] == shown.invoices.old == still_open.total
    assert made.effect["new"] == shown.invoices.new
    new = Invoice.everything.get(status=Invoice.Status.OPEN)
    assert new.total == shown.invoices.new == still_open.total - 50_400
    assert Invoice.everything.get(pk=still_open.pk).status == Invoice.Status.VOID


def test_dearer_months_stay_as_they_were_bought_and_open_invoices_ask_the_new_price():
    row = covered_worker()
    still_open = billed_order()
    edit = new_tariff(date(2027, 1, 1), jkk=12_000)
    shown = plan(edit).effect
    assert (shown.dearer, shown.cheaper.count, shown.credit) == (10, 0, 0)
    change(edit)
    follow_up()
    assert given_back(row) == {}
    assert [month.amount for month in bought(row)] == [8_400] * 2 + [16_800] * 10
    new = Invoice.everything.get(status=Invoice.Status.OPEN)
    assert new.total == still_open.total + 10 * 2_000 == shown.invoices.new
    assert Message.objects.filter(kind="invoice_repriced").count() == 1


def test_the_next_change_waits_until_the_last_one_was_followed_up():
    """Compared with the tables of now, a row that moved twice would lose its correction."""
    covered_worker()
    change(relief_until(MARCH))
    with pytest.raises(StillFollowed):
        change(relief_until(date(2026, 12, 1)))
    follow_up()
    assert change(relief_until(date(2026, 12, 1)))


def test_money_of_a_public_budget_goes_back_to_its_programme():
    invoice = billed_order(order=OrderFactory(programme=ProgrammeFactory(agreement=True)))
    row = sponsorships_of(invoice)[0]
    pay(invoice, NOW)
    change(new_tariff(date(2027, 1, 1), jkk=9_000))
    follow_up()
    fund = ledger.account(Kind.FUND, programme=row.programme)
    assert ledger.balance_of(fund) == 10_000
    assert balance(Kind.CREDIT, invoice) == 0
    assert "kembali ke dana program" in Message.objects.get(kind="price_corrected").body


@pytest.mark.parametrize("first", ["rejected", "corrected"])
def test_a_refused_month_gives_its_rupiah_back_once_whoever_comes_first(first):
    invoice = billed_order()
    pay(invoice, NOW)
    row = sponsorships_of(invoice)[0]
    month = Contribution.everything.get(month=MARCH)
    Contribution.everything.filter(pk=month.pk).update(status="rejected", closed_at=NOW)
    acts = [
        lambda: credit_rejected(contribution=month, by=head_office(), now=NOW),
        lambda: (change(relief_until(MARCH)), follow_up()),
    ]
    for act in acts if first == "rejected" else reversed(acts):
        act()
    assert balance(Kind.CREDIT, invoice) == 16_800 + 2 * 8_400
    assert worth_of([month.pk]) == {month.pk: 16_800 if first == "rejected" else 8_400}
    assert not [finding for finding in check_books(now=NOW) if finding.is_grave]
    assert len(bought(row)) == 11


def test_a_reversal_after_a_correction_takes_exactly_what_came_in():
    invoice = billed_order()
    payment = pay(invoice, NOW)
    change(relief_until(MARCH))
    follow_up()
    reverse(payment, NOW)
    assert undo_payments(now=NOW)["undone"] == 1
    for kind in (Kind.CREDIT, Kind.HOLDING):
        assert balance(kind, invoice) == 0
    assert balance(Kind.PAYABLE) == balance(Kind.CLEARING) == 0
    assert check_books(now=NOW) == []


def test_months_whose_money_the_bank_has_taken_back_give_nothing():
    payment = pay(billed_order(), NOW)
    reverse(payment, NOW)
    assert plan(relief_until(MARCH)).effect.cheaper.count == 0
    change(relief_until(MARCH))
    assert follow_up()["months"] == 0
    undo_payments(now=NOW)
    assert check_books(now=NOW) == []


def test_money_of_which_we_hear_late_is_corrected_in_the_night():
    invoice = billed_order()
    change(relief_until(MARCH), now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    follow_up(later)
    # The provider had it before the invoice was withdrawn: it buys what that asked.
    settle(invoice, NOW, arrives=later)
    assert allocate_payments(now=later)["allocated"] == 1
    assert correct_late_prices(today=TODAY, now=later)["months"] == 3
    assert correct_late_prices(today=TODAY, now=later)["months"] == 0
    assert not [finding for finding in check_books(now=later) if finding.is_grave]


def test_a_job_that_is_killed_between_two_chunks_goes_on_where_it_stopped(monkeypatch):
    pay(billed_order(3), NOW)
    change(relief_until(MARCH))
    monkeypatch.setattr(correcting, "CHUNK", 2)
    post, calls = ledger.post, []

    def post_or_die(**kwargs):
        calls.append(kwargs["key"])
        if len(calls) == 3:
            raise KeyboardInterrupt
        return post(**kwargs)

    monkeypatch.setattr(correcting.ledger, "post", post_or_die)
    with pytest.raises(KeyboardInterrupt):
        correct_prices(today=TODAY, now=NOW)
    assert PriceCorrection.objects.count() == 4
    assert not Message.objects.filter(kind="price_corrected").exists()
    follow_up()
    assert PriceCorrection.objects.count() == 9
    told = Message.objects.get(kind="price_corrected")
    assert "Rp\u00a075.600 kembali ke saldo" in told.body


def test_the_preview_counts_the_cases_that_were_shown_a_price():
    EnrollmentFactory(months=12)
    billed_order()
    quoted = plan(relief_until(MARCH)).effect.quoted
    assert (quoted.count, quoted.months) == (1, 12)
    assert quoted.old - quoted.new == 3 * 8_400


def test_preview_and_job_cost_the_same_however_many_months(django_assert_max_num_queries):
    pay(billed_order(2), NOW)
    edit = relief_until(MARCH)
    with django_assert_max_num_queries(7):
        plan(edit)
    pay(billed_order(6), NOW)
    with django_assert_max_num_queries(7):
        plan(edit)
    change(edit)
    # Two donors: two chunks, two messages.
    with django_assert_max_num_queries(80):
        correct_prices(today=TODAY, now=NOW)
    assert PriceCorrection.objects.count() == 24
