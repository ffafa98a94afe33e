"""Reminders before and after cover ends: one message per donor and day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from bricks.clock import JAKARTA
from bricks.months import arrears_of
from contributions import gate
from contributions.links import pay_url
from contributions.models import Contribution, Reminder, Sponsorship
from contributions.services.telling import tell_donor
from donors.models import Donor
from payments.models import Invoice

#: Days from the last covered day on which a donor is reminded, by period in months.
#: The invoice itself, LEAD_DAYS before, is the first message; a monthly donor gets at
#: most two before the end and one after (domain reference 9).
_LONG = (-14, -7, -1, 7, 30, 60, 83)
MILESTONES = {1: (-3, 7), 2: (-14, -3, 7, 30), 3: _LONG, 6: _LONG, 12: _LONG}
EARLIEST = {months: min(days) for months, days in MILESTONES.items()}

#: Nobody is written to at night (Asia/Jakarta).
DAY_BEGINS, DAY_ENDS = time(8), time(20)


@dataclass(frozen=True)
class Due:
    """One obligation that has reached a milestone, `days` from its last covered day."""

    sponsorship: Sponsorship
    paid_until: date
    days: int


@dataclass
class Digest:
    """What one donor is reminded of today."""

    donor: Donor
    due: list[Due] = field(default_factory=list)
    invoices: dict[int, Invoice] = field(default_factory=dict)


def remind(*, today: date, now: datetime) -> dict[str, int]:
    """Write one digest per donor about the milestones reached by `today`. Idempotent.

    Of an obligation (sponsorship and end of cover) only the newest milestone reached is
    told, so a clock that stood still for a week says one thing, not five; the database
    keeps each milestone once. Only what can be paid now is reminded of, and nobody for whom
    nothing is asked (`contributions.gate`).
    """
    counts = {"messages": 0, "reminders": 0}
    for digest in _digests(today).values():
        with transaction.atomic():
            messages = tell_donor(
                donor=digest.donor,
                key=f"reminder:{digest.donor.pk}:{today:%Y%m%d}",
                kind="reminder",
                text=lambda _user, digest=digest: _text(digest, today),  # type: ignore[misc]
                now=now,
                not_before=daytime(now),
            )
            if not messages:
                continue
            Reminder.objects.bulk_create(
                Reminder(
                    sponsorship=due.sponsorship,
                    paid_until=due.paid_until,
                    milestone=f"D{due.days:+d}",
                    message=messages[0],
                    made_at=now,
                )
                for due in digest.due
            )
        counts["messages"] += len(messages)
        counts["reminders"] += len(digest.due)
    return counts


def daytime(now: datetime) -> datetime:
    """Return `now`, or the next morning at DAY_BEGINS when it is night in Jakarta."""
    local = now.astimezone(JAKARTA)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return now
    day = local.date() + (timedelta(days=1) if local.time() >= DAY_ENDS else timedelta())
    return datetime.combine(day, DAY_BEGINS, tzinfo=JAKARTA)


def _digests(today: date) -> dict[int, Digest]:
    digests: dict[int, Digest] = {}
    near = list(_reminded_about(today))
    held = gate.withheld(near)
    rows = [row for row in near if row.pk not in held]
    told = _told(rows)
    invoices = _open_invoices(rows)
    for row in rows:
        until = row.paid_until
        if until is None:
            continue
        reached = [d for d in MILESTONES[row.months] if until + timedelta(days=d) <= today]
        if not reached or max(reached) <= told.get(row.pk, -1000):
            continue
        digest = digests.setdefault(row.donor_id, Digest(donor=row.donor))
        digest.due.append(Due(row, until, max(reached)))
        digest.invoices.update(invoices[row.pk])
    return digests


def _reminded_about(today: date) -> QuerySet[Sponsorship]:
    """Renewing sponsorships near or past their end, with an open invoice that can be paid."""
    near = Q()
    for months, days in EARLIEST.items():
        near |= Q(months=months, paid_until__lte=today - timedelta(days=days))
    payable = Contribution.everything.filter(
        sponsorship=OuterRef("pk"),
        status=Contribution.Status.PROMISED,
        invoice__status=Invoice.Status.OPEN,
    )
    return (
        Sponsorship.everything.filter(
            near,
            Exists(payable),
            status=Sponsorship.Status.ACTIVE,
            renews=True,
            parked_at__isnull=True,
        )
        .select_related("donor", "worker")
        .order_by("donor", "paid_until", "pk")
    )


def _told(rows: list[Sponsorship]) -> dict[int, int]:
    """Return the newest milestone, in days, already told of each present obligation."""
    until = {row.pk: row.paid_until for row in rows}
    told: dict[int, int] = {}
    for reminder in Reminder.objects.filter(sponsorship__in=until):
        if reminder.paid_until == until[reminder.sponsorship_id]:
            days = int(reminder.milestone.removeprefix("D"))
            told[reminder.sponsorship_id] = max(days, told.get(reminder.sponsorship_id, days))
    return told


def _open_invoices(rows: list[Sponsorship]) -> dict[int, dict[int, Invoice]]:
    found: dict[int, dict[int, Invoice]] = defaultdict(dict)
    lines = Contribution.everything.filter(
        sponsorship__in=[row.pk for row in rows],
        status=Contribution.Status.PROMISED,
        invoice__status=Invoice.Status.OPEN,
    )
    for line in lines.select_related("invoice"):
        if line.invoice is not None:
            found[line.sponsorship_id][line.invoice.pk] = line.invoice
    return found


def _text(digest: Digest, today: date) -> tuple[str, str]:
    """Say what happened, then what to do; nothing personal in the first line (P45)."""
    ending = [due for due in digest.due if due.paid_until >= today]
    over = [due for due in digest.due if due.paid_until < today]
    parts = [_("Ada perlindungan yang perlu diperpanjang.")]
    parts += [_ending_text(ending)] if ending else []
    parts += _over_texts(over, today) if over else []
    parts += [
        _("Bayar di sini, tanpa masuk: %(url)s") % {"url": pay_url(invoice)}
        for invoice in digest.invoices.values()
    ]
    parts.append(_("Bila terjadi kecelakaan: ke rumah sakit dulu, lalu telepon 175."))
    return _("Pengingat perlindungan"), "\n".join(parts)


def _ending_text(ending: list[Due]) -> str:
    first = min(due.paid_until for due in ending)
    return _("%(workers)s pekerja: berakhir mulai %(day)s.") % {
        "workers": len(ending),
        "day": formats.date_format(first, "DATE_FORMAT"),
    }


def _over_texts(over: list[Due], today: date) -> list[str]:
    """Say the arrears plainly; what the law makes of them is the branch's word (P3)."""
    worst = max(arrears_of(due.paid_until, today) for due in over)
    return [
        _("%(workers)s pekerja: belum dibayar, sudah sampai bulan ke-%(arrears)s.")
        % {"workers": len(over), "arrears": worst},
        _("Setelah %(limit)s bulan tanpa bayar, sponsor terputus dan tunggu 3 bulan berulang.")
        % {"limit": settings.ARREARS_MONTHS},
    ]
