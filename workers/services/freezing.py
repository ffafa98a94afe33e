"""A case is frozen while the branch looks at it once more: nothing is asked or taken (P18).

The worker says "bukan saya", or a supervisor's call finds something wrong. The branch
lifts the freeze, or annuls the approval. What is paid stays the worker's: a case of
which months are bought is never frozen nor annulled.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notices import bells
from workers.desk_selectors import FREEZABLE
from workers.models import Enrollment, Worker
from workers.ports import paid_spans
from workers.reasons import REJECT_REASONS, WHOLE_CASE
from workers.services.holding import (
    CannotDecide,
    ReasonMissing,
    fresh,
    refuse_no_supervisor,
    refuse_own_case,
)
from workers.services.telling import tell_donor
from workers.services.thread import tell_thread

Status = Enrollment.Status


class NothingToFreeze(CannotDecide):
    """The case came to nothing already, or is paid."""

    sentence = _("Kasus ini sudah selesai atau sudah dibayar, jadi tidak dapat dibekukan.")


class NotFrozen(CannotDecide):
    """Nobody has frozen the case, or somebody has lifted it already."""

    sentence = _("Kasus ini tidak dibekukan.")


class CannotAnnul(CannotDecide):
    """The case is not approved, or its months are bought."""

    sentence = _("Hanya persetujuan yang belum dibayar dapat dicabut.")


@transaction.atomic
def freeze(
    *,
    enrollment: Enrollment,
    because: str,
    by: User | None,
    now: datetime,
    note: str = "",
    through: Mapping[str, object] | None = None,
) -> Enrollment:
    """Freeze an unpaid case for a reason of Enrollment.Frozen; nobody means the worker himself.

    Whoever holds it for decision keeps it, and reads of it. `through` is what the audit log
    says besides of how it was done. Freezing a frozen case changes
    nothing. Raises NothingToFreeze.
    """
    case = _beneath_the_lock(enrollment)
    if case.frozen_at is not None:
        return case
    unpaid = Enrollment.everything.filter(pk=case.pk, status__in=FREEZABLE, frozen_at__isnull=True)
    because = Enrollment.Frozen(because)
    if _is_paid(case) or not unpaid.update(frozen_at=now, frozen_because=because):
        raise NothingToFreeze
    frozen = fresh(case)
    tell_thread(
        enrollment=frozen,
        kind="frozen",
        now=now,
        actor=by,
        note=note,
        after={"because": because.value, **(through or {})},
    )
    return frozen


@transaction.atomic
def thaw(*, enrollment: Enrollment, by: User, now: datetime, note: str = "") -> Enrollment:
    """Lift the freeze of a case, saying what was found; it goes on where it stood.

    Rings `enrollment_approved`, since an approved one still waits for its invoice.
    Raises ReasonMissing (no note), OwnCase, NotSupervisor, NotFrozen.
    """
    if not note.strip():
        raise ReasonMissing
    case = fresh(enrollment)
    refuse_own_case(case, by)
    refuse_no_supervisor(case, by)
    frozen = Enrollment.everything.filter(pk=case.pk, status__in=FREEZABLE, frozen_at__isnull=False)
    if not frozen.update(frozen_at=None, frozen_because=Enrollment.Frozen.NO):
        raise NotFrozen
    thawed = fresh(case)
    tell_thread(
        enrollment=thawed,
        kind="thawed",
        now=now,
        actor=by,
        note=note,
        before={"because": case.frozen_because},
    )
    bells.ring("enrollment_approved")
    return thawed


@transaction.atomic
def annul(*, enrollment: Enrollment, by: User, now: datetime, reason: str) -> Enrollment:
    """Take back the approval of an unpaid case for a reason of REJECT_REASONS; the donor is told.

    The case becomes rejected; its sponsorship and invoice follow (bell `case_annulled`).
    A freeze stays, so that nothing is taken meanwhile. Annulling what the same person has
    annulled changes nothing. Raises ReasonMissing, OwnCase, NotSupervisor, CannotAnnul.
    """
    if reason not in REJECT_REASONS:
        raise ReasonMissing
    case = _beneath_the_lock(enrollment)
    if case.status == Status.REJECTED and case.decided_by_id == by.pk:
        return case
    refuse_own_case(case, by)
    refuse_no_supervisor(case, by)
    reasons = {WHOLE_CASE: reason}
    approved = Enrollment.everything.filter(pk=case.pk, status=Status.APPROVED)
    if _is_paid(case) or not approved.update(
        status=Status.REJECTED, reasons=reasons, decided_by=by, decided_at=now
    ):
        raise CannotAnnul
    annulled = fresh(case)
    event = tell_thread(
        enrollment=annulled,
        kind="annulled",
        now=now,
        actor=by,
        reasons=reasons,
        before={"status": case.status, "decided_by": case.decided_by_id},
    )
    tell_donor(annulled, event)
    bells.ring("case_annulled")
    return annulled


def _beneath_the_lock(enrollment: Enrollment) -> Enrollment:
    """Read a case while its worker's row is held: whoever buys months holds the same row,
    so that no month is bought between the question and the step. Free on SQLite, where
    the transaction itself (IMMEDIATE) is the lock."""
    case = fresh(enrollment)
    if case.worker_id is None:
        return case
    row = Worker.everything.filter(pk=case.worker_id)
    list(row.select_for_update(no_key=True).values_list("pk", flat=True))
    return fresh(case)


def _is_paid(case: Enrollment) -> bool:
    if case.worker_id is None:
        return False
    spans = paid_spans([case.worker_id]).get(case.worker_id, [])
    return any(span.enrollment_id == case.pk for span in spans)
