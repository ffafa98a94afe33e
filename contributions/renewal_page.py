"""What the pages of the renewal show beside its rows: counts, and what to do about each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from bricks.tables import write_table
from contributions.models import RenewalOutcome, Sponsorship

Reason = RenewalOutcome.Reason
BRANCH, HEAD, DONOR = (
    gettext_lazy("Cabang"),
    gettext_lazy("Kantor pusat"),
    gettext_lazy("Donatur"),
)
#: What is done about a reason, and who does it.
ADVICE: dict[str, tuple[Any, Any]] = {
    Reason.BOUGHT_BY_OTHER: (
        gettext_lazy("Kabari donatur. Ia boleh menunggu giliran, atau berhenti."),
        DONOR,
    ),
    Reason.DIED: (
        gettext_lazy("Periksa catatan pekerja. Sponsor ditutup setelah catatannya diolah."),
        BRANCH,
    ),
    Reason.DEATH_REPORTED: (
        gettext_lazy("Putuskan laporannya: benar atau tidak benar."),
        BRANCH,
    ),
    Reason.EMPLOYEE: (
        gettext_lazy("Periksa catatan pekerja. Kini pemberi kerja yang membayar iurannya."),
        BRANCH,
    ),
    Reason.LEFT: (
        gettext_lazy("Periksa catatan pekerja. Bila ia mau lagi, cabut catatannya."),
        BRANCH,
    ),
    Reason.FROZEN: (
        gettext_lazy("Periksa berkasnya, lalu cairkan atau cabut."),
        BRANCH,
    ),
    Reason.FUND_DRY: (
        gettext_lazy("Minta pemilik program menambah pagu, atau mencari donatur lain."),
        DONOR,
    ),
    Reason.TARIFF_MISSING: (
        gettext_lazy("Tarif bulan itu perlu diisi. Setelah itu perpanjangan dicoba lagi."),
        HEAD,
    ),
    Reason.INCONSISTENT: (
        gettext_lazy("Bandingkan bulan yang sudah dibeli dengan masa sponsor ini."),
        BRANCH,
    ),
    Reason.FAILED: (
        gettext_lazy("Periksa datanya. Perpanjangan dicoba lagi tiap malam."),
        BRANCH,
    ),
}


@dataclass(frozen=True)
class Tally:
    """How many wait for one reason, or at one office."""

    key: str
    label: str
    number: int


@dataclass(frozen=True)
class OutcomeRow:
    """One sponsorship that could not be renewed: what to do, who does it, and where."""

    outcome: RenewalOutcome
    what: str
    who: str
    url: str
    label: str

    @property
    def sponsorship(self) -> Sponsorship:
        """The sponsorship with worker, donor and case."""
        return self.outcome.sponsorship


def narrowed(
    rows: QuerySet[RenewalOutcome], *, reason: str = "", office: str = ""
) -> QuerySet[RenewalOutcome]:
    """Keep those of a reason and of an office's code, in order of the end of cover."""
    if reason:
        rows = rows.filter(reason=reason)
    if office:
        rows = rows.filter(sponsorship__enrollment__office__code=office)
    joined = rows.select_related(
        "sponsorship__worker",
        "sponsorship__donor",
        "sponsorship__enrollment__office",
        "sponsorship__enrollment__order",
    )
    return joined.order_by("paid_until", "pk")


def by_reason(rows: QuerySet[RenewalOutcome]) -> list[Tally]:
    """Count the rows of each reason, the most first."""
    found = rows.order_by().values_list("reason").annotate(number=Count("pk"))
    return told_reasons(dict(found))


def told_reasons(counts: Mapping[str, int]) -> list[Tally]:
    """Put counts by reason into words, the most first."""
    told = [Tally(key, str(Reason(key).label), number) for key, number in counts.items()]
    return sorted(told, key=lambda one: (-one.number, one.label))


def by_office(rows: QuerySet[RenewalOutcome]) -> list[Tally]:
    """Count the rows of each office, the most first."""
    office = "sponsorship__enrollment__office"
    named = rows.order_by().values_list(f"{office}__code", f"{office}__name")
    counts = [Tally(*found) for found in named.annotate(number=Count("pk"))]
    return sorted(counts, key=lambda one: (-one.number, one.label))


def rows_for(user: User, outcomes: Iterable[RenewalOutcome]) -> list[OutcomeRow]:
    """Put beside each outcome what to do; a link is one that the user may open."""
    rows = []
    for outcome in outcomes:
        what, who = ADVICE[outcome.reason]
        url, label = _way(user, outcome)
        rows.append(OutcomeRow(outcome, str(what), str(who), url, label))
    return rows


def _way(user: User, outcome: RenewalOutcome) -> tuple[str, str]:
    sponsorship, reason = outcome.sponsorship, outcome.reason
    if reason == Reason.TARIFF_MISSING and user.is_head_office:
        return reverse("tariffs"), _("Buka tarif")
    if reason == Reason.DEATH_REPORTED and user.is_branch:
        return reverse("reports"), _("Buka laporan")
    if reason == Reason.FUND_DRY and user.is_supervisor:
        return reverse("donors_opened"), _("Buka programnya")
    if reason == Reason.INCONSISTENT and sponsorship.parked_at and not user.is_regional:
        return reverse("parked_sponsorship", args=[sponsorship.uuid]), _("Buka putusan")
    if reason in {Reason.DIED, Reason.EMPLOYEE, Reason.LEFT, Reason.DEATH_REPORTED}:
        return reverse("worker", args=[sponsorship.worker.uuid]), _("Buka data pekerja")
    return reverse("case", args=[sponsorship.enrollment.uuid]), _("Buka kasus")


def as_csv(outcomes: Iterable[RenewalOutcome]) -> str:
    """Write what could not be renewed as a table: cases by number, no worker's name."""
    heads = [
        _("Kasus"),
        _("Cabang"),
        _("Donatur"),
        _("Dibayar sampai"),
        _("Sejak"),
        _("Alasan"),
        _("Yang perlu dilakukan"),
        _("Oleh"),
    ]
    return write_table(heads, _lines(outcomes))


def _lines(outcomes: Iterable[RenewalOutcome]) -> Iterator[tuple[Any, ...]]:
    for outcome in outcomes:
        what, who = ADVICE[outcome.reason]
        case = outcome.sponsorship.enrollment
        yield (
            case.number,
            case.office.name if case.office else "",
            outcome.sponsorship.donor.name,
            outcome.paid_until.isoformat(),
            outcome.first_seen.isoformat(),
            str(outcome.get_reason_display()),
            str(what),
            str(who),
        )
