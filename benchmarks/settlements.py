"""How fast settled payments become months: invoices of one, a hundred, ten thousand lines.

    make bench ONLY=settlements SIZE=10000 (lines of the largest invoice)

A line is one worker and one month. Against a bare INSERT of as many months in one
transaction, taken in turns with it, so that a busy machine slows both.
"""

from collections.abc import Callable, Sequence
from datetime import date
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from benchmarks import crowd
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.services.settling import allocate_payment
from payments.models import Invoice, Payment
from payments.services.invoices import issue_invoice, number_invoice
from tests.contributions.builders import settle
from tests.contributions.rows import at

SIZE = 10_000
MONTH = date(2026, 12, 1)
#: A month that no tariff and no story knows, for the bare rows.
BARE = date(2030, 1, 1)
PRICE = {"bracket": 1, "jkk": 10_000, "jkm": 6_800, "legal_basis": "PP 44/2015"}
BATCH = 500


class NotBought(Exception):
    """A settlement did not buy every month: there is nothing to measure."""


def run(lines: int, say: Callable[[str], Any]) -> None:
    """Settle invoices of three sizes and print rates, statements and ratios."""
    middle = max(lines // 100, 1)
    sizes = [(1, 40), (middle, 10), (lines, 1)]
    people = crowd.gather(1 + sum(size * times for size, times in sizes), months=1)
    rows = list(Sponsorship.everything.filter(worker__in=people.worker_ids).order_by("pk"))
    say(f"{connection.vendor}, {len(rows):,} workers\n")
    # The first one opens the shared accounts.
    _settle(_payment(rows[:1], people.now), people)
    rows = rows[1:]
    for size, times in sizes:
        say(_measure(rows[: size * times], size, people))
        rows = rows[size * times :]


def _measure(rows: Sequence[Sponsorship], size: int, people: crowd.Crowd) -> str:
    bought, bare, statements = [], [], 0
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        payment = _payment(part, people.now)
        with CaptureQueriesContext(connection) as made:
            bought.append(_seconds(lambda payment=payment: _settle(payment, people)))  # type: ignore[misc]
        statements = len(made)
        bare.append(_seconds(lambda part=part: _insert(part)))  # type: ignore[misc]
    ratio = median(slow / fast for slow, fast in zip(bought, bare, strict=True))
    each = median(bought)
    return (
        f"{size:>7,} lines {each * 1000:>10,.1f} ms {1 / each:>8,.1f} settlements/s "
        f"{size / each:>10,.0f} lines/s {statements:>5} statements {ratio:>7.1f} x a bare insert"
    )


def _seconds(act: Callable[[], Any]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started


def _payment(rows: Sequence[Sponsorship], now: Any) -> Payment:
    """Money for an invoice that asks each of these workers' next month."""
    with transaction.atomic():
        invoice = issue_invoice(
            donor=rows[0].donor,
            total=16_800 * len(rows),
            purpose=Invoice.Purpose.RENEWAL,
            expires_at=at(date(2026, 12, 31)),
            now=now,
        )
        Contribution.everything.bulk_create(
            (_month(row, MONTH, status="promised", invoice=invoice) for row in rows),
            batch_size=BATCH,
        )
        number_invoice(invoice=invoice, now=now)
    return settle(invoice, now)


def _settle(payment: Payment, people: crowd.Crowd) -> None:
    allocate_payment(payment_id=payment.pk, now=people.now)
    asked = Contribution.everything.filter(invoice=payment.invoice_id).count()
    if Allocation.objects.get(payment=payment).months != asked:
        raise NotBought


def _insert(rows: Sequence[Sponsorship]) -> None:
    with transaction.atomic():
        Contribution.everything.bulk_create(
            (_month(row, BARE, status="released") for row in rows), batch_size=BATCH
        )


def _month(row: Sponsorship, month: date, **fields: Any) -> Contribution:
    return Contribution(
        worker_id=row.worker_id, sponsorship_id=row.pk, month=month, **PRICE, **fields
    )
