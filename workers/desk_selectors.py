"""Questions of the branch's desk: its queue, what stands beside a case, who holds what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerChoices,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    prefetch_related_objects,
)
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User, ViewLog
from bricks.clock import jakarta_date
from bricks.months import add_months
from donors.models import DonorMember
from regions.models import Holiday, Office
from workers.age import LIMIT_YEARS
from workers.models import Check, Enrollment, EnrollmentEvent, Worker

#: What the view log calls a look at NIK, phone and address, and how long it opens them.
IDENTITY = "nik, phone, address"
LOOK_LASTS = timedelta(minutes=30)
#: Urgent cases first, then the oldest (P22).
QUEUE_ORDER = ("urgency", "submitted_at", "pk")

BRANCH_ROLES = (Role.Kind.BRANCH_OFFICER, Role.Kind.BRANCH_SUPERVISOR)
#: Kind of the thread's line by which an officer declares a family tie (P22).
FAMILY_DECLARED = "family_declared"
#: The states in which something may still be asked or taken for a case, so that it may
#: be frozen (P18).
FREEZABLE = (*Enrollment.OPEN, Enrollment.Status.APPROVED)
SATURDAY = 5
#: A case is urgent if the worker turns 65 within so many days (P22).
BIRTHDAY_SOON = timedelta(days=60)
#: A case is urgent if its agreement's cover begins within so many days (P22).
AGREEMENT_SOON = timedelta(days=14)
#: A case is urgent if the worker's present cover ends within so many days (P22).
COVER_ENDS_SOON = timedelta(days=14)


class Urgency(IntegerChoices):
    """Why a case comes before older ones, the weightiest reason first (P22)."""

    BIRTHDAY = 0, _("Segera 65 tahun")
    COVER_ENDS = 1, _("Perlindungan segera berakhir")
    AGREEMENT = 2, _("Perjanjian segera mulai")
    OVERDUE = 3, _("Lewat batas")
    NONE = 9, ""


# --- whose desk ----------------------------------------------------------------------
def desk_offices(user: User) -> QuerySet[Office]:
    """The offices at whose desk a user works: his own, the sub-branches of a branch, and
    closed ones whose work goes on at his."""
    return with_those_below(user.offices(*BRANCH_ROLES))


def supervised_offices(user: User) -> QuerySet[Office]:
    """The offices at whose desk a user is supervisor; at others he may be an officer only."""
    return with_those_below(user.offices(Role.Kind.BRANCH_SUPERVISOR))


def with_those_below(offices: Iterable[Office]) -> QuerySet[Office]:
    """These offices, the sub-branches of a branch, and closed ones whose work goes on here."""
    own = [office.pk for office in offices]
    of_own = Q(pk__in=own) | Q(parent__in=own) | Q(successor__in=own)
    return Office.objects.filter(of_own).order_by("name")


def supervises(user: User, office: Office | None) -> bool:
    """Tell whether an office is one of `supervised_offices`, without a question of its own."""
    if office is None or not user.is_active:
        return False
    own = {found.pk for found in user.offices(Role.Kind.BRANCH_SUPERVISOR)}
    return bool(own & {office.pk, office.parent_id, office.successor_id})


def desk_office(user: User) -> Office:
    """The office for which a user works at the desk; of several the first by name. Raises
    Office.DoesNotExist for who has no desk."""
    own = sorted(user.offices(*BRANCH_ROLES), key=lambda office: office.name)
    if not own:
        raise Office.DoesNotExist
    return own[0]


def own_office_above(user: User, office: Office) -> Office:
    """The office of the user's own through which another is at his desk: the branch before
    the sub-branch. Raises Office.DoesNotExist where it is not at his desk."""
    own = {found.pk: found for found in user.offices(*BRANCH_ROLES)}
    above = (office.parent_id, office.successor_id, office.pk)
    found = next((own[pk] for pk in above if pk in own), None)
    if found is None:
        raise Office.DoesNotExist
    return found


def lies_with(office: Office | None, branch: Office) -> bool:
    """Tell whether an office is a branch, one below it, or the one that took it over."""
    if office is None:
        return False
    up = (office.pk, office.parent_id, office.successor_id)
    return branch.pk in up or office.pk == branch.successor_id


def open_desk_offices(user: User, *, besides: int = 0) -> QuerySet[Office]:
    """The open offices among those of a user's desk, to which a case may go; and one more."""
    return desk_offices(user).filter(Q(is_open=True) | Q(pk=besides))


def watched_offices(user: User) -> QuerySet[Office]:
    """The offices whose cases a user may read: his desk's, his Kanwil's, or all."""
    if user.is_head_office:
        return Office.objects.all()
    own = [office.pk for office in user.offices(*BRANCH_ROLES, Role.Kind.AUDITOR)]
    kanwil = [office.pk for office in user.offices(Role.Kind.REGIONAL_ADMIN, Role.Kind.AUDITOR)]
    return Office.objects.filter(
        Q(pk__in=own)
        | Q(parent__in=own)
        | Q(successor__in=own)
        | Q(parent__in=kanwil)
        | Q(parent__parent__in=kanwil)
    )


def watched_cases(user: User) -> QuerySet[Enrollment]:
    """The cases that a member of staff may read, once they have reached a branch."""
    offices = list(watched_offices(user).values_list("pk", flat=True))
    return _whole(Enrollment.everything.filter(office__in=offices, submitted_at__isnull=False))


def works_at_desk_of(user: User, case: Enrollment) -> bool:
    """Tell whether a user works at the desk to which a case belongs."""
    return user.is_active and case.office in desk_offices(user)


def colleagues(case: Enrollment) -> QuerySet[User]:
    """The people at whose desk a case lies, by name."""
    office = case.office
    at_desk = Role.objects.filter(
        kind__in=BRANCH_ROLES,
        ended_at__isnull=True,
        office__in=[office.pk, office.parent_id, office.successor_id] if office else [],
    )
    return User.objects.filter(pk__in=at_desk.values("user"), is_active=True).order_by("name", "pk")


def identity_is_open(case: Enrollment, viewer: User, *, now: datetime) -> bool:
    """Tell whether the viewer may read what bears the full NIK of a case now (P20).

    Its holder may; anyone else at the desk for half an hour after a look that he gave a
    reason for.
    """
    if case.status == Enrollment.Status.IN_REVIEW and case.taken_by_id == viewer.pk:
        return True
    looks = ViewLog.objects.filter(
        viewer=viewer,
        object_type=Enrollment._meta.label_lower,
        object_id=str(case.pk),
        what=IDENTITY,
        at__gte=now - LOOK_LASTS,
    )
    return looks.exists()


def is_own_case(case: Enrollment, user: User) -> bool:
    """Tell whether the user acts for the donor of a case, or has declared it as family."""
    return (
        DonorMember.objects.filter(donor=case.donor_id, user=user, left_at__isnull=True).exists()
        or case.events.filter(kind=FAMILY_DECLARED, actor=user).exists()
    )


def makers_of(donor_id: int) -> QuerySet[User]:
    """The people to whom a donor's cases matter: its owners and makers."""
    members = DonorMember.objects.filter(
        donor=donor_id,
        role__in=[DonorMember.Role.OWNER, DonorMember.Role.MAKER],
        left_at__isnull=True,
    )
    return User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("pk")


# --- the queue -----------------------------------------------------------------------
def desk_cases(
    user: User, *, today: date, offices: Collection[Office] | None = None
) -> QuerySet[Enrollment]:
    """The cases of the user's desk, with `urgency`: urgent ones first, then the oldest.

    `offices` are those of `desk_offices`, where the caller has read them already.
    """
    desk = [office.pk for office in (desk_offices(user) if offices is None else offices)]
    cases = Enrollment.everything.filter(office__in=desk, submitted_at__isnull=False)
    return _whole(cases).annotate(urgency=_urgency(today)).order_by(*QUEUE_ORDER)


def desk_page(cases: Any, *, today: date) -> QuerySet[Enrollment]:
    """Read one page, a slice of `desk_cases`, in its order: what is sorted are narrow rows,
    and only what is shown is read whole. One query."""
    shown = Enrollment.everything.filter(pk__in=cases.values("pk"))
    return _whole(shown).annotate(urgency=_urgency(today)).order_by(*QUEUE_ORDER)


def free_cases(user: User, *, today: date) -> QuerySet[Enrollment]:
    """The cases that the user may take next, in the order of his queue."""
    own_donors = DonorMember.objects.filter(user=user, left_at__isnull=True)
    family = EnrollmentEvent.objects.filter(
        enrollment=OuterRef("pk"), kind=FAMILY_DECLARED, actor=user
    )
    return (
        desk_cases(user, today=today)
        .filter(status=Enrollment.Status.SUBMITTED)
        .exclude(donor__in=own_donors.values("donor"))
        .exclude(Exists(family))
    )


def _urgency(today: date) -> Case:
    born_by = add_months(today + BIRTHDAY_SOON, -12 * LIMIT_YEARS)
    starts = (today, today + AGREEMENT_SOON)
    ends = (today, today + COVER_ENDS_SOON)
    undecided = Q(status__in=Enrollment.UNDECIDED)
    return Case(
        When(undecided & Q(birth_date__lte=born_by), then=Value(Urgency.BIRTHDAY)),
        When(undecided & Q(cover_ends_on__range=ends), then=Value(Urgency.COVER_ENDS)),
        When(undecided & Q(programme__fixed_from__range=starts), then=Value(Urgency.AGREEMENT)),
        When(undecided & Q(due_on__lt=today), then=Value(Urgency.OVERDUE)),
        default=Value(Urgency.NONE),
    )


def _whole(cases: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    return cases.select_related(
        "order", "donor", "programme", "office", "village", "occupation", "taken_by", "worker"
    )


@dataclass(frozen=True)
class DeskCounts:
    """The figures above the queue."""

    undecided: int
    waiting: int
    overdue: int
    mine: int
    returned: int
    frozen: int


def desk_counts(
    user: User, *, today: date, offices: Collection[Office] | None = None
) -> DeskCounts:
    """Count the user's desk, in one query."""
    undecided = Q(status__in=Enrollment.UNDECIDED)
    counts = (
        desk_cases(user, today=today, offices=offices)
        .order_by()
        .aggregate(
            undecided=Count("pk", filter=undecided),
            waiting=Count("pk", filter=Q(status=Enrollment.Status.SUBMITTED)),
            overdue=Count("pk", filter=undecided & Q(due_on__lt=today)),
            mine=Count("pk", filter=Q(status=Enrollment.Status.IN_REVIEW, taken_by=user)),
            returned=Count("pk", filter=Q(status=Enrollment.Status.RETURNED)),
            frozen=Count("pk", filter=Q(frozen_at__isnull=False, status__in=FREEZABLE)),
        )
    )
    return DeskCounts(**counts)


# --- a row of the queue ------------------------------------------------------------------
@dataclass(frozen=True)
class DeskRow:
    """One case in the queue, ready to be shown."""

    case: Enrollment
    place: str
    urgency: Urgency
    working_days: int
    is_overdue: bool
    stops: int
    notes: int


def desk_rows(cases: Iterable[Enrollment], *, today: date) -> list[DeskRow]:
    """Read cases of `desk_cases` as rows; the number of queries does not grow with them."""
    cases = list(cases)
    prefetch_related_objects(cases, "checks")
    ages = working_ages(cases, today)
    return [
        DeskRow(
            case=case,
            place=place_of(case),
            urgency=Urgency(case.urgency),  # type: ignore[attr-defined]
            working_days=ages[case.pk],
            is_overdue=is_overdue(case, today),
            stops=_count(case, Check.Outcome.STOP),
            notes=_count(case, Check.Outcome.NOTE),
        )
        for case in cases
    ]


def place_of(row: Enrollment | Worker) -> str:
    """District and regency of a case or worker; the branch knows its province."""
    return row.village.place.rpartition(", ")[0] if row.village else ""


def _count(case: Enrollment, outcome: str) -> int:
    return sum(check.outcome == outcome for check in case.checks.all())


def is_overdue(case: Enrollment, today: date) -> bool:
    """Tell whether the branch owes a decision since yesterday or longer."""
    return case.status in Enrollment.UNDECIDED and case.due_on is not None and case.due_on < today


def working_ages(cases: Iterable[Enrollment], today: date) -> dict[int, int]:
    """The working days since each case came in, until its decision or today. One query."""
    spans = {case.pk: _span(case, today) for case in cases}
    if not spans:
        return {}
    first = min(start for start, _end in spans.values())
    closed = set(Holiday.objects.filter(date__gte=first).values_list("date", flat=True))
    return {pk: _working_days(start, end, closed) for pk, (start, end) in spans.items()}


def _span(case: Enrollment, today: date) -> tuple[date, date]:
    start = jakarta_date(case.submitted_at) if case.submitted_at else today
    decided = case.decided_at is not None and case.status not in Enrollment.UNDECIDED
    return start, jakarta_date(case.decided_at) if decided and case.decided_at else today


def _working_days(start: date, end: date, closed: set[date]) -> int:
    days = (start + timedelta(days=k) for k in range(1, (end - start).days + 1))
    return sum(day.weekday() < SATURDAY and day not in closed for day in days)


# --- the same person elsewhere --------------------------------------------------------------
def same_nik(case: Enrollment) -> QuerySet[Enrollment]:
    """The other cases of the same NIK, whoever entered them: for the branch's eyes only."""
    if not case.nik_index:
        return Enrollment.everything.none()
    return Enrollment.everything.filter(nik_index=case.nik_index).exclude(pk=case.pk)


def known_worker(case: Enrollment) -> Worker | None:
    """The worker whom the registry has under the NIK of a case."""
    if not case.nik_index:
        return None
    known = Worker.everything.select_related("village", "occupation")
    return known.filter(nik_index=case.nik_index).first()


def differences(case: Enrollment, worker: Worker) -> list[str]:
    """Name the data in which a claim and the registry differ; case and spaces do not count."""
    same = {
        "name": _plain(case.name) == _plain(worker.name),
        "birth_date": case.birth_date == worker.birth_date,
        "sex": case.sex == worker.sex,
        "village": case.village_id == worker.village_id,
        "occupation": case.occupation_id == worker.occupation_id,
    }
    return [name for name, agrees in same.items() if not agrees]


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


# --- who holds what ---------------------------------------------------------------------------
def held_cases(supervisor: User, *, today: date) -> QuerySet[Enrollment]:
    """The cases in hand where he is supervisor, by holder, the longest untouched first."""
    cases = desk_cases(supervisor, today=today, offices=supervised_offices(supervisor))
    cases = cases.filter(status=Enrollment.Status.IN_REVIEW)
    return cases.order_by("taken_by__name", "taken_by", "taken_at", "pk")
