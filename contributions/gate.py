"""For whom nothing is asked or taken: what every step that asks or takes money asks first.

The reasons are the lower floor's (`workers.standing`): a death known or reported, a wage
earner, one who left, a frozen case. Cover and months already paid are none of its business.
"""

from collections.abc import Iterable
from datetime import datetime

from contributions.models import Contribution, Sponsorship
from payments.models import Invoice
from workers import standing

#: Sponsorship, worker, case.
Line = tuple[int, int, int]


def withheld(rows: Iterable[Sponsorship]) -> set[int]:
    """Return the ids of those sponsorships for which nothing is asked now. Three queries."""
    return withheld_lines((row.pk, row.worker_id, row.enrollment_id) for row in rows)


def withheld_lines(lines: Iterable[Line]) -> set[int]:
    """The same of lines, for those who read no whole rows."""
    lines = list(lines)
    held = standing.holds_of({worker for _row, worker, _case in lines})
    frozen = standing.frozen_cases({case for _row, _worker, case in lines})
    return {row for row, worker, case in lines if worker in held or case in frozen}


def withheld_at(rows: Iterable[Sponsorship], when: datetime) -> set[int]:
    """Return the ids of those sponsorships for which nothing could be bought at an instant.

    What the provider had before the portal knew of anything is bought still: cover begins
    at his time (P2).
    """
    rows = list(rows)
    held = withheld(rows)
    since = standing.held_since({row.worker_id for row in rows if row.pk in held})
    return {row.pk for row in rows if row.pk in held and not when < _since(row, since, when)}


def _since(row: Sponsorship, since: dict[int, datetime], when: datetime) -> datetime:
    instants = [since.get(row.worker_id), row.enrollment.frozen_at]
    return min((at for at in instants if at is not None), default=when)


def is_withheld(invoice: Invoice) -> bool:
    """Tell whether somebody stands on an invoice for whom nothing is asked now."""
    lines = Contribution.everything.filter(invoice=invoice).order_by()
    return bool(
        withheld_lines(
            lines.values_list("sponsorship", "worker", "sponsorship__enrollment").distinct()
        )
    )
