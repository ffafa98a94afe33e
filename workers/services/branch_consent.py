"""The worker's consent as the branch heard it from himself (P12): at the desk, by telephone,
on a visit. A photo of what he signed may go with it.
"""

from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record_view
from accounts.models import User
from regions.selectors import default_office_for
from workers import consent_selectors, desk_selectors
from workers.models import Consent, Enrollment
from workers.services.checking import make_checks
from workers.services.evidence import StoredFile, attach, drop_file, keep_file
from workers.services.handing_in import CannotHandIn, hand_in, record_consent
from workers.services.holding import CannotDecide, claim, fresh, refuse_own_case
from workers.services.thread import tell_thread

KIND = "consent_recorded"


class HowMissing(CannotDecide):
    """The branch must say how it heard the worker."""

    sentence: ClassVar[str | Promise] = _("Pilih bagaimana pekerja menyetujui.")


class NotWaitingForConsent(CannotDecide):
    """The case no longer waits for consent, or belongs to another desk."""

    sentence = _("Pendaftaran ini tidak lagi menunggu persetujuan.")


def record_at_desk(
    *, enrollment: Enrollment, officer: User, how: str, now: datetime, content: bytes | None = None
) -> Enrollment:
    """Record the worker's consent in a case that the officer holds, and check it anew.

    `how` is one of Consent.How; the consent is to the text in force and takes the place of
    an earlier one (a form that nobody can read), whose file stays. Raises HowMissing,
    OwnCase, NotHolder, BadFile, and then keeps nothing.
    """
    _refuse_unsaid(how)
    refuse_own_case(enrollment, officer)
    stored = keep_file(content=content) if content else None
    try:
        with transaction.atomic():
            claim(enrollment, officer, taken_at=now)
            case = fresh(enrollment)
            _record(case, officer, how, stored, now)
            tell_thread(
                enrollment=case,
                kind=KIND,
                now=now,
                actor=officer,
                note=str(Consent.How(how).label),
                after={"how": how, "evidence": stored is not None},
            )
            make_checks(enrollment=case, now=now)
    except CannotDecide:
        _drop(stored)
        raise
    return case


def record_and_hand_in(
    *, enrollment: Enrollment, officer: User, how: str, now: datetime, content: bytes | None = None
) -> Enrollment:
    """Record the consent of a complete case that waits for nothing else, and hand it in.

    The case must belong to the area of the officer's desk. Of two who record at once one
    wins. Raises HowMissing, OwnCase, NotWaitingForConsent, BadFile, and then keeps nothing.
    """
    _refuse_unsaid(how)
    refuse_own_case(enrollment, officer)
    if not consent_selectors.is_of_desk(enrollment, officer):
        raise NotWaitingForConsent
    stored = keep_file(content=content) if content else None
    try:
        with transaction.atomic():
            _record(enrollment, officer, how, stored, now)
            return hand_in(
                enrollment=enrollment,
                given=(Enrollment.Status.AWAITING_CONSENT,),
                kind=KIND,
                actor=officer,
                now=now,
                note=str(Consent.How(how).label),
            )
    except CannotHandIn as error:
        _drop(stored)
        raise NotWaitingForConsent from error


def show_identity(*, enrollment: Enrollment, viewer: User, reason: str, now: datetime) -> None:
    """Log that an officer reads NIK and phone of a case that waits for consent, to reach the
    worker (P20). Raises OwnCase, NotWaitingForConsent."""
    refuse_own_case(enrollment, viewer)
    if not consent_selectors.is_of_desk(enrollment, viewer):
        raise NotWaitingForConsent
    record_view(
        viewer=viewer,
        obj=enrollment,
        what=desk_selectors.IDENTITY,
        reason=reason[:200],
        now=now,
        office=default_office_for(village_code=enrollment.village_id or ""),
    )


def _refuse_unsaid(how: str) -> None:
    if how not in Consent.How.values:
        raise HowMissing


def _record(
    case: Enrollment, officer: User, how: str, stored: StoredFile | None, now: datetime
) -> None:
    if stored:
        attach(enrollment=case, stored=stored, user=officer, now=now)
    record_consent(enrollment=case, channel=Consent.Channel.BRANCH, user=officer, now=now, how=how)


def _drop(stored: StoredFile | None) -> None:
    if stored:
        drop_file(path=stored.path)
