"""Whom a branch's messages do not reach: donors' people and workers of its own desk."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bricks.phones import show_phone
from donors.models import DonorMember
from notices.models import Message
from notices.selectors import unhandled_failures
from workers import desk_selectors
from workers.models import Enrollment, Worker
from workers.registry_selectors import desk_workers

Fault = Message.Fault
Row = TypeVar("Row", Worker, Enrollment)
#: What a branch can do about each fault; the others are head office's to mend.
WORDS = {
    Fault.ADDRESS: (
        _("Alamat atau nomor ini tidak ada."),
        _("Telepon, tanyakan alamat yang benar, lalu perbaiki datanya."),
    ),
    Fault.NO_WHATSAPP: (
        _("Nomor ini tidak memakai WhatsApp."),
        _("Telepon, tanyakan nomor lain, lalu perbaiki datanya."),
    ),
    Fault.REFUSED: (
        _("Penerima menolak pesan kami di WhatsApp."),
        _("Sampaikan lewat telepon. Hormati pilihannya."),
    ),
    Fault.GAVE_UP: (
        _("Berkali-kali dikirim, tidak pernah diterima."),
        _("Telepon bila penting. Pesan berikutnya dicoba lagi."),
    ),
}
#: The newest failures that one look reads.
MOST_ROWS = 500


@dataclass
class Unreached:
    """One receiver: the newest message that did not arrive, and how many there are."""

    newest: Message
    name: str
    workers: list[Worker] = field(default_factory=list)
    #: Of whom no case is approved, so that he is no worker of the desk yet.
    cases: list[Enrollment] = field(default_factory=list)
    count: int = 0

    @property
    def phone(self) -> str:
        """The phone of who is not reached by e-mail; empty if none is known, or it failed."""
        user = self.newest.user
        return show_phone(user.phone) if user and user.phone and not self.by_phone else ""

    @property
    def by_phone(self) -> bool:
        return bool(self.newest.address_index)

    @property
    def why(self) -> str:
        return str(WORDS[Fault(self.newest.fault)][0])

    @property
    def step(self) -> str:
        return str(WORDS[Fault(self.newest.fault)][1])


def unreached(user: User) -> list[Unreached]:
    """Return the receivers of the user's desk whom messages do not reach, newest first.

    At most MOST_ROWS messages are looked at. Two who share a phone are one receiver.
    """
    found: dict[tuple[int | None, str], Unreached] = {}
    messages = list(_failures(user).select_related("user")[:MOST_ROWS])
    indexes = {one.address_index for one in messages if one.user is None}
    people = _by_phone(desk_workers(user), indexes)
    cases = _by_phone(_desk_cases(user).select_related("order"), indexes - people.keys())
    for message in messages:
        key = (message.user_id, message.address_index)
        if key not in found:
            found[key] = _receiver(message, people, cases)
        found[key].count += 1
    return list(found.values())


def failure_for(user: User, uuid: UUID) -> Message:
    """Return a message that did not reach somebody of the user's desk. Raises Http404."""
    message = _failures(user).filter(uuid=uuid).first()
    if message is None:
        raise Http404
    return message


def _failures(user: User) -> QuerySet[Message]:
    cases = _desk_cases(user)
    members = DonorMember.objects.filter(donor__in=cases.values("donor"), left_at__isnull=True)
    workers = desk_workers(user).exclude(phone_index="")
    claimed = cases.exclude(phone_index="")
    return unhandled_failures(faults=list(WORDS)).filter(
        Q(user__in=members.values("user"))
        | Q(user__isnull=True, address_index__in=workers.values("phone_index"))
        | Q(user__isnull=True, address_index__in=claimed.values("phone_index"))
    )


def _receiver(
    message: Message, people: dict[str, list[Worker]], cases: dict[str, list[Enrollment]]
) -> Unreached:
    if message.user:
        return Unreached(message, message.user.name or message.address)
    workers = people.get(message.address_index, [])
    theirs = cases.get(message.address_index, [])
    names = [worker.name for worker in workers] or [case.number for case in theirs]
    return Unreached(message, ", ".join(names), workers, theirs)


def _desk_cases(user: User) -> QuerySet[Enrollment]:
    return Enrollment.everything.filter(office__in=desk_selectors.desk_offices(user))


def _by_phone(rows: QuerySet[Row], indexes: Collection[str]) -> dict[str, list[Row]]:
    by_phone: dict[str, list[Row]] = {}
    for row in rows.filter(phone_index__in=indexes).order_by("pk"):
        by_phone.setdefault(row.phone_index, []).append(row)
    return by_phone
