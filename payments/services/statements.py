"""Taking a bank statement in: all of it in one transaction, every line once (P37).

A statement that was proved whole (`payments.statements`) is compared with those before it:
the same file, days that are missing, lines that are known, lines that contradict.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from bricks.clock import jakarta_date
from bricks.rupiah import format_rupiah
from bricks.secrets import blind_index
from bricks.templatetags.house import tanggal
from payments import ledger
from payments.models import Account, BankAccount, BankLine, BankStatement, Posting
from payments.services.matching import match_lines
from payments.statements.base import Line, Statement

STATEMENT = "bank_statement"
BATCH = 500
Side = BankLine.Side
DAY = timedelta(days=1)


class CannotImport(Exception):
    """The statement cannot be taken in; the sentence is fit for a treasurer."""


class AlreadyImported(CannotImport):
    """This very file has been imported into the account."""

    def __init__(self) -> None:
        super().__init__(_("Berkas ini sudah diimpor. Tidak ada yang berubah."))


class Contradicts(CannotImport):
    """The statement says otherwise than an earlier one about the same days."""


class GapUnexplained(CannotImport):
    """Days are missing, and nobody has said why."""

    def __init__(self) -> None:
        super().__init__(_("Ada hari yang tidak termuat. Tulis alasannya, atau unggah hari itu."))


@dataclass(frozen=True)
class Days:
    """Days from `first` to `last`, both inclusive."""

    first: date
    last: date


@dataclass(frozen=True)
class Marked:
    """A line with what tells it from every other of its account."""

    line: Line
    fingerprint: str
    nth: int


@dataclass(frozen=True)
class Plan:
    """What a statement would bring: its new lines, how many are known, which days are missing."""

    new: tuple[Marked, ...]
    known: int
    gaps: tuple[Days, ...]


def plan_import(*, account: BankAccount, statement: Statement, digest: str, now: datetime) -> Plan:
    """Compare a statement with those that the account has; writes nothing.

    Raises AlreadyImported, Contradicts.
    """
    earlier = list(account.statements.all())
    if any(row.digest == digest for row in earlier):
        raise AlreadyImported
    if statement.last_day > jakarta_date(now):
        raise Contradicts(_("Mutasi ini memuat hari yang belum terjadi."))
    _check_balances(account, statement, earlier)
    marked = mark(statement.lines)
    known = _known_lines(account, statement)
    new = tuple(one for one in marked if (one.fingerprint, one.nth) not in known)
    _check_overlap(new, known, marked, _whole_days(account, statement, earlier))
    return Plan(new, known=len(marked) - len(new), gaps=_gaps(statement, earlier))


def import_statement(
    *,
    account: BankAccount,
    statement: Statement,
    digest: str,
    by: User,
    now: datetime,
    gap_reason: str = "",
    columns: dict[str, Any] | None = None,
) -> BankStatement:
    """Take a statement in, post what came in to suspense, and match what is sure.

    All in one transaction: a failing line leaves nothing behind. `columns` is remembered
    of the account. Raises AlreadyImported (also when another one imports it in this
    moment), Contradicts, GapUnexplained.
    """
    try:
        with transaction.atomic():
            # Two statements of one account are compared one after the other.
            held = BankAccount.everything.select_for_update(no_key=True).get(pk=account.pk)
            plan = plan_import(account=held, statement=statement, digest=digest, now=now)
            if plan.gaps and not gap_reason:
                raise GapUnexplained
            reason = gap_reason if plan.gaps else ""
            made = _write(held, statement, plan, digest=digest, reason=reason, by=by, now=now)
            if columns is not None:
                BankAccount.everything.filter(pk=held.pk).update(columns=columns)
            match_lines(account=held, now=now)
    except IntegrityError:
        if BankStatement.objects.filter(account=account, digest=digest).exists():
            raise AlreadyImported from None
        raise
    return made


def mark(lines: Iterable[Line]) -> list[Marked]:
    """Give each line its fingerprint and its place among equal ones of its day."""
    seen: Counter[str] = Counter()
    marked = []
    for line in lines:
        words = "".join(f"{line.description}{line.reference}".split()).casefold()
        fingerprint = blind_index(f"{line.booked_on}|{line.amount}|{words}", purpose="bankline")
        seen[fingerprint] += 1
        marked.append(Marked(line, fingerprint, seen[fingerprint]))
    return marked


# --- comparing -------------------------------------------------------------------------
def _known_lines(account: BankAccount, statement: Statement) -> dict[tuple[str, int], date]:
    rows = BankLine.objects.filter(
        account=account, booked_on__range=(statement.first_day, statement.last_day)
    )
    return {
        (fingerprint, nth): day
        for fingerprint, nth, day in rows.values_list("fingerprint", "nth", "booked_on")
    }


def _check_overlap(
    new: Iterable[Marked],
    known: dict[tuple[str, int], date],
    marked: Iterable[Marked],
    whole: list[Days],
) -> None:
    """Refuse a statement that leaves out known lines, or adds some to days that are whole."""
    there = {(one.fingerprint, one.nth) for one in marked}
    missing = sorted(day for key, day in known.items() if key not in there)
    if missing:
        told = {"n": len(missing), "day": tanggal(missing[0])}
        sentence = _(
            "%(n)d baris yang sudah diimpor tidak ada di berkas ini, pertama pada %(day)s. "
            "Pakai jenis berkas yang sama untuk hari yang sama."
        )
        raise Contradicts(sentence % told)
    for one in new:
        day = one.line.booked_on
        if any(days.first <= day <= days.last for days in whole):
            told = {"number": one.line.number, "day": tanggal(day)}
            sentence = _(
                "Baris %(number)d: baris baru pada %(day)s, padahal hari itu sudah lengkap."
            )
            raise Contradicts(sentence % told)


def _whole_days(
    account: BankAccount, statement: Statement, earlier: list[BankStatement]
) -> list[Days]:
    """Return the days of earlier statements to which a statement may add nothing.

    The day of a statement's last line may have gone on after it was made, and a person may
    have typed a period longer than the file: from that day on a statement may tell more,
    if it reaches the end of that period and so takes its closing balance's place.
    """
    there = BankLine.objects.filter(account=account).order_by().values_list("booked_on", flat=True)
    booked = set(there.distinct())
    whole = []
    for row in earlier:
        last = row.last_day
        if statement.last_day >= row.last_day:
            last = max((d for d in booked if row.first_day <= d <= last), default=row.first_day)
        whole.append(Days(row.first_day, last - DAY))
    return whole


def _check_balances(
    account: BankAccount, statement: Statement, earlier: list[BankStatement]
) -> None:
    """Refuse a statement whose ends differ from what others say of the same evening."""
    before = _balance_after(account, statement.first_day - DAY, earlier)
    if before is not None and before != statement.opening:
        told = {
            "is": format_rupiah(statement.opening),
            "was": format_rupiah(before),
            "day": tanggal(statement.first_day - DAY),
        }
        sentence = _(
            "Saldo awal %(is)s bukan saldo akhir %(day)s, yaitu %(was)s. "
            "Ada baris yang hilang: unduh mulai dari hari itu."
        )
        raise Contradicts(sentence % told)
    for row in earlier:
        if not statement.first_day < row.first_day <= statement.last_day + DAY:
            continue
        until = (line.amount for line in statement.lines if line.booked_on < row.first_day)
        evening = statement.opening + sum(until)
        if row.opening != evening:
            told = {"is": format_rupiah(evening), "was": format_rupiah(row.opening)}
            sentence = _("Saldo akhir %(is)s bukan saldo awal hari berikutnya, yaitu %(was)s.")
            raise Contradicts(sentence % told)


def _balance_after(account: BankAccount, day: date, earlier: list[BankStatement]) -> int | None:
    """Return what the account stood at in the evening of a day, where a statement tells it."""
    for row in earlier:
        if row.first_day - DAY == day:
            return row.opening
        if row.first_day <= day <= row.last_day:
            return row.opening + moved(account, row.first_day, day)
    return None


def moved(account: BankAccount, first: date, last: date) -> int:
    """Return by how many rupiah the lines of these days changed the account."""
    lines = BankLine.objects.filter(account=account, booked_on__range=(first, last))
    sums = dict(lines.order_by().values_list("side").annotate(sum=Sum("amount")))
    return int(sums.get(Side.IN, 0)) - int(sums.get(Side.OUT, 0))


def _gaps(statement: Statement, earlier: list[BankStatement]) -> tuple[Days, ...]:
    """Return the days between the statement and its neighbours that no statement has."""
    gaps = []
    before = [row.last_day for row in earlier if row.first_day < statement.first_day]
    if before and max(before) < statement.first_day - DAY:
        gaps.append(Days(max(before) + DAY, statement.first_day - DAY))
    after = [row.first_day for row in earlier if row.last_day > statement.last_day]
    if after and min(after) > statement.last_day + DAY:
        gaps.append(Days(statement.last_day + DAY, min(after) - DAY))
    return tuple(gaps)


# --- writing ---------------------------------------------------------------------------
def _write(
    account: BankAccount,
    statement: Statement,
    plan: Plan,
    *,
    digest: str,
    reason: str,
    by: User,
    now: datetime,
) -> BankStatement:
    made = BankStatement.objects.create(
        account=account,
        digest=digest,
        format=statement.format,
        first_day=statement.first_day,
        last_day=statement.last_day,
        opening=statement.opening,
        closing=statement.closing,
        lines=len(statement.lines),
        known_lines=plan.known,
        gap_reason=reason,
        imported_by=by,
        imported_at=now,
    )
    posting = _post_incoming(made, plan, now)
    rows = [_row(made, one, posting) for one in plan.new]
    BankLine.objects.bulk_create(rows, batch_size=BATCH)
    record(
        action="statement.imported",
        obj=made,
        now=now,
        actor=by,
        office=account.office,
        after={
            "first_day": str(made.first_day),
            "last_day": str(made.last_day),
            "lines": made.lines,
            "known": made.known_lines,
            "gap": reason,
        },
    )
    return made


def _post_incoming(made: BankStatement, plan: Plan, now: datetime) -> Posting | None:
    """Book what came in as money that nobody knows yet; its lines bear the posting's id."""
    came_in = sum(one.line.amount for one in plan.new if one.line.amount > 0)
    if not came_in:
        return None
    bank = ledger.account(Account.Kind.BANK, bank_account=made.account)
    suspense = ledger.account(Account.Kind.SUSPENSE)
    return ledger.post(
        key=f"statement:{made.pk}",
        kind=STATEMENT,
        now=now,
        transfers=[(bank, suspense, came_in)],
    )


def _row(made: BankStatement, one: Marked, posting: Posting | None) -> BankLine:
    came_in = one.line.amount > 0
    return BankLine(
        account=made.account,
        statement=made,
        booked_on=one.line.booked_on,
        side=Side.IN if came_in else Side.OUT,
        amount=abs(one.line.amount),
        description=one.line.description,
        reference=one.line.reference,
        fingerprint=one.fingerprint,
        nth=one.nth,
        posting=posting if came_in else None,
    )
