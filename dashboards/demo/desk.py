"""The demo's last days at the branch of Palembang: what the registry and the desk have to show.

Played last, through the portal's own services: a likely twin on the desk, a correction
that waits for a second person, a worker who moved and one who was hired, a report of an
accident and one of a death, and somebody who says "bukan saya".
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count

from accounts.models import User
from bricks.clock import jakarta_date
from contributions.models import Coverage
from contributions.services.ending import follow_up_events
from dashboards.demo import play, story
from dashboards.demo.cast import Person, nik_of
from regions.models import Area
from workers.models import Enrollment, IncidentReport, Said, Worker, WorkerEvent
from workers.services import changing, freezing, living, reporting
from workers.services.ruling_reports import confirm

OFFICER, SUPERVISOR = "petugas@demo.example", "penyelia@demo.example"
TWIN_DONOR = "hendra"
#: Serial numbers of NIKs that the crowds of the story do not reach.
_SERIALS = count(9501)


def play_desk(users: Mapping[str, User], stage: play.Stage, now: datetime) -> None:
    """Let the last working day at the desk happen, each step some minutes after the other."""
    minutes = (now - timedelta(hours=2) + timedelta(minutes=5 * n) for n in count())
    covered = _covered()
    _twin(users, stage, next(covered), next(minutes))
    _correct(users, next(covered), next(minutes))
    _move(users, stage, next(covered), next(minutes))
    _hire(users, next(covered), next(minutes))
    _report_accident(users, next(covered), next(minutes))
    _report_death(users, next(covered), next(minutes), confirmed=False)
    _report_death(users, next(covered), next(minutes), confirmed=True)
    _not_me(next(minutes))
    follow_up_events(now=next(minutes))


def _covered() -> Iterator[Worker]:
    """Workers of the branch of Palembang whose cover is plain today, the longest one first."""
    seen = Coverage.objects.order_by("-covered_until", "worker").values("worker")
    cases = Enrollment.everything.filter(
        worker__in=seen,
        office__code=story.OFFICE_OF[story.PALEMBANG],
        donor__kind="person",
        status=Enrollment.Status.APPROVED,
    )
    rows = Worker.everything.filter(pk__in=cases.values("worker")).exclude(phone="")
    return iter(rows.select_related("village").order_by("pk"))


def _twin(users: Mapping[str, User], stage: play.Stage, like: Worker, now: datetime) -> None:
    """Hand in somebody who looks like a worker whom the registry knows under another NIK."""
    first, _, last = like.name.partition(" ")
    twin = Person(
        name=f"{first.replace('u', 'oe').replace('U', 'Oe')} {last}".strip(),
        sex=like.sex,
        birth_date=like.birth_date,
        nik=nik_of(like.nik[:6], like.birth_date, like.sex, next(_SERIALS)),
        phone="",
    )
    data = stage.data_of(twin, story.PALEMBANG)
    play.hand_in(
        name="twin",
        user=users[TWIN_DONOR],
        programme=None,
        workers=[data],
        months=12,
        now=now,
    )


def _correct(users: Mapping[str, User], worker: Worker, now: datetime) -> None:
    """Propose a correction that the supervisor has not decided yet."""
    changing.propose(
        worker=worker,
        values={"name": f"{worker.name} Putra" if worker.sex == "L" else f"{worker.name} Putri"},
        reason="KTP baru, nama tercatat lengkap.",
        said_by=Said.WORKER,
        by=users[OFFICER],
        now=now,
    )


def _move(users: Mapping[str, User], stage: play.Stage, worker: Worker, now: datetime) -> None:
    village: Area = next(stage.villages[story.BANYUASIN])
    living.record_event(
        worker=worker,
        kind=WorkerEvent.Kind.MOVED,
        happened_on=jakarta_date(now) - timedelta(days=12),
        said_by=Said.DONOR,
        by=users[OFFICER],
        village=village,
        now=now,
    )


def _hire(users: Mapping[str, User], worker: Worker, now: datetime) -> None:
    living.record_event(
        worker=worker,
        kind=WorkerEvent.Kind.EMPLOYEE,
        happened_on=jakarta_date(now) - timedelta(days=5),
        said_by=Said.WORKER,
        by=users[OFFICER],
        now=now,
    )


def _told(kind: str, worker: Worker, now: datetime, *, days_ago: int) -> reporting.Told:
    return reporting.Told(
        kind=kind,
        name=worker.name,
        village=worker.village,
        happened_on=jakarta_date(now) - timedelta(days=days_ago),
        reporter_name="Contoh Pelapor",
        reporter_phone=f"+62811{7_000_000 + worker.pk}",
        reporter_relation=IncidentReport.Relation.FAMILY,
        nik=worker.nik,
    )


def _report_accident(users: Mapping[str, User], worker: Worker, now: datetime) -> None:
    told = _told(IncidentReport.Kind.ACCIDENT, worker, now, days_ago=1)
    reporting.report(told=told, by=None, now=now)


def _report_death(
    users: Mapping[str, User], worker: Worker, now: datetime, *, confirmed: bool
) -> None:
    told = _told(IncidentReport.Kind.DEATH, worker, now, days_ago=3 if confirmed else 1)
    report = reporting.report(told=told, by=None, now=now)
    if confirmed:
        confirm(
            report=report,
            officer=users[SUPERVISOR],
            happened_on=told.happened_on,
            note="Keluarga dan RT sudah dihubungi.",
            now=now + timedelta(minutes=2),
        )


def _not_me(now: datetime) -> None:
    """Let a worker who is approved and not yet paid say that he knows of nothing."""
    unpaid = Enrollment.everything.filter(
        status=Enrollment.Status.APPROVED,
        office__code=story.OFFICE_OF[story.PALEMBANG],
        donor__name="Dewi Anjani",
        followed_up_at__isnull=False,
    )
    for case in unpaid.order_by("-pk"):
        try:
            freezing.freeze(
                enrollment=case,
                because=Enrollment.Frozen.NOT_ME,
                by=None,
                now=now,
                note="Dibalas pekerja: bukan saya.",
            )
        except freezing.NothingToFreeze:
            continue
        return
