"""The letters by which a donor learns what the branch decided.

The subject and the first line say what happened, the second what to do (P45); no
NIK, phone or amount stands in them. They are written in the language that is active.
"""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from regions.models import CALL_CENTRE
from workers.models import Enrollment
from workers.reasons import read_reasons


@dataclass(frozen=True)
class LetterText:
    """What stands in a letter."""

    subject: str
    body: str


def returned_letter(case: Enrollment, note: str) -> LetterText:
    """Tell that a case came back: which fields, why, where to repair it."""
    told = {"number": case.number}
    link = f"{settings.PUBLIC_URL}{reverse('enrollment_repair', args=[case.uuid])}"
    lines = [
        _("Pendaftaran %(number)s perlu diperbaiki.") % told,
        _("Perbaiki di %(link)s. Anda belum perlu membayar.") % {"link": link},
        "",
        *_what_is_wrong(case, note),
        "",
        _who_can_help(case),
    ]
    return LetterText(_("Pendaftaran %(number)s perlu diperbaiki") % told, "\n".join(lines))


def rejected_letter(case: Enrollment, note: str) -> LetterText:
    """Tell that a case was refused, why, and who can help."""
    told = {"number": case.number}
    lines = [
        _("Pendaftaran %(number)s tidak dapat disetujui.") % told,
        _("Anda tidak perlu membayar untuk pendaftaran ini."),
        "",
        *_what_is_wrong(case, note),
        "",
        _who_can_help(case),
    ]
    return LetterText(_("Pendaftaran %(number)s tidak dapat disetujui") % told, "\n".join(lines))


def _what_is_wrong(case: Enrollment, note: str) -> list[str]:
    lines = [f"- {reason.label}: {reason.sentence}" for reason in read_reasons(case.reasons)]
    if note:
        lines.append(_("Catatan petugas: %(note)s") % {"note": note})
    return lines


def _who_can_help(case: Enrollment) -> str:
    office = case.office
    if office is None or office.phone == CALL_CENTRE:
        return _("Bertanya? Telepon %(call_centre)s.") % {"call_centre": CALL_CENTRE}
    told = {"office": office.name, "phone": office.phone, "call_centre": CALL_CENTRE}
    return _("Bertanya? %(office)s, telepon %(phone)s, atau %(call_centre)s.") % told
