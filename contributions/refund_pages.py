"""What the pages of refunds show: each refund's next step, the treasurer's tabs, the funds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from donors.models import Programme
from payments.models import Account, Balance, Refund
from payments.refund_selectors import due_on, refunds_for

Status = Refund.Status
#: Tab: the refunds that stand there, and its name.
TABS: dict[str, tuple[Q, str | Promise]] = {
    "baru": (Q(status=Status.ASKED, prepared_at__isnull=True), _("Perlu disiapkan")),
    "kedua": (Q(status=Status.ASKED, prepared_at__isnull=False), _("Perlu orang kedua")),
    "kirim": (Q(status__in=[Status.CONFIRMED, Status.SENT]), _("Sedang dikirim")),
    "gagal": (Q(status=Status.FAILED), pgettext_lazy("refunds", "Gagal")),
    "selesai": (Q(status__in=[Status.DONE, Status.REFUSED]), _("Selesai")),
}
#: Status, and whether it is prepared: tone, what comes next, who does it.
STEPS: dict[tuple[str, bool], tuple[str, str | Promise, str | Promise]] = {
    (Status.ASKED, False): ("wait", _("Bendahara menyiapkan tujuannya"), _("Bendahara")),
    (Status.ASKED, True): ("wait", _("Orang kedua menyetujui"), _("Bendahara kedua")),
    (Status.CONFIRMED, True): ("info", _("Uang segera dikirim"), _("Bendahara")),
    (Status.SENT, True): ("info", _("Menunggu kabar penyedia atau bank"), _("Penyedia atau bank")),
    (Status.FAILED, True): ("warning", _("Bendahara memilih tujuan lain"), _("Bendahara")),
}


@dataclass(frozen=True)
class Progress:
    """A refund with its look, its next step, and who takes it by when (P42)."""

    refund: Refund
    tone: str
    step: str | Promise
    who: str | Promise
    by: date | None
    is_late: bool


@dataclass(frozen=True)
class FundLine:
    """A budget programme's money that goes back to the treasury (P28), in rupiah."""

    programme: Programme
    balance: int
    asked: int
    returned: tuple[Refund, ...]
    year_ends: date

    @property
    def there(self) -> int:
        """What nobody has asked for yet."""
        return max(self.balance - self.asked, 0)


def progress_of(refund: Refund, today: date) -> Progress:
    """Say how a refund stands."""
    if refund.status in {Status.DONE, Status.REFUSED}:
        tone = "success" if refund.status == Status.DONE else "neutral"
        return Progress(refund, tone, "", "", None, is_late=False)
    tone, step, who = STEPS[refund.status, refund.prepared_at is not None]
    if refund.status == Status.SENT:
        return Progress(refund, tone, step, who, None, is_late=False)
    by = due_on(refund)
    return Progress(refund, tone, step, who, by, is_late=by < today)


def tab_of(name: str | None) -> str:
    """Return the tab that is asked for, or the first one."""
    return name if name in TABS else next(iter(TABS))


def refunds_in(user: Any, tab: str) -> QuerySet[Refund]:
    """Return the refunds of a tab, those that wait longest first; closed ones newest first."""
    rows = refunds_for(user).filter(TABS[tab][0])
    return rows.order_by("-closed_at", "-pk") if tab == "selesai" else rows


def counts_of(user: Any) -> list[tuple[str, str | Promise, int]]:
    """Return the tabs with their names and how many refunds stand there, in one query."""
    sums = {name: Count("pk", filter=condition) for name, (condition, _name) in TABS.items()}
    counted = refunds_for(user).order_by().aggregate(**sums)
    return [(name, label, counted[name]) for name, (_q, label) in TABS.items()]


def waiting_for_a_person(user: Any) -> int:
    """Count what waits for a treasurer or a second person, for the treasurer's home."""
    tabs = TABS["baru"][0] | TABS["kedua"][0] | TABS["gagal"][0]
    return refunds_for(user).filter(tabs).count()


def fund_lines(programmes: Iterable[Programme], today: date) -> list[FundLine]:
    """Return budget programmes with what is left of their money and what went back.

    The budget year ends with the calendar year, or with the programme before it.
    """
    programmes = list(programmes)
    ids = [row.pk for row in programmes]
    balances = dict(
        Balance.objects.filter(
            account__kind=Account.Kind.FUND, account__programme__in=ids
        ).values_list("account__programme", "amount")
    )
    asked: dict[int, int] = {}
    returned: dict[int, list[Refund]] = {}
    rows = Refund.everything.filter(programme__in=ids).exclude(status=Status.REFUSED)
    for row in rows.order_by("asked_at", "pk"):
        if row.programme_id is None:
            continue
        if row.status == Status.ASKED:
            asked[row.programme_id] = asked.get(row.programme_id, 0) + row.amount
        else:
            returned.setdefault(row.programme_id, []).append(row)
    year_end = date(today.year, 12, 31)
    return [
        FundLine(
            programme=row,
            balance=balances.get(row.pk, 0),
            asked=asked.get(row.pk, 0),
            returned=tuple(returned.get(row.pk, ())),
            year_ends=min(row.fixed_until or year_end, year_end),
        )
        for row in programmes
    ]
