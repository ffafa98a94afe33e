"""The first message to a worker (P18): who enrolled him, how to check it, how to say no."""

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from notices.models import Message
from workers.codes import check_code
from workers.models import Enrollment
from workers.selectors import payer_for_worker
from workers.services.telling import tell_worker

KIND = "worker_hello"
#: What an answer is about, as a message keeps it (`notices.models.Message.asks`).
ASKS = "enrollment:%d"


def greet(*, enrollment: Enrollment, now: datetime) -> Message | None:
    """Tell the worker of an approved case that he is enrolled, once per case.

    In the caller's transaction. None where no phone is known, or he may not be written to.
    """
    if enrollment.worker is None:
        return None
    return tell_worker(
        worker=enrollment.worker,
        phone=enrollment.worker.phone or enrollment.phone,
        key=f"{KIND}:{enrollment.pk}",
        kind=KIND,
        body=hello(enrollment),
        asks=ASKS % enrollment.pk,
        now=now,
    )


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
