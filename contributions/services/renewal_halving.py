"""A chunk that the database refuses is halved until what is wrong stands alone: nobody's
renewal waits for somebody else's broken data."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from contributions.models import RenewalChunk, RenewalLine, RenewalRun
from contributions.models.renewal import Reason
from contributions.services.renewal_plan import LAST_ID, lines_of, select

logger = logging.getLogger(__name__)

#: A line that is still to be met, in the order of chunks: donor, programme, sponsorship.
Key = tuple[int, int, int]

_UNMET = """
SELECT l.donor_id, l.programme_id, l.sponsorship_id FROM contributions_renewalline l
WHERE {lines} AND l.how <> 'refused' ORDER BY l.donor_id, l.programme_id, l.sponsorship_id
"""


@dataclass(frozen=True)
class Range:
    """A part of a chunk, both ends inclusive."""

    first_donor: int
    last_donor: int
    programme_id: int | None = None
    first_sponsorship: int = 0
    last_sponsorship: int = LAST_ID


def halve(run: RenewalRun, number: int) -> bool:
    """Cut a chunk into parts, or refuse the one line that is left in it (`Reason.FAILED`).

    False where nothing in it can be refused any more. A chunk that was finished meanwhile
    stays as it is.
    """
    with transaction.atomic():
        chunk = RenewalChunk.objects.select_for_update().get(run=run, number=number)
        if chunk.finished_at is not None:
            return True
        unmet: list[Key] = select(_UNMET.format(lines=lines_of(chunk)))
        if not unmet:
            return False
        if len(unmet) == 1:
            _refuse(run, unmet[0])
        else:
            _cut(chunk, _halves(chunk, unmet))
    return True


def _refuse(run: RenewalRun, key: Key) -> None:
    sponsorship = key[2]
    RenewalLine.objects.filter(run=run, sponsorship=sponsorship).update(
        how=RenewalLine.How.REFUSED, reason=Reason.FAILED
    )
    logger.error("sponsorship %s cannot be renewed: it needs a person", sponsorship)


def _halves(chunk: RenewalChunk, unmet: Sequence[Key]) -> list[Range]:
    """By donors where there are several, else by programmes, else by sponsorships."""
    first, last, middle = unmet[0], unmet[-1], unmet[len(unmet) // 2]
    if first[0] != last[0]:
        cut = middle[0] if middle[0] != first[0] else middle[0] + 1
        return [Range(chunk.first_donor, cut - 1), Range(cut, chunk.last_donor)]
    if chunk.programme_id is None:
        return _of_programmes(chunk)
    donor, programme = chunk.first_donor, chunk.programme_id
    return [
        Range(donor, donor, programme, chunk.first_sponsorship, middle[2] - 1),
        Range(donor, donor, programme, middle[2], chunk.last_sponsorship),
    ]


def _of_programmes(chunk: RenewalChunk) -> list[Range]:
    """Each donor of a chunk by his programmes: also those whose lines are all refused."""
    pairs = RenewalLine.objects.filter(
        run=chunk.run_id, donor_id__gte=chunk.first_donor, donor_id__lte=chunk.last_donor
    )
    found = pairs.order_by("donor_id", "programme_id").values_list("donor_id", "programme_id")
    return [Range(donor, donor, programme) for donor, programme in found.distinct()]


def _cut(chunk: RenewalChunk, ranges: Sequence[Range]) -> None:
    last = RenewalChunk.objects.filter(run=chunk.run_id).aggregate(last=Max("number"))["last"]
    for part, number in enumerate([chunk.number, *range(last + 1, last + len(ranges))]):
        fresh = RenewalChunk(run_id=chunk.run_id, number=number, lines=0, **vars(ranges[part]))
        lines = select(
            f"SELECT COUNT(*) FROM contributions_renewalline l WHERE {lines_of(fresh)}"  # noqa: S608 - ids
        )
        fresh.lines = lines[0][0]
        fresh.pk = chunk.pk if number == chunk.number else None
        fresh.save()
