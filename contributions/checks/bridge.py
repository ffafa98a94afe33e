"""Proofs of the bridge fund: what came in, what it paid, and that it was open when it did."""

from datetime import datetime

from django.db.models import F, Q, Sum

from contributions.checks.base import Check, ids, total
from contributions.models import BridgeGrant, BridgeReceipt, Contribution
from contributions.services.bridging import GRANTED
from contributions.services.recounting import COUNTED
from contributions.worth import total_worth
from donors.models import Programme
from payments import ledger
from payments.models import Account, Posting, Transfer


def _wrong_balance(now: datetime) -> list[int]:
    """What the fund holds and its months are worth differs from what was booked into it."""
    left = BridgeReceipt.objects.aggregate(sum=Sum(F("amount") - F("taken_back")))["sum"] or 0
    months = Contribution.everything.filter(
        sponsorship__programme__kind=Programme.Kind.BRIDGE, status__in=COUNTED
    )
    holds = sum(map(ledger.balance_of, Account.objects.filter(kind=Account.Kind.BRIDGE)))
    difference = holds + total_worth(months) - left
    return [difference] if difference else []


def _wrong_grants(now: datetime) -> list[int]:
    """Postings of the fund whose money is not that of their grants' months."""
    out = Transfer.objects.filter(debit__kind=Account.Kind.BRIDGE)
    granted = Contribution.everything.filter(pk__in=BridgeGrant.everything.values("contribution"))
    rows = Posting.objects.filter(kind=GRANTED).annotate(
        moved=total(out, "posting"), told=total(granted, "posting")
    )
    return ids(rows.exclude(moved=F("told")))


def _granted_while_closed(now: datetime) -> list[int]:
    """Months granted while the fund was not open: it is off unless head office opens it."""
    rows = BridgeGrant.everything.filter(
        Q(fund__opened_at__isnull=True)
        | Q(granted_at__lt=F("fund__opened_at"))
        | Q(fund__closed_at__isnull=False, granted_at__gt=F("fund__closed_at"))
    )
    return ids(rows)


CHECKS = (
    Check("bridge", "The bridge fund differs from what was booked into it by", _wrong_balance),
    Check("bridge_grant", "The fund paid something else than its grants; postings", _wrong_grants),
    Check("bridge_closed", "Granted while the fund was closed; grants", _granted_while_closed),
)
