"""Two people rule on what the bank took back: the months stay, or they are undone."""

from datetime import date, timedelta

import pytest

from accounts.models import AuditEvent
from contributions import parked
from contributions.books import check_books
from contributions.models import Contribution, Coverage, ReversalRuling, Sponsorship
from contributions.services import ruling
from contributions.services.ending import follow_up_events
from contributions.services.remitting import remit
from contributions.services.renewing import renew
from contributions.services.reversing import undo_payments
from notices.models import Message
from payments import ledger
from payments.models import Account, Payment, Posting
from tests.contributions.builders import (
    at,
    balance,
    billed_order,
    bought,
    covered_worker,
    few_prices,
    pay,
    reverse,
    sponsorships_of,
)
from tests.contributions.remitted import treasurer
from tests.contributions.test_reversing import accept
from tests.factories import NOW, TODAY, RoleFactory, UserFactory, officer
from tests.workers.reports import reported
from workers.services.ruling_reports import confirm, refute

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)
RULED = NOW + timedelta(days=2)
KEPT, UNDONE = ReversalRuling.Outcome.KEPT, ReversalRuling.Outcome.UNDONE


def findings(when=RULED) -> set[str]:
    return {found.kind for found in check_books(now=when)}


def grave(when=RULED) -> list[str]:
    return [found.sentence for found in check_books(now=when) if found.is_grave]


def taken_back(cases: int = 1, *, more: int = 0, months: int = 12) -> Payment:
    """A payment whose accepted months wait, because the bank took it back."""
    invoice = billed_order(cases, months=months)
    payment = pay(invoice, NOW, invoice.total + more)
    accept(NOW)
    reverse(payment, LATER)
    undo_payments(now=LATER)
    payment.refresh_from_db()
    return payment


def at_desk(payment: Payment):
    return officer(office=payment.invoice.office)


def propose(payment, outcome, *, sponsorship=None, by=None, when=RULED) -> ReversalRuling:
    return ruling.propose(
        payment=payment,
        sponsorship=sponsorship,
        outcome=outcome,
        reason="Sudah ditanyakan ke BPJS.",
        by=by or at_desk(payment),
        now=when,
    )


def rule(payment, outcome, *, sponsorship=None, when=RULED) -> ReversalRuling:
    made = propose(payment, outcome, sponsorship=sponsorship, when=when)
    ruling.confirm(ruling=made, by=treasurer(payment.invoice.office), now=when)
    made.refresh_from_db()
    return made


def waits(payment: Payment) -> bool:
    return bool(parked.waiting_of(payment).amount)


def test_kept_months_are_the_operators_loss_and_nothing_waits_any_more():
    payment = taken_back(2, more=1_000)
    total = payment.invoice.total
    made = rule(payment, KEPT)
    assert made.amount == total
    assert balance("loss") == total
    assert balance("clearing") == 0
    assert balance("payable") == total
    assert balance("holding", payment.invoice) == balance("credit", payment.invoice) == 0
    assert findings() - {"overpaid"} == set()
    assert Sponsorship.everything.filter(parked_at__isnull=False).count() == 0
    assert Coverage.objects.count() == 2
    (letter,) = Message.objects.filter(kind="reversal_ruled")
    assert "tetap berlaku" in letter.body
    assert AuditEvent.objects.filter(action="ruling.confirmed").count() == 1


def test_a_kept_sponsorship_renews_on():
    few_prices()
    payment = taken_back(months=1)
    rule(payment, KEPT)
    assert renew(today=date(2026, 12, 5), now=at(date(2026, 12, 5)))["workers"] == 1


def test_undone_months_take_cover_and_money_back():
    payment = taken_back(2, more=1_000)
    rule(payment, UNDONE)
    assert set(Contribution.everything.values_list("status", flat=True)) == {"reversed"}
    assert not Coverage.objects.exists()
    for kind in ("clearing", "payable", "loss"):
        assert balance(kind) == 0
    assert balance("holding", payment.invoice) == balance("credit", payment.invoice) == 0
    for row in sponsorships_of(payment.invoice):
        assert (row.status, row.parked_at) == ("awaiting_payment", None)
    assert findings() - {"unbilled", "overpaid"} == set()


def test_each_worker_of_a_payment_can_be_ruled_on_by_himself():
    payment = taken_back(2)
    first, second = sponsorships_of(payment.invoice)
    rule(payment, KEPT, sponsorship=first)
    assert (grave(), waits(payment)) == ([], True)
    assert balance("loss") == payment.invoice.total // 2
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.parked_at, second.parked_at) == (None, LATER)
    rule(payment, UNDONE, sponsorship=second)
    assert (balance("clearing"), balance("payable")) == (0, payment.invoice.total // 2)
    assert (len(bought(first)), len(bought(second))) == (12, 0)
    assert findings() - {"unbilled", "overpaid"} == set()


def test_what_was_kept_stays_when_a_report_of_another_worker_is_ruled_on():
    invoice = billed_order(2)
    payment = pay(invoice, NOW)
    accept(NOW)
    first, second = sponsorships_of(invoice)
    made = reported(second.worker)
    reverse(payment, LATER)
    undo_payments(now=LATER)
    rule(payment, KEPT, sponsorship=first)
    refute(report=made, officer=officer(), note="Ia hidup.", now=RULED)
    undo_payments(now=RULED)
    first.refresh_from_db()
    assert (first.parked_at, len(bought(first))) == (None, 12)
    rule(payment, UNDONE)
    assert (balance("clearing"), balance("loss")) == (0, invoice.total // 2)
    assert findings() - {"unbilled", "overpaid"} == set()


@pytest.mark.parametrize("outcome", [KEPT, UNDONE])
def test_nothing_is_ruled_while_a_report_waits_for_the_branch(outcome):
    payment = taken_back()
    (row,) = sponsorships_of(payment.invoice)
    made = propose(payment, outcome)
    reported(row.worker)
    with pytest.raises(ruling.ReportOpen):
        ruling.confirm(ruling=made, by=treasurer(payment.invoice.office), now=RULED)
    assert len(bought(row)) == 12
    assert Coverage.objects.count() == 1


def test_spent_credit_of_a_payment_is_borne_too():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 5_000)
    credit = ledger.account(Account.Kind.CREDIT, donor=invoice.donor)
    fees = ledger.account(Account.Kind.FEES)
    ledger.post(key="spent", kind="spent", now=NOW, transfers=[(credit, fees, 3_000)])
    reverse(payment, LATER)
    undo_payments(now=LATER)
    with pytest.raises(ruling.NothingToUndo):
        propose(payment, UNDONE)
    assert rule(payment, KEPT).amount == 3_000
    assert (balance("loss"), balance("clearing"), balance("holding", invoice)) == (3_000, 0, 0)
    assert "reversal_waits" not in findings()
    assert grave() == []


def test_the_proposer_does_not_confirm_and_nobody_confirms_twice():
    payment = taken_back()
    supervisor = RoleFactory(
        user=UserFactory(), kind="branch_supervisor", office=payment.invoice.office
    ).user
    made = propose(payment, KEPT, by=supervisor)
    with pytest.raises(ruling.OwnProposal):
        ruling.confirm(ruling=made, by=supervisor, now=RULED)
    with pytest.raises(ruling.NotTheirs):
        ruling.confirm(ruling=made, by=at_desk(payment), now=RULED)
    with pytest.raises(ruling.ProposedAlready):
        propose(payment, UNDONE)
    by = treasurer(payment.invoice.office)
    ruling.confirm(ruling=made, by=by, now=RULED)
    postings = Posting.objects.count()
    with pytest.raises(ruling.RulingDecided):
        ruling.confirm(ruling=made, by=by, now=RULED)
    assert Posting.objects.count() == postings


def test_a_withdrawn_proposal_does_nothing_and_another_may_follow():
    payment = taken_back()
    made = propose(payment, KEPT)
    ruling.withdraw(ruling=made, by=made.proposed_by, now=RULED)
    with pytest.raises(ruling.RulingDecided):
        ruling.confirm(ruling=made, by=treasurer(payment.invoice.office), now=RULED)
    rule(payment, UNDONE)
    assert not waits(payment)


def test_what_changed_since_the_proposal_must_be_proposed_again():
    payment = taken_back(2)
    whole = propose(payment, KEPT)
    rule(payment, KEPT, sponsorship=sponsorships_of(payment.invoice)[0])
    with pytest.raises(ruling.AmountChanged):
        ruling.confirm(ruling=whole, by=treasurer(payment.invoice.office), now=RULED)


def ended_with_months_ahead(months: int = 3) -> Sponsorship:
    """A worker who died with accepted months ahead of him."""
    row = covered_worker(months=months)
    accept(NOW)
    made = reported(row.worker)
    confirm(report=made, officer=officer(), happened_on=TODAY, note="", now=LATER)
    follow_up_events(now=LATER)
    row.refresh_from_db()
    return row


def rule_ahead(row: Sponsorship, outcome) -> None:
    office = row.enrollment.office
    made = ruling.propose(
        sponsorship=row, outcome=outcome, reason="Kata BPJS.", by=officer(office=office), now=RULED
    )
    ruling.confirm(ruling=made, by=treasurer(office), now=RULED)
    row.refresh_from_db()


def test_months_ahead_that_bpjs_cancelled_go_back_to_their_donor():
    row = ended_with_months_ahead()
    assert row.parked_at is not None
    first, *ahead = bought(row)
    rule_ahead(row, UNDONE)
    assert bought(row) == [first]
    credit = ledger.account(Account.Kind.CREDIT, donor=row.donor)
    assert ledger.balance_of(credit) == sum(month.amount for month in ahead)
    assert Coverage.objects.get().covered_until == first.covered_until
    assert (row.parked_at, grave()) == (None, [])
    assert "accepted_after_reversal" not in findings()


def test_months_ahead_that_stay_only_free_the_sponsorship():
    row = ended_with_months_ahead()
    postings = Posting.objects.count()
    rule_ahead(row, KEPT)
    assert (row.parked_at, len(bought(row)), Posting.objects.count()) == (None, 3, postings)
    with pytest.raises(ruling.NothingWaits):
        rule_ahead(row, KEPT)


def test_anything_else_that_is_parked_goes_on_with_a_reason():
    payment = taken_back()
    (row,) = sponsorships_of(payment.invoice)
    by = treasurer(payment.invoice.office)
    with pytest.raises(ruling.NothingWaits):
        ruling.go_on(sponsorship=row, reason="Salah parkir.", by=by, now=RULED)
    rule(payment, KEPT)
    Sponsorship.everything.filter(pk=row.pk).update(parked_at=NOW, parked_reason="by hand")
    ruling.go_on(sponsorship=row, reason="Salah parkir.", by=by, now=RULED)
    row.refresh_from_db()
    assert row.parked_at is None
    assert AuditEvent.objects.filter(action="sponsorship.unparked").count() == 1


def test_a_month_accepted_after_all_is_closed_with_a_note():
    payment = pay(billed_order(months=1), NOW)
    remit(today=TODAY, now=NOW)
    reverse(payment, LATER)
    undo_payments(now=LATER)
    Contribution.everything.update(core_receipt="B-1")
    assert "accepted_after_reversal" in findings()
    month = parked.unnoted().get()
    by = officer(office=month.sponsorship.enrollment.office)
    ruling.close_acceptance(contribution=month, note="BPJS membatalkan.", by=by, now=RULED)
    assert "accepted_after_reversal" not in findings()
    with pytest.raises(ruling.NothingWaits):
        ruling.close_acceptance(contribution=month, note="Lagi.", by=by, now=RULED)


def test_months_ahead_that_the_bank_took_back_make_no_credit():
    row = ended_with_months_ahead()
    payment = Payment.everything.get()
    reverse(payment, LATER)
    undo_payments(now=LATER)
    with pytest.raises(ruling.NothingWaits):
        rule_ahead(row, UNDONE)
    assert balance("credit", payment.invoice) == 0
    rule(payment, UNDONE)
    row.refresh_from_db()
    assert (row.parked_at, balance("credit", payment.invoice), balance("clearing")) == (None, 0, 0)


def test_a_payment_is_ruled_on_again_for_what_still_lacks():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 5_000)
    accept(NOW)
    spend(invoice, 3_000)
    reverse(payment, LATER)
    undo_payments(now=LATER)
    rule(payment, UNDONE)
    assert waits(payment)
    assert rule(payment, KEPT).amount == 3_000
    assert not waits(payment)


def test_a_reversal_that_lacked_credit_ends_once_the_credit_is_back():
    invoice = billed_order()
    payment = pay(invoice, NOW, invoice.total + 5_000)
    spend(invoice, 3_000)
    reverse(payment, LATER)
    assert undo_payments(now=LATER)["waiting"] == 1
    credit = ledger.account(Account.Kind.CREDIT, donor=invoice.donor)
    fees = ledger.account(Account.Kind.FEES)
    ledger.post(key="back", kind="back", now=LATER, transfers=[(fees, credit, 3_000)])
    assert undo_payments(now=RULED)["undone"] == 1
    assert balance("clearing") == balance("credit", invoice) == balance("holding", invoice) == 0
    assert "reversal_waits" not in findings()


def spend(invoice, amount: int) -> None:
    """Let something else take of the donor's credit."""
    credit = ledger.account(Account.Kind.CREDIT, donor=invoice.donor)
    fees = ledger.account(Account.Kind.FEES)
    ledger.post(key="spent", kind="spent", now=NOW, transfers=[(credit, fees, amount)])
