"""Is the process alive, and can it serve? For supervisors, containers and load balancers."""

import time
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from sertakan.filebroker import oldest_message_age
from sertakan.keys import wrong_key

# A message that waits longer than this has no worker who takes it.
OLDEST_MESSAGE_SECONDS = 300
OK = "ok"


@require_safe
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """Answer while the process lives; asks nobody else."""
    return HttpResponse(OK, content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when database, keys, broker and worker do their part, else 503 and which
    does not."""
    parts = {
        "database": _database(),
        "keys": _keys(),
        "broker": _broker(),
        "worker": _worker(time.time()),
    }
    healthy = all(state == OK for state in parts.values())
    return JsonResponse(parts, status=200 if healthy else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return OK


def _keys() -> str:
    """The sentence with the row stands in `manage.py check --database default`."""
    try:
        return "do not open what is stored" if wrong_key() else OK
    except DatabaseError:
        return "not asked"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OperationalError, OSError):
        return "not in reach"
    return OK


def _worker(now: float) -> str:
    """Only the broker of files tells how long a message has waited."""
    folder = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}).get("data_folder_in")
    if folder and oldest_message_age(Path(folder), now) > OLDEST_MESSAGE_SECONDS:
        return "does not take messages"
    return OK
