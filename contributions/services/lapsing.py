"""The end of a sponsorship: stopped and run out, or unpaid for too long."""

from collections.abc import Collection
from datetime import date, datetime
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import audit
from bricks.months import ONE_DAY
from contributions.locks import lock_workers
from contributions.models import CalendarDay, Sponsorship
from contributions.services.releasing import void_open_invoices
from contributions.services.telling import tell_donor
from workers.report_selectors import workers_given_back_time, workers_reported_dead

CHUNK = 500


def lapse(*, today: date, now: datetime) -> dict[str, int]:
    """End what has run out by `today`. Idempotent; catches up missed days.

    A sponsorship that does not renew, because its donor stopped it or its agreement has
    a last day, ends once its last paid day is over. One whose donor has named a last day is
    stopped as soon as it is paid up to it, or that day is over (`contributions.stops`). Any
    other lapses when ARREARS_MONTHS
    unpaid months have begun and passed: covered until 31 August, it lapses on 1 December
    (house section 4; domain reference 1.3). Its unpaid invoices are withdrawn and the
    donor is told once; months and cover stay as they were. Parked sponsorships are left
    to a person. While a worker is reported dead nobody can pay for him: his waits, and as
    many days longer once the report has proved untrue (P4); a month that went by meanwhile
    stays unpaid (P2).
    """
    _stop_reached(today=today, now=now)
    over = Sponsorship.everything.filter(
        status=Sponsorship.Status.ACTIVE, parked_at__isnull=True, paid_until__lt=today
    )
    too_long = CalendarDay.objects.filter(
        day=OuterRef("paid_until") + ONE_DAY,
        **{f"plus_{settings.ARREARS_MONTHS}__lte": today},
    )
    stopped = over.filter(renews=False, stopped_at__isnull=False)
    finished = over.filter(renews=False, stopped_at__isnull=True)
    waiting = {*workers_reported_dead(), *workers_given_back_time(today=today)}
    unpaid = over.filter(Exists(too_long), renews=True).exclude(worker__in=waiting)
    ended, reason = Sponsorship.Status.ENDED, Sponsorship.EndReason
    return {
        "ended": _end(stopped, ended, reason.STOPPED, now)
        + _end(finished, ended, reason.FINISHED, now),
        "lapsed": _end(unpaid, Sponsorship.Status.LAPSED, reason.ARREARS, now),
    }


def _stop_reached(*, today: date, now: datetime) -> int:
    """Stop what is paid up to the last day that its donor has named, or past that day."""
    named = Sponsorship.everything.filter(
        Q(stops_on__lte=F("paid_until")) | Q(stops_on__lt=today),
        status=Sponsorship.Status.ACTIVE,
        renews=True,
        parked_at__isnull=True,
    )
    count = 0
    while True:
        with transaction.atomic():
            found = dict(named.order_by("pk").values_list("pk", "worker")[:CHUNK])
            lock_workers(found.values())
            rows = list(named.filter(pk__in=found))
            ids = [row.pk for row in rows]
            stopped = Sponsorship.everything.filter(pk__in=ids)
            stopped.update(renews=False, stopped_at=now, stops_on=None)
            void_open_invoices(sponsorship_ids=ids, now=now)
            for row in rows:
                audit.record(action="sponsorship.stop_reached", obj=row, now=now)
        count += len(rows)
        if len(found) < CHUNK:
            return count


def _end(due: QuerySet[Sponsorship], status: str, reason: str, now: datetime) -> int:
    """End the due sponsorships, CHUNK rows a transaction."""
    count = 0
    while True:
        with transaction.atomic():
            found = list(due.order_by("donor", "pk")[:CHUNK])
            lock_workers([row.worker_id for row in found])
            still = read_again(due, [row.pk for row in found])
            rows = list(still.select_related("donor").order_by("donor", "pk"))
            ids = [row.pk for row in rows]
            changed = Sponsorship.everything.filter(
                pk__in=ids, status=Sponsorship.Status.ACTIVE
            ).update(status=status, ended_at=now, end_reason=reason)
            void_open_invoices(sponsorship_ids=ids, now=now)
            for donor, own in groupby(rows, key=lambda row: row.donor):
                people = len(list(own))
                tell_donor(
                    donor=donor,
                    key=f"{reason}:{donor.pk}:{now:%Y%m%d%H%M}:{ids[0]}",
                    kind=f"sponsorship_{reason}",
                    text=lambda _user, people=people: _text(reason, people),  # type: ignore[misc]
                    now=now,
                )
        count += changed
        if len(found) < CHUNK:
            return count


def read_again(due: QuerySet[Sponsorship], ids: Collection[int]) -> QuerySet[Sponsorship]:
    """Read the due rows again beneath the lock: money may have come for one meanwhile."""
    return due.filter(pk__in=ids)


def _text(reason: str, people: int) -> tuple[str, str]:
    if reason == Sponsorship.EndReason.STOPPED:
        return (
            _("Sponsor Anda sudah selesai"),
            _(
                "Sponsor untuk %(people)s pekerja sudah selesai, sesuai permintaan Anda.\n"
                "Terima kasih. Anda bisa menyeponsori lagi kapan saja lewat portal."
            )
            % {"people": people},
        )
    if reason == Sponsorship.EndReason.FINISHED:
        return (
            _("Masa sponsor Anda selesai"),
            _(
                "Masa sponsor untuk %(people)s pekerja sudah selesai.\n"
                "Hubungi cabang bila Anda ingin memperpanjangnya."
            )
            % {"people": people},
        )
    return (
        _("Sponsor Anda terputus"),
        _(
            "Sponsor untuk %(people)s pekerja terputus karena tiga bulan tidak dibayar.\n"
            "Hubungi cabang bila Anda ingin melindungi mereka lagi. Cabang akan memeriksa dulu.\n"
            "Tidak ada denda."
        )
        % {"people": people},
    )
