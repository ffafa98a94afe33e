"""A worker's cover as a row of facts, for a claim's file: enrolled, approved, paid, sent,
accepted, covered from until, reported (P3). It states and does not judge."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from contributions import selectors
from contributions.cover import Cover, CoverStatus, status_on
from contributions.models import Contribution, Coverage, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.services.covering import spans_of
from regions.models import Office
from workers import standing
from workers.models import Enrollment, IncidentReport, Worker
from workers.registry_selectors import home_office
from workers.report_selectors import reports_on

ACCEPTED = Contribution.Status.ACCEPTED


@dataclass(frozen=True)
class Entry:
    """One fact with its instant. `kind` is submitted, approved, paid, sent, accepted,
    reported or ruled; of months the first and last day, how many, and what they cost.
    `told` is a number: of the case, the file, BPJS's receipts, the report."""

    at: datetime
    kind: str
    told: str = ""
    months: int = 0
    amount: int = 0
    first: date | None = None
    last: date | None = None
    report: IncidentReport | None = None


@dataclass(frozen=True)
class Timeline:
    """What stands on the page. `spans` are the days of accepted cover, both inclusive.

    Where it is not whole, cover, office and KPJ are those that these cases tell alone.
    """

    worker: Worker
    entries: list[Entry]
    spans: list[Coverage]
    cover: CoverStatus
    is_whole: bool
    kpj: str
    office: Office | None


def timeline_of(
    worker: Worker,
    *,
    today: date,
    cases: Collection[Enrollment],
    reports: Iterable[IncidentReport],
    is_whole: bool,
) -> Timeline:
    """Gather the facts of these cases, the earliest first; `is_whole` where they are all."""
    months = Contribution.everything.filter(
        sponsorship__enrollment__in=cases, status__in=BOUGHT
    ).select_related("remittance")
    rows = list(months.order_by("covered_from", "pk"))
    entries = [entry for case in cases for entry in _of_case(case)]
    entries += [entry for step in (_paid, _sent, _accepted) for entry in step(rows)]
    entries += [entry for report in reports for entry in _of_report(report)]
    spans = Coverage.objects.filter(worker=worker).order_by("covered_from")
    return Timeline(
        worker=worker,
        entries=sorted(entries, key=lambda entry: entry.at),
        # The days of cover are those of all payers: only who sees them all is told.
        spans=list(spans) if is_whole else [],
        cover=selectors.cover_status(worker, today=today)
        if is_whole
        else cover_by(cases, worker, today=today),
        is_whole=is_whole,
        kpj=worker.kpj if is_whole or any(row.status == ACCEPTED for row in rows) else "",
        office=home_office(worker) if is_whole else _office_of(cases),
    )


def cover_by(cases: Collection[Enrollment], worker: Worker, *, today: date) -> CoverStatus:
    """Say where a worker stands by the months of these cases alone, so that nothing is told
    of what others pay; whether a report of him waits is minded all the same (P3)."""
    months = Contribution.everything.filter(sponsorship__enrollment__in=cases, status__in=BOUGHT)
    accepted: list[tuple[date, date, datetime | None]] = []
    waiting: list[Cover] = []
    for status, first, last, starts_at in months.values_list(
        "status", "covered_from", "covered_until", "starts_at"
    ):
        if first and last and status == ACCEPTED:
            accepted.append((first, last, starts_at))
        elif first and last:
            waiting.append(Cover(first, last, starts_at))
    billed = Sponsorship.everything.filter(
        enrollment__in=cases, status=Sponsorship.Status.AWAITING_PAYMENT
    )
    return status_on(
        today,
        accepted=[
            Cover(span.covered_from, span.covered_until, span.starts_at)
            for span in spans_of(accepted)
        ],
        waiting=waiting,
        is_billed=billed.exists(),
        arrears_months=settings.ARREARS_MONTHS,
        is_reported=worker.pk in standing.reported([worker.pk]),
    )


def _office_of(cases: Collection[Enrollment]) -> Office | None:
    """Return the office of the latest of these cases."""
    return next((case.office for case in reversed([*cases]) if case.office), None)


def all_of(worker: Worker) -> tuple[list[Enrollment], list[IncidentReport]]:
    """Return every case and report of a worker: for the branch's eyes."""
    cases = Enrollment.everything.filter(worker=worker).select_related("order")
    return list(cases.order_by("submitted_at", "pk")), list(reports_on([worker.pk]))


def _of_case(case: Enrollment) -> Iterable[Entry]:
    if case.submitted_at is not None:
        yield Entry(case.submitted_at, "submitted", told=case.number)
    approved = case.status in {Enrollment.Status.APPROVED, Enrollment.Status.EXPIRED}
    if approved and case.decided_at is not None:
        yield Entry(case.decided_at, "approved", told=case.number)


def _of_report(report: IncidentReport) -> Iterable[Entry]:
    yield Entry(report.reported_at, "reported", told=report.number, report=report)
    if report.ruled_at is not None:
        yield Entry(report.ruled_at, "ruled", told=report.number, report=report)


def _paid(rows: list[Contribution]) -> Iterable[Entry]:
    return _grouped(rows, "paid", lambda row: row.posting_id, lambda row: row.paid_at, _nothing)


def _sent(rows: list[Contribution]) -> Iterable[Entry]:
    return _grouped(rows, "sent", lambda row: row.remittance_id, lambda row: row.sent_at, _file)


def _accepted(rows: list[Contribution]) -> Iterable[Entry]:
    accepted = [row for row in rows if row.status == ACCEPTED]
    return _grouped(
        accepted, "accepted", lambda row: row.accepted_at, lambda row: row.accepted_at, _receipts
    )


def _grouped(
    rows: list[Contribution],
    kind: str,
    key: Callable[[Contribution], Hashable],
    when: Callable[[Contribution], datetime | None],
    told: Callable[[list[Contribution]], str],
) -> Iterable[Entry]:
    """One fact per payment, file or answer, with the months that it speaks of."""
    groups: dict[Any, list[Contribution]] = defaultdict(list)
    for row in rows:
        if when(row) is not None:
            groups[key(row)].append(row)
    for found in groups.values():
        at = when(found[0])
        assert at is not None  # noqa: S101  (rows without it are left out above)
        yield Entry(
            at=at,
            kind=kind,
            told=told(found),
            months=len(found),
            amount=sum(row.amount for row in found),
            first=found[0].covered_from,
            last=found[-1].covered_until,
        )


def _nothing(rows: list[Contribution]) -> str:
    return ""


def _file(rows: list[Contribution]) -> str:
    remittance = rows[0].remittance
    return remittance.core_reference if remittance else ""


def _receipts(rows: list[Contribution]) -> str:
    return ", ".join(dict.fromkeys(row.core_receipt for row in rows if row.core_receipt))
