"""Questions about remittances: what went out, what came back, what still waits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contributions.core import core_system
from contributions.models import AnswerFile, Contribution, Remittance, RemittanceFile
from contributions.services.answer_files import KINDS, OTHER, Preview, Told
from regions.models import Office

Status = Contribution.Status
REFUSED = Q(status=Status.REJECTED) | Q(status=Status.REVERSED) & ~Q(core_reason="")
#: What lists are narrowed by: not yet at BPJS, waiting for its word, wholly answered.
READY, WAITING, ANSWERED = "siap", "menunggu", "terjawab"
#: What a line of an answer file does, in words.
WORDS: dict[str, str | Promise] = {
    "accepted": _("Diterima"),
    "rejected": _("Ditolak"),
    "disputed": _("Berbeda dari jawaban sebelumnya"),
    "faulty": _("Tidak terbaca"),
    "unknown": _("Baris tidak dikenal"),
    "other": _("Milik penyetoran lain"),
    "back": _("Uangnya sudah kembali"),
    "known": _("Sudah dijawab"),
}
#: The lines of one remittance, narrowed.
LINES = {
    "menunggu": Q(status__in=[Status.PAID, Status.SENT]),
    "diterima": Q(status=Status.ACCEPTED),
    "ditolak": REFUSED,
    "kembali": Q(status=Status.REVERSED, core_reason=""),
}


@dataclass(frozen=True)
class Counts:
    """How the lines of a remittance stand; `moved` went out again in a later one."""

    waiting: int = 0
    accepted: int = 0
    rejected: int = 0
    back: int = 0
    moved: int = 0

    @property
    def answered(self) -> int:
        """Lines on which BPJS has given its word."""
        return self.accepted + self.rejected + self.moved


@dataclass(frozen=True)
class RemittanceRow:
    """A remittance with how its lines stand; `oldest` waits longest, since when it was paid."""

    remittance: Remittance
    counts: Counts
    oldest: datetime | None
    state: str


def remittances_of(
    user: Any, *, office: Office | None = None, state: str = "", day: date | None = None
) -> QuerySet[Remittance]:
    """Return the remittances that the user may read, the latest first."""
    rows: QuerySet[Remittance] = Remittance.objects.visible_to(user)
    if office is not None:
        rows = rows.filter(office=office)
    if day is not None:
        rows = rows.filter(day=day)
    if state == READY:
        rows = rows.filter(core_reference="")
    if state == WAITING:
        rows = rows.exclude(core_reference="").filter(answered_at__isnull=True)
    if state == ANSWERED:
        rows = rows.filter(answered_at__isnull=False)
    return rows.select_related("office").order_by("-day", "-pk")


def rows_of(remittances: Iterable[Remittance]) -> list[RemittanceRow]:
    """Put beside each remittance how its lines stand, in one statement for all."""
    remittances = list(remittances)
    stand: dict[int, dict[str, Any]] = {
        row["remittance"]: dict(row)
        for row in Contribution.everything.filter(remittance__in=remittances)
        .order_by()
        .values("remittance")
        .annotate(
            waiting=Count("pk", filter=LINES["menunggu"]),
            accepted=Count("pk", filter=LINES["diterima"]),
            rejected=Count("pk", filter=REFUSED),
            back=Count("pk", filter=LINES["kembali"]),
            oldest=Min("paid_at", filter=LINES["menunggu"]),
        )
    }
    return [_row(remittance, stand.get(remittance.pk, {})) for remittance in remittances]


def _row(remittance: Remittance, found: dict[str, Any]) -> RemittanceRow:
    names = ("waiting", "accepted", "rejected", "back")
    counted = {name: found.get(name, 0) for name in names}
    moved = remittance.lines - sum(counted.values())
    return RemittanceRow(
        remittance, Counts(**counted, moved=moved), found.get("oldest"), state_of(remittance)
    )


def state_of(remittance: Remittance) -> str:
    """Say in one word where a remittance stands."""
    if not remittance.core_reference:
        return READY
    return ANSWERED if remittance.answered_at else WAITING


def offices_of(user: Any) -> QuerySet[Office]:
    """Return the branches of which the user may read remittances."""
    mine = Remittance.objects.visible_to(user).filter(office=OuterRef("pk"))
    return Office.objects.filter(Exists(mine)).order_by("name")


def lines_of(remittance: Remittance, *, state: str = "") -> QuerySet[Contribution]:
    """Return the lines that still stand in a remittance, by worker and month."""
    rows = Contribution.everything.filter(remittance=remittance)
    if state in LINES:
        rows = rows.filter(LINES[state])
    return rows.select_related("worker", "sponsorship__enrollment").order_by(
        "worker", "month", "pk"
    )


def file_of(remittance: Remittance) -> RemittanceFile | None:
    """Return the file that a person takes to BPJS; None where none is needed or made yet."""
    rows = RemittanceFile.objects.filter(remittance=remittance)
    return rows.select_related("handed_over_by").first()


def is_by_hand(remittance: Remittance) -> bool:
    """Tell whether people carry this remittance's files, to BPJS and back."""
    return core_system(remittance.core).by_hand


def answers_of(remittance: Remittance) -> QuerySet[AnswerFile]:
    """Return the files of answers that were brought in, the latest first."""
    rows = AnswerFile.objects.filter(remittance=remittance)
    return rows.select_related("imported_by").order_by("-imported_at", "-pk")


@dataclass(frozen=True)
class ToldRow:
    """A line of an answer file with the month that it is about, where there is one."""

    told: Told
    word: str | Promise
    month: Contribution | None


def told_rows(lines: Iterable[Told]) -> list[ToldRow]:
    """Put the month beside each of these lines, in one statement; not of other remittances."""
    lines = list(lines)
    ids = [line.answer.line for line in lines if line.answer and line.kind != OTHER]
    months = Contribution.everything.select_related("worker").in_bulk(ids)
    return [
        ToldRow(line, WORDS[line.kind], months.get(line.answer.line) if line.answer else None)
        for line in lines
    ]


def kinds_of(found: Preview) -> list[tuple[str, str | Promise, int]]:
    """Return the kinds of line that a file has: code, word and how many."""
    counts = found.counts
    return [(kind, WORDS[kind], counts[kind]) for kind in KINDS if counts[kind]]


def in_order(lines: Sequence[Told], *, kind: str = "") -> list[Told]:
    """Sort the lines of a file: what it changes first, what it cannot after; or one kind."""
    if kind in KINDS:
        return [line for line in lines if line.kind == kind]
    return sorted(lines, key=lambda line: (KINDS.index(line.kind), line.row))
