"""The branch's decisions on a case it holds: approve, return, reject.

Each is one conditional update, which only the holder wins (`holding.claim`). Whatever
only moves a case about stands in `holding`; its verbs are offered here as well, so
that a door finds all of them in one place.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks.clock import jakarta_date
from bricks.months import ONE_DAY
from notices import bells
from regions.models import Office
from workers import desk_selectors, person_selectors
from workers.age import turns_65_on
from workers.claims import told
from workers.models import BulkDecision, Check, Enrollment, EnrollmentEvent, Sector, Worker
from workers.reasons import REJECT_REASONS, WHOLE_CASE, is_return_reason
from workers.services.checking import goes_on_until, make_checks
from workers.services.drawing import draw
from workers.services.greeting import greet
from workers.services.holding import (
    CannotDecide,
    CaseNotWaiting,
    CaseTaken,
    NotHolder,
    OwnCase,
    ReasonMissing,
    WrongOffice,
    claim,
    fresh,
    hand_over,
    refuse_own_case,
    release,
    release_idle,
    take,
)
from workers.services.numbering import take_over_kpj
from workers.services.reporting import match_entered
from workers.services.telling import tell_donor
from workers.services.thread import tell_thread

__all__ = [
    "CannotDecide",
    "CannotReturn",
    "CaseFrozen",
    "CaseNotWaiting",
    "CaseTaken",
    "ChecksStop",
    "ConsentMissing",
    "DifferencesNotSeen",
    "NotHolder",
    "OwnCase",
    "PrintedHisCode",
    "ProofMissing",
    "ReasonMissing",
    "SectorNotConfirmed",
    "WrongOffice",
    "approve",
    "hand_over",
    "reject",
    "release",
    "release_idle",
    "return_case",
    "take",
]

#: How the extra proof that a risk reason asks for was given (P7).
PROOFS: Mapping[str, str | Promise] = {
    "call": _("Pekerja ditelepon"),
    "village": _("Surat desa: masih bekerja"),
    "visit": _("Dikunjungi"),
}


class ChecksStop(CannotDecide):
    """A check forbids the approval."""

    sentence = _("Masih ada pemeriksaan yang tidak membolehkan. Kembalikan atau tolak.")


class CaseFrozen(CannotDecide):
    """The worker says that it is not he, or a call found something wrong (P18)."""

    sentence = _("Kasus ini dibekukan. Penyelia mencairkannya dulu, atau kasus ditolak.")


class ConsentMissing(CannotDecide):
    """No valid consent of the worker is there."""

    sentence = _("Persetujuan pekerja belum ada. Kembalikan kepada donatur.")


class SectorNotConfirmed(CannotDecide):
    """The branch must say the sector, which decides the price (P9)."""

    sentence = _("Pilih sektor pekerjaan dulu.")


class ProofMissing(CannotDecide):
    """A risk reason asks for one extra proof (P7)."""

    sentence = _("Catat satu bukti tambahan: telepon, surat desa, atau kunjungan.")


class DifferencesNotSeen(CannotDecide):
    """The NIK is known with other data, and the officer has not said that he compared them."""

    sentence = _("Bandingkan dulu data ini dengan data pekerja yang sudah terdaftar.")


class CannotReturn(CannotDecide):
    """The donor does not know the worker yet: there is nothing that he could mend."""

    sentence = _("Donatur belum mengenal pekerja ini. Perbaiki datanya di sini, atau tolak.")


class PrintedHisCode(CannotDecide):
    """The worker agreed on his page, which the officer could have opened himself."""

    sentence = _("Anda mencetak kode halaman pekerja ini. Rekan lain yang memutuskan.")


@transaction.atomic
def approve(
    *,
    enrollment: Enrollment,
    officer: User,
    sector: str,
    now: datetime,
    office: Office | None = None,
    proof: str = "",
    differences_seen: bool = False,
    bulk: BulkDecision | None = None,
) -> Enrollment:
    """Approve a held case: the worker enters the registry, or the case joins him there.

    The checks are made once more. `sector` is the branch's own word and decides the
    price (P9); `office` corrects the branch among those of the officer's desk; `proof`
    (of PROOFS) answers a risk reason (P7); `bulk` is the decision on many cases of which
    this one is a part. The approval can be paid until `approved_until` (P6), in any case
    before the 65th birthday. Some are drawn for a call-back (P7). Rings
    `enrollment_approved`. Approving what the officer has approved changes nothing.
    Raises a CannotDecide.
    """
    case = fresh(enrollment)
    if case.status == Enrollment.Status.APPROVED and case.decided_by_id == officer.pk:
        return case
    _refuse_unheld(case, officer)
    refuse_own_case(case, officer)
    if case.frozen_at is not None:
        raise CaseFrozen
    if sector not in Sector.values:
        raise SectorNotConfirmed
    chosen = None if office == case.office else office
    if chosen is not None and chosen not in desk_selectors.open_desk_offices(officer):
        raise WrongOffice
    checks = make_checks(enrollment=case, now=now)
    _refuse_stops(checks, proof)
    if person_selectors.agreed_by_code_of(case, officer):
        raise PrintedHisCode
    worker, is_new = _register(case, officer, now)
    differs = desk_selectors.differences(case, worker)
    if differs and not differences_seen:
        raise DifferencesNotSeen
    claim(
        case,
        officer,
        status=Enrollment.Status.APPROVED,
        worker=worker,
        sector=sector,
        office=office or case.office,
        taken_by=None,
        taken_at=None,
        decided_by=officer,
        decided_at=now,
        approved_until=_approved_until(case, worker, jakarta_date(now)),
        reasons={},
        snapshot={**_snapshot(case, checks), "differs": differs, "new": is_new, "proof": proof},
    )
    approved = fresh(case)
    take_over_kpj(enrollment=approved, officer=officer, now=now)
    _tell_approval(approved, officer=officer, before=case, now=now, bulk=bulk)
    draw(case=approved, now=now)
    greet(enrollment=approved, now=now)
    bells.ring("enrollment_approved")
    return approved


@transaction.atomic
def return_case(
    *,
    enrollment: Enrollment,
    officer: User,
    reasons: Mapping[str, str],
    now: datetime,
    note: str = "",
    bulk: BulkDecision | None = None,
) -> Enrollment:
    """Give a held case back to its donor, with a reason per field (RETURN_REASONS).

    The donor is told. Returning what the officer has returned changes nothing.
    Raises ReasonMissing, CannotReturn, OwnCase, NotHolder.
    """
    if enrollment.continues_id is not None:
        raise CannotReturn
    if not reasons or not all(is_return_reason(*reason) for reason in reasons.items()):
        raise ReasonMissing
    return _send_back(
        enrollment,
        officer=officer,
        status=Enrollment.Status.RETURNED,
        reasons=dict(reasons),
        note=note,
        now=now,
        bulk=bulk,
    )


@transaction.atomic
def reject(
    *,
    enrollment: Enrollment,
    officer: User,
    reason: str,
    now: datetime,
    note: str = "",
    bulk: BulkDecision | None = None,
) -> Enrollment:
    """Refuse a held case for a reason of REJECT_REASONS; the donor is told.

    Rejecting what the officer has rejected changes nothing. Raises ReasonMissing,
    OwnCase, NotHolder.
    """
    if reason not in REJECT_REASONS:
        raise ReasonMissing
    return _send_back(
        enrollment,
        officer=officer,
        status=Enrollment.Status.REJECTED,
        reasons={WHOLE_CASE: reason},
        note=note,
        now=now,
        bulk=bulk,
    )


# --- what the steps share ----------------------------------------------------------
def _refuse_unheld(case: Enrollment, officer: User) -> None:
    if case.status != Enrollment.Status.IN_REVIEW:
        raise CaseNotWaiting
    if case.taken_by_id != officer.pk:
        raise NotHolder


def _refuse_stops(checks: list[Check], proof: str) -> None:
    stopped = {check.kind for check in checks if check.outcome == Check.Outcome.STOP}
    if "consent" in stopped:
        raise ConsentMissing
    if stopped:
        raise ChecksStop
    risky = any(c.kind.startswith("risk_") and c.outcome == Check.Outcome.NOTE for c in checks)
    if risky and proof not in PROOFS:
        raise ProofMissing


def _register(case: Enrollment, officer: User, now: datetime) -> tuple[Worker, bool]:
    """Find the worker of this NIK, or enter him; of two approvals at once one enters him.

    What the registry already says stays: changing it is a case of its own.
    """
    # A case that has been handed in is complete (enrollment_complete_once_submitted).
    claimed: dict[str, Any] = {
        "nik": case.nik,
        "name": case.name,
        "birth_date": case.birth_date,
        "sex": case.sex,
        "phone": case.phone,
        "phone_index": case.phone_index,
        "address": case.address,
        "address_index": case.address_index,
        "village": case.village,
        "occupation": case.occupation,
        "created_at": now,
    }
    worker, is_new = Worker.everything.get_or_create(nik_index=case.nik_index, defaults=claimed)
    if is_new:
        entered = {name: [None, value] for name, value in told(worker).items()}
        record(
            action="worker.entered",
            obj=worker,
            now=now,
            actor=officer,
            office=case.office,
            after={"enrollment": case.pk, "entered": sorted(entered)},
            personal=entered,
        )
        match_entered(worker=worker, office=case.office, by=officer, now=now)
    return worker, is_new


def _approved_until(case: Enrollment, worker: Worker, today: date) -> date:
    """The last day on which the approval can be paid: P6, and before the 65th birthday; or
    before the cover ends that goes on, with a few days to pay at least."""
    born = min(day for day in (case.birth_date, worker.birth_date) if day is not None)
    last, oldest = today + timedelta(days=settings.APPROVAL_DAYS), turns_65_on(born) - ONE_DAY
    ends = goes_on_until(case, today)  # cover that goes on has no age
    if ends is None:
        return min(last, oldest)
    return min(last, max(ends, today + timedelta(days=settings.TAKE_OVER_DAYS)), max(oldest, ends))


def _snapshot(case: Enrollment, checks: list[Check]) -> dict[str, Any]:
    """What the officer saw when he decided, without personal data."""
    consent = getattr(case, "consent", None)
    return {
        "nik_ends": case.nik[-4:],
        "checks": {check.kind: check.outcome for check in checks},
        "consent": consent and {"channel": consent.channel, "text": consent.text_version},
        "evidence": [str(item.uuid) for item in case.evidence.order_by("pk")],
        "sector_proposed": case.sector,
        "village": case.village_id,
        "occupation": case.occupation_id,
    }


def _tell_approval(
    case: Enrollment,
    *,
    officer: User,
    before: Enrollment,
    now: datetime,
    bulk: BulkDecision | None,
) -> EnrollmentEvent:
    return tell_thread(
        enrollment=case,
        kind="approved",
        now=now,
        actor=officer,
        before={"status": before.status, "sector": before.sector, "office": before.office_id},
        after={
            "status": case.status,
            "worker": case.worker_id,
            "sector": case.sector,
            "office": case.office_id,
            "approved_until": str(case.approved_until),
        },
        bulk=bulk,
    )


def _send_back(
    case: Enrollment,
    *,
    officer: User,
    status: Enrollment.Status,
    reasons: dict[str, str],
    note: str,
    now: datetime,
    bulk: BulkDecision | None,
) -> Enrollment:
    """Return or reject a held case, and tell the people who act for its donor."""
    case = fresh(case)
    if case.status == status and case.decided_by_id == officer.pk:
        return case
    refuse_own_case(case, officer)
    claim(
        case,
        officer,
        status=status,
        taken_by=None,
        taken_at=None,
        decided_by=officer,
        decided_at=now,
        reasons=reasons,
    )
    case = fresh(case)
    event = tell_thread(
        enrollment=case,
        kind=status.value,
        now=now,
        actor=officer,
        note=note,
        reasons=reasons,
        before={"status": Enrollment.Status.IN_REVIEW},
        after={"status": case.status},
        bulk=bulk,
    )
    if case.continues_id is None:  # of whom he does not know he learns no reasons
        tell_donor(case, event)
    return case
