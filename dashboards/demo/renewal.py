"""What the demo's last renewal cannot renew: a death is reported of one whose cover ends soon.

Played through the portal's own services; the ceiling that is too low for all of a programme
is in the story itself.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import User
from bricks.clock import jakarta_date
from contributions.models import Sponsorship
from contributions.services.withholding import withhold
from dashboards.demo import story
from donors.selectors import donors_of
from workers.models import IncidentReport, Worker
from workers.services import reporting


def play_renewal(users: Mapping[str, User], now: datetime) -> None:
    """Report a death of somebody whose cover ends soon; his invoice is withdrawn."""
    worker = _ending_first(users[story.REPORTED])
    told = reporting.Told(
        kind=IncidentReport.Kind.DEATH,
        name=worker.name,
        village=worker.village,
        happened_on=jakarta_date(now) - timedelta(days=1),
        reporter_name="Contoh Tetangga",
        reporter_phone="+6281170000042",
        reporter_relation=IncidentReport.Relation.FAMILY,
        nik=worker.nik,
    )
    reporting.report(told=told, by=None, now=now - timedelta(minutes=15))
    withhold(today=jakarta_date(now), now=now - timedelta(minutes=14))


def _ending_first(user: User) -> Worker:
    """Return the worker of a donor whose paid days end first."""
    rows = Sponsorship.everything.filter(
        donor__in=donors_of(user), status=Sponsorship.Status.ACTIVE
    )
    return rows.select_related("worker__village").order_by("paid_until", "pk")[0].worker
