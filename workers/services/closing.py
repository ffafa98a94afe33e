"""Closing an office: its areas and its open cases go to the one that takes its place.

The office's row is the queue: closed, with a successor. What waits there moves by a
clock job, so that a case that comes in or is let go of while the office closes is
found a few minutes later. A case that an officer holds stays with him until he decides
it or lets it go.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from regions.models import Office
from regions.office_table import Serves, Table
from workers.models import Enrollment
from workers.services.offices import CannotChangeOffice, rewrite
from workers.services.thread import tell_thread

#: States in which a case still has a way before it, and nobody has it in hand.
MOVING = (
    Enrollment.Status.AWAITING_CONSENT,
    Enrollment.Status.SUBMITTED,
    Enrollment.Status.RETURNED,
)
BATCH = 200


class WrongSuccessor(CannotChangeOffice):
    """The office cannot take another's place."""

    sentence = _("Pilih kantor cabang lain yang buka sebagai penerima.")


def close_office(
    *, office: Office, successor: Office | None, seen: int, by: User, now: datetime
) -> int:
    """Close an office and hand what it does to `successor`; return how many cases moved now.

    The successor becomes the default of each regency of which the office was, "belum
    diatur" where it did not serve it before, and takes its districts and villages.
    The first cases move at once, the others by `move_cases`. A Kanwil needs no
    successor, but must have no province and no open branch left. Raises WrongSuccessor,
    OfficesChanged, BreaksRule.
    """
    is_kanwil = office.kind == Office.Kind.KANWIL
    if is_kanwil != (successor is None) or (successor and not _may_succeed(successor, office)):
        raise WrongSuccessor

    def edit(table: Table) -> None:
        table.offices[office.code].is_open = False
        if successor is not None:
            _hand_areas(table, office.code, successor.code)

    with transaction.atomic():
        rewrite(edit=edit, by=by, now=now, office=office, seen=seen)
        Office.objects.filter(pk=office.pk).update(successor=successor)
        Office.objects.filter(successor=office).update(successor=successor)
    return move_cases(now=now)["moved"]


def _may_succeed(successor: Office, office: Office) -> bool:
    return successor.is_open and successor.kind != Office.Kind.KANWIL and successor.pk != office.pk


def _hand_areas(table: Table, closing: str, successor: str) -> None:
    """Pass on what nobody would do any more: defaults, districts and villages."""
    for (code, regency), how in list(table.areas.items()):
        if code == closing and how.is_default:
            how.is_default = False
            known = table.areas.get((successor, regency))
            is_configured = known.is_configured if known else False
            table.areas[successor, regency] = Serves(is_default=True, is_configured=is_configured)
    for area, code in table.exceptions.items():
        if code == closing:
            table.exceptions[area] = successor


def reopen_office(*, office: Office, seen: int, by: User, now: datetime) -> None:
    """Open a closed office again; what it gave away stays where it is. Raises OfficesChanged."""

    def edit(table: Table) -> None:
        table.offices[office.code].is_open = True

    rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


def move_cases(*, now: datetime) -> dict[str, int]:
    """Move cases that wait at a closed office to its successor, BATCH at most; count them.

    Each keeps the day it came in and the day it is due, and its thread says where it
    went. A case that somebody takes in the same instant stays with him.
    """
    waiting = Enrollment.everything.filter(
        office__is_open=False, office__successor__isnull=False, status__in=MOVING
    )
    moved = 0
    for case in waiting.select_related("office").order_by("submitted_at", "pk")[:BATCH]:
        assert case.office is not None  # noqa: S101  (the filter asks for it)
        with transaction.atomic():
            same = Enrollment.everything.filter(pk=case.pk, office=case.office, status=case.status)
            if same.update(office=case.office.successor_id):
                tell_thread(
                    enrollment=case,
                    kind="office_closed",
                    now=now,
                    before={"office": case.office_id},
                    after={"office": case.office.successor_id},
                )
                moved += 1
    return {"moved": moved}
