"""A case as the donor reads it: its state, what comes next, who acts, by when (P42)."""

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bricks.clock import jakarta_date
from workers.models import Enrollment, WorkerLink

Text = str | Promise
Status = Enrollment.Status

#: What comes next in each state, as far as the donor needs to know.
STEPS: dict[str, Text] = {
    Status.SUBMITTED: _("Cabang memeriksa datanya. Anda belum perlu membayar."),
    Status.IN_REVIEW: _("Cabang memeriksa datanya. Anda belum perlu membayar."),
    Status.RETURNED: _("Perbaiki yang ditandai, lalu kirim lagi."),
    Status.APPROVED: _("Tagihan dan perlindungannya ada di halaman Tagihan."),
    Status.REJECTED: _("Anda tidak perlu membayar. Cabang dapat menjelaskannya."),
    Status.WITHDRAWN: _("Tidak diteruskan. Anda tidak perlu membayar."),
    Status.EXPIRED: _("Masa bayarnya lewat. Daftarkan lagi agar cabang memeriksa lagi."),
}


@dataclass(frozen=True)
class CaseCard:
    """One case of an order, ready to be shown."""

    case: Enrollment
    name: str
    nik: str
    badge: str
    word: str
    step: Text
    who: str
    by: date | None
    by_link: bool
    link_expired: bool

    @property
    def waits_for_form(self) -> bool:
        """Whether the photographed form is still to come."""
        return self.case.status == Status.AWAITING_CONSENT and not self.by_link

    @property
    def waits_for_worker(self) -> bool:
        """Whether the worker has his link and has not answered."""
        return self.case.status == Status.AWAITING_CONSENT and self.by_link

    @property
    def can_withdraw(self) -> bool:
        """Whether the donor may take the case back."""
        return self.case.status in Enrollment.OPEN


def card_of(case: Enrollment, today: date) -> CaseCard:
    """Put one case into words, in the active language.

    A worker who filled in his own data shows the donor his first name and initial,
    and no NIK (P12). The case comes with its office, link and order.
    """
    link = link_of(case)
    expired = link is not None and jakarta_date(link.expires_at) < today
    step, who, by = _next(case, link, expired=expired)
    return CaseCard(
        case=case,
        name=shown_name(case),
        nik="" if link else case.nik,
        badge=f"enrollment:{case.status}",
        word=case.get_status_display(),
        step=step,
        who=who,
        by=by,
        by_link=link is not None,
        link_expired=expired,
    )


def shown_name(case: Enrollment) -> str:
    """Return the worker's name as the donor may read it."""
    link = link_of(case)
    if not case.name:
        return gettext("Pekerja")
    if link is None or link.used_at is None:
        return case.name
    first, *rest = case.name.split() or [""]
    return f"{first} {rest[-1][0]}." if rest else first


def link_of(case: Enrollment) -> WorkerLink | None:
    """Return the link of a case, if the worker fills in his own data."""
    return getattr(case, "link", None)


def _next(
    case: Enrollment, link: WorkerLink | None, *, expired: bool
) -> tuple[Text, str, date | None]:
    """Return the next step, who takes it, and by when."""
    if case.status == Status.AWAITING_CONSENT:
        if link is None:
            return (
                _("Unggah foto formulir yang sudah ditandatangani."),
                gettext("Giliran Anda"),
                None,
            )
        if expired:
            return _("Tautannya sudah lewat. Buat tautan baru."), gettext("Giliran Anda"), None
        told = _("Kirim tautannya. Pekerja mengisi data dan menyetujui.")
        return told, gettext("Giliran pekerja"), jakarta_date(link.expires_at)
    if case.status in Enrollment.UNDECIDED:
        office = case.office.name if case.office else gettext("Cabang")
        return STEPS[case.status], office, case.due_on
    if case.status == Status.RETURNED:
        step = STEPS[case.status]
        if link is not None:
            step = _("Datanya diisi pekerja. Kirim tautan baru agar ia memperbaiki.")
        return step, gettext("Giliran Anda"), None
    return STEPS[case.status], "", None
