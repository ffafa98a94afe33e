"""What the tests of check files share: a batch that went out, and a file that comes back."""

import io
from typing import Any

import msoffcrypto
from openpyxl import Workbook, load_workbook

from accounts.models import Role, User
from bricks.tables import write_table
from tests.factories import NOW, officer
from tests.workers.desk import sound_case
from workers.checkfile import columns as c
from workers.models import CheckBatch, CheckBatchLine, Enrollment
from workers.services import check_answers, check_files

CORE, REGISTRY = CheckBatch.Target.CORE, CheckBatch.Target.REGISTRY
PURPOSE = "Pemeriksaan pendaftaran minggu ini"


def supervisor(**user: Any) -> User:
    return officer(Role.Kind.BRANCH_SUPERVISOR, **user)


def proposed(
    *cases: Enrollment, target: str = CORE, maker: User | None = None, unasked: bool = False
) -> CheckBatch:
    """Propose a file of the waiting cases; without one there is a sound case."""
    case = cases[0] if cases else sound_case()
    return check_files.propose(
        office=case.office,
        officer=maker or officer(),
        target=target,
        purpose=PURPOSE,
        unasked=unasked,
        now=NOW,
    )


def released(*cases: Enrollment, target: str = CORE, maker: User | None = None) -> CheckBatch:
    batch = proposed(*cases, target=target, maker=maker)
    return check_files.release(batch=batch, supervisor=supervisor(), now=NOW)


def line_of(batch: CheckBatch, case: Enrollment) -> CheckBatchLine:
    return CheckBatchLine.objects.get(batch=batch, enrollment=case)


def csv_of(batch: CheckBatch, *answers: dict[str, Any], columns: tuple[str, ...] = ()) -> bytes:
    """Write answers to the lines of a batch, in order; a dict may name its own line or case."""
    columns = columns or (c.LINE, c.CASE, *c.ASKED[batch.target])
    lines = CheckBatchLine.objects.filter(batch=batch).order_by("number")
    rows = []
    for position, answer in enumerate(answers):
        line = lines[position] if position < len(lines) else None
        told = {c.LINE: line.number, c.CASE: line.enrollment.number} if line else {}
        whole = {**told, **answer}
        rows.append([whole.get(name, "") for name in columns])
    return write_table(columns, rows).encode()


def answer(batch: CheckBatch, *answers: dict[str, Any], now: Any = NOW) -> CheckBatch:
    """Send answers back, confirm them, and check the cases anew."""
    sender = batch.made_by
    content = csv_of(batch, *answers)
    kept = check_answers.receive(batch=batch, content=content, sender=sender, now=now)
    check_answers.apply(answer=kept, sender=sender, now=now)
    check_answers.follow_up_answers(now=now)
    return CheckBatch.everything.get(pk=batch.pk)


def opened(content: bytes, password: str) -> Any:
    """Open a locked workbook as Excel would."""
    file, plain = msoffcrypto.OfficeFile(io.BytesIO(content)), io.BytesIO()
    file.load_key(password=password, verify_password=True)
    file.decrypt(plain, verify_integrity=True)
    return load_workbook(plain)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
