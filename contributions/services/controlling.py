"""The donor rules his sponsorships: one, or many at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from bricks.clock import jakarta_date
from contributions.locks import lock_workers
from contributions.models import Sponsorship
from contributions.services.billing import workers_renewed_by_others
from contributions.services.releasing import void_open_invoices
from contributions.services.stopping import resume_locked, stop_locked
from contributions.stops import stop_day
from contributions.tariffs import TariffTable
from contributions.wishes import Facts, Kind, No, Wish, seen, verdict
from notices import bells

#: So many in one transaction; a donor with more does it in several.
MOST = 500


class StateChanged(Exception):
    """Something has changed since the page was shown; nothing has been done."""

    def __str__(self) -> str:
        return str(_("Keadaannya sudah berubah. Belum ada yang diubah. Periksa lagi."))


class TooMany(Exception):
    """More than MOST sponsorships at once."""

    def __str__(self) -> str:
        return str(_("Paling banyak %(most)d pekerja sekali jalan.") % {"most": MOST})


@dataclass(frozen=True)
class Outcome:
    """Whose sponsorships were changed, for whom the wish held already, and for whom it could
    not be done, with the reason."""

    changed: tuple[int, ...]
    same: tuple[int, ...]
    refused: dict[int, No]


def weigh(*, rows: Collection[Sponsorship], wish: Wish, now: datetime) -> Outcome:
    """Say what carrying out a wish would do; nothing is written. At most five queries.

    `rows` have their programme at hand.
    """
    renewed = workers_renewed_by_others(row for row in rows if row.stopped_at is not None)
    facts = Facts(jakarta_date(now), frozenset(renewed), TariffTable.load())
    found = {row.pk: verdict(row, wish, facts) for row in rows}
    return Outcome(
        changed=tuple(sorted(pk for pk, said in found.items() if said is True)),
        same=tuple(sorted(pk for pk, said in found.items() if said is False)),
        refused={pk: said for pk, said in found.items() if isinstance(said, No)},
    )


def carry_out(
    *, sponsorship_ids: Collection[int], wish: Wish, word: str, by: User, now: datetime
) -> Outcome:
    """Do what a donor wishes, for each of his sponsorships for which it can be done.

    In one transaction beneath the workers' lock, each change in the audit log. What an open
    invoice asks otherwise is withdrawn and asked anew at once (a bell; the night's renewal
    finds it too). Idempotent: whose wish holds already is left alone. `word` is what the page
    was shown (`wishes.seen`). Raises StateChanged where something would be done and that no
    longer holds, and TooMany; then nothing has happened.
    """
    if len(sponsorship_ids) > MOST:
        raise TooMany
    mine = Sponsorship.everything.filter(pk__in=sponsorship_ids)
    with transaction.atomic():
        lock_workers(mine.values_list("worker", flat=True))
        rows = list(mine.select_related("programme", "worker").order_by("pk"))
        outcome = weigh(rows=rows, wish=wish, now=now)
        if outcome.changed:
            if word != seen(rows):
                raise StateChanged
            changed = [row for row in rows if row.pk in set(outcome.changed)]
            _DEEDS[wish.kind](changed, wish, by, now)
            bells.ring("sponsorships_ruled")
    return outcome


def _stop(rows: list[Sponsorship], wish: Wish, by: User, now: datetime) -> None:
    stop_locked(sponsorship_ids=[row.pk for row in rows], by=by, now=now)


def _go_on(rows: list[Sponsorship], wish: Wish, by: User, now: datetime) -> None:
    _resume(rows, by, now)
    named = [row for row in rows if row.stopped_at is None]
    _rows(named).update(stops_on=None)
    for row in named:
        _record(row, "stop_withdrawn", by, now, stops_on=None)


def _stop_later(rows: list[Sponsorship], wish: Wish, by: User, now: datetime) -> None:
    _resume(rows, by, now)
    for row in rows:
        last = stop_day(row, wish.periods)
        _rows([row]).update(stops_on=last)
        _record(row, "stop_named", by, now, stops_on=last)


def _resume(rows: list[Sponsorship], by: User, now: datetime) -> None:
    stopped = [row.pk for row in rows if row.stopped_at is not None]
    if stopped:
        resume_locked(sponsorship_ids=stopped, by=by, now=now)


def _period(rows: list[Sponsorship], wish: Wish, by: User, now: datetime) -> None:
    _rows(rows).update(months=wish.months)
    void_open_invoices(sponsorship_ids=[row.pk for row in rows], now=now)
    for row in rows:
        _record(row, "period_changed", by, now, months=wish.months)


def _bracket(rows: list[Sponsorship], wish: Wish, by: User, now: datetime) -> None:
    _rows(rows).update(bracket=wish.bracket, jht=wish.jht)
    void_open_invoices(sponsorship_ids=[row.pk for row in rows], now=now)
    for row in rows:
        _record(row, "bracket_changed", by, now, bracket=wish.bracket, jht=wish.jht)


_DEEDS = {
    Kind.STOP: _stop,
    Kind.GO_ON: _go_on,
    Kind.STOP_LATER: _stop_later,
    Kind.PERIOD: _period,
    Kind.BRACKET: _bracket,
}


def _rows(rows: list[Sponsorship]) -> QuerySet[Sponsorship]:
    return Sponsorship.everything.filter(pk__in=[row.pk for row in rows])


def _record(row: Sponsorship, deed: str, by: User, now: datetime, **after: object) -> None:
    """Write what was changed into the audit log; `row` bears what held before."""
    audit.record(
        action=f"sponsorship.{deed}",
        obj=row,
        actor=by,
        now=now,
        before={name: _plain(getattr(row, name)) for name in after},
        after={name: _plain(value) for name, value in after.items()},
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
