"""A statement as it was read, whatever its format, and the proof that it is whole."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from bricks.rupiah import format_rupiah

MOST_BYTES = 5_000_000
MOST_LINES = 20_000
LONGEST_TEXT = 500
LONGEST_REFERENCE = 80
CSV, MT940 = "csv", "mt940"


class BadStatement(ValueError):
    """The file cannot be taken; its sentence names the line and is fit for a treasurer."""


@dataclass(frozen=True)
class Line:
    """One line: `number` is its line in the file, `amount` rupiah, above 0 for money in.

    `balance` is what the bank says that the account stood at after it, where it does.
    """

    number: int
    booked_on: date
    amount: int
    description: str
    reference: str = ""
    balance: int | None = None

    @property
    def size(self) -> int:
        """The amount without its sign."""
        return abs(self.amount)


@dataclass(frozen=True)
class Statement:
    """A statement in the order of its days. Days are inclusive, amounts rupiah.

    `skipped` are the numbers of rows of the file that are no lines: headings and sums.
    """

    format: str
    first_day: date
    last_day: date
    opening: int
    closing: int
    lines: tuple[Line, ...]
    skipped: tuple[int, ...] = ()

    @property
    def incoming(self) -> int:
        """Rupiah that came in."""
        return sum(line.amount for line in self.lines if line.amount > 0)

    @property
    def outgoing(self) -> int:
        """Rupiah that went out, above 0."""
        return -sum(line.amount for line in self.lines if line.amount < 0)


def refuse(number: int, why: str) -> BadStatement:
    """Return the refusal of one line, by its number in the file."""
    return BadStatement(_("Baris %(number)d: %(why)s") % {"number": number, "why": why})


def prove(statement: Statement) -> Statement:
    """Return the statement if it is whole. Raises BadStatement with the line that is not.

    Every day lies in its period, each balance follows from the one before, and opening +
    lines = closing, to the rupiah.
    """
    if statement.last_day < statement.first_day:
        raise BadStatement(_("Hari terakhir mendahului hari pertama. Periksa masa mutasinya."))
    at = statement.opening
    for line in statement.lines:
        if not statement.first_day <= line.booked_on <= statement.last_day:
            raise refuse(line.number, _("tanggalnya di luar masa mutasi."))
        at += line.amount
        if line.balance is not None and line.balance != at:
            told = {"said": format_rupiah(line.balance), "is": format_rupiah(at)}
            why = _("saldo di berkas %(said)s, hitungan kami %(is)s.")
            raise refuse(line.number, why % told)
    if at != statement.closing:
        told = {"said": format_rupiah(statement.closing), "is": format_rupiah(at)}
        sentence = _("Saldo awal ditambah semua baris adalah %(is)s, bukan saldo akhir %(said)s.")
        raise BadStatement(sentence % told)
    return statement


def plain(text: str, longest: int = LONGEST_TEXT) -> str:
    """Bring a text into one line of single spaces, cut where no honest one ends."""
    return " ".join(text.split())[:longest]
