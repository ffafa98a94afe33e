"""BPJS's word on the months of a remittance, however it came: cover, or a refusal (P1)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from contributions.core import Answer
from contributions.locks import lock_workers
from contributions.models import AnswerFile, Contribution, Remittance
from contributions.services.covering import rebuild_coverage
from contributions.services.telling import tell_donor
from donors.models import Donor
from workers.models import Worker

CHUNK = 500
REASON_LENGTH = 200
Status = Contribution.Status


def apply_answers(
    *,
    remittance: Remittance,
    answers: Sequence[Answer],
    batch: str,
    now: datetime,
    file: AnswerFile | None = None,
) -> tuple[int, int]:
    """Take up what BPJS says of a remittance's lines; return how many it accepted and refused.

    Chunk by chunk: a run that was cut off is finished by the next one with the same
    answers. Only a month that is still `sent` changes; the first word on it counts. The
    cover is rebuilt in the same transaction, and each donor is told once per `batch`.
    `file`, if the answers came in one, counts what it has done. The word on a month
    whose money went back meanwhile is kept for `check_books`.
    """
    lines = Contribution.everything.filter(remittance=remittance)
    sent = set(lines.filter(status=Status.SENT).values_list("pk", flat=True))
    new = [answer for answer in answers if answer.line in sent]
    people = _people([answer.line for answer in new if answer.accepted])
    accepted = rejected = 0
    for start in range(0, len(new), CHUNK):
        chunk = new[start : start + CHUNK]
        done = _apply_chunk(remittance, chunk, people, batch=batch, now=now, file=file)
        accepted, rejected = accepted + done[0], rejected + done[1]
    # Money that went back after the file had gone out: its lines are answered too. When it
    # went out is not asked: the answer to `send` may have been lost.
    taken_back = lines.filter(status=Status.REVERSED, core_receipt="", core_reason="")
    _keep_word(taken_back, answers)
    if not (lines.filter(status__in=[Status.PAID, Status.SENT]) | taken_back).exists():
        open_ones = Remittance.everything.filter(pk=remittance.pk, answered_at__isnull=True)
        open_ones.update(answered_at=now)
    return accepted, rejected


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
    for pk in set(rows.values_list("pk", flat=True)) & word.keys():
        rows.filter(pk=pk).update(
            core_receipt=word[pk].receipt, core_reason=word[pk].reason[:REASON_LENGTH]
        )


def _apply_chunk(
    remittance: Remittance,
    answers: Sequence[Answer],
    people: dict[int, int],
    *,
    batch: str,
    now: datetime,
    file: AnswerFile | None,
) -> tuple[int, int]:
    by_line = {answer.line: answer for answer in answers}
    with transaction.atomic():
        rows = Contribution.everything.filter(
            pk__in=by_line, remittance=remittance, status=Status.SENT
        )
        lock_workers(list(rows.values_list("worker", flat=True)))
        accepted: list[Contribution] = []
        rejected: list[Contribution] = []
        for row in rows.select_related("sponsorship"):
            answer = by_line[row.pk]
            row.core_receipt, row.core_reason = answer.receipt, answer.reason[:REASON_LENGTH]
            (accepted if answer.accepted else rejected).append(row)
        Contribution.everything.bulk_update(accepted, ["core_receipt"])
        Contribution.everything.bulk_update(rejected, ["core_reason"])
        rows.filter(pk__in=[row.pk for row in accepted]).update(
            status=Status.ACCEPTED, accepted_at=now
        )
        rows.filter(pk__in=[row.pk for row in rejected]).update(
            status=Status.REJECTED, closed_at=now
        )
        _keep_kpj({row.worker_id: by_line[row.pk].kpj for row in accepted})
        rebuild_coverage(worker_ids={row.worker_id for row in accepted})
        donors = {row.sponsorship.donor_id for row in accepted}
        _tell_accepted({donor: people[donor] for donor in donors}, batch, now)
        if file is not None:
            AnswerFile.objects.filter(pk=file.pk).update(
                accepted=F("accepted") + len(accepted), rejected=F("rejected") + len(rejected)
            )
    return len(accepted), len(rejected)


def _keep_kpj(kpj: dict[int, str]) -> None:
    found = Worker.everything.filter(pk__in=[pk for pk, number in kpj.items() if number])
    workers = [worker for worker in found if worker.kpj != kpj[worker.pk]]
    for worker in workers:
        worker.kpj = kpj[worker.pk]
    Worker.everything.bulk_update(workers, ["kpj"])


def _tell_accepted(people: dict[int, int], batch: str, now: datetime) -> None:
    """Tell each donor how many workers this batch of answers covers; its first chunk does."""
    for donor in Donor.everything.filter(pk__in=people).order_by("pk"):
        count = people[donor.pk]
        tell_donor(
            donor=donor,
            key=f"accepted:{batch}:{donor.pk}",
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
