"""Reports of an accident or a death (P3, P4), and the branch's word on them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from bricks.scoped import scoped
from regions.models import Office
from workers.models.cases import Worker
from workers.models.registry import OfOfficeQuerySet


class IncidentReport(models.Model):
    """Somebody reports that a worker had an accident or died. Anyone may.

    `worker` is set at once where the NIK told is the registry's, else by the branch.
    While a report of a death is open or confirmed, nothing is asked or taken for the
    worker; cover facts stay as they are. No health data: what happened is not asked.
    """

    class Kind(models.TextChoices):
        ACCIDENT = "accident", _("Kecelakaan kerja")
        DEATH = "death", _("Meninggal")

    class Status(models.TextChoices):
        OPEN = "open", _("Diperiksa cabang")
        CONFIRMED = "confirmed", _("Benar")
        REFUTED = "refuted", _("Tidak benar")

    class Relation(models.TextChoices):
        FAMILY = "family", _("Keluarga")
        DONOR = "donor", _("Donatur")
        COLLEAGUE = "colleague", _("Teman kerja atau tetangga")
        VILLAGE = "village", _("Perangkat desa, RT, atau RW")
        OTHER = "other", _("Lainnya")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    # As told by who reports; either may be empty.
    nik = SealedTextField(purpose="report.nik", blank=True, default="")
    nik_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    name = SealedTextField(purpose="report.name")
    village = models.ForeignKey("regions.Area", on_delete=models.PROTECT, related_name="+")
    happened_on = models.DateField()
    reporter_name = SealedTextField(purpose="report.reporter_name")
    reporter_phone = SealedTextField(purpose="report.reporter_phone")
    reporter_relation = models.CharField(max_length=9, choices=Relation)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reported_at = models.DateTimeField()
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    matched_at = models.DateTimeField(null=True, blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ruled_at = models.DateTimeField(null=True, blank=True)
    note = SealedTextField(purpose="report.note", blank=True, default="")
    # When the sponsorship floor has drawn the consequence of the ruling.
    followed_up_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", ruled_by__isnull=True, ruled_at__isnull=True)
                | ~Q(status="open") & Q(ruled_by__isnull=False, ruled_at__isnull=False),
                name="report_ruled_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(worker__isnull=False),
                name="report_confirmed_of_a_worker",
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "reported_at"],
                condition=Q(status="open"),
                name="report_to_rule",
            ),
            models.Index(fields=["worker", "kind", "status"], name="report_of_worker"),
            models.Index(
                fields=["ruled_at"],
                condition=Q(ruled_at__isnull=False, followed_up_at__isnull=True),
                name="report_to_follow_up",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number that the reporter and the branch tell each other."""
        return f"L-{self.reported_at:%y}{self.pk:06d}"
