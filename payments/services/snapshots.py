"""What shared accounts stood at, day by day: balances without the whole history."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from bricks.clock import end_of_jakarta_day
from bricks.months import ONE_DAY
from payments import ledger
from payments.models import Account, Snapshot, Transfer


def take_snapshots(*, today: date, now: datetime) -> dict[str, int]:
    """Write what each shared account stood at at the end of every day before `today`.

    An account begins with yesterday; days that were missed are made up for. Idempotent;
    a snapshot is never written twice. No posting is written meanwhile, so that none falls
    between a snapshot and what is added to it.
    """
    made = 0
    with transaction.atomic():
        ledger.hold_postings()
        mark = Transfer.objects.aggregate(last=Max("pk"))["last"] or 0
        for account in Account.objects.exclude(kind__in=Account.KEPT).order_by("pk"):
            newest = Snapshot.objects.filter(account=account).order_by("-day").first()
            for day in _missing(newest, today):
                newest = Snapshot.objects.create(
                    account=account,
                    day=day,
                    ends_at=end_of_jakarta_day(day),
                    amount=_amount(account, newest, end_of_jakarta_day(day), mark),
                    last_transfer=mark,
                    made_at=now,
                )
                made += 1
    return {"snapshots": made}


def _missing(newest: Snapshot | None, today: date) -> list[date]:
    first = today - ONE_DAY if newest is None else newest.day + ONE_DAY
    return [first + timedelta(days=n) for n in range((today - first).days)]


def _amount(account: Account, before: Snapshot | None, ends_at: datetime, mark: int) -> int:
    """Work a day's end out from the snapshot before it, or from all transfers without one."""
    known = Q(pk__lte=mark)
    if before is None:
        return ledger.risen(account, known & Q(posting__posted_at__lt=ends_at))
    day = Q(posting__posted_at__gte=before.ends_at, posting__posted_at__lt=ends_at)
    late = Q(pk__gt=before.last_transfer, posting__posted_at__lt=before.ends_at)
    moved = sum(ledger.risen(account, known & condition) for condition in (day, late))
    return before.amount + moved
