"""Questions about check files: which cases may be asked about, what a batch bears (P21)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from donors.models import DonorMember
from regions.models import Office
from workers import desk_selectors
from workers.checkfile.words import said
from workers.checkfile.writing import Row
from workers.models import CheckAnswer, CheckBatch, CheckBatchLine, Enrollment, EnrollmentEvent

Status = CheckBatch.Status
#: As many cases as one file takes; the oldest come first.
MOST_LINES = 2_000
#: A file on its way: its cases need no second one.
UNDER_WAY = (Status.PROPOSED, Status.READY)


def batches_of(user: User) -> QuerySet[CheckBatch]:
    """The check files of the user's own desk, the latest first, with their counts."""
    offices = list(desk_selectors.desk_offices(user).values_list("pk", flat=True))
    return (
        CheckBatch.everything.filter(office__in=offices)
        .select_related("office", "made_by", "released_by", "answered_by")
        .annotate(
            line_count=Count("lines"),
            answered_count=Count("lines", filter=Q(lines__answered_at__isnull=False)),
        )
        .order_by("-made_at", "-pk")
    )


def askable(user: User, *, office: Office, target: str, unasked: bool) -> QuerySet[Enrollment]:
    """The waiting cases of an office about which the user may ask, the oldest first.

    `unasked` leaves out those that this target has answered or is being asked about.
    Cases of the user's own donors or family are another's to ask about (P22).
    """
    own_donors = DonorMember.objects.filter(user=user, left_at__isnull=True)
    family = EnrollmentEvent.objects.filter(
        enrollment=OuterRef("pk"), kind=desk_selectors.FAMILY_DECLARED, actor=user
    )
    cases = (
        Enrollment.everything.filter(office=office, status__in=Enrollment.UNDECIDED)
        .exclude(donor__in=own_donors.values("donor"))
        .exclude(Exists(family))
    )
    if unasked:
        known = Q(answered_at__isnull=False, nik_index=OuterRef("nik_index"))
        coming = Q(answered_at__isnull=True, batch__status__in=UNDER_WAY)
        lines = CheckBatchLine.objects.filter(
            known | coming, enrollment=OuterRef("pk"), batch__target=target
        )
        cases = cases.exclude(Exists(lines))
    return cases.order_by("submitted_at", "pk")


def asked_lines(batch: CheckBatch) -> list[CheckBatchLine]:
    """The lines of a batch whose cases still wait for a decision at its office, in order.

    A case that went to another branch is no longer this one's to ask about (P21); one
    that went to the successor of a closed office is.
    """
    here = Q(enrollment__office__in=desk_selectors.with_those_below([batch.office]))
    followed = Q(enrollment__office=batch.office.successor_id)
    lines = CheckBatchLine.objects.filter(
        here | followed, batch=batch, enrollment__status__in=Enrollment.UNDECIDED
    ).select_related("enrollment__order")
    return list(lines.order_by("number"))


def rows_of(lines: Sequence[CheckBatchLine]) -> list[Row]:
    """The lines as they stand in the file, with full NIK."""
    return [
        Row(
            number=line.number,
            case_number=line.enrollment.number,
            nik=line.enrollment.nik,
            name=line.enrollment.name,
            # A case that has been handed in is complete.
            birth_date=line.enrollment.birth_date,  # type: ignore[arg-type]
            sex=line.enrollment.sex,
        )
        for line in lines
    ]


def lines_of(batch: CheckBatch) -> QuerySet[CheckBatchLine]:
    """Every line of a batch with its case, in order."""
    lines = CheckBatchLine.objects.filter(batch=batch)
    return lines.select_related("enrollment__order").order_by("number")


@dataclass(frozen=True)
class LineRow:
    """One line of a batch, ready to be shown."""

    line: CheckBatchLine
    words: str


def line_rows(lines: Iterable[CheckBatchLine]) -> list[LineRow]:
    """Read lines of `lines_of` as rows; an unanswered one has no words."""
    return [
        LineRow(line, said(line.answer, kpj=bool(line.kpj)) if line.answered_at else "")
        for line in lines
    ]


def case_numbers(batch: CheckBatch) -> dict[int, str]:
    """The number of each line's case: what tells an answer to another batch apart."""
    return {line.number: line.enrollment.number for line in lines_of(batch)}


def batch_of_number(number: str) -> CheckBatch | None:
    """Return the batch that people call by this number."""
    pk = number.upper().removeprefix("B-")[2:]
    if not (pk.isascii() and pk.isdigit()) or len(pk) > 12:
        return None
    found = CheckBatch.everything.filter(pk=int(pk)).first()
    return found if found is not None and found.number == number.upper() else None


def answers_of(batch: CheckBatch) -> QuerySet[CheckAnswer]:
    """The files of answers that came back, the latest first."""
    return CheckAnswer.objects.filter(batch=batch).select_related("uploaded_by").order_by("-pk")


@dataclass(frozen=True)
class BatchRights:
    """What a person at the desk may do with a check file; the services decide once more."""

    may_release: bool
    may_download: bool
    may_see_password: bool
    may_answer: bool


def rights_of(user: User, batch: CheckBatch) -> BatchRights:
    """Say what a user of the batch's own desk may do with it."""
    is_maker = batch.made_by_id == user.pk
    supervises = supervises_office(user, batch.office)
    there = bool(batch.path)
    return BatchRights(
        may_release=batch.status == Status.PROPOSED and supervises and not is_maker,
        may_download=there and (is_maker or supervises),
        may_see_password=there and is_maker,
        may_answer=batch.status in (Status.READY, Status.ANSWERED, Status.EXPIRED),
    )


def supervises_office(user: User, office: Office) -> bool:
    """Tell whether a user is supervisor of an office, or of the one above or after it."""
    return desk_selectors.supervises(user, office)
