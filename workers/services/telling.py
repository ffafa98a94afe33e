"""Telling the people who act for a donor of a decision, and writing to a worker at all."""

from datetime import datetime

from django.utils import translation

from notices.models import Message
from notices.quiet_hours import by_day
from notices.services import post_message, post_to_phone
from regions.selectors import utc_offset_of
from workers import desk_selectors, letters
from workers.models import Enrollment, EnrollmentEvent, Worker
from workers.standing import Hold, holds_of

#: A worker of whom this is known or reported is written to no more (P4).
SILENT = (Hold.DIED, Hold.DEATH_REPORTED)


def tell_donor(case: Enrollment, event: EnrollmentEvent) -> None:
    """Post the letter to the donor's owners and makers, each in his own language.

    Of a returned case, or of a rejected one; in the caller's transaction, once per event.
    """
    write = letters.returned_letter if case.status == "returned" else letters.rejected_letter
    for user in desk_selectors.makers_of(case.donor_id):
        with translation.override(user.language):
            letter = write(case, event.note)
        post_message(
            key=f"case_{case.status}:{event.pk}:{user.pk}",
            kind=f"case_{case.status}",
            user=user,
            subject=letter.subject,
            body=letter.body,
            now=event.at,
        )


def tell_worker(
    *,
    worker: Worker,
    key: str,
    kind: str,
    body: str,
    now: datetime,
    phone: str = "",
    asks: str = "",
) -> Message | None:
    """Write to a worker by short message: the only way to do so. In the caller's transaction.

    The same `key` is sent once. It leaves by day, 08:00 to 20:00 where he lives. The
    first line says what happened, the second what to do, without amount, donor or NIK
    (P45), and the text is complete without a link (P44). `phone` stands in where the
    registry has none; `asks` as in `post_to_phone`. None, and nothing is written, where
    no phone is known, or a death is known or reported (P4).
    """
    number = worker.phone or phone
    if not number or holds_of([worker.pk]).get(worker.pk) in SILENT:
        return None
    zone = utc_offset_of(worker.village_id)
    return post_to_phone(
        key=key,
        kind=kind,
        phone=number,
        language="id",
        body=body,
        now=now,
        not_before=by_day(now, utc_offset=zone),
        utc_offset=zone,
        asks=asks,
    )


def is_silent_phone(phone_index: str) -> bool:
    """Tell whether a phone is that of a worker of whom a death is known or reported (P4)."""
    workers = Worker.everything.filter(phone_index=phone_index).values_list("pk", flat=True)
    # Asked for nobody too, so that an unknown phone is answered no faster (P8).
    return any(hold in SILENT for hold in holds_of(list(workers) or [0]).values())


def may_be_told(message: Message) -> bool:
    """Tell, just before a message leaves, that it goes to no phone at which somebody has died
    since it was written (P4). What users are told is theirs to know."""
    return message.user_id is not None or may_be_answered(message)


def may_be_answered(message: Message) -> bool:
    """Tell, just before an answer leaves, that nobody has died at its phone (P4)."""
    return not is_silent_phone(message.address_index)
