"""Remittances whose files people carry to BPJS, and the answers that come back."""

from collections.abc import Iterable
from datetime import date, timedelta

from bricks.tables import write_table
from contributions.models import AnswerFile, Contribution, Remittance
from contributions.services import answer_files, remittance_files, remitting
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, RoleFactory, UserFactory

MONDAY = date(2026, 11, 23)
NOON = at(MONDAY, 12)
LATER = NOON + timedelta(hours=1)
COLUMNS = ("penyetoran", "baris", "hasil", "kpj", "bukti", "alasan")
Line = tuple[str, int, str, str, str, str]


def treasurer(office):
    """A treasurer of an office."""
    return RoleFactory(user=UserFactory(name="Bendahara"), kind="treasurer", office=office).user


def ready(workers: int = 1, months: int = 3, **case) -> Remittance:
    """A remittance whose file lies ready to be fetched."""
    for _ in range(workers):
        found = EnrollmentFactory(approved=True, months=months, **case)
        sponsored(MONDAY, months, case=found, status=Contribution.Status.PAID)
    remitting.remit(today=MONDAY, now=NOON, core="files")
    return Remittance.everything.latest("pk")


def handed_over(workers: int = 1, months: int = 3, **case) -> Remittance:
    """A remittance whose file BPJS has."""
    remittance = ready(workers, months, **case)
    remittance_files.hand_over(remittance=remittance, by=treasurer(remittance.office), now=NOON)
    remittance.refresh_from_db()
    return remittance


def months_of(remittance: Remittance) -> list[Contribution]:
    """Its lines as they are now, in order."""
    return list(Contribution.everything.filter(remittance=remittance).order_by("pk"))


def yes(month: Contribution, kpj: str = "01234567890", receipt: str = "") -> Line:
    """BPJS accepts a month."""
    number = month.remittance.number if month.remittance else ""
    return (number, month.pk, "diterima", kpj, receipt or f"B-{month.pk}", "")


def no(month: Contribution, reason: str = "NIK tidak cocok") -> Line:
    """BPJS refuses a month."""
    number = month.remittance.number if month.remittance else ""
    return (number, month.pk, "ditolak", "", "", reason)


def table(lines: Iterable[Line], delimiter: str = ";") -> bytes:
    """A file of answers as a spreadsheet writes it."""
    return write_table(COLUMNS, lines).replace(";", delimiter).encode()


def brought_in(remittance: Remittance, lines: Iterable[Line], now=LATER) -> AnswerFile:
    """A file of answers, kept and not yet applied."""
    return answer_files.receive(
        remittance=remittance, content=table(lines), sender=treasurer(remittance.office), now=now
    )


def answered(remittance: Remittance, lines: Iterable[Line], now=LATER) -> AnswerFile:
    """A file of answers that was applied."""
    file = brought_in(remittance, lines, now)
    return answer_files.apply(file=file, by=file.imported_by, now=now)
