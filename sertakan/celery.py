"""The Celery application; its clock and its bells stand in `sertakan.schedule`."""

import logging.config
import os
from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

from bricks.logs import NO_REQUEST, request_id
from sertakan import checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sertakan.settings")
TRANSPORT_ALIASES["filesystem"] = "sertakan.filebroker:Transport"

app = Celery("sertakan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def log_like_the_rest(**kwargs: Any) -> None:
    """Keep Celery from a log format of its own, which would mask nothing."""
    logging.config.dictConfig(settings.LOGGING)


@signals.worker_init.connect
@signals.beat_init.connect
def start_safely(**kwargs: Any) -> None:
    """Refuse to start where production has the settings of a demo.

    Celery logs an error of a signal's receiver and goes on; only leaving stops it.
    """
    try:
        checks.refuse_unsafe_settings()
    except ImproperlyConfigured as fault:
        raise SystemExit(str(fault)) from fault


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **kwargs: Any) -> None:
    """Let the job's log lines bear the id of the request that rang for it."""
    headers["request_id"] = request_id.get()


@signals.task_prerun.connect
def take_request_id(task: Any, **kwargs: Any) -> None:
    """Take over the id that came with the message; a job of the clock bears its own."""
    given = (task.request.headers or {}).get("request_id") or getattr(
        task.request, "request_id", None
    )
    task.request.former_request_id = request_id.get()
    told = [found for found in (given, request_id.get()) if found and found != NO_REQUEST]
    request_id.set(told[0] if told else str(task.request.id))


@signals.task_postrun.connect
def drop_request_id(task: Any, **kwargs: Any) -> None:
    """Do not let the next job of this process inherit it; a request that did the job
    itself goes on under its own."""
    request_id.set(getattr(task.request, "former_request_id", NO_REQUEST))
