"""`manage.py check_books`: prove that money, months and cover agree."""

from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError

from bricks.rupiah import format_number
from contributions import books
from notices.commands import ClockCommand


class Command(ClockCommand):
    help = "Prove that money, months and cover agree; fails if they do not."
    job = "check_books"

    def work(self, *, today: date, now: datetime, **options: Any) -> dict[str, int]:
        self.now = now
        return books.count_findings(now=now)

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        findings = books.check_books(now=self.now)
        for finding in findings:
            self.stdout.write(f"{'WRONG' if finding.is_grave else 'waits'}  {finding.sentence}")
        money = books.identity()
        self.stdout.write(
            f"Rp {format_number(money.received)} received = {format_number(money.months)} months"
            f" + {format_number(money.credit)} credit + {format_number(money.funds)} funds"
            f" + {format_number(money.refunds)} refunds + {format_number(money.fees)} fees"
            f" + {format_number(money.not_allocated)} not yet allocated"
        )
        if any(finding.is_grave for finding in findings):
            raise CommandError("The books do not agree.")
