"""What a donor is told once people have ruled on months whose money went back."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from contributions.letters import Letter, footer, shortened
from contributions.models import Contribution, ReversalRuling
from contributions.services.telling import tell_donor


def tell_ruling(ruling: ReversalRuling, months: Sequence[Contribution], *, now: datetime) -> None:
    """Tell the donor, once per ruling, whose months stay and whose do not."""
    if ruling.payment is not None:
        donor = ruling.payment.invoice.donor
    elif ruling.sponsorship is not None:
        donor = ruling.sponsorship.donor
    else:
        return
    names = sorted({row.sponsorship.worker.short_name for row in months})
    if not names:
        return
    tell_donor(
        donor=donor,
        key=f"ruling:{ruling.pk}",
        kind="reversal_ruled",
        text=lambda _user: ruling_letter(ruling, names),
        now=now,
    )


def ruling_letter(ruling: ReversalRuling, names: Sequence[str]) -> Letter:
    """Say what was decided, and what to do."""
    kept = ruling.outcome == ReversalRuling.Outcome.KEPT
    lines = [
        _("Cabang sudah memutuskan. Perlindungan pekerja ini tetap berlaku.")
        if kept
        else _("Cabang sudah memutuskan. Iuran pekerja ini dibatalkan di BPJS Ketenagakerjaan."),
        _("Anda tidak perlu berbuat apa-apa.")
        if kept
        else _("Tagihan baru kami kirim bila masih bisa dibayar."),
        "",
        *shortened(names, len(names)),
        "",
        *footer(),
    ]
    subject = _("Perlindungan tetap berlaku") if kept else _("Iuran dibatalkan")
    return subject, "\n".join(lines)
