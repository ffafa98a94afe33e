"""What a worker does on his own page: agree, say no, say what is wrong.

Each is safe to repeat. Nobody signs in: the actor is the worker himself, so that thread
and audit log name no user. `opened` says who has opened the page and with which code; of
a printed one the audit log keeps who printed it.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from workers.models import Consent, Enrollment
from workers.person_selectors import Person, is_phone_of_donor
from workers.services.handing_in import CannotHandIn, CaseClosed, hand_in, record_consent
from workers.services.thread import tell_thread

Status = Enrollment.Status
#: What must be known before a worker can agree on his page; the rest he fills in by link.
NEEDED = ("nik_index", "name", "birth_date", "village_id", "occupation_id", "sex")


class PhoneOfDonor(CannotHandIn):
    """The code went to a phone of the donor, who does not agree for the worker."""

    sentence = _("HP ini milik donatur. Untuk setuju, minta kode cetak di kantor cabang.")


def may_agree(enrollment: Enrollment) -> bool:
    """Tell whether a case waits for nothing but the worker's consent."""
    complete = all(getattr(enrollment, name) for name in NEEDED)
    return complete and enrollment.status == Status.AWAITING_CONSENT


@transaction.atomic
def agree(
    *,
    enrollment: Enrollment,
    opened: Person,
    now: datetime,
    channel: str = Consent.Channel.PAGE,
) -> Enrollment:
    """Take the worker's consent, on his page or by message, and hand his case to the branch.

    Agreeing again changes nothing. Raises PhoneOfDonor, CaseClosed and NoOffice.
    """
    case = Enrollment.everything.select_related("order", "office", "village").get(pk=enrollment.pk)
    if Consent.objects.filter(enrollment=case, channel=channel).exists():
        return case
    if is_phone_of_donor(opened.phone_index, donors=[case.donor_id]):
        raise PhoneOfDonor
    if not may_agree(case):
        raise CaseClosed
    record_consent(enrollment=case, channel=channel, user=None, now=now)
    return hand_in(
        enrollment=case,
        given=(Status.AWAITING_CONSENT,),
        kind="agreed",
        actor=None,
        now=now,
        through=opened.through,
    )


@transaction.atomic
def refuse(*, enrollment: Enrollment, opened: Person, now: datetime) -> Enrollment:
    """End an undecided case because the worker does not want it. Raises CaseClosed.

    Refusing again changes nothing.
    """
    won = Enrollment.everything.filter(pk=enrollment.pk, status__in=Enrollment.OPEN).update(
        status=Status.WITHDRAWN, taken_by=None, taken_at=None
    )
    case = Enrollment.everything.select_related("order", "office").get(pk=enrollment.pk)
    if won:
        tell_thread(enrollment=case, kind="declined", now=now, after=opened.through)
    elif case.status != Status.WITHDRAWN:
        raise CaseClosed
    return case


@transaction.atomic
def say_wrong(
    *,
    enrollment: Enrollment,
    opened: Person,
    wrong: Collection[str],
    words: str,
    now: datetime,
) -> None:
    """Leave a note in an undecided case that some of its data are wrong.

    `words` names them; the branch asks the worker for the right ones. The same note is
    left once. Raises CaseClosed for a decided case.
    """
    case = Enrollment.everything.select_related("order", "office").get(pk=enrollment.pk)
    if case.status not in Enrollment.OPEN:
        raise CaseClosed
    if case.events.filter(kind="correction_wanted", note=words).exists():
        return
    tell_thread(
        enrollment=case,
        kind="correction_wanted",
        now=now,
        note=words,
        after={"fields": sorted(wrong), **opened.through},
    )
