"""Four and a half months of eleven donors, day by day: a year's end, 31 January, 29 February,
midnight in Jakarta. The books balance each evening, and the covers are those that one
counts by hand."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from contributions import books
from contributions.models import Contribution, Coverage, Sponsorship
from contributions.selectors import cover_status
from contributions.services import (
    expiring,
    lapsing,
    pricing,
    reminding,
    remitting,
    renewing,
    reversing,
    spending,
    sponsoring,
)
from contributions.services.stopping import stop_sponsorship
from notices.models import Message
from payments.models import Account, Invoice, Payment
from tests.contributions.builders import (
    approved_order,
    at,
    balance,
    few_prices,
    invoice_of,
    pay,
    reverse,
)
from workers.models import Enrollment, Order

FIRST, LAST = date(2027, 12, 15), date(2028, 4, 30)
Act = Callable[[], object]


class Diary:
    """What the donors do on which day."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.acts: dict[date, list[Act]] = {}

    def on(self, day: date, act: Act) -> None:
        self.acts.setdefault(day, []).append(act)

    def approved(self, name: str, day: date, months: int) -> None:
        def enter() -> None:
            self.orders[name] = approved_order(1, when=at(day, 8), months=months)
            sponsoring.follow_up_approvals(now=at(day, 8, 1))

        self.on(day, enter)

    def pays(self, name: str, day: date, hour: int = 10, minute: int = 0, extra: int = 0) -> None:
        def act() -> None:
            invoice = invoice_of(self.orders[name])
            pay(invoice, at(day, hour, minute), invoice.total + extra)

        self.on(day, act)

    def sponsorship(self, name: str) -> Sponsorship:
        return Sponsorship.everything.get(enrollment__order=self.orders[name])


@pytest.fixture
def diary(db, settings) -> Diary:
    settings.REMIT_AT_ONCE = False
    few_prices()
    pricing.fill_calendar()
    return Diary()


def days() -> Iterator[date]:
    return (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))


def live(diary: Diary, day: date) -> None:
    """One day of the clock, with the donors' acts in the forenoon."""
    night = at(day, 1, 10)
    expiring.expire(today=day, now=night)
    renewing.renew(today=day, now=night)
    lapsing.lapse(today=day, now=night)
    reminding.remind(today=day, now=at(day, 8, 10))
    for act in diary.acts.get(day, []):
        act()
    if "early" in diary.orders:
        for invoice in open_invoices(diary.sponsorship("early")):
            pay(invoice, at(day, 9))
    reversing.undo_payments(now=at(day, 12))
    spending.spend_credit(now=at(day, 12, 0))
    sponsoring.follow_up_approvals(now=at(day, 12, 1))
    remitting.remit(today=day, now=at(day, 14))
    remitting.fetch_answers(now=at(day, 15))
    assert books.check_books(now=at(day, 23, 59)) == [], day


def open_invoices(sponsorship: Sponsorship) -> list[Invoice]:
    rows = Contribution.everything.filter(sponsorship=sponsorship, status="promised")
    return list(Invoice.everything.filter(pk__in=rows.values("invoice"), status="open"))


def spans(sponsorship: Sponsorship) -> list[tuple[date, date]]:
    rows = Coverage.objects.filter(worker=sponsorship.worker).order_by("covered_from")
    return [(row.covered_from, row.covered_until) for row in rows]


def plan(diary: Diary) -> None:
    diary.approved("never", date(2027, 12, 16), 12)
    # Pays every invoice on the morning on which it comes.
    diary.approved("early", date(2027, 12, 20), 1)
    diary.approved("lapses", date(2027, 12, 25), 1)
    diary.pays("lapses", date(2027, 12, 25))
    # A minute before midnight in Jakarta is still the old year; late with the second month.
    diary.approved("late", date(2027, 12, 31), 1)
    diary.pays("late", date(2027, 12, 31), 23, 59)
    diary.pays("late", date(2028, 2, 10), 0, 1)
    diary.approved("twice", date(2028, 1, 5), 6)
    diary.pays("twice", date(2028, 1, 5))
    diary.pays("twice", date(2028, 1, 5), 11)
    diary.approved("too much", date(2028, 1, 6), 6)
    diary.pays("too much", date(2028, 1, 6), extra=50_000)
    # Three months are asked for and one is paid, with something over.
    diary.approved("too little", date(2028, 1, 12), 3)
    diary.pays("too little", date(2028, 1, 12), extra=-20_000)
    diary.approved("denied", date(2028, 1, 10), 3)
    diary.pays("denied", date(2028, 1, 10))
    diary.on(date(2028, 1, 10), lambda: deny(diary))
    diary.approved("month's end", date(2028, 1, 31), 3)
    diary.pays("month's end", date(2028, 1, 31))
    diary.approved("leap day", date(2028, 2, 29), 1)
    diary.pays("leap day", date(2028, 2, 29))
    diary.approved("stops", date(2028, 1, 3), 1)
    diary.pays("stops", date(2028, 1, 3))
    diary.on(date(2028, 1, 9), lambda: stop(diary))


def deny(diary: Diary) -> None:
    invoice = invoice_of(diary.orders["denied"])
    reverse(Payment.everything.get(invoice=invoice), at(date(2028, 1, 10), 10, 15))


def stop(diary: Diary) -> None:
    row = diary.sponsorship("stops")
    stop_sponsorship(sponsorship=row, by=row.donor.person, now=at(date(2028, 1, 9)))


@pytest.mark.slow
@pytest.mark.both_engines
def test_four_months_of_eleven_donors(diary: Diary) -> None:
    plan(diary)
    for day in days():
        live(diary, day)
    row = {name: diary.sponsorship(name) for name in diary.orders}
    by_hand = {
        "never": [],
        "early": [(date(2027, 12, 20), date(2028, 5, 19))],
        "lapses": [(date(2027, 12, 25), date(2028, 1, 24))],
        "late": [
            (date(2027, 12, 31), date(2028, 1, 30)),
            (date(2028, 2, 10), date(2028, 3, 9)),
        ],
        "twice": [(date(2028, 1, 5), date(2028, 7, 4))],
        "too much": [(date(2028, 1, 6), date(2028, 9, 5))],
        "too little": [(date(2028, 1, 12), date(2028, 2, 11))],
        "denied": [],
        "month's end": [(date(2028, 1, 31), date(2028, 4, 29))],
        "leap day": [(date(2028, 2, 29), date(2028, 3, 28))],
        "stops": [(date(2028, 1, 3), date(2028, 2, 2))],
    }
    assert {name: spans(sponsorship) for name, sponsorship in row.items()} == by_hand
    states = {name: (s.status, s.end_reason) for name, s in row.items()}
    assert states["never"] == ("ended", "unpaid")
    assert states["lapses"] == ("lapsed", "arrears")
    assert states["stops"] == ("ended", "stopped")
    assert states["early"] == states["twice"] == states["late"] == ("active", "")
    assert Enrollment.everything.get(pk=row["never"].enrollment_id).status == "expired"
    arrears = {name: cover_status(s.worker, LAST).arrears for name, s in row.items()}
    assert (arrears["late"], arrears["leap day"], arrears["month's end"]) == (2, 2, 1)
    assert balance(Account.Kind.CREDIT, invoice_of(diary.orders["twice"])) == 6 * 16_800
    assert balance(Account.Kind.CREDIT, invoice_of(diary.orders["too much"])) == 16_400
    assert balance(Account.Kind.CREDIT, invoice_of(diary.orders["too little"])) == 13_600
    assert arrears["too little"] == 3
    told = Message.objects.filter(kind="reminder", user=row["lapses"].donor.person)
    assert told.count() == 2
