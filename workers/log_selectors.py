"""Questions of those who watch: who looked at what, and who did what.

A row belongs to the office that it bears; one without an office is for head office.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import AuditEvent, Role, User, ViewLog
from regions.models import Office
from workers import log_texts
from workers.log_subjects import Subject, read_subjects
from workers.log_texts import Text

READERS = (Role.Kind.BRANCH_SUPERVISOR, Role.Kind.AUDITOR, Role.Kind.HEAD_OFFICE)


@dataclass(frozen=True)
class Look:
    """One row of the view log as people read it."""

    row: ViewLog
    viewer: str
    what: Text
    reason: Text
    subject: Subject


@dataclass(frozen=True)
class Detail:
    """One value that an action changed or told; either side may be empty."""

    label: Text
    before: str
    after: str


@dataclass(frozen=True)
class Act:
    """One row of the audit log as people read it.

    `is_sealed` says that personal values before and after are kept, which nobody reads here.
    """

    row: AuditEvent
    actor: str
    action: Text
    subject: Subject
    details: list[Detail]
    is_sealed: bool


# --- whose rows ---------------------------------------------------------------------------
def log_offices(reader: User) -> QuerySet[Office]:
    """The offices whose rows somebody may read: of a supervisor those of his desk, of an
    auditor those of his scope, of head office all."""
    if reader.is_head_office or reader.audits_the_country:
        return Office.objects.order_by("name")
    own = [o.pk for o in reader.offices(Role.Kind.BRANCH_SUPERVISOR, Role.Kind.AUDITOR)]
    audited = [o.pk for o in reader.offices(Role.Kind.AUDITOR)]
    return Office.objects.filter(
        Q(pk__in=own) | Q(parent__in=own) | Q(successor__in=own) | Q(parent__parent__in=audited)
    ).order_by("name")


def looks_for(reader: User) -> QuerySet[ViewLog]:
    """The looks that somebody may read about, the newest first."""
    return _of_reader(ViewLog.objects.select_related("viewer", "office"), reader)


def acts_for(reader: User) -> QuerySet[AuditEvent]:
    """The actions that somebody may read about, the newest first.

    Their sealed half is not read from the database but for whether it is empty.
    """
    events = AuditEvent.objects.select_related("actor", "office").defer("personal")
    return _of_reader(events.annotate(is_plain=Q(personal="")), reader)


def _of_reader(rows: QuerySet[Any], reader: User) -> QuerySet[Any]:
    newest = rows.order_by("-at", "-pk")
    if reader.is_head_office:
        return newest
    return newest.filter(office__in=list(log_offices(reader).values_list("pk", flat=True)))


def people_of(reader: User) -> QuerySet[User]:
    """The people whose looks and actions somebody may read about, by name."""
    held = Role.objects.all()
    if not reader.is_head_office:
        held = held.filter(office__in=log_offices(reader).values("pk"))
    return User.objects.filter(pk__in=held.values("user")).order_by("name", "pk")


# --- as people read them ------------------------------------------------------------------
def read_looks(rows: Iterable[ViewLog], *, reader: User) -> list[Look]:
    """Read rows of the view log; the number of queries does not grow with them."""
    rows = list(rows)
    subjects = read_subjects(((r.object_type, r.object_id) for r in rows), reader=reader)
    return [
        Look(
            row=row,
            viewer=_name(row.viewer),
            what=log_texts.look_text(row.what),
            reason=log_texts.reason_text(row.reason),
            subject=subjects[row.object_type, row.object_id],
        )
        for row in rows
    ]


def read_acts(rows: Iterable[AuditEvent], *, reader: User) -> list[Act]:
    """Read rows of `acts_for`; the number of queries does not grow with them."""
    rows = list(rows)
    subjects = read_subjects(((r.object_type, r.object_id) for r in rows), reader=reader)
    people, offices = _people_in(rows), _offices_in(rows)
    return [
        Act(
            row=row,
            actor=_name(row.actor) if row.actor else "",
            action=log_texts.action_text(row.action),
            subject=subjects[row.object_type, row.object_id],
            details=_details(row, people, offices),
            is_sealed=not row.is_plain,  # type: ignore[attr-defined]
        )
        for row in rows
    ]


def _name(user: User) -> str:
    return user.name or f"#{user.pk}"


def _people_in(rows: list[AuditEvent]) -> dict[int, str]:
    found = User.objects.filter(pk__in=_values(rows, log_texts.PEOPLE))
    return {user.pk: _name(user) for user in found.only("pk", "name")}


def _offices_in(rows: list[AuditEvent]) -> dict[int, str]:
    found = Office.objects.filter(pk__in=_values(rows, log_texts.OFFICES))
    return dict(found.values_list("pk", "name"))


def _values(rows: list[AuditEvent], keys: Iterable[str]) -> set[int]:
    told = [side for row in rows for side in (row.before, row.after)]
    values = {side.get(key) for side in told for key in keys}
    return {value for value in values if isinstance(value, int)}


def _details(row: AuditEvent, people: dict[int, str], offices: dict[int, str]) -> list[Detail]:
    names = {"people": people, "offices": offices}
    details = [
        Detail(
            label=log_texts.KEYS.get(key, key),
            before=log_texts.value_text(key, row.before.get(key), **names),
            after=log_texts.value_text(key, row.after.get(key), **names),
        )
        for key in dict.fromkeys([*row.before, *row.after])
    ]
    return [told for told in details if told.before != told.after]
