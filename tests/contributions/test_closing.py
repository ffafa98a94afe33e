"""A closed month takes no posting any more; late facts stand in the open month."""

from datetime import date, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditEvent
from bricks.engine import is_postgres
from contributions.books import check_books
from contributions.services import closing
from contributions.services.closing import close_month
from payments import ledger, triggers
from payments.models import Account, Balance, ClosedMonth, Posting
from payments.services.paying import start_payment
from tests.contributions.builders import at, billed_order, covered_worker, pay
from tests.factories import NOW, DonorFactory, UserFactory
from tests.payments.builders import pay_at_provider, told
from tests.races import until

pytestmark = pytest.mark.django_db

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
AFTER = at(date(2026, 12, 2), 9)


@pytest.fixture
def head():
    return UserFactory()


def put(key: str, when: datetime) -> Posting:
    clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
    loss = ledger.account(Account.Kind.FEES)
    return ledger.post(key=key, kind="x", now=when, transfers=[(clearing, loss, 5)])


def test_a_month_closes_with_its_totals_and_is_logged(head):
    pay(billed_order(), NOW, 200_000)
    put("december", AFTER)
    closed = close_month(month=NOVEMBER, by=head, now=AFTER)
    assert closed.ends_at == at(DECEMBER, 0)
    assert closed.totals["payable"] == 184_800
    assert closed.totals["credit"] == 15_200
    assert closed.totals["clearing"] == 200_000
    assert closed.totals["fees"] == 0
    assert AuditEvent.objects.get(action="month.closed").after["payable"] == 184_800
    assert not any(finding.is_grave for finding in check_books(now=AFTER))


def test_the_database_refuses_a_posting_into_a_closed_month(head):
    close_month(month=NOVEMBER, by=head, now=AFTER)
    last_moment = at(DECEMBER, 0) - timedelta(microseconds=1)
    for moment in (NOW, last_moment):
        with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
            Posting.objects.create(key=str(moment), kind="x", posted_at=moment)
        with pytest.raises(ledger.MonthClosed):
            put(str(moment), moment)
    assert put("first moment", at(DECEMBER, 0)).pk


def test_without_the_trigger_a_closed_month_would_move(head):
    close_month(month=NOVEMBER, by=head, now=AFTER)
    triggers.drop_guard(connection)
    put("late", NOW)
    assert [f.kind for f in check_books(now=AFTER) if f.is_grave] == ["closed"]
    triggers.install(connection)
    assert triggers.has_guard(connection)


def test_what_is_heard_late_of_a_closed_month_stands_in_the_open_one(head):
    payment = start_payment(invoice=billed_order(), now=NOW)
    pay_at_provider(payment, now=NOW)
    close_month(month=NOVEMBER, by=head, now=AFTER)
    payment = told(payment, now=AFTER)
    assert payment.status == "settled"
    assert payment.settled_at < at(DECEMBER, 0)
    assert payment.postings.get().posted_at == AFTER


def test_a_month_that_is_not_over_stays_open(head):
    with pytest.raises(closing.MonthNotOver):
        close_month(month=NOVEMBER, by=head, now=at(DECEMBER, 0) - timedelta(seconds=1))
    with pytest.raises(closing.MonthNotOver):
        close_month(month=date(2026, 11, 2), by=head, now=at(date(2027, 1, 5)))


def test_months_close_in_their_order_and_never_twice(head):
    later = at(date(2027, 3, 2))
    close_month(month=NOVEMBER, by=head, now=later)
    for month in (NOVEMBER, date(2026, 10, 1), date(2027, 1, 1)):
        with pytest.raises(closing.NotTheNext):
            close_month(month=month, by=head, now=later)
    close_month(month=DECEMBER, by=head, now=later)
    assert ClosedMonth.objects.count() == 2


def test_wrong_books_cannot_be_closed(head):
    covered_worker()
    Balance.objects.filter(account__kind="holding").update(amount=1)
    with pytest.raises(closing.BooksWrong):
        close_month(month=NOVEMBER, by=head, now=AFTER)
    assert not ClosedMonth.objects.exists()


def test_a_closed_month_is_never_changed_nor_opened_again(head):
    closed = close_month(month=NOVEMBER, by=head, now=AFTER)
    for act in (
        lambda: ClosedMonth.objects.update(totals={}),
        lambda: ClosedMonth.objects.filter(pk=closed.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()


# --- two at once -------------------------------------------------------------------------
class Race:
    """A posting into November is written, and not yet committed, when November is closed."""

    def __init__(self) -> None:
        self.written, self.go_on = Event(), Event()
        self.clearing = ledger.account(Account.Kind.CLEARING, gateway="sandbox")
        self.holding = ledger.account(Account.Kind.HOLDING, donor=DonorFactory())

    def post(self) -> None:
        try:
            with transaction.atomic():
                line = [(self.clearing, self.holding, 9)]
                ledger.post(key="on its way", kind="x", now=NOW, transfers=line)
                self.written.set()
                until(self.go_on.is_set)
        finally:
            connection.close()

    def close(self, head) -> ClosedMonth:
        posting = Thread(target=self.post)
        posting.start()
        assert self.written.wait(5)
        # The posting ends only once this waits for it, or is through.
        try:
            return close_month(month=NOVEMBER, by=head, now=AFTER)
        finally:
            self.go_on.set()
            posting.join(10)


needs_postgres = pytest.mark.skipif(
    not is_postgres(connection),
    reason="races need PostgreSQL: SQLite lets in one writer at a time",
)


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_a_posting_on_its_way(head):
    assert Race().close(head).totals["clearing"] == 9
    assert check_books(now=AFTER) == []


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_posting_would_slip_into_the_closed_month(head, monkeypatch):
    monkeypatch.setattr(ledger, "hold_postings", lambda: None)
    assert Race().close(head).totals["clearing"] == 0
    assert [f.kind for f in check_books(now=AFTER) if f.is_grave] == ["closed"]
