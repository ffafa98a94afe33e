"""The few numbers that everyone may read, each with what it counts (P34)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, Sum

from contributions.models import Contribution, Coverage
from donors.models import Donor

#: Smaller groups could name a person.
SMALLEST_SHOWN = 5


@dataclass(frozen=True)
class PublicFigures:
    """People, months and donors; None where fewer than SMALLEST_SHOWN people stand behind.

    `covered_today`: people whose accepted cover includes the day. `months_accepted`:
    worker-months that BPJS has ever accepted through the portal. `donors`: those with at
    least one such month. `private_rupiah`: what private donors and CSR paid for them.
    """

    day: date
    covered_today: int | None
    months_accepted: int
    donors: int | None
    private_rupiah: int


def public_figures(*, today: date) -> PublicFigures:
    """Count what the front page shows, in three statements."""
    covered = Coverage.objects.filter(covered_from__lte=today, covered_until__gte=today)
    people = covered.aggregate(people=Count("worker", distinct=True))["people"]
    accepted = Contribution.everything.filter(status=Contribution.Status.ACCEPTED)
    months = accepted.aggregate(
        count=Count("pk"),
        rupiah=Sum("amount", filter=Q(sponsorship__funding__in=["private", "csr"])),
    )
    donors = Donor.everything.filter(pk__in=accepted.values("sponsorship__donor")).count()
    return PublicFigures(
        day=today,
        covered_today=_or_none(people),
        months_accepted=months["count"],
        donors=_or_none(donors),
        private_rupiah=months["rupiah"] or 0,
    )


def _or_none(count: int) -> int | None:
    return count if count >= SMALLEST_SHOWN else None
