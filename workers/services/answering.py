"""What a worker answers by one digit: 2 means "saya tidak kenal, bukan saya" (P18); asked
whether another donor may go on with his cover, 1 means yes and 2 no (P45); told that his
cover ends, 1 asks for another sponsor (P17)."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from bricks.clock import jakarta_date
from bricks.faults import ROW_FAULTS
from notices import bells
from notices.models import Reply
from notices.selectors import last_question
from notices.services import post_to_phone
from workers.models import Consent, Enrollment
from workers.person_selectors import Person
from workers.services import own_acts
from workers.services.freezing import NothingToFreeze, freeze
from workers.services.handing_in import CannotHandIn
from workers.services.telling import is_silent_phone
from workers.services.thread import tell_thread

logger = logging.getLogger(__name__)

YES = "1"
NOT_ME = "2"
#: An answer is about the last question of so many days.
REMEMBERED = timedelta(days=90)
BATCH = 200
PREFIX = "enrollment:"
#: What a message asks by which a worker may ask for another sponsor.
WAITING = "waiting:"
#: The outcome by which such an answer waits for the floor that keeps the list.
WANTS_SPONSOR = "wants_sponsor"


def take_replies(*, now: datetime) -> dict[str, int]:
    """Act on the answers that wait, oldest first, each once. Returns counts.

    "1" to a message that cover ends is left for the floor above (`WANTS_SPONSOR`). "2"
    freezes the case that the newest question to this phone was about, and thanks its
    sender; where the case is paid already the branch reads it in the thread. Any
    other text is answered with 175, once a day. Claim and consequence share one
    transaction. An answer that could not be acted on is logged and left for the next
    run; it holds up no other.
    """
    said = ("frozen", "too_late", "agreed", "refused", WANTS_SPONSOR)
    names = (*said, "helped", "silent", "failed")
    counts = dict.fromkeys(names, 0)
    waiting = Reply.objects.filter(taken_at__isnull=True).order_by("received_at", "pk")
    for reply_id in waiting.values_list("pk", flat=True)[:BATCH]:
        try:
            with transaction.atomic():
                outcome = _take(reply_id, now)
        except ROW_FAULTS:
            logger.exception("reply %s could not be acted on", reply_id)
            outcome = "failed"
        if outcome:
            counts[outcome] += 1
    return counts


def _take(reply_id: int, now: datetime) -> str | None:
    claimed = Reply.objects.filter(pk=reply_id, taken_at__isnull=True)
    if not claimed.update(taken_at=now, outcome="taken"):
        return None
    reply = Reply.objects.get(pk=reply_id)
    outcome = _answer(reply, now)
    Reply.objects.filter(pk=reply_id).update(outcome=outcome)
    return outcome


def _answer(reply: Reply, now: datetime) -> str:
    if not reply.phone_index:
        return "silent"
    # A phone may be shared: of a death, its other people are still heard, but not answered.
    silent = is_silent_phone(reply.phone_index)
    asked = _asked(reply)
    case = _case_of(asked)
    said = reply.text.strip(" .,!\"'")
    if said == YES and asked.startswith(WAITING):
        bells.ring("sponsor_wanted")
        return WANTS_SPONSOR
    if case is not None and case.continues_id is not None and said in {YES, NOT_ME}:
        outcome = _say(case, said, reply, now)
        if outcome and not silent:
            _write(reply, key=f"take_over:{reply.pk}", kind=outcome, lines=_noted(), now=now)
        if outcome:
            return outcome
    if said != NOT_ME or case is None:
        if silent:
            return "silent"
        key = f"reply_help:{reply.phone_index[:40]}:{jakarta_date(now)}"
        _write(reply, key=key, kind="reply_help", lines=_help(), now=now)
        return "helped"
    try:
        freeze(enrollment=case, because=Enrollment.Frozen.NOT_ME, by=None, now=now)
        outcome = "frozen"
    except NothingToFreeze:
        tell_thread(enrollment=case, kind="not_me_late", now=now)
        outcome = "too_late"
    if not silent:
        _write(reply, key=f"not_me:{reply.pk}", kind="not_me", lines=_thanks(), now=now)
    return outcome


def _say(case: Enrollment, said: str, reply: Reply, now: datetime) -> str:
    """Let the worker agree to another payer, or not; empty where that is no question now."""
    opened = Person(case.nik_index, reply.phone_index)
    try:
        if said == YES:
            own_acts.agree(enrollment=case, opened=opened, now=now, channel=Consent.Channel.MESSAGE)
            return "agreed"
        if case.status in Enrollment.OPEN:
            own_acts.refuse(enrollment=case, opened=opened, now=now)
            return "refused"
    except CannotHandIn:
        logger.info("reply %s changes nothing in its case", reply.pk)
    return ""


def _asked(reply: Reply) -> str:
    """What the newest question to this phone was about; empty without one."""
    asked = last_question(
        phone_index=reply.phone_index,
        before=reply.received_at,
        since=reply.received_at - REMEMBERED,
    )
    return asked.asks if asked else ""


def _case_of(asked: str) -> Enrollment | None:
    if not asked.startswith(PREFIX):
        return None
    cases = Enrollment.everything.select_related("order", "office")
    return cases.filter(pk=int(asked.removeprefix(PREFIX))).first()


def _write(reply: Reply, *, key: str, kind: str, lines: list[str], now: datetime) -> None:
    """Answer at once, at any hour: the sender has just written himself."""
    post_to_phone(
        key=key, kind=kind, phone=reply.phone, language="id", body="\n".join(lines), now=now
    )


def _thanks() -> list[str]:
    with translation.override("id"):
        return [
            _("Terima kasih. Sudah kami catat: bukan Anda."),
            _("Anda tidak perlu membayar apa pun. Cabang akan memeriksa."),
            _("Bertanya? Telepon 175."),
        ]


def _noted() -> list[str]:
    with translation.override("id"):
        return [
            _("Terima kasih. Jawaban Anda sudah kami catat."),
            _("Anda tidak perlu membayar apa pun. Bertanya? Telepon 175."),
        ]


def _help() -> list[str]:
    with translation.override("id"):
        return [
            _("Pesan Anda sudah sampai, tetapi di sini tidak dibaca petugas."),
            _("Telepon 175. Kami tidak pernah meminta PIN, OTP, atau biaya."),
        ]
