"""The steps that every case shares on its way to the branch's desk."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User, phone_index
from bricks.clock import jakarta_date
from regions.selectors import add_working_days, default_office_for
from workers import consent_text
from workers.claims import changes, claimed
from workers.entries import WorkerData
from workers.indexes import address_index, nik_index
from workers.models import Consent, Enrollment
from workers.naming import name_key
from workers.selectors import open_twin
from workers.services.checking import make_checks
from workers.services.thread import tell_thread

Status = Enrollment.Status


class CannotHandIn(Exception):
    """A case cannot go to a branch; the sentence is fit for whoever filled it in."""

    sentence: ClassVar[str | Promise] = _("Pendaftaran ini tidak dapat dikirim.")

    def __str__(self) -> str:
        return str(self.sentence)


class NoOffice(CannotHandIn):
    """No branch serves the village: its province is not loaded."""

    sentence = _("Belum ada cabang untuk tempat ini. Telepon 175, kami bantu.")


class AlreadyOpen(CannotHandIn):
    """The same donor has an open case for this NIK; `number` names it."""

    def __init__(self, number: str) -> None:
        super().__init__()
        self.number = number

    def __str__(self) -> str:
        told = {"number": self.number}
        return _("NIK ini sudah ada dalam pendaftaran Anda no. %(number)s.") % told


class CaseClosed(CannotHandIn):
    """The case is no longer in the state that this step needs."""

    sentence = _("Pendaftaran ini sudah berubah. Muat ulang halamannya.")


def claims(data: WorkerData) -> dict[str, object]:
    """Return what is claimed about the worker as columns of a case."""
    return {
        "nik": data.nik,
        "nik_index": nik_index(data.nik),
        "name": data.name,
        "name_key": name_key(data.name),
        "birth_date": data.birth_date,
        "sex": data.sex,
        "phone": data.phone,
        "phone_index": phone_index(data.phone),
        "address": data.address,
        "address_index": address_index(data.address, data.village.code),
        "village": data.village,
        "occupation": data.occupation,
        # A proposal: the branch confirms the sector, which decides the price (P9).
        "sector": data.occupation.sector,
    }


def refuse_second_case(*, donor_id: int, nik: str, besides: int | None = None) -> None:
    """Raise AlreadyOpen where the donor has another open case for this NIK."""
    twin = open_twin(donor_id=donor_id, nik=nik, besides=besides)
    if twin:
        raise AlreadyOpen(twin.number)


def record_consent(
    *,
    enrollment: Enrollment,
    channel: str,
    user: User | None,
    now: datetime,
    how: str = "",
    given_at: datetime | None = None,
) -> Consent:
    """Keep the worker's consent to the text in force; a later one replaces an earlier,
    of which the audit log keeps what it was. He gave it now, or at `given_at`."""
    former = Consent.objects.filter(enrollment=enrollment).first()
    consent, _made = Consent.objects.update_or_create(
        enrollment=enrollment,
        defaults={
            "text_version": consent_text.VERSION,
            "channel": channel,
            "how": how,
            "given_at": given_at or now,
            "recorded_by": user,
        },
    )
    record(
        action="consent.recorded",
        obj=consent,
        now=now,
        actor=user,
        office=enrollment.office,
        before=_told(former) if former else {},
        after=_told(consent),
    )
    return consent


def _told(consent: Consent) -> dict[str, object]:
    return {
        "enrollment": consent.enrollment_id,
        "channel": str(consent.channel),
        "how": consent.how,
        "text": consent.text_version,
        "given_at": consent.given_at.isoformat(),
        "recorded_by": consent.recorded_by_id,
    }


def hand_in(
    *,
    enrollment: Enrollment,
    given: tuple[str, ...],
    kind: str,
    actor: User | None,
    now: datetime,
    note: str = "",
    data: WorkerData | None = None,
    relation: str | None = None,
    through: Mapping[str, object] | None = None,
) -> Enrollment:
    """Put a case onto the desk of the branch that serves the village, to be decided soon.

    `given` are the states from which the step is taken: the first of two presses
    wins, the second raises CaseClosed. New `data` and `relation` take the place of what
    was claimed; the audit log says which of them changed, and from what to what, sealed.
    `through` is what the audit log says besides of how it was done.
    A case that was handed in before keeps its age. Raises NoOffice. Runs in the caller's
    transaction.
    """
    columns = claims(data) if data else {}
    village = data.village if data else enrollment.village
    office = default_office_for(village_code=village.code) if village else None
    if office is None:
        raise NoOffice
    # Locked, so that what is told to have changed is what this step has changed.
    former = Enrollment.everything.select_for_update().get(pk=enrollment.pk)
    before = claimed(former)
    won = Enrollment.everything.filter(pk=enrollment.pk, status__in=given).update(
        status=Status.SUBMITTED,
        office=office,
        submitted_at=Coalesce(F("submitted_at"), now),
        due_on=add_working_days(jakarta_date(now), settings.DECISION_WORKING_DAYS),
        taken_by=None,
        taken_at=None,
        decided_at=None,
        decided_by=None,
        reasons={},
        relation=relation or enrollment.relation,
        **columns,
    )
    if not won:
        raise CaseClosed
    case = Enrollment.everything.select_related("order", "office", "donor", "programme").get(
        pk=enrollment.pk
    )
    changed = changes(before, case)
    tell_thread(
        enrollment=case,
        kind=kind,
        now=now,
        actor=actor,
        note=note,
        before={"status": former.status, "office": former.office_id},
        after={
            "status": case.status,
            "office": case.office_id,
            "changed": sorted(changed),
            **(through or {}),
        },
        personal=changed,
    )
    make_checks(enrollment=case, now=now)
    return case
