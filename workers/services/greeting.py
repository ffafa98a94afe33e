"""The first message to a worker (P18): who enrolled him, how to check it, how to say no."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from notices.models import Message
from workers.codes import check_code
from workers.models import Enrollment
from workers.selectors import payer_for_worker
from workers.services.telling import tell_worker

KIND = "worker_hello"
#: What is dropped when a worker is dead: what he is told of himself, never a code.
KINDS = (KIND,)
#: What an answer is about, as a message keeps it (`notices.models.Message.asks`).
ASKS = "enrollment:%d"


def greet(*, enrollment: Enrollment, now: datetime, after: str = "") -> Message | None:
    """Tell the worker of an approved case that he is enrolled, once per case.

    In the caller's transaction. None where no phone is known, or he may not be written to.
    `after` names what had the first message dropped, so that it is written anew; where one
    was sent or still waits, none is.
    """
    if enrollment.worker is None or (after and _is_told(enrollment)):
        return None
    return tell_worker(
        worker=enrollment.worker,
        phone=enrollment.worker.phone or enrollment.phone,
        key=f"{key_of(enrollment.pk)}:{after}" if after else key_of(enrollment.pk),
        kind=KIND,
        body=hello(enrollment),
        asks=ASKS % enrollment.pk,
        now=now,
    )


def key_of(case_id: int) -> str:
    """Return the key of a case's first message; of one written anew, how its key begins."""
    return f"{KIND}:{case_id}"


def messages_of(case_id: int) -> QuerySet[Message]:
    """Return the first messages to the worker of a case, dropped ones too."""
    key = key_of(case_id)
    return Message.objects.filter(Q(dedupe_key=key) | Q(dedupe_key__startswith=f"{key}:"))


def _is_told(case: Enrollment) -> bool:
    return messages_of(case.pk).exclude(status=Message.Status.DROPPED).exists()


def hello(case: Enrollment) -> str:
    """Write the message: complete without a link (P44), nothing personal on top (P45)."""
    with translation.override("id"):
        told = {
            "payer": payer_for_worker(case.donor),
            "code": check_code(case.pk),
            "address": settings.PUBLIC_URL.partition("://")[2] + "/pekerja",
        }
        lines = [
            _("Anda didaftarkan ke BPJS Ketenagakerjaan lewat SERTAKAN."),
            _("Bukan Anda, atau tidak kenal? Balas 2. Selain itu tidak perlu apa-apa."),
            _("Yang mendaftarkan dan membayar: %(payer)s.") % told,
            _("Benarkah ini dari kami? Periksa kode %(code)s.") % told,
            _("Telepon 175, datang ke cabang, atau ketik sendiri %(address)s.") % told,
            _("Gratis. Kami tidak pernah meminta PIN, OTP, atau biaya."),
        ]
    return "\n".join(lines)
