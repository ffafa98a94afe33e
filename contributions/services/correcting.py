"""What follows from a change of tariff: cheaper months give back, open invoices are asked anew.

Contribution rows stay as they were bought: the difference goes from payable to whom it
belongs (`crediting.rest_account`), by one `PriceCorrection` per month and change. Months
that became dearer stay untouched.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db import DatabaseError, transaction
from django.db.models import Count, Q, Sum

from contributions import locks
from contributions.models import Contribution, PriceCorrection, TariffChange
from contributions.services.asking import ask_again
from contributions.services.crediting import rest_account
from contributions.services.recounting import COUNTED
from contributions.services.releasing import release_invoice
from contributions.services.telling import tell_donor
from contributions.tariff_effects import changed_invoices, cheaper_months
from contributions.tariff_letters import GivenBack, corrected_letter, replaced_letter
from contributions.tariff_rows import Cell, Edit, TariffRows, changed_cells
from contributions.tariffs import TariffTable
from contributions.worth import CORRECTED, price_now, worth_of
from donors.models import BUDGETS, Donor
from notices import bells
from payments import ledger
from payments.models import Account, Invoice, Payment

logger = logging.getLogger(__name__)

#: Months, and invoices, in one transaction.
CHUNK = 500
INVOICES_AT_ONCE = 20
#: So long after a change months may still be bought at the price that an invoice promised.
LATE_DAYS = 60


@dataclass(frozen=True)
class _Work:
    """A change with what it changed."""

    change: TariffChange
    table: TariffTable
    cells: tuple[Cell, ...]


def correct_prices(*, today: date, now: datetime) -> dict[str, int]:
    """Follow up every change of tariff that waits. Idempotent; resumes where it was killed.

    Open invoices that ask another price than the tariff says are withdrawn and asked anew;
    bought months that cost less now give the difference back; the donors are told. A change
    that cannot be worked out is logged, counted as failed and left for the next run.
    """
    waiting = TariffChange.objects.filter(followed_up_at__isnull=True)
    return _follow_up(list(waiting.order_by("pk")), today, now)


def correct_late_prices(*, today: date, now: datetime) -> dict[str, int]:
    """Correct months that were bought after a change at the price before it. Idempotent.

    Money that the provider had before an invoice was withdrawn buys what it asked; heard
    of after the change was followed up, it paid too much.
    """
    recent = TariffChange.objects.filter(
        followed_up_at__isnull=False, made_at__gte=now - timedelta(days=LATE_DAYS)
    )
    return _follow_up(list(recent.order_by("-pk")), today, now)


def _follow_up(changes: list[TariffChange], today: date, now: datetime) -> dict[str, int]:
    counts = dict.fromkeys(("changes", "months", "invoices", "failed"), 0)
    for change in changes:
        try:
            _follow_up_one(change, today, now, counts)
        except (DatabaseError, ledger.LedgerError):
            logger.exception("tariff change %s could not be followed up", change.pk)
            counts["failed"] += 1
    return counts


def _follow_up_one(
    change: TariffChange, today: date, now: datetime, counts: dict[str, int]
) -> None:
    rows, edits = TariffRows.load(), [Edit.read(told) for told in change.rows]
    changed = changed_cells(rows.without(edits), rows, edits, today=today)
    work = _Work(change, rows.table(), changed.cells)
    invoices = changed_invoices(work.cells)
    for start in range(0, len(invoices), INVOICES_AT_ONCE):
        counts["invoices"] += _withdraw(work, invoices[start : start + INVOICES_AT_ONCE], now)
    for _donor, found in groupby(cheaper_months(work.cells), key=lambda row: row[0]):
        ids = [pk for _donor, pk in found]
        for start in range(0, len(ids), CHUNK):
            counts["months"] += _give_back(work, ids[start : start + CHUNK], now)
    _tell(change, now)
    if invoices:
        ask_again(today=today, now=now)
    counts["changes"] += _close(change, now)


def _hold(change: TariffChange) -> TariffChange:
    """Hold the change until the transaction ends: one job at a time works on it."""
    return TariffChange.objects.select_for_update().get(pk=change.pk)


# --- open invoices -------------------------------------------------------------------
def _withdraw(work: _Work, invoice_ids: Sequence[int], now: datetime) -> int:
    """Withdraw the invoices that still ask another price, and say so to their donors."""
    with transaction.atomic():
        change = _hold(work.change)
        lines = Contribution.everything.filter(
            invoice__in=invoice_ids, status=Contribution.Status.PROMISED
        )
        locks.lock_workers(lines.values_list("worker", flat=True))
        months: dict[int, list[Contribution]] = defaultdict(list)
        for row in lines.select_related("sponsorship"):
            months[row.invoice_id or 0].append(row)
        count = 0
        still_open = Invoice.everything.filter(pk__in=invoice_ids, status=Invoice.Status.OPEN)
        for invoice in still_open.select_related("donor").order_by("pk"):
            changed = _differences(months[invoice.pk], work.table)
            if not changed:
                continue
            release_invoice(invoice=invoice, status=Invoice.Status.VOID, now=now)
            _count(change, invoices=1, promised=len(changed), old=invoice.total)
            _count(change, new=invoice.total + sum(changed))
            _tell_replaced(change, invoice, now)
            count += 1
        change.save(update_fields=["effect"])
        return count


def _differences(rows: Sequence[Contribution], table: TariffTable) -> list[int]:
    """By how many rupiah each month differs that is asked at another price than holds now."""
    found = []
    for row in rows:
        price = price_now(row, table)
        if price and (price.jkk, price.jkm, price.jht) != (row.jkk, row.jkm, row.jht):
            found.append(price.total - row.amount)
    return found


def _count(change: TariffChange, **more: int) -> None:
    for name, number in more.items():
        change.effect[name] = change.effect.get(name, 0) + number


# --- bought months -------------------------------------------------------------------
def _give_back(work: _Work, ids: Sequence[int], now: datetime) -> int:
    """Correct the months of one donor that are still dearer than the tariff says."""
    with transaction.atomic():
        change = _hold(work.change)
        rows = Contribution.everything.filter(pk__in=ids)
        locks.lock_workers(rows.values_list("worker", flat=True))
        held = rows.filter(status__in=COUNTED).exclude(
            Q(corrections__change=change) | Q(posting__payment__status=Payment.Status.REVERSED)
        )
        worth = worth_of(ids)
        found: list[tuple[Contribution, int]] = []
        for row in held.select_related("sponsorship__donor", "sponsorship__programme"):
            price = price_now(row, work.table)
            if price and price.total < worth[row.pk]:
                found.append((row, worth[row.pk] - price.total))
        if found:
            _write(change, found, now)
            bells.ring("credit_to_spend")
        return len(found)


def _write(change: TariffChange, found: list[tuple[Contribution, int]], now: datetime) -> None:
    sums: dict[Account, int] = defaultdict(int)
    accounts: dict[tuple[bool, int], Account] = {}
    for row, amount in found:
        case = row.sponsorship
        is_budget = case.funding in BUDGETS
        owner = (is_budget, case.programme_id if is_budget else case.donor_id)
        if owner not in accounts:
            accounts[owner] = rest_account(case)
        sums[accounts[owner]] += amount
    payable = ledger.account(Account.Kind.PAYABLE)
    posting = ledger.post(
        # A month is corrected once by a change: the first makes the key this fact's own.
        key=f"corrected:{change.pk}:{min(row.pk for row, _amount in found)}",
        kind=CORRECTED,
        now=now,
        transfers=[(payable, account, amount) for account, amount in sums.items()],
    )
    PriceCorrection.objects.bulk_create(
        PriceCorrection(
            contribution=row, change=change, posting=posting, amount=amount, made_at=now
        )
        for row, amount in found
    )


# --- telling and closing ---------------------------------------------------------------
def _tell(change: TariffChange, now: datetime) -> None:
    """Tell each donor once what his months gave back; again only if later months join."""
    given: dict[int, dict[bool, tuple[int, int]]] = defaultdict(dict)
    sums = (
        PriceCorrection.objects.filter(change=change)
        .order_by()
        .values_list("contribution__sponsorship__donor", "contribution__sponsorship__funding")
        .annotate(months=Count("pk"), amount=Sum("amount"))
    )
    for donor_id, funding, months, amount in sums:
        before = given[donor_id].get(funding in BUDGETS, (0, 0))
        given[donor_id][funding in BUDGETS] = (before[0] + months, before[1] + amount)
    for donor in Donor.everything.filter(pk__in=given).order_by("pk"):
        credit, fund = (given[donor.pk].get(is_budget, (0, 0)) for is_budget in (False, True))
        back = GivenBack(months=credit[0] + fund[0], credit=credit[1], fund=fund[1])
        tell_donor(
            donor=donor,
            key=f"tariff:{change.pk}:{donor.pk}:{back.amount}",
            kind="price_corrected",
            text=lambda _user, back=back: corrected_letter(change, back),  # type: ignore[misc]
            now=now,
        )


def _tell_replaced(change: TariffChange, invoice: Invoice, now: datetime) -> None:
    tell_donor(
        donor=invoice.donor,
        key=f"tariff_invoice:{invoice.pk}",
        kind="invoice_repriced",
        text=lambda _user: replaced_letter(change, invoice),
        now=now,
    )


def _close(change: TariffChange, now: datetime) -> int:
    """Write down what the change did, and that it waits no more; 0 if that stood already."""
    with transaction.atomic():
        held = _hold(change)
        corrections = PriceCorrection.objects.filter(change=change)
        held.effect |= corrections.aggregate(
            months=Count("pk"),
            amount=Sum("amount", default=0),
            donors=Count("contribution__sponsorship__donor", distinct=True),
        )
        is_first = held.followed_up_at is None
        held.followed_up_at = held.followed_up_at or now
        held.save(update_fields=["effect", "followed_up_at"])
        return int(is_first)
