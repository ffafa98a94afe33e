"""Months undone for their money: only what has not begun and is not with BPJS (P13)."""

from datetime import timedelta

import pytest

from contributions.books import check_books, identity
from contributions.models import Contribution, PriceCorrection, Sponsorship, TariffChange
from contributions.services import refunding
from contributions.services.crediting import promised_elsewhere, spendable
from contributions.services.remitting import fetch_answers, remit
from payments import ledger
from payments.models import Invoice, Refund
from payments.services import refund_errors as errors
from payments.services import refunds
from payments.services.polling import poll_pending
from tests.contributions.builders import balance
from tests.contributions.refund_stories import (
    LATER,
    confirmed,
    credit_of,
    fresh,
    overpaid,
    prepared,
    sent,
    to_instrument,
    treasurer,
)
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean_books():
    yield
    assert [f for f in check_books(now=NOW) if f.is_grave] == []
    assert identity().holds


def ahead():
    """The bought months that have not begun."""
    rows = Contribution.everything.filter(covered_from__gt=TODAY)
    return list(rows.order_by("month").values_list("pk", flat=True))


def asked_for(months, **more):
    more = {"reason": "pekerja yang salah", "by": treasurer(), "now": NOW, **more}
    return refunding.ask_for_months(months=months, **more)


def test_months_are_undone_when_the_second_person_confirms():
    payment = overpaid(0)
    refund = asked_for(ahead()[-3:])
    assert set(Contribution.everything.values_list("status", flat=True)) == {"paid"}
    before = balance("payable")
    refund = sent(confirmed(prepared(refund, to_instrument(payment))))
    assert Contribution.everything.filter(status="reversed").count() == 3
    assert (refund.status, balance("payable")) == ("sent", before - refund.amount)
    assert credit_of(refund.donor) == 0
    row = Sponsorship.everything.get()
    assert (row.status, row.run_months, row.renews) == ("active", 9, False)
    poll_pending(now=LATER + timedelta(minutes=2))
    assert fresh(refund).status == "done"


def test_all_of_a_payment_may_go_back_before_its_months_begin():
    payment = overpaid(0)
    Contribution.everything.update(covered_from=TODAY + timedelta(days=1))
    refund = sent(confirmed(prepared(asked_for(ahead()), to_instrument(payment))))
    poll_pending(now=LATER + timedelta(minutes=2))
    refund = fresh(refund)
    assert (refund.status, refund.payment.status) == ("done", "settled")
    row = Sponsorship.everything.get()
    assert (row.status, row.end_reason) == ("ended", "stopped")
    # Nothing asks the donor again for what he has just got back.
    assert not Invoice.everything.filter(status="open").exists()


@pytest.mark.parametrize("accepted", [False, True])
def test_months_with_bpjs_and_begun_ones_stay_the_workers(accepted):
    overpaid(0)
    begun = Contribution.everything.get(covered_from=TODAY)
    with pytest.raises(refunding.MonthsStay):
        asked_for([begun.pk])
    remit(today=TODAY, now=NOW)
    if accepted:
        fetch_answers(now=NOW + timedelta(minutes=1))
    with pytest.raises(refunding.MonthsStay, match="hak pekerja"):
        asked_for(ahead())


def test_months_that_went_to_bpjs_meanwhile_stay_and_the_confirmation_says_so():
    payment = overpaid(0)
    refund = prepared(asked_for(ahead()), to_instrument(payment))
    remit(today=TODAY, now=NOW)
    with pytest.raises(refunding.MonthsStay):
        confirmed(refund)
    assert fresh(refund).status == "asked"
    assert not Contribution.everything.filter(status="reversed").exists()


def test_a_refused_month_may_be_undone():
    payment = overpaid(0)
    Contribution.everything.filter(pk__in=ahead()[-1:]).update(status="rejected")
    refund = confirmed(prepared(asked_for(ahead()[-1:]), to_instrument(payment)))
    assert refund.status == "confirmed"


def test_a_month_is_asked_for_once_and_only_what_it_still_holds_goes_back():
    payment = overpaid(0)
    last = ahead()[-1]
    change = TariffChange.objects.create(
        rows=[], legal_basis="uji", reason="uji", made_by=treasurer(), made_at=NOW
    )
    credit = ledger.account("credit", donor=payment.invoice.donor)
    posting = ledger.post(
        key="corrected",
        kind="price_corrected",
        now=NOW,
        transfers=[(ledger.account("payable"), credit, 1_000)],
    )
    refund = asked_for([last])
    with pytest.raises(refunding.MonthsDiffer):
        asked_for(ahead()[-2:])
    PriceCorrection.objects.create(
        contribution_id=last, change=change, posting=posting, amount=1_000, made_at=NOW
    )
    with pytest.raises(refunding.MonthsDiffer):
        confirmed(prepared(refund, to_instrument(payment)))
    refunds.refuse(refund=refund, reason="harga berubah", by=treasurer(), now=NOW)
    row = Contribution.everything.get(pk=last)
    assert asked_for([last]).amount == row.amount - 1_000


def test_two_confirmations_undo_the_months_once():
    payment = overpaid(0)
    refund = prepared(asked_for(ahead()[-2:]), to_instrument(payment))
    confirmed(refund)
    with pytest.raises(errors.NotWaiting):
        refunding.confirm(refund=refund, seen=refund.prepared_at, by=treasurer(), now=NOW)
    assert Contribution.everything.filter(status="reversed").count() == 2


def test_months_asked_back_hold_back_no_other_credit_while_they_stand():
    payment = overpaid(20_000)
    credit = ledger.account("credit", donor=payment.invoice.donor)
    refund = asked_for(ahead()[-2:])
    assert (promised_elsewhere(credit), spendable(credit)) == (0, 20_000)
    confirmed(prepared(refund, to_instrument(payment)))
    refunds_failed(refund)
    # The months are undone now, and what they held stands in the credit.
    assert (promised_elsewhere(credit), spendable(credit)) == (refund.amount, 20_000)


def refunds_failed(refund):
    """The provider will never send it, and a treasurer takes it up again."""
    Refund.everything.filter(pk=refund.pk).update(status="failed", next_try_at=None)
    refunds.reopen(refund=fresh(refund), by=treasurer(), now=LATER)
