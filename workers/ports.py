"""What this floor must ask of a higher one, which it may not import.

The settings name the function of the floor above that answers.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class PaidSpan:
    """Months of a worker that somebody has paid, both days inclusive."""

    donor_id: int
    enrollment_id: int
    covered_from: date
    covered_until: date
    accepted: bool


def paid_spans(worker_ids: Collection[int]) -> dict[int, list[PaidSpan]]:
    """Return the paid months of each of these workers, whoever paid, as joined spans in
    order of day. A worker without any has no entry. One query."""
    answer = import_string(settings.PAID_SPANS)
    found: dict[int, list[PaidSpan]] = answer(worker_ids)
    return found
