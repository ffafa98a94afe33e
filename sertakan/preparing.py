"""What is done before anything starts: texts, tables, areas, tariffs, demo."""

import io
import time
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from sertakan.keys import refuse_wrong_keys
from sertakan.processes import DEMO, FACTS, STEPS

Say = Callable[[str], None]


def prepare(say: Say) -> None:
    """Run the commands of the start, and those that load what is missing.

    Raises ImproperlyConfigured where the keys do not open what is stored.

    A loading that was cut off leaves a mark and is repeated at the next start: every
    loading command may run twice.
    """
    mark = Path(settings.VAR_DIR) / "loading"
    for name in STEPS:
        call_command(name, verbosity=0)
    refuse_wrong_keys()
    for name, model in (*FACTS, *(DEMO if settings.DEMO else ())):
        if mark.exists() or _is_missing(model):
            mark.touch()
            started = time.monotonic()
            # Its counts are for those who load by hand; here the time it took is enough.
            call_command(name, verbosity=0, stdout=io.StringIO())
            say(f"{name} ({time.monotonic() - started:.1f} s)")
    mark.unlink(missing_ok=True)
    connections.close_all()


def _is_missing(model: str) -> bool:
    return not apps.get_model(model)._base_manager.exists()
