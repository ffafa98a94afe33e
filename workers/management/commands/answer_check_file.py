"""`manage.py answer_check_file B-2600001`: the sandbox's answer to a check file, as CSV."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bricks import clock
from workers.batch_selectors import batch_of_number
from workers.services.check_files import CannotCheck
from workers.services.sandbox_answers import sandbox_answers


class Command(BaseCommand):
    help = "Write the answer that the sandbox gives to a check file (demo only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="number of the batch, as B-2600001")
        parser.add_argument("--out", metavar="FILE", help="write there instead of to the screen")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = batch_of_number(options["number"])
        if batch is None:
            message = f"There is no check file {options['number']}."
            raise CommandError(message)
        try:
            content = sandbox_answers(batch=batch, now=clock.now())
        except CannotCheck as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["out"]:
            Path(options["out"]).write_bytes(content)
        else:
            self.stdout.write(content.decode())
