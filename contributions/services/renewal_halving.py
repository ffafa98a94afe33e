"""A chunk that the database refuses is halved until what is wrong stands alone: nobody's
renewal waits for somebody else's broken data."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from contributions import renewal_sql as sql
from contributions.models import RenewalChunk
from contributions.services.renewal_plan import Part, due_rows, scope_of, select

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


def halve(tried: RenewalChunk) -> bool:
    """Cut a chunk that the database refused into parts, or refuse the one line that is left
    in it (`Reason.FAILED`).

    False where nothing in it can be refused any more. One that was finished meanwhile, or
    that another process has cut, stays as it is.
    """
    with transaction.atomic():
        chunk = RenewalChunk.objects.select_for_update().select_related("run").get(pk=tried.pk)
        if chunk.finished_at is not None or _bounds(chunk) != _bounds(tried):
            return True
        today = chunk.run.today
        rows = select(_DUE.format(due=due_rows(today, scope_of(chunk))))
        due = [Key(donor, own, sql.read_day(end), pk) for donor, own, end, pk in rows]
        if not due or chunk.is_refused:
            return False
        if len(due) > 1:
            _cut(chunk, _halves(chunk, due), today)
        else:
            _refuse(chunk, due[0])
    return True


def _bounds(chunk: RenewalChunk) -> tuple[str, bool]:
    """What a chunk may have, and whether that is refused already."""
    return scope_of(chunk), chunk.is_refused


def _refuse(chunk: RenewalChunk, key: Key) -> None:
    """Let a chunk have this line only, and refuse it."""
    chunk.first_donor = chunk.last_donor = key.donor
    chunk.programme_id = key.programme
    chunk.after_end, chunk.after_sponsorship = key.end, key.sponsorship - 1
    chunk.until_end, chunk.until_sponsorship = key.end, key.sponsorship
    chunk.is_refused = True
    chunk.save()
    logger.error("sponsorship %s cannot be renewed: it needs a person", key.sponsorship)


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
