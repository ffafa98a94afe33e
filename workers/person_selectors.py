"""Whose a code is, and which rows it opens (P16).

A phone number is claimed by a donor until a branch has looked. Therefore a code that went
to a phone opens only what bears that phone, and the registry's worker only where the
registry itself bears it and it is no donor's of his: whoever enters another's NIK with
his own number learns nothing of what others pay (P8). A printed code, which the branch
hands to the person, opens all of his rows.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from donors.models import DonorMember
from workers.models import Consent, Enrollment, PersonCode, Worker

Status = Enrollment.Status
#: What a worker is still told of; of the rest nothing remains.
SHOWN = (*Enrollment.OPEN, Status.APPROVED, Status.REJECTED, Status.WITHDRAWN)


@dataclass(frozen=True)
class Person:
    """Who has opened his own page: by the index of his NIK, and of the phone that got the
    code, which is empty for a printed one; then by who printed it."""

    nik_index: str
    phone_index: str = ""
    printed_by: int | None = None

    @property
    def through(self) -> dict[str, object]:
        """What the audit log says of an act on this page besides: a printed code passes
        through the hands of whoever printed it."""
        if self.printed_by is None:
            return {}
        return {"code": "printed", "printed_by": self.printed_by}


def people_of(*, phone_index: str, birth_date: date) -> dict[str, str]:
    """Return the short names, by index of the NIK, of whoever was born on the day and is
    known by the phone. Two statements, whether or not anybody is."""
    workers = Worker.everything.filter(phone_index=phone_index, birth_date=birth_date)
    cases = Enrollment.everything.filter(
        phone_index=phone_index, birth_date=birth_date, status__in=SHOWN
    ).exclude(nik_index="")
    found = {case.nik_index: short_name(case.name) for case in cases.order_by("pk")}
    return found | {worker.nik_index: worker.short_name for worker in workers}


def was_born_on(*, nik_index: str, birth_date: date) -> bool:
    """Tell whether the person was born on the day, as the registry says; what a donor
    claimed counts only for whom the registry does not know, and of an ended case only where
    no other is open. Two statements for everybody."""
    workers = Worker.everything.filter(nik_index=nik_index)
    cases = Enrollment.everything.filter(nik_index=nik_index, status__in=SHOWN)
    registered = list(workers.values_list("birth_date", flat=True))
    claimed = list(cases.values_list("birth_date", "status"))
    waiting = [born for born, status in claimed if status in Enrollment.OPEN]
    return birth_date in (registered or waiting or [born for born, _status in claimed])


def worker_of(person: Person) -> Worker | None:
    """Return the registry's worker, if the person's code opens him."""
    found = (
        Worker.everything.select_related("village", "occupation")
        .filter(nik_index=person.nik_index)
        .first()
    )
    return found if found and _opens(person, found) else None


def cases_of(person: Person) -> QuerySet[Enrollment]:
    """Return the cases that the person's code opens, the newest first."""
    cases = Enrollment.everything.filter(nik_index=person.nik_index, status__in=SHOWN)
    if worker_of(person) is None and person.phone_index:
        cases = cases.filter(phone_index=person.phone_index)
    return cases.select_related("order", "donor", "programme", "office", "worker").order_by("-pk")


def name_of(person: Person) -> str:
    """Return first name and initial of the person, as his page shows them."""
    worker = worker_of(person)
    if worker:
        return worker.short_name
    case = cases_of(person).first()
    return short_name(case.name) if case else ""


def short_name(name: str) -> str:
    """Return first name and initial: all that stands on a shared phone."""
    first, *rest = name.split() or [""]
    return f"{first} {rest[-1][0]}." if rest else first


def _opens(person: Person, worker: Worker) -> bool:
    if not person.phone_index:
        return True
    if worker.phone_index != person.phone_index:
        return False
    paid_by = Enrollment.everything.filter(nik_index=worker.nik_index).values("donor")
    return not is_phone_of_donor(person.phone_index, donors=paid_by)


def is_phone_of_donor(phone_index: str, *, donors: Any) -> bool:
    """Tell whether somebody who acts for one of the donors (their keys) signs in by a phone."""
    if not phone_index:
        return False
    members = DonorMember.objects.filter(donor__in=donors, left_at__isnull=True)
    return User.objects.filter(phone_index=phone_index, pk__in=members.values("user")).exists()


def agreed_by_code_of(case: Enrollment, officer: User) -> bool:
    """Tell whether the worker agreed on his own page while a code that the officer printed
    for him could have opened it."""
    consent = Consent.objects.filter(enrollment=case, channel=Consent.Channel.PAGE).first()
    if consent is None:
        return False
    printed = PersonCode.objects.filter(
        nik_index=case.nik_index,
        channel=PersonCode.Channel.PRINTED,
        issued_by=officer,
        issued_at__lte=consent.given_at,
        expires_at__gte=consent.given_at,
    )
    return printed.exists()
