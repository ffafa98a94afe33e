"""Every rule of the books is broken once on purpose, and found."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from contributions.books import CHECKS, check_books, identity
from contributions.checks import bank, bridge
from contributions.models import (
    Allocation,
    Contribution,
    Coverage,
    LateMoney,
    PriceCorrection,
    RenewalRun,
    Sponsorship,
    TariffChange,
)
from contributions.services.remitting import fetch_answers, remit
from contributions.services.reversing import undo_payments
from payments import ledger
from payments.models import (
    Account,
    Balance,
    ClosedMonth,
    Invoice,
    Payment,
    Posting,
    Refund,
    Series,
    Snapshot,
)
from payments.services.paying import start_payment
from payments.services.sending_refunds import SENT
from payments.services.snapshots import take_snapshots
from tests.contributions.builders import (
    at,
    billed_order,
    covered_worker,
    pay,
    reverse,
    settle,
    sponsorships_of,
)
from tests.factories import NOW, TODAY, UserFactory
from tests.workers.reports import reported
from workers.models import Enrollment
from workers.services import living

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def accepted() -> Sponsorship:
    """A worker whose twelve months are paid, sent and accepted."""
    row = covered_worker()
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    return row


def kinds() -> set[str]:
    """The rules that do not hold."""
    return {finding.kind for finding in check_books(now=LATER)}


def test_a_portal_in_use_has_no_finding(accepted):
    billed_order(2)
    assert check_books(now=NOW) == []


def test_an_empty_portal_has_no_finding():
    assert check_books(now=NOW) == []


def test_the_identity_says_where_the_money_is(accepted):
    pay(billed_order(), NOW, 200_000)
    settle(billed_order(), NOW)
    money = identity()
    assert money.holds
    assert money.received == 184_800 + 200_000 + 184_800
    assert (money.months, money.credit, money.not_allocated) == (369_600, 15_200, 184_800)
    assert (money.waiting, money.oldest) == (184_800, NOW)


def test_a_finding_says_what_is_wrong_and_where(accepted):
    Coverage.objects.all().delete()
    (finding,) = check_books(now=NOW)
    assert finding.is_grave
    assert finding.count == 1
    assert (
        finding.sentence == f"Cover differs from the accepted months; workers: {accepted.worker_id}"
    )


Break = Callable[[Sponsorship], object]


def _months(row: Sponsorship) -> QuerySet[Contribution]:
    return Contribution.everything.filter(sponsorship=row).order_by("month")


def _stray_transfer(row: Sponsorship) -> None:
    """Money to BPJS that no month explains."""
    holding = ledger.account(Account.Kind.HOLDING, donor=row.donor)
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    payable = ledger.account(Account.Kind.PAYABLE)
    transfers = [(clearing, holding, 10), (holding, payable, 10)]
    ledger.post(key="stray", kind="stray", now=NOW, transfers=transfers)


def _money_left(row: Sponsorship) -> None:
    payment = settle(billed_order(), NOW)
    Payment.everything.filter(pk=payment.pk).update(followed_up_at=NOW)


def _reversed_after_acceptance(row: Sponsorship) -> None:
    payment = Payment.everything.get(invoice__in=_months(row).values("invoice"))
    reverse(payment, NOW)
    undo_payments(now=NOW)


def _reversed_after_report(row: Sponsorship) -> None:
    reported(row.worker, kind="accident")
    _reversed_after_acceptance(row)


def _wrong_snapshot(row: Sponsorship) -> None:
    take_snapshots(today=TODAY + timedelta(days=1), now=LATER + timedelta(days=1))
    Snapshot.objects.filter(account__kind="payable").update(amount=1)


def _closed_month_tampered(row: Sponsorship) -> None:
    """A month whose totals are not what the books say."""
    ClosedMonth.objects.create(
        month=date(2026, 10, 1),
        ends_at=at(date(2026, 11, 1), 0),
        closed_at=NOW,
        closed_by=UserFactory(),
        totals={"clearing": 1},
    )


def _tariff_change(**fields: Any) -> TariffChange:
    return TariffChange.objects.create(
        rows=[],
        legal_basis="PP 9/2027",
        reason="uji",
        made_by=UserFactory(),
        **{"made_at": NOW, "followed_up_at": NOW} | fields,
    )


def _correction(row: Sponsorship, amount: int) -> PriceCorrection:
    """A correction that no money followed."""
    month = _months(row)[0]
    return PriceCorrection.objects.create(
        contribution=month,
        change=_tariff_change(),
        posting=month.posting,
        amount=amount,
        made_at=NOW,
    )


def _spent_for_nothing(row: Sponsorship) -> None:
    """Credit that went to BPJS without a use."""
    credit = ledger.account(Account.Kind.CREDIT, donor=row.donor)
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    payable = ledger.account(Account.Kind.PAYABLE)
    transfers = [(clearing, credit, 10), (credit, payable, 10)]
    ledger.post(key="spent", kind="credit_spent", now=NOW, transfers=transfers)


def _late_money(row: Sponsorship) -> None:
    payment = Payment.everything.get(invoice__in=_months(row).values("invoice"))
    LateMoney.objects.create(
        payment=payment, sponsorship=row, amount=1, made_at=NOW - timedelta(days=5)
    )


def _strays(kind: str, debit: Account, credit: Account) -> None:
    ledger.post(key=kind, kind=kind, now=NOW, transfers=[(debit, credit, 10)])


def _stray_refund(row: Sponsorship) -> None:
    """Money that was given back without a refund."""
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    _strays("stray", clearing, ledger.account(Account.Kind.REFUNDS))


def _stray_return(row: Sponsorship) -> None:
    """Money that left for a refund that does not exist."""
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    _strays(SENT, ledger.account(Account.Kind.RETURNED), clearing)


def _refund(row: Sponsorship, **fields: Any) -> Refund:
    """A refund without money."""
    payment = Payment.everything.get(invoice__in=_months(row).values("invoice"))
    asked = {"asked_by": UserFactory(), "asked_at": NOW, "reason": "uji", "amount": 10}
    return Refund.everything.create(
        donor=row.donor, payment=payment, target="instrument", **asked | fields
    )


def _confirmed_refund(row: Sponsorship, amount: int) -> Refund:
    return _refund(
        row,
        amount=amount,
        status="confirmed",
        prepared_by=UserFactory(),
        prepared_at=NOW,
        decided_by=UserFactory(),
        decided_at=NOW,
        posting=Posting.objects.first(),
    )


def _left_out_of_a_renewal(row: Sponsorship) -> None:
    before = NOW - timedelta(days=2)
    over = {"started_at": before, "finished_at": before, "stage": RenewalRun.Stage.DONE}
    RenewalRun.objects.create(kind="night", today=before.date(), **over)
    Sponsorship.everything.filter(pk=row.pk).update(paid_until=NOW.date() + timedelta(days=9))


BREAKS: dict[str, Break] = {
    "provider_gone": lambda row: Payment.everything.filter(
        pk=start_payment(invoice=billed_order(), now=NOW).pk
    ).update(gateway="midtrans"),
    "refunds": _stray_refund,
    "returned": _stray_return,
    "refund": lambda row: _confirmed_refund(row, 10),
    "over_refunded": lambda row: _confirmed_refund(row, 10**9),
    "refund_waits": lambda row: _refund(row, asked_at=NOW - timedelta(days=10)),
    "credit_use": _spent_for_nothing,
    "overpaid": lambda row: pay(billed_order(), NOW, 200_000),
    "unspent": lambda row: _correction(row, 1),
    "late_money": _late_money,
    "correction": lambda row: _correction(row, 1),
    "overcorrected": lambda row: _correction(row, 8_401),
    "tariff": lambda row: _tariff_change(made_at=NOW - timedelta(hours=2), followed_up_at=None),
    "empty": lambda row: Posting.objects.create(key="empty", kind="x", posted_at=NOW),
    "settlement": lambda row: Payment.everything.update(received=1),
    "snapshot": _wrong_snapshot,
    "closed": _closed_month_tampered,
    "unnumbered": lambda row: Invoice.everything.update(number=""),
    "numbers": lambda row: Series.objects.update(last=9),
    "balance": lambda row: Balance.objects.filter(account__kind="holding").update(amount=1),
    "posting": _stray_transfer,
    "payable": _stray_transfer,
    "allocation": lambda row: Allocation.objects.update(months=11),
    "holding": _money_left,
    "invoice": lambda row: Invoice.everything.update(total=1),
    "promise": lambda row: Contribution.everything.filter(
        invoice=billed_order(), status="promised"
    ).update(invoice=None),
    "open": lambda row: Contribution.everything.filter(invoice=billed_order()).update(
        status="released"
    ),
    "days": lambda row: (
        _months(row).filter(month=date(2026, 11, 1)).update(covered_until=date(2026, 12, 20))
    ),
    "coverage": lambda row: Coverage.objects.update(covered_until=date(2027, 11, 18)),
    "approval": lambda row: Enrollment.everything.update(status="expired"),
    "run": lambda row: Sponsorship.everything.update(paid_until=date(2027, 11, 20)),
    "expired_open": lambda row: Invoice.everything.filter(pk=billed_order().pk).update(
        expires_at=NOW + timedelta(hours=1)
    ),
    "unbilled": lambda row: Contribution.everything.filter(invoice=billed_order()).delete(),
    "unrenewed": _left_out_of_a_renewal,
    "unallocated": lambda row: settle(billed_order(), NOW),
    "reversal": lambda row: reverse(pay(billed_order(), NOW), NOW),
    "reversal_waits": _reversed_after_acceptance,
    "reversal_reported": _reversed_after_report,
    "accepted_after_reversal": lambda row: _months(row).update(status="reversed"),
    "event": lambda row: living.record_event(
        worker=row.worker, kind="left", happened_on=TODAY, said_by="worker", by=None, now=NOW
    ),
    "parked": lambda row: Sponsorship.everything.update(parked_at=NOW),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_broken_rule_is_found(accepted, kind):
    assert kind not in kinds()
    BREAKS[kind](accepted)
    assert kind in kinds()


def test_every_rule_is_broken_here_or_refused_by_the_database():
    # The identity holds by construction; the database refuses a month bought twice.
    by_the_database = {"identity", "month"}
    # Those of the bank are broken in tests/contributions/test_checks_bank.py.
    of_the_bank = {check.kind for check in bank.CHECKS}
    # Those of the bridge fund are broken in tests/contributions/test_bridging.py.
    elsewhere = of_the_bank | {check.kind for check in bridge.CHECKS}
    assert {check.kind for check in CHECKS} == {*BREAKS} | by_the_database | elsewhere


def test_asking_costs_the_same_however_many_rows_there_are(accepted, django_assert_max_num_queries):
    with django_assert_max_num_queries(84):
        check_books(now=NOW)
    pay(billed_order(3), at(TODAY, 12))
    with django_assert_max_num_queries(84):
        check_books(now=NOW)


def test_checking_writes_nothing(accepted):
    before = Account.objects.count()
    check_books(now=NOW)
    assert Account.objects.count() == before
    assert len(sponsorships_of(Invoice.everything.get())) == 1
