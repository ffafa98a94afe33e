"""What is left at a payment provider that no longer serves: nobody asks it any more."""

from datetime import datetime

from django.db.models import Q

from contributions.checks.base import Check, ids
from payments.gateways.registry import serving
from payments.models import Payment, Refund
from payments.services.applying import OPEN
from payments.services.matching import GATEWAY as BANK


def _left_behind(now: datetime) -> list[int]:
    """Payments that are open, or of which a confirmed refund waits, at a provider of which
    neither PAYMENT_GATEWAY nor PAYMENT_GATEWAYS_ALSO knows."""
    unsent = Refund.everything.filter(
        status=Refund.Status.CONFIRMED, target=Refund.Target.INSTRUMENT
    )
    waits = Q(status__in=OPEN) | Q(pk__in=unsent.values("payment"))
    return ids(Payment.everything.filter(waits).exclude(gateway__in=[BANK, *serving()]))


CHECKS = (
    Check(
        "provider_gone",
        "Open payments or refunds at a provider that no longer serves; payments",
        _left_behind,
        is_grave=False,
    ),
)
