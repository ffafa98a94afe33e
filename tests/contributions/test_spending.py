"""Private credit becomes months by itself: what was paid too much, what a tariff gave back."""

from datetime import date
from typing import Any

import pytest

from bricks.rupiah import format_rupiah
from contributions.books import check_books
from contributions.models import (
    Contribution,
    CreditUse,
    LateMoney,
    PriceCorrection,
    Sponsorship,
    TariffChange,
)
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from contributions.services.spending import spend_credit
from contributions.services.stopping import stop_sponsorship
from notices.models import Message
from payments import ledger
from payments.models import Account, Invoice, Refund
from tests.contributions.builders import (
    at,
    balance,
    billed_order,
    bought,
    few_prices,
    pay,
    reverse,
    sponsorships_of,
)
from tests.contributions.rows import buy, sponsored
from tests.factories import (
    NOW,
    TODAY,
    EnrollmentFactory,
    OrderFactory,
    ProgrammeFactory,
    UserFactory,
)
from tests.workers.reports import reported

pytestmark = pytest.mark.django_db
JANUARY = date(2026, 1, 15)


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


def corrected(sponsorship: Sponsorship, each: int, when: Any = NOW) -> None:
    """Every bought month of a sponsorship became cheaper by so many rupiah."""
    months = bought(sponsorship)
    change = TariffChange.objects.create(
        rows=[], legal_basis="PP 50/2025", reason="uji", made_by=UserFactory(), made_at=when,
        followed_up_at=when,
    )  # fmt: skip
    posting = ledger.post(
        key=f"corrected:{change.pk}",
        kind="price_corrected",
        now=when,
        transfers=[
            (
                ledger.account(Account.Kind.PAYABLE),
                ledger.account(Account.Kind.CREDIT, donor=sponsorship.donor),
                each * len(months),
            )
        ],
    )
    PriceCorrection.objects.bulk_create(
        PriceCorrection(
            contribution=month, change=change, posting=posting, amount=each, made_at=when
        )
        for month in months
    )


def credit_of(sponsorship: Sponsorship) -> int:
    return ledger.balance_of(ledger.account(Account.Kind.CREDIT, donor=sponsorship.donor))


def give_credit(sponsorship: Sponsorship, amount: int, when: Any = NOW) -> None:
    """Credit of another origin, as of a double payment."""
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    credit = ledger.account(Account.Kind.CREDIT, donor=sponsorship.donor)
    ledger.post(
        key=f"gift:{sponsorship.pk}:{amount}",
        kind="settlement",
        now=when,
        transfers=[(clearing, credit, amount)],
    )


def grave(when: Any) -> list[str]:
    return [finding.sentence for finding in check_books(now=when) if finding.is_grave]


def ojek_who_paid_2026_in_full() -> Sponsorship:
    case = EnrollmentFactory(approved=True, months=12, sector="transport")
    return sponsored(date(2026, 1, 1), 12, case=case)


# --- the ojek driver of the domain reference, 1.4 -------------------------------------------
def test_the_ojek_driver_who_paid_2026_in_full_is_carried_to_july_2027():
    row = ojek_who_paid_2026_in_full()
    corrected(row, 8_400, at(JANUARY))
    assert spend_credit(now=at(JANUARY))["months"] == 7
    more = bought(row)[12:]
    assert [month.amount for month in more] == [8_400] * 3 + [16_800] * 4
    row.refresh_from_db()
    assert (row.run_start, row.run_months) == (date(2026, 1, 1), 19)
    assert row.paid_until == date(2027, 7, 31)
    assert credit_of(row) == 8_400
    use = CreditUse.objects.get()
    assert (use.reason, use.months, use.amount) == ("corrected", 7, 92_400)
    (letter,) = Message.objects.filter(kind="credit_spent")
    told = "Diskon pemerintah berakhir 31 Maret 2027: Rp 8.400 menjadi Rp 16.800 sebulan."
    assert told in letter.body.replace("\xa0", " ")
    assert "1 Jan 2027 \N{EN DASH} 31 Jul 2027" in letter.body
    assert f"Sisa saldo Anda: {format_rupiah(8_400)}." in letter.body
    assert grave(at(JANUARY)) == []


def test_who_pays_twice_what_is_asked_is_carried_as_far():
    start = date(2026, 1, 1)
    invoice = billed_order(when=at(start), sector="transport", months=12)
    assert invoice.total == 100_800
    pay(invoice, at(start), 201_600)
    assert spend_credit(now=at(start, 11))["months"] == 7
    (row,) = sponsorships_of(invoice)
    assert (row.paid_until, credit_of(row)) == (date(2027, 7, 31), 8_400)
    assert CreditUse.objects.get().reason == "overpaid"
    assert grave(at(start, 11)) == []


def test_credit_is_spent_once():
    row = ojek_who_paid_2026_in_full()
    corrected(row, 8_400, at(JANUARY))
    spend_credit(now=at(JANUARY))
    give_credit(row, 50_400)
    assert spend_credit(now=at(JANUARY))["months"] == 0


# --- how it is spent -----------------------------------------------------------------------
def test_an_overpayment_serves_first_whose_cover_ends_first():
    invoice = billed_order(2, months=1)
    first, second = sponsorships_of(invoice)
    # Two months are left over; a third would cost January's full price.
    pay(invoice, NOW, invoice.total + 2 * 8_400)
    spend_credit(now=NOW)
    assert [len(bought(first)), len(bought(second))] == [2, 2]
    assert balance("credit", invoice) == 0


@pytest.mark.parametrize("amount", [5_000, 8_399])
def test_less_than_a_month_stays_credit(amount):
    invoice = billed_order(months=1)
    pay(invoice, NOW, invoice.total + amount)
    assert spend_credit(now=NOW) == {"uses": 0, "months": 0, "failed": 0}
    assert balance("credit", invoice) == amount


def test_credit_does_not_buy_further_ahead_than_two_years():
    invoice = billed_order(months=12)
    pay(invoice, NOW, invoice.total + 10_000_000)
    spend_credit(now=NOW)
    assert sponsorships_of(invoice)[0].paid_until == date(2028, 11, 19)


def test_a_double_payment_buys_nothing_by_itself():
    invoice = billed_order(months=1)
    pay(invoice, NOW)
    pay(invoice, at(date(2026, 11, 21)))
    assert spend_credit(now=NOW)["months"] == 0


def test_nothing_is_bought_for_whom_the_branch_looks_at():
    invoice = billed_order(months=1)
    (row,) = sponsorships_of(invoice)
    pay(invoice, NOW, invoice.total + 50_000)
    reported(row.worker)
    assert spend_credit(now=NOW)["months"] == 0


def test_who_has_stopped_keeps_his_credit():
    invoice = billed_order(months=1)
    pay(invoice, NOW, invoice.total + 50_000)
    (row,) = sponsorships_of(invoice)
    stop_sponsorship(sponsorship=row, by=row.donor.person, now=NOW)
    assert spend_credit(now=NOW)["months"] == 0


def test_months_end_where_somebody_else_has_bought():
    invoice = billed_order(months=1)
    pay(invoice, NOW, invoice.total + 100_000)
    (row,) = sponsorships_of(invoice)
    other = sponsored(
        date(2026, 1, 1), 1, case=EnrollmentFactory(approved=True, of=row.worker), renews=False
    )
    buy(other, date(2027, 1, 20), 1)
    other.run_start, other.run_months, other.paid_until = date(2027, 1, 20), 1, date(2027, 2, 19)
    other.save()
    spend_credit(now=NOW)
    row.refresh_from_db()
    assert row.paid_until == date(2027, 1, 19)


def test_the_agreement_of_a_company_ends_its_months():
    programme = ProgrammeFactory(
        agreement=True,
        funding="csr",
        fixed_from=date(2026, 11, 1),
        fixed_until=date(2027, 1, 31),
    )
    invoice = billed_order(order=OrderFactory(programme=programme))
    pay(invoice, NOW, invoice.total + 100_000)
    spend_credit(now=NOW)
    assert sponsorships_of(invoice)[0].paid_until == date(2027, 1, 31)
    assert balance("credit", invoice) == 100_000


@pytest.mark.parametrize("funding", ["apbd", "apbn", "apbdes", "dbh"])
def test_money_of_a_budget_buys_nothing_by_itself(funding):
    programme = ProgrammeFactory(agreement=True, funding=funding)
    invoice = billed_order(order=OrderFactory(programme=programme), months=1)
    pay(invoice, NOW, invoice.total + 100_000)
    assert spend_credit(now=NOW)["months"] == 0
    fund = ledger.account(Account.Kind.FUND, programme=programme)
    assert ledger.balance_of(fund) == 100_000


def test_an_open_invoice_for_the_same_months_is_withdrawn_and_its_others_asked_again():
    order = OrderFactory()
    one, two = (
        sponsored(date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order))
        for _ in range(2)
    )
    renew(today=date(2026, 12, 10), now=at(date(2026, 12, 10)))
    old = Invoice.everything.get()
    corrected(one, 8_400)
    now = at(date(2026, 12, 11))
    spend_credit(now=now)
    old.refresh_from_db()
    assert old.status == "void"
    fresh = Invoice.everything.get(status="open")
    assert sponsorships_of(fresh) == [two]
    assert grave(now) == []


def test_the_months_go_back_with_the_payment_that_paid_too_much():
    invoice = billed_order(months=1)
    payment = pay(invoice, NOW, invoice.total + 50_000)
    spend_credit(now=NOW)
    reverse(payment, NOW)
    assert undo_payments(now=NOW)["undone"] == 1
    assert set(Contribution.everything.values_list("status", flat=True)) == {"reversed"}
    assert balance("credit", invoice) == 0
    assert grave(NOW) == []


def test_of_a_payment_that_the_bank_took_back_nothing_is_spent():
    invoice = billed_order(months=1)
    payment = pay(invoice, NOW, invoice.total + 50_000)
    reverse(payment, NOW)
    assert spend_credit(now=NOW)["months"] == 0


# --- at renewal ----------------------------------------------------------------------------
def renewed_with(amount: int, *rows: Sponsorship) -> dict[str, int]:
    give_credit(rows[0], amount)
    return renew(today=date(2026, 12, 10), now=at(date(2026, 12, 10)))


def test_a_renewal_is_paid_from_credit_first_and_asks_for_nothing_then():
    row = sponsored(date(2026, 1, 1), 12)
    counts = renewed_with(201_600, row)
    assert (counts["from_credit"], counts["invoices"]) == (12, 0)
    row.refresh_from_db()
    assert (row.paid_until, credit_of(row)) == (date(2027, 12, 31), 0)
    assert CreditUse.objects.get().reason == "renewal"
    assert Message.objects.filter(kind="credit_spent").count() == 1


def test_what_pays_no_whole_worker_stays_credit_and_the_invoice_asks_for_all():
    row = sponsored(date(2026, 1, 1), 12)
    counts = renewed_with(16_800 * 2 + 100, row)
    assert (counts["from_credit"], counts["invoices"]) == (0, 1)
    assert (Invoice.everything.get().total, credit_of(row)) == (201_600, 33_700)


def test_whole_workers_are_renewed_in_order_of_the_end_of_their_cover():
    order = OrderFactory()
    late, soon = [
        sponsored(date(2026, 1, day), 12, case=EnrollmentFactory(approved=True, order=order))
        for day in (9, 1)
    ]
    renewed_with(201_600 + 16_800, late)
    assert [len(bought(row)) for row in (late, soon)] == [12, 24]
    assert Invoice.everything.get().total == 201_600
    assert grave(at(date(2026, 12, 20))) == []


@pytest.mark.parametrize(
    "hold", ["late", "asked_back"], ids=["late money", "asked back by its donor"]
)
def test_what_waits_for_somebodys_word_is_not_spent(hold):
    paid = pay(billed_order(months=1), NOW)
    row = sponsored(date(2026, 1, 1), 12)
    if hold == "late":
        LateMoney.objects.create(payment=paid, sponsorship=row, amount=201_600, made_at=NOW)
    else:
        from_donor = {"donor": row.donor, "asked_by": row.donor.person, "asked_at": NOW}
        Refund.everything.create(**from_donor, target="account", amount=201_600, reason="uji")
    assert renewed_with(201_600, row)["from_credit"] == 0


def test_a_budgets_fund_buys_no_month_of_the_next_year():
    case = EnrollmentFactory(
        approved=True, order=OrderFactory(programme=ProgrammeFactory(agreement=True))
    )
    row = sponsored(date(2026, 1, 1), 12, case=case)
    fund = ledger.account(Account.Kind.FUND, programme=row.programme)
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    ledger.post(key="f", kind="settlement", now=NOW, transfers=[(clearing, fund, 500_000)])
    counts = renew(today=date(2026, 12, 10), now=at(date(2026, 12, 10)))
    assert (counts["from_credit"], counts["invoices"]) == (0, 1)


def test_a_budgets_fund_renews_within_its_year():
    programme = ProgrammeFactory(agreement=True)
    case = EnrollmentFactory(approved=True, months=1, order=OrderFactory(programme=programme))
    row = sponsored(date(2026, 1, 1), 10, case=case)
    fund = ledger.account(Account.Kind.FUND, programme=row.programme)
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    ledger.post(key="f", kind="settlement", now=NOW, transfers=[(clearing, fund, 17_000)])
    counts = renew(today=date(2026, 10, 20), now=at(date(2026, 10, 20)))
    assert (counts["from_credit"], counts["invoices"]) == (1, 0)
    assert CreditUse.objects.get().programme == row.programme
    assert ledger.balance_of(fund) == 200


def test_credit_that_renews_after_a_gap_covers_from_now_on():
    case = EnrollmentFactory(approved=True, months=1)
    row = sponsored(date(2026, 1, 1), 10, case=case)
    give_credit(row, 8_400)
    renew(today=TODAY, now=NOW)
    fresh = bought(row)[10]
    assert (fresh.covered_from, fresh.starts_at) == (TODAY, NOW)
