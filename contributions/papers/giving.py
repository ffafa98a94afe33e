"""A donor's yearly statement on paper: what he gave, and what became of it."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from bricks.clock import JAKARTA
from bricks.rupiah import format_number, format_rupiah
from bricks.templatetags.house import bulan
from contributions.models import Contribution
from contributions.models.cover import BOUGHT
from contributions.papers.money import state_on
from contributions.papers.printing import frame
from contributions.statement import (
    Money,
    Span,
    bought_in,
    money_by_month,
    statement_of,
    workers_in,
)
from contributions.statement_rows import sums
from donors.models import Donor


def giving_paper(donor: Donor, *, year: int, now: datetime) -> dict[str, Any]:
    """Gather a donor's year, by the days on which it was booked. Names no worker."""
    span = Span.year(year)
    statement = statement_of(donor, span=span)
    months, accepted = _bought(donor, span)
    by_month = money_by_month(donor, span=span)
    came, went = sums(statement)
    title = _("Laporan donasi %(year)s") % {"year": year}
    return {
        **frame(title=title, office=None, state=state_on(now), tells_cover=True),
        "stamp": None,
        "facts": [
            [_("Donatur"), donor.name],
            [_("Tahun"), str(year)],
            [_("Pekerja yang dibayar"), format_number(workers_in(donor, span=span))],
            [_("Bulan iuran dibeli"), format_number(months.total())],
            [_("Di antaranya disahkan BPJS Ketenagakerjaan"), format_number(accepted.total())],
        ],
        "sums": [
            _side(_("Dari mana"), came),
            _side(_("Menjadi apa"), went),
        ],
        "by_month": {
            "title": _("Bulan demi bulan"),
            "head": [
                _("Bulan"),
                _("Masuk"),
                _("Menjadi iuran"),
                _("Bulan dibeli"),
                _("Disahkan"),
                _("Saldo berubah"),
                _("Dikembalikan"),
            ],
            "rows": _rows(by_month, months, accepted),
        },
        "note": _(
            "Iuran ini dibayar untuk pekerja, bukan untuk Anda sendiri. "
            "Lembar ini bukan bukti potong pajak."
        ),
    }


def _side(title: str, parts: list[tuple[str, int]]) -> dict[str, Any]:
    total = (_("Jumlah"), sum(amount for _word, amount in parts))
    return {
        "title": title,
        "rows": [[word, format_rupiah(amount)] for word, amount in [*parts, total]],
    }


def _bought(donor: Donor, span: Span) -> tuple[Counter[date], Counter[date]]:
    """Count by month of booking the worker-months that are bought, and accepted."""
    rows = bought_in(donor, span=span).filter(status__in=BOUGHT).order_by()
    counted = rows.values(
        "status", booked=TruncMonth("posting__posted_at", tzinfo=JAKARTA)
    ).annotate(n=Count("pk"))
    months: Counter[date] = Counter()
    accepted: Counter[date] = Counter()
    for row in counted:
        month = row["booked"].date()
        months[month] += row["n"]
        if row["status"] == Contribution.Status.ACCEPTED:
            accepted[month] += row["n"]
    return months, accepted


def _rows(
    by_month: dict[date, Money], months: Counter[date], accepted: Counter[date]
) -> list[list[str]]:
    total = sum(by_month.values(), Money())
    rows = [
        _row(bulan(month), money, months[month], accepted[month])
        for month, money in by_month.items()
    ]
    return [*rows, _row(_("Setahun"), total, months.total(), accepted.total())]


def _row(word: str, money: Money, months: int, accepted: int) -> list[str]:
    return [
        word,
        format_rupiah(money.came_in),
        format_rupiah(money.months),
        format_number(months),
        format_number(accepted),
        format_rupiah(money.spare + money.unallocated),
        format_rupiah(money.back),
    ]
