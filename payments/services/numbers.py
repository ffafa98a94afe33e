"""Numbers without gaps, ascending within a Jakarta year."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from bricks.clock import jakarta_date
from payments.models import Series

INVOICES = "invoice"
RECEIPTS = "receipt"


def next_number(series: str, *, now: datetime) -> str:
    """Take the next number of a series of the year, such as `2026-000001`.

    It belongs to the caller's transaction: until that ends nobody else takes a number
    of the series, and if it fails the number is free again.
    """
    return next_numbers(series, count=1, now=now)[0]


def next_numbers(series: str, *, count: int, now: datetime) -> list[str]:
    """Take the next `count` numbers at once, ascending; otherwise as `next_number`."""
    year = jakarta_date(now).year
    name = f"{series}-{year}"
    with transaction.atomic():
        Series.objects.bulk_create([Series(name=name)], ignore_conflicts=True)
        # The UPDATE holds the row; what is read after it is ours.
        Series.objects.filter(name=name).update(last=F("last") + count)
        last = Series.objects.values_list("last", flat=True).get(name=name)
    return [f"{year}-{number:06}" for number in range(last - count + 1, last + 1)]
