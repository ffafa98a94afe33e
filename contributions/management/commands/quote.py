"""`manage.py quote`: what cover costs, month by month, by hand."""

import re
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateformat import format as format_date

from bricks.rupiah import NotRupiah, format_number, parse_rupiah
from contributions.quotes import BadQuote, quote
from contributions.tariffs import NoTariff, TariffTable


class Command(BaseCommand):
    help = "Say what cover costs: a line a month, the total last."

    def add_arguments(self, parser: CommandParser) -> None:
        # Everything comes as text, so that a slip is answered with a sentence.
        parser.add_argument("--from", dest="start", required=True, metavar="YYYY-MM")
        parser.add_argument("--months", default="12", help="how many months (default 12)")
        parser.add_argument("--sector", default="other", help="transport or other")
        parser.add_argument(
            "--funding", default="private", help="private, csr, apbd, apbn, apbdes or dbh"
        )
        parser.add_argument("--income", default="", help="rupiah a month (default: bracket 1)")
        parser.add_argument("--jht", action="store_true", help="with old-age savings")

    def handle(self, *args: Any, **options: Any) -> None:
        table = TariffTable.load()
        if not table.brackets:
            raise CommandError("Tarif belum dimuat: jalankan manage.py load_tariffs.")
        try:
            answer = quote(
                start=read_month(options["start"]),
                months=read_count(options["months"]),
                sector=options["sector"],
                funding=options["funding"],
                bracket=table.bracket_for(read_income(options["income"])),
                jht=options["jht"],
                table=table,
            )
        except BadQuote as error:
            raise CommandError(str(error)) from error
        except NoTariff as error:
            raise CommandError(f"Tarif tidak ada untuk pertanyaan ini ({error}).") from error
        for line in answer.lines:
            month = format_date(line.month, "F Y")
            self.stdout.write(f"{month:<16} {_rupiah(line.price.total):>12}  {line.reason}")
        self.stdout.write(f"{'Jumlah':<16} {_rupiah(answer.total):>12}")


def read_month(text: str) -> date:
    """Read `YYYY-MM` as the first day of that month. Raises CommandError with a sentence."""
    if re.fullmatch(r"\d{4}-\d{2}", text):
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            pass
    raise CommandError(f"Bulan '{text}' tidak dikenal: tulis seperti 2026-11.")


def read_count(text: str) -> int:
    """Read a number of months. Raises CommandError with a sentence."""
    if not re.fullmatch(r"-?\d{1,6}", text):
        raise CommandError(f"Jumlah bulan '{text}' bukan bilangan.")
    return int(text)


def read_income(text: str) -> int:
    """Read a monthly income; empty is that of bracket 1. Raises CommandError with a sentence."""
    try:
        return parse_rupiah(text) if text else 0
    except NotRupiah:
        raise CommandError(f"Penghasilan '{text}' bukan rupiah: tulis seperti 1500000.") from None


def _rupiah(amount: int) -> str:
    return f"Rp {format_number(amount)}"
