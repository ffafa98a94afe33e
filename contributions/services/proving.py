"""Proving the books and keeping what was found: every night, after renewals, when asked."""

from datetime import datetime, timedelta
from time import perf_counter_ns
from typing import Any

from django.db import transaction

from bricks.moment import one_moment
from contributions.books import check_books, count_months, identity
from contributions.models import BooksCheck

KEPT = timedelta(days=400)


class BooksDisagree(Exception):
    """A proof has grave findings. It is kept; the run that made it fails, so that it is seen."""


def prove_books(*, occasion: str, now: datetime) -> BooksCheck:
    """Ask every question of the books, and keep the answers with the identity of P35.

    Checks older than 400 days go. Nothing else is written: whoever reads the newest check
    need not compute it.
    """
    started = perf_counter_ns()
    # Of one moment: else a payment that settles meanwhile would look like wrong books.
    with one_moment():
        findings = check_books(now=now)
        money, months = identity(), count_months(now=now)
    check = BooksCheck(
        made_at=now,
        occasion=occasion,
        identity={**_plain(vars(money)), "holds": money.holds, "figures": _plain(vars(months))},
        findings=[vars(finding) for finding in findings],
        grave=sum(finding.count for finding in findings if finding.is_grave),
        took_ms=(perf_counter_ns() - started) // 1_000_000,
    )
    with transaction.atomic():
        check.save()
        BooksCheck.objects.filter(made_at__lt=now - KEPT).delete()
    return check


def must_agree(check: BooksCheck) -> dict[str, int]:
    """Say what a kept proof found. Raises BooksDisagree where something of it is grave."""
    if check.grave:
        raise BooksDisagree(counts_of(check))
    return counts_of(check)


def counts_of(check: BooksCheck) -> dict[str, int]:
    """Say for the log of jobs what was found; `wrong` sums the grave findings."""
    return {"wrong": check.grave, **{f["kind"]: f["count"] for f in check.findings}}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
