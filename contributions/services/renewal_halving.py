"""A chunk that the database refuses is halved until what is wrong stands alone: nobody's
renewal waits for somebody else's broken data."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from contributions import renewal_sql as sql
from contributions.models import RenewalChunk, RenewalRun
from contributions.services.renewal_plan import Part, day_of, due_rows, scope_of, select

logger = logging.getLogger(__name__)


class Key(NamedTuple):
    """What is due, in the order of parts."""

    donor: int
    programme: int
    end: date
    sponsorship: int


_DUE = """
SELECT s.donor_id, s.programme_id, s.paid_until, s.id {due}
ORDER BY s.donor_id, s.programme_id, s.paid_until, s.id
"""
_COUNT = "SELECT COUNT(*) {due}"


def halve(run: RenewalRun, number: int, *, now: datetime) -> bool:
    """Cut a chunk into parts, or refuse the one line that is left in it (`Reason.FAILED`).

    False where nothing in it can be refused any more. A chunk that was finished meanwhile
    stays as it is.
    """
    with transaction.atomic():
        chunk = RenewalChunk.objects.select_for_update().get(run=run, number=number)
        if chunk.finished_at is not None:
            return True
        day = day_of(run, now)
        due = [
            Key(donor, programme, sql.read_day(end), pk)
            for donor, programme, end, pk in select(_DUE.format(due=due_rows(day, scope_of(chunk))))
        ]
        if not due or chunk.is_refused:
            return False
        if len(due) > 1:
            _cut(chunk, _halves(chunk, due), day)
        else:
            chunk.is_refused = True
            chunk.save(update_fields=["is_refused"])
            logger.error("sponsorship %s cannot be renewed: it needs a person", due[0].sponsorship)
    return True


def _halves(chunk: RenewalChunk, due: Sequence[Key]) -> list[Part]:
    """By donors where there are several, else by programmes, else in order of the end of
    cover. Parts of one programme stay in order: they share its money."""
    first, last, middle = due[0], due[-1], due[len(due) // 2]
    if first.donor != last.donor:
        cut = middle.donor if middle.donor != first.donor else middle.donor + 1
        return [Part(chunk.first_donor, cut - 1), Part(cut, chunk.last_donor)]
    if chunk.programme_id is None:
        pairs = sorted({(key.donor, key.programme) for key in due})
        return [Part(donor, donor, programme_id=programme) for donor, programme in pairs]
    before = due[len(due) // 2 - 1]
    place = before.end, before.sponsorship
    whole = Part(
        chunk.first_donor, chunk.last_donor, programme_id=chunk.programme_id, in_order=True
    )
    return [
        replace(
            whole,
            after_end=chunk.after_end,
            after_sponsorship=chunk.after_sponsorship,
            until_end=place[0],
            until_sponsorship=place[1],
        ),
        replace(
            whole,
            after_end=place[0],
            after_sponsorship=place[1],
            until_end=chunk.until_end,
            until_sponsorship=chunk.until_sponsorship,
        ),
    ]


def _cut(chunk: RenewalChunk, parts: Sequence[Part], day: date) -> None:
    last = RenewalChunk.objects.filter(run=chunk.run_id).aggregate(last=Max("number"))["last"]
    for part, number in zip(
        parts, [chunk.number, *range(last + 1, last + len(parts))], strict=True
    ):
        count = select(_COUNT.format(due=due_rows(day, scope_of(part))))[0][0]
        fresh = RenewalChunk(run_id=chunk.run_id, number=number, **vars(replace(part, lines=count)))
        fresh.pk = chunk.pk if number == chunk.number else None
        fresh.save()
