"""What belongs to a case: consent and its proof, the worker's link, checks, the thread."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from workers.models.cases import Enrollment


class Consent(models.Model):
    """The worker's own consent (UU 27/2022 art. 22, 24): which text, how, who recorded it."""

    class Channel(models.TextChoices):
        FORM = "form", _("Formulir bertanda tangan")
        LINK = "link", _("Pekerja sendiri lewat tautan")
        PAGE = "page", _("Pekerja sendiri di halamannya")
        MESSAGE = "message", _("Pekerja sendiri lewat pesan")
        BRANCH = "branch", _("Dicatat cabang")
        PUBLIC_TASK = "public_task", _("Tugas pemerintah daerah")

    class How(models.TextChoices):
        """How the branch heard it from the worker himself."""

        CAME = "came", _("Pekerja datang ke cabang")
        CALLED = "called", _("Pekerja ditelepon")
        VISITED = "visited", _("Petugas berkunjung")

    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="consent")
    text_version = models.CharField(max_length=20)
    channel = models.CharField(max_length=12, choices=Channel)
    how = models.CharField(max_length=8, choices=How, blank=True, default="")
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=["link", "page", "message"]) | Q(recorded_by__isnull=False),
                name="consent_recorded_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"consent of enrollment {self.enrollment_id}"


class Evidence(models.Model):
    """A file that proves something in a case. It is sealed on disk and served only
    through an access check; its name on disk tells nothing."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="evidence")
    content_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField(help_text="bytes of the plain content")
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=80, unique=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(content_type__in=["image/jpeg", "image/png", "application/pdf"]),
                name="evidence_type_allowed",
            ),
        ]

    def __str__(self) -> str:
        return f"evidence {self.pk}"


class WorkerLink(models.Model):
    """The link that a donor sends, on which the worker enters his data and agrees (P12).

    Only the hash of its token is kept.
    """

    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="link")
    token_hash = models.CharField(max_length=64, unique=True)
    token = SealedTextField(purpose="workerlink.token")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="workerlink_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"link of enrollment {self.enrollment_id}"


class Check(models.Model):
    """One check made before a person looks: what was asked and what came out."""

    class Outcome(models.TextChoices):
        OK = "ok", _("Sesuai")
        NOTE = "note", _("Perlu dilihat")
        STOP = "stop", _("Tidak boleh disetujui")
        # Neither good nor bad: a source that was not asked, or a fact to know.
        INFO = "info", _("Keterangan")

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=30)
    outcome = models.CharField(max_length=4, choices=Outcome)
    detail: Any = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "kind"], name="check_once_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of enrollment {self.enrollment_id}"


class EnrollmentEvent(models.Model):
    """The thread of a case: what happened, when, by whom."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=30)
    note = models.CharField(max_length=500, blank=True, default="")
    reasons: Any = models.JSONField(default=dict, blank=True)
    # The decision on many cases of which this step was a part.
    bulk = models.ForeignKey(
        "workers.BulkDecision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["enrollment", "at"], name="enrollmentevent_thread")]

    def __str__(self) -> str:
        return f"{self.kind} of enrollment {self.enrollment_id}"
