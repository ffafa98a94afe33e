"""Questions about the mailbox and the clock's jobs."""

from django.db.models import Max, QuerySet

from bricks import secrets
from notices.models import JobRun, Letter


def newest_letters(*, address: str = "", limit: int = 50) -> QuerySet[Letter]:
    """Return the newest letters, of one address or of all."""
    letters = Letter.objects.order_by("-received_at", "-pk")
    if address:
        index = secrets.blind_index(address.lower(), purpose="letter.address")
        letters = letters.filter(address_index=index)
    return letters[:limit]


def latest_runs() -> QuerySet[JobRun]:
    """Return the latest run of each clock job, by name."""
    newest = JobRun.objects.values("job").annotate(newest=Max("pk")).values("newest")
    return JobRun.objects.filter(pk__in=newest).order_by("job")
