"""Whose the money is (P35): what came in, by what it has become."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, Sum

from bricks.clock import jakarta_date
from contributions.models import Contribution
from contributions.public_figures import SMALLEST_SHOWN, public_figures
from contributions.services.recounting import COUNTED
from contributions.worth import total_worth
from donors.models import BUDGETS
from payments.models import Account, Posting, Transfer

Kind = Account.Kind
Status = Contribution.Status


@dataclass(frozen=True)
class Identity:
    """Whose the money is (P35), in rupiah.

    What was received is the sum of the seven others, and of `places`, which say where it is
    by kind of account. Of the months, `waiting` are paid and not yet accepted, the oldest
    since `oldest`.
    """

    received: int
    months: int
    credit: int
    funds: int
    bridge: int
    refunds: int
    fees: int
    not_allocated: int
    places: dict[str, int]
    waiting: int
    oldest: datetime | None

    @property
    def holds(self) -> bool:
        """Whether the parts sum to what was received."""
        parts = (self.months, self.credit, self.funds, self.bridge, self.refunds, self.fees)
        return self.received == sum(parts) + self.not_allocated


def identity() -> Identity:
    """Add up where the money is, from the transfers alone."""
    moved: dict[str, int] = defaultdict(int)
    for debit, credit, amount in Transfer.objects.values_list(
        "debit__kind", "credit__kind"
    ).annotate(sum=Sum("amount")):
        moved[credit] += amount
        moved[debit] -= amount
    waiting = Contribution.everything.filter(status__in=[Status.PAID, Status.SENT])
    oldest = waiting.aggregate(oldest=Min("paid_at"))["oldest"]
    return Identity(
        received=-sum(moved[kind] for kind in Account.PLACES),
        months=moved[Kind.PAYABLE],
        credit=moved[Kind.CREDIT],
        funds=moved[Kind.FUND],
        bridge=moved[Kind.BRIDGE],
        refunds=moved[Kind.REFUNDS],
        fees=moved[Kind.FEES],
        not_allocated=moved[Kind.HOLDING] + moved[Kind.SUSPENSE],
        places={kind.value: -moved[kind] for kind in Account.PLACES},
        waiting=total_worth(waiting),
        oldest=oldest,
    )


@dataclass(frozen=True)
class Months:
    """What was bought, in worker-months and rupiah (P34); money of budgets stands apart.

    What was bought is accepted, waits for BPJS, or was refused by it and waits for the branch.
    `people_ever` counts the workers with at least one accepted month, `people_today` those
    whose cover includes the day. `budget` and `private` are rupiah of bought months and are
    None where fewer than SMALLEST_SHOWN workers stand behind one of them, since a sum could
    then tell of a person.
    """

    bought: int
    accepted: int
    waiting: int
    refused: int
    people_today: int | None
    people_ever: int | None
    budget: int | None
    private: int | None
    since: datetime | None


def count_months(*, now: datetime) -> Months:
    """Count bought months by what has become of them, in a few statements."""
    rows = Contribution.everything.filter(status__in=COUNTED)
    budget = Q(sponsorship__funding__in=BUDGETS)
    accepted = Q(status=Status.ACCEPTED)
    found = rows.aggregate(
        bought=Count("pk"),
        accepted=Count("pk", filter=accepted),
        refused=Count("pk", filter=Q(status=Status.REJECTED)),
        people=Count("worker", filter=accepted, distinct=True),
        budget_people=Count("worker", filter=budget, distinct=True),
        private_people=Count("worker", filter=~budget, distinct=True),
    )
    parts = [total_worth(rows.filter(condition)) for condition in (budget, ~budget)]
    told = all(
        found[people] == 0 or found[people] >= SMALLEST_SHOWN
        for people in ("budget_people", "private_people")
    )
    return Months(
        bought=found["bought"],
        accepted=found["accepted"],
        waiting=found["bought"] - found["accepted"] - found["refused"],
        refused=found["refused"],
        people_today=public_figures(today=jakarta_date(now)).covered_today,
        people_ever=found["people"] if found["people"] >= SMALLEST_SHOWN else None,
        budget=parts[0] if told else None,
        private=parts[1] if told else None,
        since=Posting.objects.aggregate(first=Min("posted_at"))["first"],
    )
