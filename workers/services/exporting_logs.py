"""A log that leaves the portal as a file: the export itself is a row of the view log."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.audit import record_view
from accounts.models import Role, User

VIEW_LOG, AUDIT_LOG = "view_log", "audit_log"
#: A spreadsheet of more rows is read by nobody; days can be chosen.
MOST_ROWS = 20_000

Read = TypeVar("Read")


class TooManyRows(Exception):
    """More than MOST_ROWS rows were asked for; its sentence is fit for who asks."""

    def __str__(self) -> str:
        told = {"most": MOST_ROWS}
        return _("Lebih dari %(most)d baris. Pilih hari yang lebih sedikit.") % told


@transaction.atomic
def export_log(
    *,
    rows: QuerySet[Any],
    read: Callable[..., Iterable[Read]],
    what: str,
    days: tuple[date, date],
    reader: User,
    now: datetime,
) -> list[Read]:
    """Read rows for a file, and write into the view log who took them.

    `rows` are narrowed down to what the reader may see; `what` is VIEW_LOG or AUDIT_LOG.
    Raises TooManyRows.
    """
    found = list(rows[: MOST_ROWS + 1])
    if len(found) > MOST_ROWS:
        raise TooManyRows
    lines = list(read(found, reader=reader))
    first, last = days
    offices = reader.offices(Role.Kind.BRANCH_SUPERVISOR, Role.Kind.AUDITOR)
    record_view(
        viewer=reader,
        obj=reader,
        what=what,
        reason=f"{first:%d-%m-%Y} s.d. {last:%d-%m-%Y}, {len(lines)} baris",
        now=now,
        office=offices[0] if offices else None,
    )
    return lines
