"""What stands on the page of one worker, and on that of one correction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bricks.phones import show_phone
from bricks.templatetags.house import nik_group, tanggal
from donors.models import Donor
from regions.models import Area, Office
from workers import desk_selectors, registry_selectors
from workers.models import (
    Enrollment,
    IncidentReport,
    Occupation,
    Sex,
    Worker,
    WorkerChange,
    WorkerEvent,
)
from workers.ports import PaidSpan, paid_spans
from workers.standing import Hold, holds_of

Text = str | Promise

#: The data that can be corrected, in the order in which people read them.
LABELS: Mapping[str, Text] = {
    "nik": _("NIK"),
    "name": _("Nama"),
    "birth_date": _("Tanggal lahir"),
    "sex": _("Jenis kelamin"),
    "phone": _("Nomor HP"),
    "address": _("Alamat"),
    "village": _("Desa atau kelurahan"),
    "occupation": _("Pekerjaan"),
}


@dataclass(frozen=True)
class WorkerRights:
    """What the viewer may do with a worker; the services decide once more."""

    at_desk: bool
    is_own: bool

    @property
    def may_act(self) -> bool:
        """Reveal, propose a correction, record an event: at his desk, and not one's own."""
        return self.at_desk and not self.is_own


@dataclass(frozen=True)
class PaidBy:
    """Months that somebody has paid; the payer is named to whom the case is shown."""

    span: PaidSpan
    donor: str


@dataclass(frozen=True)
class ChangeLine:
    """One correction in the history: the names of its data, never their values."""

    change: WorkerChange
    fields: list[Text]


@dataclass(frozen=True)
class WorkerPage:
    """Everything on the page of one worker."""

    worker: Worker
    place: str
    office: Office | None
    rights: WorkerRights
    hold: Hold | None
    cases: list[Enrollment]
    paid: list[PaidBy]
    events: list[WorkerEvent]
    reports: list[IncidentReport]
    changes: list[ChangeLine]

    @property
    def waiting(self) -> ChangeLine | None:
        """The correction that is still to be decided."""
        waits = WorkerChange.Status.PROPOSED
        return next((line for line in self.changes if line.change.status == waits), None)


@dataclass(frozen=True)
class Compared:
    """One datum of a correction, before and after, as people read it."""

    label: Text
    before: str
    after: str


def worker_page(worker: Worker, viewer: User) -> WorkerPage:
    """Gather what the viewer reads about a worker; other branches' payers only at his desk."""
    rights = WorkerRights(
        at_desk=registry_selectors.works_at_desk_of(viewer, worker),
        is_own=registry_selectors.is_own_worker(worker, viewer),
    )
    cases = _cases(worker, viewer, rights)
    return WorkerPage(
        worker=worker,
        place=desk_selectors.place_of(worker),
        office=registry_selectors.home_office(worker),
        rights=rights,
        hold=holds_of([worker.pk]).get(worker.pk),
        cases=cases,
        paid=_paid(worker, cases),
        events=list(
            worker.life_events.select_related(
                "village", "moved_from", "recorded_by", "revoked_by"
            ).order_by("-happened_on", "-pk")
        ),
        reports=list(worker.reports.select_related("office").order_by("-reported_at", "-pk")),
        changes=_changes(worker),
    )


def _cases(worker: Worker, viewer: User, rights: WorkerRights) -> list[Enrollment]:
    cases = Enrollment.everything.filter(worker=worker)
    if not rights.at_desk and not viewer.is_head_office:
        watched = desk_selectors.watched_offices(viewer).values_list("pk", flat=True)
        cases = cases.filter(office__in=list(watched))
    whole = cases.select_related("order", "donor", "programme", "office")
    return list(whole.order_by("-created_at", "-pk"))


def _paid(worker: Worker, cases: list[Enrollment]) -> list[PaidBy]:
    shown = {case.pk for case in cases}
    spans = paid_spans([worker.pk]).get(worker.pk, [])
    donors = Donor.everything.in_bulk({s.donor_id for s in spans if s.enrollment_id in shown})
    return [
        PaidBy(span, donors[span.donor_id].name if span.enrollment_id in shown else "")
        for span in reversed(spans)
    ]


def _changes(worker: Worker) -> list[ChangeLine]:
    changes = worker.changes.select_related("proposed_by", "decided_by", "office")
    return [
        ChangeLine(change, [LABELS[name] for name in change.fields])
        for change in changes.order_by("-proposed_at", "-pk")
    ]


# --- a correction, side by side ----------------------------------------------------------
def compared(before: Mapping[str, str], after: Mapping[str, str]) -> list[Compared]:
    """Put the values of a correction side by side, in words."""
    codes = {row["village"] for row in (before, after) if "village" in row}
    places = {area.pk: area for area in Area.objects.filter(pk__in=codes)}
    jobs = {row["occupation"] for row in (before, after) if "occupation" in row}
    names = {job.pk: str(job) for job in Occupation.objects.filter(pk__in=jobs)}
    return [
        Compared(
            LABELS[name],
            _in_words(name, before.get(name, ""), places, names),
            _in_words(name, after[name], places, names),
        )
        for name in LABELS
        if name in after
    ]


def _in_words(name: str, value: str, places: Mapping[str, Area], jobs: Mapping[str, str]) -> str:
    if not value:
        return ""
    write: dict[str, Callable[[str], str]] = {
        "nik": nik_group,
        "birth_date": lambda day: tanggal(date.fromisoformat(day)),
        "sex": lambda sex: str(Sex(sex).label),
        "phone": show_phone,
        "village": lambda code: f"{places[code].name}, {places[code].place}",
        "occupation": lambda code: jobs.get(code, code),
    }
    return write.get(name, str)(value)
