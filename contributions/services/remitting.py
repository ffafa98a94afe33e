"""Remittance: paid months go to BPJS every business day; accepted ones make cover (P1)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from bricks.clock import JAKARTA, jakarta_date
from contributions.core import Answer, CoreUnavailable, Line, core_system
from contributions.core.protocol import write_file
from contributions.letters import rejected_credit_letter
from contributions.locks import lock_workers
from contributions.models import Contribution, Remittance, Sponsorship
from contributions.services.covering import rebuild_coverage
from contributions.services.recounting import recount_runs
from contributions.services.telling import tell_donor
from donors.models import Donor
from notices import bells
from payments import ledger
from payments.models import Account
from regions.selectors import is_working_day
from workers.models import Worker

#: Worker-months in one file.
FILE_LINES = 5_000
CHUNK = 500


class NotRejected(Exception):
    """The month is not one that the core has refused; somebody else has decided already."""


def remit(*, today: date, now: datetime) -> dict[str, int]:
    """Hand every paid month to the core system. Idempotent; catches up missed days.

    On working days only, unless settings.REMIT_AT_ONCE. Months are claimed into a
    Remittance first and its file is sent outside any transaction; a crash in between
    leaves a remittance without reference, which the next run sends again (the core
    takes the same remittance as the same file). A core that is out of reach is counted
    as `unreachable` and tried again.
    """
    counts = {"remittances": 0, "months": 0, "unreachable": 0}
    if not settings.REMIT_AT_ONCE and not is_working_day(today):
        return counts
    while _claim_file(today, now):
        continue
    for remittance in Remittance.objects.filter(core_reference="").order_by("pk"):
        try:
            reference = core_system().send(
                remittance=remittance.uuid, content=_content(remittance), now=now
            )
        except CoreUnavailable:
            counts["unreachable"] += 1
            continue
        counts["months"] += _mark_sent(remittance, reference, now)
        counts["remittances"] += 1
    return counts


def _claim_file(today: date, now: datetime) -> Remittance | None:
    """Claim at most FILE_LINES paid months into a new remittance; None when there are none."""
    with transaction.atomic():
        free = Contribution.everything.filter(
            status=Contribution.Status.PAID, remittance__isnull=True
        )
        ids = list(free.order_by("paid_at", "pk").values_list("pk", flat=True)[:FILE_LINES])
        if not ids:
            return None
        lock_workers(list(free.filter(pk__in=ids).values_list("worker", flat=True)))
        claimed = free.filter(pk__in=ids)
        sums = claimed.aggregate(lines=Count("pk"), total=Sum("amount"))
        if not sums["lines"]:
            return None
        remittance = Remittance.objects.create(
            day=today, made_at=now, core=core_system().name, **sums
        )
        claimed.update(remittance=remittance)
        return remittance


def _content(remittance: Remittance) -> str:
    rows = (
        Contribution.everything.filter(remittance=remittance, status=Contribution.Status.PAID)
        .select_related("worker")
        .order_by("worker", "month")
    )
    return write_file(_line(row) for row in rows.iterator(chunk_size=CHUNK))


def _line(row: Contribution) -> Line:
    starts_at = row.starts_at.astimezone(JAKARTA).isoformat() if row.starts_at else ""
    return Line(
        line=row.pk,
        nik=row.worker.nik,
        name=row.worker.name,
        birth_date=row.worker.birth_date,
        month=row.month,
        covered_from=row.covered_from,  # type: ignore[arg-type]  # bought months have dates
        covered_until=row.covered_until,  # type: ignore[arg-type]
        starts_at=starts_at,
        jkk=row.jkk,
        jkm=row.jkm,
        jht=row.jht,
    )


def _mark_sent(remittance: Remittance, reference: str, now: datetime) -> int:
    with transaction.atomic():
        mine = Remittance.objects.filter(pk=remittance.pk, core_reference="")
        if mine.update(core_reference=reference, sent_at=now) != 1:
            return 0
        paid = Contribution.everything.filter(
            remittance=remittance, status=Contribution.Status.PAID
        )
        sent = paid.update(status=Contribution.Status.SENT, sent_at=now)
        bells.ring("remittance_made")
        return sent


def fetch_answers(*, now: datetime) -> dict[str, int]:
    """Ask the core about every remittance that is not wholly answered, and apply its word.

    Accepted months become cover in the same transaction, and each donor is told once per
    batch of answers; refused ones land on the branch's list with the core's reason.
    Idempotent: an answer to a month that is no longer `sent` changes nothing, but that
    BPJS has accepted a month whose money went back is kept, for `check_books` to tell.
    """
    counts = {"accepted": 0, "rejected": 0, "unreachable": 0}
    waiting = Remittance.objects.exclude(core_reference="").filter(answered_at__isnull=True)
    for remittance in waiting.order_by("pk"):
        try:
            answers = core_system().answers(reference=remittance.core_reference, now=now)
        except CoreUnavailable:
            counts["unreachable"] += 1
            continue
        _apply(remittance, answers, now=now, counts=counts)
    return counts


def _apply(
    remittance: Remittance, answers: Sequence[Answer], *, now: datetime, counts: dict[str, int]
) -> None:
    lines = Contribution.everything.filter(remittance=remittance)
    sent = set(lines.filter(status=Contribution.Status.SENT).values_list("pk", flat=True))
    new = [answer for answer in answers if answer.line in sent]
    people = _people([answer.line for answer in new if answer.accepted])
    for start in range(0, len(new), CHUNK):
        _apply_chunk(remittance, new[start : start + CHUNK], people, now=now, counts=counts)
    # Money that went back after the file had gone out: its lines are answered too. When it
    # went out is not asked: the answer to `send` may have been lost.
    taken_back = lines.filter(status=Contribution.Status.REVERSED, core_receipt="", core_reason="")
    _keep_word(taken_back, answers)
    if not (lines.filter(status=Contribution.Status.SENT) | taken_back).exists():
        Remittance.objects.filter(pk=remittance.pk).update(answered_at=now)


def _people(lines: list[int]) -> dict[int, int]:
    """Count, per donor, the workers of these lines."""
    people: dict[int, set[int]] = defaultdict(set)
    for start in range(0, len(lines), CHUNK):
        rows = Contribution.everything.filter(pk__in=lines[start : start + CHUNK])
        for donor, worker in rows.values_list("sponsorship__donor", "worker"):
            people[donor].add(worker)
    return {donor: len(workers) for donor, workers in people.items()}


def _keep_word(rows: QuerySet[Contribution], answers: Sequence[Answer]) -> None:
    """Keep the core's word on months that were reversed meanwhile."""
    word = {answer.line: answer for answer in answers}
    for row in rows.filter(pk__in=word):
        Contribution.everything.filter(pk=row.pk, status=Contribution.Status.REVERSED).update(
            core_receipt=word[row.pk].receipt, core_reason=word[row.pk].reason[:40]
        )


def _apply_chunk(
    remittance: Remittance,
    answers: Sequence[Answer],
    people: dict[int, int],
    *,
    now: datetime,
    counts: dict[str, int],
) -> None:
    by_line = {answer.line: answer for answer in answers}
    with transaction.atomic():
        rows = Contribution.everything.filter(pk__in=by_line, status=Contribution.Status.SENT)
        lock_workers(list(rows.values_list("worker", flat=True)))
        accepted: list[Contribution] = []
        rejected: list[Contribution] = []
        for row in rows.select_related("sponsorship"):
            answer = by_line[row.pk]
            row.core_receipt, row.core_reason = answer.receipt, answer.reason[:40]
            (accepted if answer.accepted else rejected).append(row)
        Contribution.everything.bulk_update(accepted, ["core_receipt"])
        Contribution.everything.bulk_update(rejected, ["core_reason"])
        rows.filter(pk__in=[row.pk for row in accepted]).update(
            status=Contribution.Status.ACCEPTED, accepted_at=now
        )
        rows.filter(pk__in=[row.pk for row in rejected]).update(
            status=Contribution.Status.REJECTED, closed_at=now
        )
        kpj = {row.worker_id: by_line[row.pk].kpj for row in accepted}
        _keep_kpj(kpj)
        rebuild_coverage(worker_ids=list(kpj))
        donors = {row.sponsorship.donor_id for row in accepted}
        _tell_accepted(remittance, {donor: people[donor] for donor in donors}, now)
    counts["accepted"] += len(accepted)
    counts["rejected"] += len(rejected)


def _keep_kpj(kpj: dict[int, str]) -> None:
    workers = [w for w in Worker.everything.filter(pk__in=kpj) if w.kpj != kpj[w.pk]]
    for worker in workers:
        worker.kpj = kpj[worker.pk]
    Worker.everything.bulk_update(workers, ["kpj"])


def _tell_accepted(remittance: Remittance, people: dict[int, int], now: datetime) -> None:
    """Tell each donor how many workers this batch of answers covers; its first chunk does."""
    for donor in Donor.everything.filter(pk__in=people).order_by("pk"):
        count = people[donor.pk]
        tell_donor(
            donor=donor,
            key=f"accepted:{remittance.pk}:{now:%Y%m%d%H%M%S}:{donor.pk}",
            kind="cover_accepted",
            text=lambda _user, count=count: _accepted_text(count),  # type: ignore[misc]
            now=now,
        )


def _accepted_text(people: int) -> tuple[str, str]:
    return (
        _("Perlindungan sudah disahkan"),
        _(
            "BPJS Ketenagakerjaan sudah mengesahkan iuran Anda.\n"
            "Untuk %(people)s pekerja. Lihat tanggal dan kartunya di portal: %(url)s\n"
            "Bila terjadi kecelakaan: ke rumah sakit dulu, lalu telepon 175."
        )
        % {"people": people, "url": f"{settings.PUBLIC_URL}/donatur/pekerja/"},
    )


def resend_rejected(*, contribution: Contribution, by: User, now: datetime) -> None:
    """Put a refused month back among the paid ones, for the next remittance.

    Raises NotRejected when it is none any more, or when the worker's month was bought
    by another meanwhile.
    """
    with transaction.atomic():
        lock_workers([contribution.worker_id])
        taken = Contribution.everything.filter(
            worker=contribution.worker_id,
            month=contribution.month,
            status__in=["paid", "sent", "accepted"],
        )
        back = Contribution.everything.filter(
            pk=contribution.pk, status=Contribution.Status.REJECTED
        )
        if taken.exists() or not back.update(
            status=Contribution.Status.PAID,
            remittance=None,
            sent_at=None,
            closed_at=None,
            core_reason="",
        ):
            raise NotRejected
        audit.record(action="contribution.resent", obj=contribution, actor=by, now=now)


def credit_rejected(*, contribution: Contribution, by: User, now: datetime) -> None:
    """Give the money of a refused month back to its donor as credit, and tell him.

    The sponsorship's run is shortened to the months that are left. Raises NotRejected.
    """
    with transaction.atomic():
        lock_workers([contribution.worker_id])
        row = contribution.sponsorship
        rows = Contribution.everything.filter(
            pk=contribution.pk, status=Contribution.Status.REJECTED
        )
        if rows.update(status=Contribution.Status.REVERSED, closed_at=now) != 1:
            raise NotRejected
        payable = ledger.account(Account.Kind.PAYABLE)
        credit = ledger.account(Account.Kind.CREDIT, donor=row.donor)
        ledger.post(
            key=f"rejected:{contribution.pk}",
            kind="rejected_month",
            now=now,
            transfers=[(payable, credit, contribution.amount)],
        )
        recount_runs(
            sponsorship_ids=[row.pk],
            end_reason=Sponsorship.EndReason.REJECTED,
            today=jakarta_date(now),
            now=now,
        )
        audit.record(action="contribution.credited", obj=contribution, actor=by, now=now)
        tell_donor(
            donor=row.donor,
            key=f"credited:{contribution.pk}",
            kind="month_credited",
            text=lambda _user: rejected_credit_letter(row, amount=contribution.amount),
            now=now,
        )
