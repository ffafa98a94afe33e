"""What a donor may still do with a case: mend what came back, or take it back."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from workers.entries import WorkerData
from workers.models import Consent, Enrollment
from workers.services.evidence import StoredFile, attach, drop_file, keep_file
from workers.services.handing_in import (
    CannotHandIn,
    CaseClosed,
    hand_in,
    record_consent,
    refuse_second_case,
)
from workers.services.thread import tell_thread

Status = Enrollment.Status


def repair(
    *,
    enrollment: Enrollment,
    data: WorkerData,
    relation: str,
    photo: bytes | None,
    note: str,
    user: User,
    now: datetime,
) -> Enrollment:
    """Hand a returned case in again, mended; its thread and its age stay.

    A new photo of the form is a new consent; the old photo stays in the case. Raises
    BadFile, CaseClosed (also for the second of two presses), AlreadyOpen and NoOffice.
    """
    stored = keep_file(content=photo) if photo is not None else None
    try:
        with transaction.atomic():
            refuse_second_case(donor_id=enrollment.donor_id, nik=data.nik, besides=enrollment.pk)
            if stored:
                attach(enrollment=enrollment, stored=stored, user=user, now=now)
                record_consent(
                    enrollment=enrollment, channel=Consent.Channel.FORM, user=user, now=now
                )
            return hand_in(
                enrollment=enrollment,
                given=(Status.RETURNED,),
                kind="repaired",
                actor=user,
                now=now,
                note=note,
                relation=relation,
                data=data,
            )
    except IntegrityError:
        _drop(stored)
        refuse_second_case(donor_id=enrollment.donor_id, nik=data.nik, besides=enrollment.pk)
        raise
    except CannotHandIn:
        _drop(stored)
        raise


def _drop(stored: StoredFile | None) -> None:
    if stored:
        drop_file(path=stored.path)


@transaction.atomic
def withdraw(*, enrollment: Enrollment, user: User, now: datetime) -> Enrollment:
    """Take an undecided case back; the second of two presses changes nothing.

    Raises CaseClosed for a case that is decided.
    """
    former = Enrollment.everything.select_for_update().get(pk=enrollment.pk)
    won = Enrollment.everything.filter(pk=enrollment.pk, status__in=Enrollment.OPEN).update(
        status=Status.WITHDRAWN, taken_by=None, taken_at=None
    )
    case = Enrollment.everything.select_related("order", "office").get(pk=enrollment.pk)
    if won:
        tell_thread(
            enrollment=case,
            kind="withdrawn",
            now=now,
            actor=user,
            before={"status": former.status, "holder": former.taken_by_id},
            after={"status": case.status},
        )
    elif case.status != Status.WITHDRAWN:
        raise CaseClosed
    return case
