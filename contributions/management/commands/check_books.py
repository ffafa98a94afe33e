"""`manage.py check_books`: prove that money, months and cover agree."""

from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError

from bricks.rupiah import format_number
from contributions.models import BooksCheck
from contributions.services import proving
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Prove that money, months and cover agree; fails if they do not."
    job = "check_books"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        self.proof = proving.prove_books(occasion=BooksCheck.Occasion.HAND, now=now)
        return proving.counts_of(self.proof)

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        for finding in self.proof.findings:
            self.stdout.write(
                f"{'WRONG' if finding['is_grave'] else 'waits'}  {finding['sentence']}"
            )
        money = {k: format_number(v) for k, v in self.proof.identity.items() if type(v) is int}
        self.stdout.write(
            "Rp {received} received = {months} months + {credit} credit + {funds} funds"
            " + {bridge} bridge + {refunds} refunds + {fees} fees"
            " + {not_allocated} not yet allocated".format(**money)
        )
        if self.proof.grave:
            raise CommandError("The books do not agree.")
