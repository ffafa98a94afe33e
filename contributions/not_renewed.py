"""Which of a donor's running sponsorships will not be renewed, and why, in words for him.

It names no other donor, and of a worker whom the branch looks at nothing but that (P4).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bricks.months import add_months
from contributions import gate
from contributions.ahead import MONTHS_AHEAD
from contributions.models import RenewalOutcome, Sponsorship
from contributions.services.billing import agreement_of
from contributions.stops import is_reached
from contributions.wishes import No
from donors.models import Donor

Reason = RenewalOutcome.Reason
CHECKED = gettext_lazy("Cabang sedang memeriksa keadaan pekerja ini. Anda tidak perlu membayar.")
#: What the last run refused, and the donor is told. One that changed meanwhile is tried again.
REFUSED: dict[str, Any] = {
    Reason.BOUGHT_BY_OTHER: gettext_lazy(
        "Bulan berikutnya sudah dibayar donatur lain. Tidak ada yang perlu dibayar."
    ),
    Reason.DIED: CHECKED,
    Reason.DEATH_REPORTED: CHECKED,
    Reason.EMPLOYEE: CHECKED,
    Reason.LEFT: CHECKED,
    Reason.FROZEN: CHECKED,
    Reason.INCONSISTENT: No.PARKED.label,
    Reason.FAILED: No.PARKED.label,
    Reason.FUND_DRY: gettext_lazy("Pagu program tidak cukup. Tambah pagu, atau hubungi cabang."),
    Reason.TARIFF_MISSING: gettext_lazy(
        "Tarif bulan itu belum ada. Perpanjangan dicoba lagi tiap malam."
    ),
}


@dataclass(frozen=True)
class NotRenewed:
    """A running sponsorship after whose last paid day nothing comes, and why."""

    sponsorship: Sponsorship
    why: str


def not_renewed(donor: Donor, *, today: date) -> list[NotRenewed]:
    """List those of a donor whose paid days end within the forecast, what ends first on top.

    A number of queries that does not grow.
    """
    rows = Sponsorship.everything.filter(
        donor=donor,
        status=Sponsorship.Status.ACTIVE,
        paid_until__lte=add_months(today, MONTHS_AHEAD),
    )
    found = list(rows.select_related("worker", "programme").order_by("paid_until", "pk"))
    why = reasons(found)
    return [NotRenewed(row, why[row.pk]) for row in found if row.pk in why]


def reasons(rows: Collection[Sponsorship]) -> dict[int, str]:
    """Say why each of these running sponsorships is not renewed; who is, is left out.

    Four queries. Rows have their programme at hand.
    """
    held = gate.withheld(rows)
    refused = dict(
        RenewalOutcome.everything.filter(
            sponsorship__in=[row.pk for row in rows], closed_at__isnull=True
        ).values_list("sponsorship", "reason")
    )
    said = (
        (row.pk, _why(row, is_held=row.pk in held, refused=refused.get(row.pk, ""))) for row in rows
    )
    return {pk: why for pk, why in said if why}


def _why(row: Sponsorship, *, is_held: bool, refused: str) -> str:
    if is_held:
        return str(CHECKED)
    if row.parked_at is not None:
        return str(No.PARKED.label)
    if row.stopped_at is not None or is_reached(row):
        return _("Dihentikan sesuai permintaan Anda.")
    if agreement_of(row) is not None:
        return str(No.AGREED.label)
    if not row.renews:
        return str(No.TAKEN.label)
    return str(REFUSED[refused]) if refused else ""
