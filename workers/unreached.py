"""Whom a branch's messages do not reach: donors' people and workers of its own desk."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from donors.models import DonorMember
from notices.models import Message
from notices.selectors import unhandled_failures
from workers import desk_selectors
from workers.models import Enrollment, Worker
from workers.registry_selectors import desk_workers

Fault = Message.Fault
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
    count: int = 0

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
    people = _workers_by_phone(user, {one.address_index for one in messages} - {""})
    for message in messages:
        key = (message.user_id, message.address_index)
        if key not in found:
            workers = people[message.address_index] if message.user is None else []
            names = ", ".join(worker.name for worker in workers)
            name = (message.user.name or message.address) if message.user else names
            found[key] = Unreached(message, name, workers)
        found[key].count += 1
    return list(found.values())


def failure_for(user: User, uuid: UUID) -> Message:
    """Return a message that did not reach somebody of the user's desk. Raises Http404."""
    message = _failures(user).filter(uuid=uuid).first()
    if message is None:
        raise Http404
    return message


def _failures(user: User) -> QuerySet[Message]:
    cases = Enrollment.everything.filter(office__in=desk_selectors.desk_offices(user))
    members = DonorMember.objects.filter(donor__in=cases.values("donor"), left_at__isnull=True)
    workers = desk_workers(user).exclude(phone_index="")
    claimed = cases.exclude(phone_index="")
    return unhandled_failures(faults=list(WORDS)).filter(
        Q(user__in=members.values("user"))
        | Q(user__isnull=True, address_index__in=workers.values("phone_index"))
        | Q(user__isnull=True, address_index__in=claimed.values("phone_index"))
    )


def _workers_by_phone(user: User, indexes: set[str]) -> dict[str, list[Worker]]:
    by_phone = defaultdict(list)
    for worker in desk_workers(user).filter(phone_index__in=indexes).order_by("pk"):
        by_phone[worker.phone_index].append(worker)
    return by_phone
