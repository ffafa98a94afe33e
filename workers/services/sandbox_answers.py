"""The sandbox that answers check files in the demo; it says of itself that it is one."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bricks.clock import jakarta_date
from workers import batch_selectors
from workers.checkfile.sandbox import answer_file
from workers.models import CheckBatch
from workers.services.check_answers import OUT, NotOut
from workers.services.check_files import CannotCheck


class NoSandbox(CannotCheck):
    """Made-up answers have no place outside the demo."""

    sentence = _("Kotak pasir hanya ada di peragaan.")


def sandbox_answers(*, batch: CheckBatch, now: datetime) -> bytes:
    """Return the file by which the sandbox answers a batch that is out; nothing is kept.

    The rules stand in `workers.checkfile.sandbox`. Raises NoSandbox, NotOut.
    """
    if not settings.DEMO:
        raise NoSandbox
    if batch.status not in OUT:
        raise NotOut
    rows = batch_selectors.rows_of(list(batch_selectors.lines_of(batch)))
    return answer_file(rows, target=batch.target, today=jakarta_date(now))
