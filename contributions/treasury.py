"""The treasurer's first page: what waits for him, desk by desk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contributions import parked
from contributions.books_selectors import newest_check
from contributions.remittance_selectors import remittances_of
from payments import bank_selectors, event_selectors
from payments.models import Refund
from payments.refund_selectors import refunds_for

Count = Callable[[Any, datetime], int]


@dataclass(frozen=True)
class Tile:
    """A desk: where it is, what is done there, and how many rows wait (None: not counted)."""

    url: str
    title: str
    text: str
    count: int | None


def _lines(user: Any, now: datetime) -> int:
    return bank_selectors.worklist(user).count()


def _payouts(user: Any, now: datetime) -> int:
    return bank_selectors.waiting_payouts(user)


def _refunds(user: Any, now: datetime) -> int:
    waiting = [Refund.Status.ASKED, Refund.Status.CONFIRMED]
    return refunds_for(user).filter(status__in=waiting).count()


def _remittances(user: Any, now: datetime) -> int:
    return remittances_of(user).filter(answered_at__isnull=True).count()


def _parked(user: Any, now: datetime) -> int:
    lists = (parked.parked_payments, parked.parked_sponsorships, parked.accepted_after_all)
    return sum(each(user).count() for each in lists)


def _grave(user: Any, now: datetime) -> int:
    check = newest_check()
    return check.grave if check else 0


#: Name of the page, title, what is done there, and how what waits is counted.
DESKS: tuple[tuple[str, Promise, Promise, Count | None], ...] = (
    ("bank_worklist", _("Rekening koran"), _("Cocokkan uang masuk dengan tagihan."), _lines),
    ("payouts", _("Pencairan penyedia"), _("Cocokkan pencairan dengan rekening koran."), _payouts),
    ("refunds", _("Pengembalian"), _("Periksa dan kirim uang kembali."), _refunds),
    ("remittances", _("Penyetoran ke BPJS"), _("Berkas iuran dan jawabannya."), _remittances),
    (
        "provider_events",
        _("Kabar penyedia"),
        _("Kabar yang tidak dikenali sistem."),
        event_selectors.count_waiting,
    ),
    ("parked", _("Uang yang ditarik bank"), _("Putuskan bersama cabang."), _parked),
    (
        "bank_accounts",
        _("Rekening bank"),
        _("Rekening tempat donatur mentransfer dan penyedia mencairkan."),
        None,
    ),
    ("invoices", _("Tagihan"), _("Tagihan dan pembayarannya."), None),
    ("ledger_accounts", _("Buku besar"), _("Saldo dan mutasi setiap akun."), None),
    ("books", _("Pemeriksaan buku"), _("Bukti bahwa setiap rupiah ada tempatnya."), _grave),
    ("closed_months", _("Tutup bulan"), _("Tutup buku bulan yang sudah lewat."), None),
)


def tiles(user: Any, *, now: datetime) -> list[Tile]:
    """Return the desks that the portal has, each with how much waits there."""
    found = []
    for name, title, text, count in DESKS:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        found.append(Tile(url, str(title), str(text), count(user, now) if count else None))
    return found
