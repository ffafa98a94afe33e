"""What happens to workers, and what branch, treasurers and head office do about it all."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

from bricks.clock import jakarta_date
from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.models import Contribution, LateMoney, Sponsorship
from contributions.parked import BY_THE_BANK
from contributions.services import ruling
from contributions.services.ending import PARKED_AHEAD
from contributions.services.late_money import CannotRevive, leave_as_credit, revive
from contributions.services.remitting import (
    NotRejected,
    credit_rejected,
    resend_rejected,
)
from contributions.services.reversing import not_whole
from contributions.services.tariff_changes import change_tariffs, plan_change
from contributions.tariff_rows import Edit, TariffRows
from contributions.tariffs import ReliefRow, TariffRow
from dashboards.simulation.cast import Entry
from dashboards.simulation.passing import look_at_the_list
from dashboards.simulation.world import World
from donors.models import Funding
from payments.models import Payment
from workers.models import IncidentReport, Said, Sector, Worker, WorkerEvent
from workers.services import living, reporting, ruling_reports

#: The branch leaves nothing longer than this.
PATIENCE = timedelta(days=4)
DESK_DAYS = 7
#: When head office changes tariffs, in months from the first day.
RISE_TOLD, RISE_HOLDS, CORRECTED = 9, 14, 11


# --- workers -----------------------------------------------------------------------------
def plan_fate(world: World, entry: Entry, worker: Worker) -> None:
    """Put what happens to a worker on its day."""
    acts = {
        "dies": _dies,
        "reported": _reported,
        "employee": _employee,
        "left": _left,
        "mistaken": _mistaken,
    }
    act = acts.get(entry.fate)
    if act is not None:
        day = entry.day + timedelta(days=40 + world.dice.randrange(200))
        world.on(day, lambda now: act(world, worker, now))


def _report(world: World, worker: Worker, now: datetime) -> IncidentReport:
    world.counts["reports"] += 1
    world.reported.add(worker.pk)
    told = reporting.Told(
        kind=IncidentReport.Kind.DEATH,
        name=worker.name,
        village=worker.village,
        happened_on=jakarta_date(now) - ONE_DAY,
        reporter_name="Pelapor Simulasi",
        reporter_phone=f"+62811{6_000_000 + worker.pk}",
        reporter_relation=IncidentReport.Relation.FAMILY,
        worker=worker,
    )
    return reporting.report(told=told, by=None, now=now)


def _dies(world: World, worker: Worker, now: datetime) -> None:
    report = _report(world, worker, now)

    def confirm(when: datetime) -> None:
        ruling_reports.confirm(
            report=report,
            officer=world.stage.supervisor,
            happened_on=report.happened_on,
            note="Keluarga sudah dihubungi.",
            now=when,
        )

    world.on(jakarta_date(now) + timedelta(days=1 + world.dice.randrange(3)), confirm)


def _reported(world: World, worker: Worker, now: datetime) -> None:
    """A false report, on which the branch takes its time."""
    report = _report(world, worker, now)

    def refute(when: datetime) -> None:
        ruling_reports.refute(
            report=report, officer=world.stage.supervisor, note="Ia hidup.", now=when
        )

    world.on(jakarta_date(now) + timedelta(days=1 + world.dice.randrange(40)), refute)


def _event(world: World, worker: Worker, kind: str, now: datetime) -> WorkerEvent:
    world.counts["events"] += 1
    return living.record_event(
        worker=worker,
        kind=kind,
        happened_on=jakarta_date(now),
        said_by=Said.WORKER,
        by=world.stage.officer,
        now=now,
    )


def _employee(world: World, worker: Worker, now: datetime) -> None:
    _event(world, worker, WorkerEvent.Kind.EMPLOYEE, now)


def _left(world: World, worker: Worker, now: datetime) -> None:
    _event(world, worker, WorkerEvent.Kind.LEFT, now)


def _mistaken(world: World, worker: Worker, now: datetime) -> None:
    event = _event(world, worker, WorkerEvent.Kind.EMPLOYEE, now)

    def revoke(when: datetime) -> None:
        living.revoke_event(event=event, by=world.stage.officer, now=when, note="Salah orang.")

    world.on(jakarta_date(now) + timedelta(days=2 + world.dice.randrange(20)), revoke)


# --- the branch's desk ---------------------------------------------------------------------
def work_at_the_desk(world: World, day: date) -> None:
    """Decide once a week on what waits for people."""
    if day.toordinal() % DESK_DAYS == 0:
        world.on(day, lambda now: _decide_late_money(world, now))
        world.on(day, lambda now: _decide_refused(world, now))
        world.on(day, lambda now: _rule_on_payments(world, now))
        world.on(day, lambda now: _rule_on_months_ahead(world, now))
        world.on(day, lambda now: look_at_the_list(world, now))


def _decide_late_money(world: World, now: datetime) -> None:
    waiting = LateMoney.objects.filter(
        status=LateMoney.Status.WAITING, made_at__lte=now - PATIENCE
    ).order_by("pk")
    for row in waiting:
        if world.dice.random() < 0.5:
            with suppress(CannotRevive):
                revive(late=row, by=world.stage.supervisor, now=now)
                world.counts["revived"] += 1
                continue
        leave_as_credit(late=row, by=world.stage.supervisor, now=now)


def _decide_refused(world: World, now: datetime) -> None:
    """Send a refused month once more, or give its money back."""
    refused = Contribution.everything.filter(
        status=Contribution.Status.REJECTED, closed_at__lte=now - PATIENCE
    )
    seen = set()
    for row in refused.select_related("sponsorship__enrollment__office").order_by("pk"):
        if row.sponsorship_id in seen:
            continue
        seen.add(row.sponsorship_id)
        decide = resend_rejected if world.dice.random() < 0.3 else credit_rejected
        with suppress(NotRejected):
            decide(contribution=row, by=world.stage.treasurers[0], now=now, whole=True)
            world.counts["refused_decided"] += 1


def _rule_on_payments(world: World, now: datetime) -> None:
    """Two treasurers rule on what banks took back of accepted months."""
    for pk in not_whole().order_by("pk").values_list("pk", flat=True):
        outcome = "kept" if world.dice.random() < 0.5 else "undone"
        _rule(world, outcome, now, payment=Payment.everything.get(pk=pk))
    parked = Sponsorship.everything.filter(parked_reason__in=BY_THE_BANK)
    for row in parked.select_related("enrollment__office").order_by("pk"):
        with suppress(ruling.CannotRule):
            ruling.go_on(sponsorship=row, reason="selesai", by=world.stage.treasurers[1], now=now)


def _rule_on_months_ahead(world: World, now: datetime) -> None:
    ahead = Sponsorship.everything.filter(parked_reason=PARKED_AHEAD)
    for row in ahead.select_related("enrollment__office").order_by("pk"):
        _rule(world, "undone" if world.dice.random() < 0.5 else "kept", now, sponsorship=row)


def _rule(
    world: World,
    outcome: str,
    now: datetime,
    *,
    payment: Payment | None = None,
    sponsorship: Sponsorship | None = None,
) -> None:
    first, second = world.stage.treasurers
    with suppress(ruling.CannotRule):
        made = ruling.propose(
            payment=payment,
            sponsorship=sponsorship,
            outcome=outcome,
            reason="simulasi",
            by=first,
            now=now,
        )
        ruling.confirm(ruling=made, by=second, now=now + timedelta(seconds=20))
        world.counts[f"ruled_{outcome}"] += 1


# --- head office ---------------------------------------------------------------------------
def plan_tariffs(world: World) -> None:
    """Let head office tell of a rise in month 9, and correct a relief backwards in month 11."""
    told = add_months(world.first, RISE_TOLD)
    rise = first_of_month(add_months(world.first, RISE_HOLDS))
    world.on(told, lambda now: _raise(world, rise, now))
    corrected = add_months(world.first, CORRECTED)
    world.on(corrected, lambda now: _correct(world, first_of_month(corrected), now))


def _raise(world: World, first: date, now: datetime) -> None:
    rows = TariffRows.load().rows.values()
    edits = []
    for bracket in (1, 2):
        last = max(
            (row for row in rows if isinstance(row, TariffRow) and row.bracket == bracket),
            key=lambda row: row.first_month,
        )
        dearer = replace(last, first_month=first, jkk=last.jkk + 1_000, legal_basis="PP SIM/1")
        edits.append(Edit(None, dearer))
    _change(world, edits, now)


def _correct(world: World, month: date, now: datetime) -> None:
    """The relief of most private workers held two months longer than was entered."""
    found = [
        row
        for row in TariffRows.load().rows.values()
        if isinstance(row, ReliefRow)
        and (row.sector, row.funding) == (Sector.OTHER, Funding.PRIVATE)
    ]
    last = max(found, key=lambda row: row.first_month)
    until = max(add_months(month, -1), add_months(last.last_month, 2))
    _change(world, [Edit(last, replace(last, last_month=until))], now)


def _change(world: World, edits: list[Edit], now: datetime) -> None:
    shown = plan_change(edits=edits, today=jakarta_date(now))
    change_tariffs(
        content=shown.content(),
        seen=shown.seen,
        legal_basis="PP SIM/1",
        reason="simulasi",
        by=world.stage.head,
        now=now,
    )
    world.counts["tariff_changes"] += 1
