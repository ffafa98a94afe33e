"""Questions about reports of an accident or a death. Nothing here writes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from bricks.clock import jakarta_date, jakarta_midnight
from bricks.phones import show_phone
from donors.models import DonorMember
from regions.models import Office
from regions.selectors import default_office_for
from workers import standing
from workers.desk_selectors import desk_offices, place_of
from workers.models import Enrollment, IncidentReport, Worker
from workers.naming import name_key
from workers.ports import PaidSpan, paid_spans
from workers.registry_selectors import desk_workers, last_office

#: What the view log calls a look at the reporter's phone, and a search by NIK.
PHONE = "reporter_phone"
REPORT_NIK = "nik_search"
SHOWN = 12
#: A name of fewer letters finds everybody.
SHORTEST_NAME = 3
#: No report holds so long that more would have to be given back.
A_YEAR = timedelta(days=366)

Kind = IncidentReport.Kind
Status = IncidentReport.Status


# --- who reports -------------------------------------------------------------------------
def report_of(uuid: UUID) -> IncidentReport | None:
    """Return a report by the address that its reporter was given."""
    return IncidentReport.everything.select_related("office").filter(uuid=uuid).first()


def office_told(report: IncidentReport) -> Office | None:
    """Return the office of the village told, all that a reporter may learn: where the report
    lies would tell him whether the registry knows the worker (P8)."""
    return default_office_for(village_code=report.village_id)


def worker_of_card(uuid: UUID) -> Worker | None:
    """Return the worker of a public card, whose address is its only key."""
    return Worker.everything.select_related("village").filter(uuid=uuid).first()


def own_worker(user: User | AnonymousUser, uuid: UUID) -> Worker | None:
    """Return a worker whom one of the user's own donors sponsors, or None.

    A case that came to nothing opens nothing: it is approved, or months were paid for it.
    """
    if not user.is_authenticated:
        return None
    mine = DonorMember.objects.filter(user=user, left_at__isnull=True).values("donor")
    found = Worker.everything.select_related("village").filter(uuid=uuid).first()
    if found is None:
        return None
    paid = [span.enrollment_id for span in paid_spans([found.pk]).get(found.pk, [])]
    cases = Enrollment.everything.filter(donor__in=mine, worker=found)
    sponsored = cases.filter(Q(status=Enrollment.Status.APPROVED) | Q(pk__in=paid))
    return found if sponsored.exists() else None


# --- the desk ------------------------------------------------------------------------------
def reports_of_desk(user: User) -> QuerySet[IncidentReport]:
    """Return the reports at the user's desk: the open ones first, those due first on top."""
    rows = IncidentReport.everything.filter(office__in=desk_offices(user).values("pk"))
    return rows.select_related("office", "worker", "village", "matched_by", "ruled_by").order_by(
        F("ruled_at").desc(nulls_first=True), "due_on", "reported_at", "pk"
    )


@dataclass(frozen=True)
class ReportCounts:
    """The figures above the list."""

    open: int
    overdue: int
    ruled: int


def report_counts(offices: Collection[Office], *, today: date) -> ReportCounts:
    """Count the reports at the desk of these offices, in one query."""
    is_open = Q(status=Status.OPEN)
    rows = IncidentReport.everything.filter(office__in=offices)
    counts = rows.aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due_on__lt=today)),
        ruled=Count("pk", filter=~is_open),
    )
    return ReportCounts(**counts)


@dataclass(frozen=True)
class ReportRow:
    """One report in the list."""

    report: IncidentReport
    place: str
    is_overdue: bool


def report_rows(reports: Iterable[IncidentReport], *, today: date) -> list[ReportRow]:
    """Read reports of `reports_of_desk` as rows; no query."""
    return [ReportRow(row, _place(row), is_overdue(row, today)) for row in reports]


def is_overdue(report: IncidentReport, today: date) -> bool:
    """Tell whether the branch owes its ruling since yesterday or longer."""
    return report.status == Status.OPEN and report.due_on < today


def _place(report: IncidentReport) -> str:
    return f"{report.village.name}, {report.village.place.rpartition(', ')[0]}"


@dataclass(frozen=True)
class Candidate:
    """A worker of whom the report may speak."""

    worker: Worker
    place: str


@dataclass(frozen=True)
class ReportPage:
    """Everything on the page of one report."""

    report: IncidentReport
    place: str
    is_overdue: bool
    is_own: bool
    in_area: bool
    others: list[IncidentReport]
    candidates: list[Candidate]
    paid: list[PaidSpan]

    @property
    def phone(self) -> str:
        """The reporter's phone as people write it."""
        return show_phone(self.report.reporter_phone)


def report_page(report: IncidentReport, viewer: User, *, today: date) -> ReportPage:
    """Gather what the officer reads about a report of his desk."""
    others = IncidentReport.everything.filter(worker=report.worker_id, worker__isnull=False)
    is_open = report.status == Status.OPEN
    return ReportPage(
        report=report,
        place=_place(report),
        is_overdue=is_overdue(report, today),
        is_own=is_own(report, viewer),
        in_area=report.worker is not None and is_in_area(report.worker, viewer),
        others=list(others.exclude(pk=report.pk).order_by("-reported_at")[:SHOWN]),
        candidates=likely(report, viewer) if is_open and report.worker is None else [],
        paid=paid_spans([report.worker_id]).get(report.worker_id, []) if report.worker_id else [],
    )


def workers_of_desk(user: User) -> QuerySet[Worker]:
    """Return the workers at whose desk a user works, with what a list shows of them."""
    return desk_workers(user).select_related("village", "occupation")


def office_of(worker_id: int) -> Office | None:
    """Return the office where a worker's reports are ruled; None where nobody works for it
    any more, or the worker is unknown (0)."""
    office = last_office(worker_id)
    return office if office and (office.is_open or office.successor_id) else None


def is_in_area(worker: Worker, user: User) -> bool:
    """Tell whether the user's desk rules on reports of a worker: his own desk does; where he
    has none, the one at which the report lies."""
    own = workers_of_desk(user).filter(pk=worker.pk)
    return own.exists() or office_of(worker.pk) is None


def likely(report: IncidentReport, viewer: User) -> list[Candidate]:
    """Return the workers of the desk in the village told whose name is like the one told."""
    first = report.name.split()[0] if report.name.split() else ""
    alike = Q(name_key=name_key(report.name)) | Q(name__icontains=first)
    rows = workers_of_desk(viewer).filter(alike, village=report.village_id)
    return _candidates(rows) if len(first) >= SHORTEST_NAME else []


def find_by_name(name: str, viewer: User) -> list[Candidate]:
    """Return the first workers of the desk whose name has the letters; [] for too few."""
    name = " ".join(name.split())
    rows = workers_of_desk(viewer).filter(name__icontains=name)
    return _candidates(rows) if len(name) >= SHORTEST_NAME else []


def candidate(worker: Worker) -> Candidate:
    """Show one worker as found."""
    return Candidate(worker, place_of(worker))


def _candidates(rows: QuerySet[Worker]) -> list[Candidate]:
    return [candidate(worker) for worker in rows.order_by("name", "pk")[:SHOWN]]


def is_own(report: IncidentReport, user: User) -> bool:
    """Tell whether the user made the report, or acts for a donor of the worker (P22)."""
    if report.reported_by_id == user.pk:
        return True
    donors = Enrollment.everything.filter(worker=report.worker_id, worker__isnull=False)
    return DonorMember.objects.filter(
        user=user, left_at__isnull=True, donor__in=donors.values("donor")
    ).exists()


# --- what a report holds -------------------------------------------------------------------
def is_held(worker_id: int) -> bool:
    """Tell whether something still holds a worker."""
    return standing.is_held(worker_id)


def held_since(report: IncidentReport, *, now: datetime) -> datetime:
    """Return since when a worker was held without a pause: by this report of his death, or
    by refuted ones that reach into it."""
    since = report.matched_at or now
    refuted = IncidentReport.everything.filter(
        worker=report.worker_id, kind=Kind.DEATH, status=Status.REFUTED, matched_at__isnull=False
    )
    for begun, ended in refuted.order_by("-ruled_at").values_list("matched_at", "ruled_at"):
        if begun and ended and begun < since <= ended:
            since = begun
    return since


def workers_reported_dead() -> list[int]:
    """Return the workers of whom a death is reported and not ruled yet."""
    rows = IncidentReport.everything.filter(
        status=Status.OPEN, kind=Kind.DEATH, worker__isnull=False
    )
    return sorted({pk for pk in rows.values_list("worker", flat=True) if pk is not None})


def workers_given_back_time(*, today: date) -> list[int]:
    """Return the workers whose reported death proved untrue and who have since had fewer
    days than the report held: what has its time ends for them so many days later."""
    rows = IncidentReport.everything.filter(
        status=Status.REFUTED,
        kind=Kind.DEATH,
        worker__isnull=False,
        matched_at__isnull=False,
        ruled_at__gte=jakarta_midnight(today - A_YEAR),
    )
    return sorted(
        {
            worker
            for worker, begun, ended in rows.values_list("worker", "matched_at", "ruled_at")
            if worker and begun and ended and today <= _until(begun, ended)
        }
    )


def _until(begun: datetime, ended: datetime) -> date:
    lost = (jakarta_date(ended) - jakarta_date(begun)).days + 1
    return jakarta_date(ended) + timedelta(days=lost)


def reports_on(worker_ids: Collection[int]) -> QuerySet[IncidentReport]:
    """Return the reports on these workers, the oldest first."""
    rows = IncidentReport.everything.filter(worker__in=worker_ids)
    return rows.select_related("office").order_by("reported_at", "pk")
