"""Tariffs corrected backwards: what months gave back is in the books, and never too much."""

from datetime import datetime

from django.db.models import F, Q

from contributions.checks.base import BEHIND, Check, ids, total
from contributions.models import Contribution, PriceCorrection, TariffChange
from contributions.worth import CORRECTED, worth
from payments.models import Account, Posting, Transfer


def _wrong_corrections(now: datetime) -> list[int]:
    """Postings of corrections that moved something else than their corrections say."""
    left = Transfer.objects.filter(debit__kind=Account.Kind.PAYABLE)
    rows = Posting.objects.filter(
        Q(kind=CORRECTED) | Q(pk__in=PriceCorrection.objects.values("posting"))
    ).annotate(moved=total(left, "posting"), told=total(PriceCorrection.objects.all(), "posting"))
    return ids(rows.exclude(moved=F("told")))


def _given_too_much(now: datetime) -> list[int]:
    corrected = Contribution.everything.filter(
        pk__in=PriceCorrection.objects.order_by().values("contribution")
    )
    return ids(corrected.annotate(worth=worth()).filter(worth__lt=0))


def _not_followed_up(now: datetime) -> list[int]:
    waiting = TariffChange.objects.filter(followed_up_at__isnull=True, made_at__lt=now - BEHIND)
    return ids(waiting)


CHECKS = (
    Check("correction", "Corrections differ from their posting; postings", _wrong_corrections),
    Check("overcorrected", "A month gave back more than it cost; months", _given_too_much),
    Check("tariff", "A change of tariff waits; changes", _not_followed_up, is_grave=False),
)
