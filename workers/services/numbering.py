"""The number by which BPJS Ketenagakerjaan knows a participant (KPJ)."""

from datetime import datetime

from accounts.audit import record
from accounts.models import User
from workers.models import Enrollment, Worker
from workers.official_selectors import told_kpj


def take_over_kpj(*, enrollment: Enrollment, officer: User, now: datetime) -> None:
    """Give the worker of an approved case the KPJ that a check file told, where he has none.

    A number that the registry has is never replaced. Runs in the caller's transaction.
    """
    kpj, worker = told_kpj(enrollment), enrollment.worker
    if not kpj or worker is None:
        return
    without = Worker.everything.filter(pk=worker.pk, kpj="")
    if without.update(kpj=kpj):
        record(
            action="worker.kpj_told",
            obj=worker,
            now=now,
            actor=officer,
            office=enrollment.office,
            personal={"kpj": ["", kpj]},
        )
