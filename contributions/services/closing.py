"""Closing a month's books for ever (P38)."""

from datetime import date, datetime

from django.db import IntegrityError, OperationalError, transaction

from accounts.audit import record
from accounts.models import User
from bricks.clock import end_of_jakarta_day, jakarta_date
from bricks.moment import one_moment
from bricks.months import ONE_DAY, add_months, first_of_month, is_month
from contributions.books import check_books
from payments import ledger
from payments.books import totals_by_kind
from payments.models import ClosedMonth


class CannotClose(Exception):
    """The month cannot be closed."""


class MonthNotOver(CannotClose):
    """The month still takes postings: it is not over."""


class NotTheNext(CannotClose):
    """Another month comes first, or this one is closed already."""


class BooksWrong(CannotClose):
    """The books do not agree; a grave finding must be cleared up first."""


class BooksBusy(CannotClose):
    """A posting takes long just now; to be tried again."""


def may_close(user: User) -> bool:
    """Head office closes: a month is closed for the whole country, and for good."""
    return user.is_head_office


def end_of(month: date) -> datetime:
    """Return the first instant after a month, Asia/Jakarta."""
    return end_of_jakarta_day(add_months(month, 1) - ONE_DAY)


def close_month(*, month: date, by: User, now: datetime) -> ClosedMonth:
    """Close the books of a month that is over, and write what each kind of account stood at.

    From then on the database refuses postings before its end; what is heard of late is
    posted in the open month. Months close in their order, the first time any month that is
    over (with all before it). Raises MonthNotOver, NotTheNext, BooksWrong, BooksBusy.
    """
    if not is_month(month) or month >= first_of_month(jakarta_date(now)):
        raise MonthNotOver(month)
    ends_at = end_of(month)
    # Of one moment: else a payment that settles meanwhile would look like wrong books.
    with one_moment():
        findings = check_books(now=now)
    if any(finding.is_grave for finding in findings):
        raise BooksWrong(month)
    try:
        with transaction.atomic():
            # Postings on their way end before the sums are taken, new ones wait for us.
            ledger.hold_postings()
            newest = ClosedMonth.objects.order_by("-month").first()
            if newest is not None and month != add_months(newest.month, 1):
                raise NotTheNext(month)
            closed = ClosedMonth.objects.create(
                month=month,
                ends_at=ends_at,
                closed_at=now,
                closed_by=by,
                totals=totals_by_kind(before=ends_at),
            )
            record(action="month.closed", obj=closed, actor=by, now=now, after=closed.totals)
    except IntegrityError:
        raise NotTheNext(month) from None
    except OperationalError:
        raise BooksBusy(month) from None
    return closed
