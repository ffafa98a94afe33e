"""The supervisor's telephone calls about approvals drawn by lot (P7)."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.audit import record, record_view
from accounts.models import User
from workers import desk_selectors
from workers.models import CallBack, Enrollment
from workers.services.freezing import NothingToFreeze, freeze
from workers.services.holding import CannotDecide, NotSupervisor, ReasonMissing, refuse_own_case

Outcome = CallBack.Outcome
#: After so many calls without an answer the worker counts as not reached.
MOST_TRIES = 3
#: What may still be told of a call-back: also of one that nobody could reach.
OPEN = (Outcome.WAITING, Outcome.UNREACHED)
#: What the view log calls a look at the phone.
PHONE = "phone"


class DecidedIt(CannotDecide):
    """Whoever decided the case does not check it."""

    sentence = _("Anda yang memutuskan kasus ini. Penyelia lain yang menelepon.")


class AlreadyCalled(CannotDecide):
    """Somebody has told an outcome meanwhile."""

    sentence = _("Hasil telepon ini sudah dicatat.")


def see_phone(*, call_back: CallBack, caller: User, now: datetime) -> str:
    """Return the worker's phone for the call; the call is the reason, and each look is logged.

    Raises DecidedIt, OwnCase, NotSupervisor.
    """
    case = call_back.enrollment
    _refuse_caller(call_back, caller)
    record_view(
        viewer=caller,
        obj=case,
        what=PHONE,
        reason=f"telepon ulang {case.number}",
        now=now,
        office=call_back.office,
    )
    return str(case.phone)


@transaction.atomic
def tell_outcome(
    *, call_back: CallBack, caller: User, outcome: str, now: datetime, note: str = ""
) -> CallBack:
    """Keep what a call found: right, nobody answered, or a problem.

    The third call without an answer counts as not reached; a later one may still find
    the worker. A problem needs a note and freezes the case while it is unpaid. Raises
    ReasonMissing, DecidedIt, OwnCase, NotSupervisor, AlreadyCalled.
    """
    outcome = Outcome(outcome)
    if outcome == Outcome.WAITING or (outcome == Outcome.PROBLEM and not note.strip()):
        raise ReasonMissing
    _refuse_caller(call_back, caller)
    tries = call_back.tries + 1
    again = outcome == Outcome.UNREACHED and tries < MOST_TRIES
    open_rows = CallBack.everything.filter(pk=call_back.pk, outcome__in=OPEN, tries=call_back.tries)
    told = open_rows.update(
        outcome=Outcome.WAITING if again else outcome,
        tries=F("tries") + 1,
        called_by=caller,
        called_at=now,
        note=note,
    )
    if not told:
        raise AlreadyCalled
    call_back.refresh_from_db()
    record(
        action="callback.told",
        obj=call_back,
        now=now,
        actor=caller,
        office=call_back.office,
        after={"outcome": outcome.value, "tries": tries},
        personal={"note": note} if note else None,
    )
    if outcome == Outcome.PROBLEM:
        _freeze_unpaid(call_back, caller, now)
    return call_back


def _refuse_caller(call_back: CallBack, caller: User) -> None:
    if call_back.decided_by_id == caller.pk:
        raise DecidedIt
    refuse_own_case(call_back.enrollment, caller)
    if not desk_selectors.supervises(caller, call_back.office):
        raise NotSupervisor


def _freeze_unpaid(call_back: CallBack, caller: User, now: datetime) -> None:
    """What is paid stays the worker's: then only the note tells the branch."""
    try:
        freeze(
            enrollment=call_back.enrollment,
            because=Enrollment.Frozen.CALL_BACK,
            by=caller,
            now=now,
        )
    except NothingToFreeze:
        return
