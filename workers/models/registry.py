"""What happens to a worker in the registry after his approval, and who is whom."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from bricks.scoped import scoped
from regions.models import Office
from workers.models.cases import Enrollment, Worker
from workers.models.scopes import offices_of


class OfOfficeQuerySet(models.QuerySet[Any]):
    """Rows that bear the office whose desk they lie on."""

    def visible_to(self, user: Any) -> OfOfficeQuerySet:
        """Rows of the user's own offices, of his Kanwil's, or all for head office."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_head_office else self.filter(offices_of(user))


class Said(models.TextChoices):
    """Who said that something is so."""

    WORKER = "worker", _("Pekerja sendiri")
    FAMILY = "family", _("Keluarga pekerja")
    DONOR = "donor", _("Donatur")
    VILLAGE = "village", _("Desa atau kelurahan")
    BRANCH = "branch", _("Cabang")
    BPJS = "bpjs", _("Data BPJS Ketenagakerjaan atau Dukcapil")
    CLOCK = "clock", _("Tanggal lahir")


class WorkerChange(models.Model):
    """A proposed correction of a worker's personal data; another person approves it.

    `fields` names what changes; the values, proposed and former, are sealed JSON.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Menunggu persetujuan")
        APPROVED = "approved", _("Diterapkan")
        REFUSED = "refused", _("Ditolak")
        WITHDRAWN = "withdrawn", _("Ditarik")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="changes")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    fields: Any = models.JSONField()
    proposed = SealedTextField(purpose="workerchange.proposed")
    # What stood in the registry when it was decided; empty until then.
    former = SealedTextField(purpose="workerchange.former", blank=True, default="")
    reason = SealedTextField(purpose="workerchange.reason")
    said_by = models.CharField(max_length=8, choices=Said)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    # Empty where the worker proposed it himself on his own page.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField()
    due_on = models.DateField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=300, blank=True, default="")

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"], condition=Q(status="proposed"), name="workerchange_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(proposed_by__isnull=True)
                | ~Q(decided_by=F("proposed_by")),
                name="workerchange_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "refused"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="workerchange_decided_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "proposed_at"],
                condition=Q(status="proposed"),
                name="workerchange_to_decide",
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of worker {self.worker_id}"


class WorkerEvent(models.Model):
    """A recorded fact of a worker's life that ends or freezes something: moved, became an
    employee, turned 65, left, died. `followed_up_at` is the marker by which the
    sponsorship floor claims it. A mistaken one is revoked, never deleted."""

    class Kind(models.TextChoices):
        MOVED = "moved", _("Pindah")
        EMPLOYEE = "employee", _("Menjadi penerima upah")
        TURNED_65 = "turned_65", _("Berusia 65 tahun")
        LEFT = "left", _("Tidak mau lagi")
        DIED = "died", _("Meninggal")

    #: Kinds after which nothing more is asked or taken for the worker.
    ENDING = (Kind.EMPLOYEE, Kind.LEFT, Kind.DIED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="life_events")
    kind = models.CharField(max_length=10, choices=Kind)
    # The day on which it happened, as told.
    happened_on = models.DateField()
    said_by = models.CharField(max_length=8, choices=Said)
    note = SealedTextField(purpose="workerevent.note", blank=True, default="")
    # Of a move: where to.
    village = models.ForeignKey(
        "regions.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Of a move: what the registry said before, so that a mistake can be undone.
    moved_from = models.ForeignKey(
        "regions.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    former_address = SealedTextField(purpose="workerevent.address", blank=True, default="")
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField()
    followed_up_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "kind"],
                condition=Q(revoked_at__isnull=True) & ~Q(kind="moved"),
                name="workerevent_holds_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="moved", village__isnull=False)
                | (~Q(kind="moved") & Q(village__isnull=True)),
                name="workerevent_moves_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=False) | Q(said_by__in=["worker", "clock", "bpjs"]),
                name="workerevent_recorded_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["recorded_at"],
                condition=Q(followed_up_at__isnull=True),
                name="workerevent_to_follow_up",
            ),
            models.Index(fields=["worker", "kind"], name="workerevent_of_worker"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of worker {self.worker_id}"


class DuplicateRuling(models.Model):
    """An officer's word on two NIKs that look like one person; it is not asked again.

    People are named by the index of their NIK, the smaller one first.
    """

    class Verdict(models.TextChoices):
        DIFFERENT = "different", _("Orang yang berbeda")
        SAME = "same", _("Orang yang sama, satu NIK keliru")

    first = models.CharField(max_length=64)
    second = models.CharField(max_length=64)
    verdict = models.CharField(max_length=9, choices=Verdict)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="rulings")
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ruled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="ruling_once_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="ruling_in_order"),
        ]
        indexes = [models.Index(fields=["second"], name="ruling_by_second")]

    def __str__(self) -> str:
        return f"{self.verdict} ({self.pk})"


class PersonCode(models.Model):
    """A code by which a worker opens his own page (P16): sent to his phone, or printed by
    his branch. It names the person by the index of his NIK, so that it works before the
    registry knows him; one that a stranger's phone asked for names nobody. Only the
    code's hash is kept.
    """

    class Channel(models.TextChoices):
        PHONE = "phone", _("Dikirim ke HP")
        PRINTED = "printed", _("Dicetak cabang")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    nik_index = models.CharField(max_length=64, blank=True, db_index=True)
    channel = models.CharField(max_length=7, choices=Channel)
    code_hash = models.CharField(max_length=64, db_index=True)
    # The phone to which it went; it opens only what bears this phone. Empty: printed.
    phone_index = models.CharField(max_length=64, blank=True, default="")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="phone") | Q(issued_by__isnull=False),
                name="personcode_printed_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(channel="phone") & ~Q(phone_index="")
                | Q(channel="printed", phone_index="") & ~Q(nik_index=""),
                name="personcode_goes_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="personcode_expires_later"
            ),
        ]
        indexes = [
            # How often a phone has asked of late.
            models.Index(
                fields=["phone_index", "issued_at"],
                condition=~Q(phone_index=""),
                name="personcode_of_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"
