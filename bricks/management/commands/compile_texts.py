"""Compile the translations without gettext, which a fresh machine lacks."""

from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


def compile_catalogue(source: Path) -> bool:
    """Write the `.mo` beside a `.po` if it is missing or older; tell whether it was written.

    A fuzzy entry is left out, as gettext does: it is a guess. The file appears by
    one rename, so that a process that starts meanwhile never reads half of it.
    """
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    draft = target.with_suffix(".mo.draft")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    draft.rename(target)
    return True


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/*.po into .mo where the .po is newer."
    # An image is built before its keys are known.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                if compile_catalogue(source) and options["verbosity"] > 0:
                    self.stdout.write(f"compiled {source.relative_to(folder)}")
