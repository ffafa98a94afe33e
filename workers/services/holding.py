"""Who holds a case: take, release, pass on, hand over to another branch.

Every step is one conditional update from the state and holder that it presumes, so
of two people who press at once one wins and the other reads a sentence. Decisions
stand in `deciding`.
"""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record_view
from accounts.models import User
from bricks.clock import jakarta_date
from regions.models import Office
from workers import desk_selectors
from workers.models import Enrollment
from workers.services.checking import make_checks
from workers.services.thread import tell_thread

IN_REVIEW = Enrollment.Status.IN_REVIEW
SUBMITTED = Enrollment.Status.SUBMITTED
#: A case that its holder has left alone for so long goes back to the queue.
IDLE = timedelta(minutes=30)
BATCH = 500
#: How many cases an officer tries for before he is told that others were faster.
TRIES = 20


class CannotDecide(Exception):
    """A step on a case is not possible; its sentence is fit for the officer."""

    sentence: ClassVar[str | Promise] = _("Langkah ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class CaseTaken(CannotDecide):
    """Another officer holds the case."""

    def __init__(self, holder: User | None) -> None:
        super().__init__()
        self.holder = holder

    def __str__(self) -> str:
        if self.holder is None:
            return str(_("Kasus ini baru saja diambil petugas lain."))
        return _("Kasus ini sedang dipegang %(name)s.") % {"name": self.holder.get_full_name()}


class CaseNotWaiting(CannotDecide):
    """The case is decided already, or back with the donor."""

    sentence = _("Kasus ini tidak lagi menunggu keputusan.")


class NotHolder(CannotDecide):
    """The officer does not hold the case, or no longer does."""

    sentence = _("Anda tidak lagi memegang kasus ini. Ambil dulu, lalu putuskan.")


class OwnCase(CannotDecide):
    """The person belongs to the donor, or has declared the worker as family (P22)."""

    sentence = _("Kasus donatur atau keluarga sendiri diputuskan rekan lain.")


class NothingWaits(CannotDecide):
    """No case waits that this officer may take."""

    sentence = _("Tidak ada kasus yang menunggu.")


class WrongOffice(CannotDecide):
    """The office cannot take the case."""

    sentence = _("Kantor ini tidak dapat menerima kasus.")


class WrongColleague(CannotDecide):
    """The person does not work at the desk of this case."""

    sentence = _("Petugas ini tidak bekerja di cabang kasus ini.")


class NotSupervisor(CannotDecide):
    """The person is no supervisor of the case's office; at another he may be one."""

    sentence = _("Hanya penyelia kantor ini yang dapat melakukan ini.")


class ReasonMissing(CannotDecide):
    """The step needs a reason."""

    sentence = _("Pilih atau tulis paling sedikit satu alasan.")


# --- into one's hands, and out of them -----------------------------------------------
def take(*, enrollment: Enrollment, officer: User, now: datetime) -> Enrollment:
    """Let the officer hold a waiting case, with its checks made anew.

    Taking one's own case once more changes nothing. Raises OwnCase, CaseTaken (a lost
    race), CaseNotWaiting.
    """
    refuse_own_case(enrollment, officer)
    with transaction.atomic():
        waiting = Enrollment.everything.filter(pk=enrollment.pk, status=SUBMITTED)
        won = waiting.update(status=IN_REVIEW, taken_by=officer, taken_at=now)
        case = fresh(enrollment)
        if won:
            make_checks(enrollment=case, now=now)
            _tell_move(case, "taken", before=SUBMITTED, holder=None, actor=officer, now=now)
            return case
    if case.status != IN_REVIEW:
        raise CaseNotWaiting
    if case.taken_by_id != officer.pk:
        raise CaseTaken(case.taken_by)
    return case


def take_next(*, officer: User, now: datetime) -> Enrollment:
    """Let the officer hold the first free case of his queue that may be his.

    Raises NothingWaits; where colleagues were faster TRIES times, too.
    """
    for case in desk_selectors.free_cases(officer, today=jakarta_date(now))[:TRIES]:
        try:
            return take(enrollment=case, officer=officer, now=now)
        except (CaseTaken, CaseNotWaiting):
            continue
    raise NothingWaits


@transaction.atomic
def release(*, enrollment: Enrollment, officer: User, now: datetime, note: str = "") -> Enrollment:
    """Put a held case back into the queue, with its age. Raises NotHolder."""
    claim(enrollment, officer, **_FREE)
    case = fresh(enrollment)
    _tell_move(
        case, "released", before=IN_REVIEW, holder=officer.pk, actor=officer, now=now, note=note
    )
    return case


@transaction.atomic
def declare_family(*, enrollment: Enrollment, officer: User, now: datetime) -> Enrollment:
    """Release a held case because donor or worker is family; the officer never gets it again.

    Raises NotHolder.
    """
    claim(enrollment, officer, **_FREE)
    case = fresh(enrollment)
    kind = desk_selectors.FAMILY_DECLARED
    _tell_move(case, kind, before=IN_REVIEW, holder=officer.pk, actor=officer, now=now)
    return case


def release_idle(*, now: datetime) -> dict[str, int]:
    """Put back the cases whose holders left them alone for IDLE; returns the count.

    `taken_at` is the holder's last sign of work, which `open_case` moves on. A holder
    who acts in the same instant keeps his case.
    """
    idle = Enrollment.everything.filter(status=IN_REVIEW, taken_at__lte=now - IDLE)
    released = 0
    for case in idle.select_related("office").order_by("taken_at", "pk")[:BATCH]:
        with transaction.atomic():
            same = Enrollment.everything.filter(
                pk=case.pk, status=IN_REVIEW, taken_by=case.taken_by_id, taken_at=case.taken_at
            )
            if same.update(**_FREE):
                holder = case.taken_by_id
                case.status, case.taken_by = SUBMITTED, None
                _tell_move(case, "released_idle", before=IN_REVIEW, holder=holder, now=now)
                released += 1
    return {"released": released}


# --- to somebody else ------------------------------------------------------------------
@transaction.atomic
def hand_over(
    *, enrollment: Enrollment, officer: User, office: Office, note: str, now: datetime
) -> Enrollment:
    """Send a held case to the branch that serves it ("Bukan wilayah kami"), with its age.

    It waits there with the day it came in and the day it is due. Raises ReasonMissing
    (no note), WrongOffice (the same one, a closed one, a Kanwil), NotHolder.
    """
    if not note.strip():
        raise ReasonMissing
    case = fresh(enrollment)
    if office.pk == case.office_id or not office.is_open or office.kind == Office.Kind.KANWIL:
        raise WrongOffice
    claim(case, officer, office=office, **_FREE)
    # The branch that sends it away tells it; the receiving one finds it in its queue.
    tell_thread(
        enrollment=case,
        kind="handed_over",
        now=now,
        actor=officer,
        note=note,
        before={"status": case.status, "holder": officer.pk, "office": case.office_id},
        after={"status": SUBMITTED, "holder": None, "office": office.pk},
    )
    moved = fresh(case)
    make_checks(enrollment=moved, now=now)
    return moved


@transaction.atomic
def reassign(
    *, enrollment: Enrollment, officer: User, to: User | None, now: datetime
) -> Enrollment:
    """Let a supervisor give an undecided case to a colleague, or free it (`to=None`).

    Whoever held it no longer does. Raises NotSupervisor, WrongColleague, OwnCase (the
    colleague's), CaseNotWaiting.
    """
    case = fresh(enrollment)
    refuse_no_supervisor(case, officer)
    if to is not None:
        if not desk_selectors.works_at_desk_of(to, case):
            raise WrongColleague
        refuse_own_case(case, to)
    undecided = Enrollment.everything.filter(pk=case.pk, status__in=Enrollment.UNDECIDED)
    held = {"status": IN_REVIEW, "taken_by": to, "taken_at": now}
    if undecided.update(**(held if to is not None else _FREE)) != 1:
        raise CaseNotWaiting
    moved = fresh(case)
    tell_thread(
        enrollment=moved,
        kind="reassigned",
        now=now,
        actor=officer,
        before={"status": case.status, "holder": case.taken_by_id},
        after={"status": moved.status, "holder": moved.taken_by_id},
    )
    return moved


# --- looking ----------------------------------------------------------------------------
def open_case(*, enrollment: Enrollment, viewer: User, now: datetime) -> bool:
    """Open a case; tell whether the viewer may read NIK and phone in full.

    Its holder may: the case is the reason (P20), each look is logged, and counts as a
    sign of work (`release_idle`).
    """
    held = Enrollment.everything.filter(pk=enrollment.pk, status=IN_REVIEW, taken_by=viewer)
    with transaction.atomic():
        if not held.update(taken_at=now):
            return False
        _log_look(enrollment, viewer, f"kasus {enrollment.number}", now)
    return True


def reveal(*, enrollment: Enrollment, viewer: User, reason: str, now: datetime) -> None:
    """Log that the viewer reads NIK and phone of a case he does not hold, and why (P20).

    Raises ReasonMissing, OwnCase.
    """
    if not reason.strip():
        raise ReasonMissing
    refuse_own_case(enrollment, viewer)
    _log_look(enrollment, viewer, reason.strip(), now)


def _log_look(enrollment: Enrollment, viewer: User, reason: str, now: datetime) -> None:
    record_view(
        viewer=viewer,
        obj=enrollment,
        what=desk_selectors.IDENTITY,
        reason=reason[:200],
        now=now,
        office=enrollment.office,
    )


# --- what the steps share ------------------------------------------------------------------
_FREE: dict[str, Any] = {"status": SUBMITTED, "taken_by": None, "taken_at": None}


def _tell_move(
    case: Enrollment,
    kind: str,
    *,
    before: str,
    holder: int | None,
    now: datetime,
    actor: User | None = None,
    note: str = "",
) -> None:
    """Tell that a case came into somebody's hands or out of them; it stands as it is now."""
    tell_thread(
        enrollment=case,
        kind=kind,
        now=now,
        actor=actor,
        note=note,
        before={"status": before, "holder": holder},
        after={"status": case.status, "holder": case.taken_by_id},
    )


def claim(enrollment: Enrollment, holder: User, **changes: Any) -> None:
    """Change a case if, in this very instant, it is in review by `holder`; else NotHolder."""
    held = Enrollment.everything.filter(pk=enrollment.pk, status=IN_REVIEW, taken_by=holder)
    if held.update(**changes) != 1:
        raise NotHolder


def fresh(enrollment: Enrollment) -> Enrollment:
    """Read a case anew, with what its steps need."""
    return Enrollment.everything.select_related(
        "order", "donor", "programme", "office", "village", "occupation", "taken_by"
    ).get(pk=enrollment.pk)


def refuse_own_case(case: Enrollment, officer: User) -> None:
    """Raise OwnCase where the officer acts for the donor or declared a family tie (P22)."""
    if desk_selectors.is_own_case(case, officer):
        raise OwnCase


def refuse_no_supervisor(case: Enrollment, person: User) -> None:
    """Raise NotSupervisor where the person does not supervise the case's office."""
    if not desk_selectors.supervises(person, case.office):
        raise NotSupervisor
