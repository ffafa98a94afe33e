"""Money that comes after a membership ended: the branch decides, from that moment on."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEvent, Role, User
from contributions.books import check_books
from contributions.models import Contribution, LateMoney, Sponsorship
from contributions.services.expiring import expire
from contributions.services.late_money import (
    AlreadyDecided,
    CannotRevive,
    Obstacle,
    leave_as_credit,
    revive,
)
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from contributions.services.spending import spend_credit
from notices.models import Message
from payments import ledger
from payments.models import Account, Invoice
from tests.contributions.builders import (
    at,
    balance,
    billed_order,
    bought,
    case_of,
    covered_worker,
    few_prices,
    outcome,
    pay,
    reverse,
    sponsorships_of,
)
from tests.contributions.rows import sponsored
from tests.factories import (
    EnrollmentFactory,
    OrderFactory,
    ProgrammeFactory,
    RoleFactory,
    WorkerFactory,
)
from tests.workers.reports import reported
from workers.models import Enrollment

pytestmark = pytest.mark.django_db
#: The money comes a day after the lapse, the supervisor decides two days later.
CAME = at(date(2027, 3, 21))
DECIDED = at(date(2027, 3, 23), 14, 30)


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


@pytest.fixture
def supervisor() -> User:
    return RoleFactory(kind=Role.Kind.BRANCH_SUPERVISOR).user


def lapsed(**case: Any) -> tuple[Sponsorship, Invoice]:
    """A worker who was covered for a month, and whose renewal nobody paid until he lapsed."""
    row = covered_worker(months=1, **case)
    renew(today=date(2026, 12, 5), now=at(date(2026, 12, 5)))
    Sponsorship.everything.filter(pk=row.pk).update(
        status="lapsed", ended_at=at(date(2027, 3, 20)), end_reason="arrears"
    )
    return row, Invoice.everything.latest("pk")


def late(amount: int | None = 20_000, **case: Any) -> LateMoney:
    """Money that came for a lapsed worker, laid before the branch."""
    _row, invoice = lapsed(**case)
    Contribution.everything.filter(invoice=invoice).update(jkk=10_000, jkm=6_800)
    Invoice.everything.filter(pk=invoice.pk).update(total=16_800)
    invoice.refresh_from_db()
    pay(invoice, CAME, amount)
    return LateMoney.objects.get()


def grave(when: datetime) -> list[str]:
    return [finding.sentence for finding in check_books(now=when) if finding.is_grave]


# --- what is laid before the branch ---------------------------------------------------------
def test_money_for_a_lapsed_worker_waits_for_the_branch_beside_the_credit():
    found = late()
    row = found.sponsorship
    assert (found.amount, found.status) == (16_800, "waiting")
    assert found.office == row.enrollment.office
    assert outcome(found.payment).reason == "refused"
    assert ledger.balance_of(ledger.account(Account.Kind.CREDIT, donor=row.donor)) == 20_000


def test_money_after_the_approval_expired_waits_too():
    invoice = billed_order(months=1)
    expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21)))
    pay(invoice, at(date(2026, 12, 22)))
    assert LateMoney.objects.get().amount == invoice.total


def test_of_an_invoice_for_two_only_the_share_of_the_one_who_is_over_waits():
    invoice = billed_order(2, months=1)
    _first, second = sponsorships_of(invoice)
    Sponsorship.everything.filter(pk=second.pk).update(
        status="ended", ended_at=at(date(2026, 11, 20)), end_reason="stopped"
    )
    pay(invoice, at(date(2026, 11, 21)), invoice.total + 100)
    assert (LateMoney.objects.get().sponsorship, LateMoney.objects.get().amount) == (second, 8_400)


def test_a_parked_sponsorship_waits_for_its_own_decision():
    row, invoice = lapsed()
    Sponsorship.everything.filter(pk=row.pk).update(parked_at=CAME, parked_reason="uji")
    pay(invoice, CAME)
    assert not LateMoney.objects.exists()


def test_late_money_is_not_spent_before_the_decision():
    found = late()
    other = sponsored(
        date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=_order_of(found))
    )
    spend_credit(now=CAME)
    renew(today=CAME.date(), now=CAME)
    # What is beside the late money is not a month's price.
    assert len(bought(other)) == 12


def _order_of(found: LateMoney) -> Any:
    return found.sponsorship.enrollment.order


# --- the decision ------------------------------------------------------------------------
def test_revived_cover_begins_with_the_decision_and_never_before(supervisor):
    found = late()
    revive(late=found, by=supervisor, now=DECIDED)
    row = Sponsorship.everything.get()
    assert (row.status, row.renews, row.end_reason) == ("active", True, "")
    assert (row.run_start, row.run_months) == (date(2027, 3, 23), 1)
    fresh = bought(row)[-1]
    assert (fresh.covered_from, fresh.starts_at, fresh.paid_at) == (
        date(2027, 3, 23),
        DECIDED,
        DECIDED,
    )
    found.refresh_from_db()
    assert (found.status, found.decided_by, found.decided_at) == ("revived", supervisor, DECIDED)
    assert AuditEvent.objects.filter(action="late_money.revived", actor=supervisor).exists()
    letter = Message.objects.get(kind="credit_spent")
    assert "menghidupkan kembali" in letter.body
    assert grave(DECIDED) == []


def test_the_supervisors_word_revives_an_expired_approval(supervisor):
    invoice = billed_order(months=1)
    expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21)))
    pay(invoice, at(date(2026, 12, 22)))
    now = at(date(2026, 12, 23))
    revive(late=LateMoney.objects.get(), by=supervisor, now=now)
    (row,) = sponsorships_of(invoice)
    assert (row.status, case_of(row).status) == ("active", "approved")
    assert grave(now) == []


def test_left_as_credit_the_donor_is_told_and_keeps_it(supervisor):
    found = late()
    leave_as_credit(late=found, by=supervisor, now=DECIDED)
    found.refresh_from_db()
    assert found.status == "credited"
    assert "tetap menjadi saldo" in Message.objects.get(kind="late_money_credited").body
    assert Sponsorship.everything.get().status == "lapsed"


@pytest.mark.parametrize("first", [revive, leave_as_credit])
@pytest.mark.parametrize("second", [revive, leave_as_credit])
def test_it_is_decided_once(supervisor, first, second):
    found = late()
    first(late=found, by=supervisor, now=DECIDED)
    with pytest.raises(AlreadyDecided):
        second(late=found, by=supervisor, now=DECIDED)


def test_a_budgets_late_money_comes_from_its_fund(supervisor):
    programme = ProgrammeFactory(agreement=True)
    invoice = billed_order(order=OrderFactory(programme=programme), months=1)
    expire(today=date(2026, 12, 21), now=at(date(2026, 12, 21)))
    pay(invoice, at(date(2026, 12, 22)))
    now = at(date(2026, 12, 23))
    revive(late=LateMoney.objects.get(), by=supervisor, now=now)
    assert ledger.balance_of(ledger.account(Account.Kind.FUND, programme=programme)) == 0
    assert grave(now) == []


# --- what stands in the way --------------------------------------------------------------
def refused(found: LateMoney, by: User, now: datetime = DECIDED) -> Obstacle:
    with pytest.raises(CannotRevive) as error:
        revive(late=found, by=by, now=now)
    found.refresh_from_db()
    assert found.status == "waiting"
    assert str(error.value)
    return error.value.args[0]


def test_nobody_is_revived_who_is_reported_dead(supervisor):
    found = late()
    reported(found.sponsorship.worker)
    assert refused(found, supervisor) == Obstacle.DEATH_REPORTED


def test_a_frozen_case_is_not_revived(supervisor):
    found = late()
    cases = Enrollment.everything.filter(pk=found.sponsorship.enrollment_id)
    cases.update(frozen_at=CAME, frozen_because="uji")
    assert refused(found, supervisor) == Obstacle.FROZEN


def test_who_turned_65_meanwhile_would_be_new_cover(supervisor):
    found = late(of=WorkerFactory(birth_date=date(1962, 3, 23)))
    assert refused(found, supervisor) == Obstacle.AGE
    # The day before he was still 64.
    assert revive(late=found, by=supervisor, now=DECIDED - timedelta(days=1)).months == 1


def test_a_month_that_somebody_else_has_bought_is_not_bought_again(supervisor):
    found = late()
    sponsored(
        date(2027, 3, 1), 1, case=EnrollmentFactory(approved=True, of=found.sponsorship.worker)
    )
    assert refused(found, supervisor) == Obstacle.TAKEN


def test_money_that_is_no_longer_in_credit_revives_nothing(supervisor):
    found = late()
    donor = found.sponsorship.donor
    ledger.post(
        key="gone",
        kind="refund_confirmed",
        now=CAME,
        transfers=[
            (
                ledger.account(Account.Kind.CREDIT, donor=donor),
                ledger.account(Account.Kind.REFUNDS),
                10_000,
            )
        ],
    )
    assert refused(found, supervisor) == Obstacle.SPENT


def test_money_that_the_bank_took_back_revives_nothing(supervisor):
    found = late()
    reverse(found.payment, CAME)
    undo_payments(now=CAME)
    assert refused(found, supervisor) == Obstacle.REVERSED


def test_what_was_revived_goes_back_with_its_payment(supervisor):
    found = late()
    revive(late=found, by=supervisor, now=DECIDED)
    reverse(found.payment, DECIDED)
    assert undo_payments(now=DECIDED)["undone"] == 1
    assert balance("credit", found.payment.invoice) == 0
    assert grave(DECIDED) == []


def test_a_second_late_payment_for_the_revived_worker_stays_credit(supervisor):
    found = late()
    pay(found.payment.invoice, CAME + timedelta(hours=1))
    second = LateMoney.objects.latest("pk")
    revive(late=found, by=supervisor, now=DECIDED)
    assert refused(second, supervisor) == Obstacle.RUNNING


def test_by_setting_a_lapsed_member_comes_back_by_paying(settings):
    settings.LAPSED_RETURN = "pay"
    few_prices()
    row = sponsored(date(2026, 8, 1), 1, status="accepted")
    renew(today=date(2026, 8, 20), now=at(date(2026, 8, 20)))
    invoice = Invoice.everything.get()
    Sponsorship.everything.filter(pk=row.pk).update(
        status="lapsed", ended_at=at(date(2026, 12, 1)), end_reason="arrears"
    )
    pay(invoice, at(date(2026, 12, 5)))
    row.refresh_from_db()
    assert (row.status, row.run_start) == ("active", date(2026, 12, 5))
    assert not LateMoney.objects.exists()
