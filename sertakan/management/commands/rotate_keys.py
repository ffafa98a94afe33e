"""`manage.py rotate_keys`: bring everything that is sealed under the first key of SEAL_KEYS."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bricks import rotation, sealed_files
from bricks.secrets import CannotOpen

#: Between two batches, so that pages and jobs get their turn at SQLite's one writer.
PAUSE_SECONDS = 0.05
#: Rows that change while they are read come again; after so many rounds the rest is told.
ROUNDS = 3


class Command(BaseCommand):
    help = (
        "Seal every sealed column and file anew under the first key of SEAL_KEYS. Runs beside "
        "the portal, goes on where a killed run stopped, and may run as often as you like."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count what is left")
        parser.add_argument("--batch-size", type=int, default=rotation.BATCH, metavar="ROWS")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be at least 1.")
        if not options["check"]:
            self._rotate(options["batch_size"])
        self._tell_what_is_left()

    def _rotate(self, size: int) -> None:
        try:
            with sealed_files.rotating():
                self._rows(size)
                self._files()
        except sealed_files.AlreadyRotating:
            raise CommandError("Another rotate_keys is at work. Let it end first.") from None
        except CannotOpen as error:
            raise CommandError(
                f"None of SEAL_KEYS opens {error}. The key under which it was sealed is missing "
                "from SEAL_KEYS, or the text was altered. What is done so far stays done."
            ) from error

    def _rows(self, size: int) -> None:
        for model in rotation.sealed_models():
            done = changed = 0
            for _round in range(ROUNDS):
                before = changed
                for batch in rotation.reseal_all(model, size=size):
                    done += batch.resealed
                    changed += batch.changed_meanwhile
                    if batch.resealed:
                        self._say(model._meta.label, f"{done} rows sealed anew")
                    if batch.last is not None:
                        time.sleep(PAUSE_SECONDS)
                if changed == before:
                    break

    def _files(self) -> None:
        done = 0
        for path in sealed_files.stale_paths():
            done += sealed_files.reseal(path)
            if done and done % rotation.BATCH == 0:
                self._say("files", f"{done} sealed anew")
        if done % rotation.BATCH:
            self._say("files", f"{done} sealed anew")

    def _tell_what_is_left(self) -> None:
        left = {model._meta.label: rotation.left(model) for model in rotation.sealed_models()}
        left["files"] = sum(1 for _path in sealed_files.stale_paths())
        for name, count in left.items():
            if count:
                self._say(name, f"{count} left")
        if any(left.values()):
            raise CommandError(f"{sum(left.values())} left under another key. Run it again.")
        self.stdout.write("Everything is sealed under the first key of SEAL_KEYS.")

    def _say(self, name: str, told: str) -> None:
        self.stdout.write(f"{name:<28}{told}")
