"""What belongs to the work at the desk: decisions in bulk, call-backs, check files."""

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
from workers.models.cases import Enrollment
from workers.models.registry import OfOfficeQuerySet


class BulkDecision(models.Model):
    """Many cases decided at once: an officer proposes, above a number a supervisor confirms.

    Its lines say before anything happens what will become of each case (the dry run),
    and afterwards what did. A clock job works confirmed ones off, case by case.
    """

    class Verb(models.TextChoices):
        APPROVE = "approve", _("Setujui")
        RETURN = "return", _("Kembalikan")
        REJECT = "reject", _("Tolak")

    class Status(models.TextChoices):
        PREVIEW = "preview", _("Belum dikirim")
        PROPOSED = "proposed", _("Menunggu penyelia")
        CONFIRMED = "confirmed", _("Sedang dijalankan")
        DONE = "done", _("Selesai")
        REFUSED = "refused", _("Ditolak penyelia")
        WITHDRAWN = "withdrawn", _("Ditarik")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=8, choices=Verb)
    reasons: Any = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=500, blank=True, default="")
    status = models.CharField(max_length=9, choices=Status, default=Status.PREVIEW)
    # Whether the number of cases asked for a second pair of eyes.
    needs_second = models.BooleanField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="bulk_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "done"])
                | Q(needs_second=False)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="bulk_confirmed_where_needed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["proposed_at"],
                condition=Q(status__in=["proposed", "confirmed"]),
                name="bulk_in_motion",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.pk}"


class BulkLine(models.Model):
    """One case of a bulk decision: what the dry run said, what became of it."""

    class Outcome(models.TextChoices):
        WAITING = "", _("menunggu")
        DONE = "done", _("diputuskan")
        SKIPPED = "skipped", _("dilewati")

    decision = models.ForeignKey(BulkDecision, on_delete=models.CASCADE, related_name="lines")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="+")
    # Empty: it will be decided. Else the code of what stands in the way.
    obstacle = models.CharField(max_length=30, blank=True, default="")
    outcome = models.CharField(max_length=7, choices=Outcome, blank=True, default=Outcome.WAITING)
    outcome_reason = models.CharField(max_length=30, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "enrollment"], name="bulkline_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.pk} of bulk decision {self.decision_id}"


class CallBack(models.Model):
    """A decision drawn at random that the supervisor checks by a telephone call (P7)."""

    class Outcome(models.TextChoices):
        WAITING = "", _("belum ditelepon")
        CONFIRMED = "confirmed", _("benar")
        UNREACHED = "unreached", _("tidak terhubung")
        PROBLEM = "problem", _("ada masalah")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    drawn_at = models.DateTimeField()
    due_on = models.DateField()
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, default=Outcome.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    called_at = models.DateTimeField(null=True, blank=True)
    note = SealedTextField(purpose="callback.note", blank=True, default="")

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(called_by__isnull=True) | ~Q(called_by=F("decided_by")),
                name="callback_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(called_by__isnull=False, called_at__isnull=False),
                name="callback_called_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "due_on"], condition=Q(outcome=""), name="callback_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"call-back of enrollment {self.enrollment_id}"


class CheckBatch(models.Model):
    """A file of cases for BPJS's core system or the civil registry, and its answer (P21).

    The file is sealed on disk, opens with a password of its own, and is gone after
    `expires_at`. Another person than its maker, a supervisor, lets it out (P8).
    """

    class Target(models.TextChoices):
        CORE = "core", _("Sistem inti BPJS Ketenagakerjaan")
        REGISTRY = "registry", _("Data kependudukan (Dukcapil)")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Menunggu penyelia")
        READY = "ready", _("Siap diambil")
        ANSWERED = "answered", _("Sudah dijawab")
        REFUSED = "refused", _("Ditolak penyelia")
        EXPIRED = "expired", _("Kedaluwarsa")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=8, choices=Target)
    purpose = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=Status, default=Status.PROPOSED)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    path = models.CharField(max_length=80, blank=True, default="")
    password = SealedTextField(purpose="checkbatch.password", blank=True, default="")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_sha256 = models.CharField(max_length=64, blank=True, default="")

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("made_by")),
                name="checkbatch_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ready", "answered"])
                | Q(released_by__isnull=False, released_at__isnull=False, expires_at__isnull=False),
                name="checkbatch_released_by_someone",
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="checkbatch_for_a_purpose"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number by which people name the file."""
        return f"B-{self.made_at:%y}{self.pk:05d}"


class CheckBatchLine(models.Model):
    """One case in a check file; the answer bears no personal data but the sealed KPJ.

    `answer` may hold `identity` (match, no_match, not_found), `member_until` (a date),
    `employee` (true or false), `dead` (true or false), `dead_on` (a date), and `sandbox`
    (true) where the built-in sandbox answered.
    """

    batch = models.ForeignKey(CheckBatch, on_delete=models.CASCADE, related_name="lines")
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="check_lines")
    # What names the line in the file, so that no NIK needs to come back.
    number = models.PositiveIntegerField()
    # What was asked: an answer about other data than the case bears now is a stale one.
    nik_index = models.CharField(max_length=64, blank=True, default="", editable=False)
    claim_index = models.CharField(max_length=64, blank=True, default="", editable=False)
    answer: Any = models.JSONField(default=dict, blank=True)
    kpj = SealedTextField(purpose="checkbatchline.kpj", blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    # While empty, the checks of the case wait to be made anew with the answer.
    followed_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="checkline_number_once"),
            models.UniqueConstraint(fields=["batch", "enrollment"], name="checkline_case_once"),
        ]
        indexes = [
            models.Index(fields=["enrollment", "-answered_at"], name="checkline_latest"),
            models.Index(
                fields=["answered_at"],
                condition=Q(answered_at__isnull=False, followed_up_at__isnull=True),
                name="checkline_to_follow_up",
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.number} of check file {self.batch_id}"


class CheckAnswer(models.Model):
    """A file of answers that came back, sealed on disk until its preview is confirmed.

    The same file twice is one row; nothing of it counts before `applied_at`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    batch = models.ForeignKey(CheckBatch, on_delete=models.CASCADE, related_name="answers")
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=80, blank=True, default="")
    is_sandbox = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    saved = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "sha256"], name="checkanswer_file_once"),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk} of check file {self.batch_id}"


class IdentityAnswer(models.Model):
    """What a connected civil registry said of one case when an officer asked it."""

    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="identity_answers"
    )
    source = models.CharField(max_length=30)
    nik_index = models.CharField(max_length=64, editable=False)
    claim_index = models.CharField(max_length=64, editable=False)
    identity = models.CharField(max_length=10)
    dead = models.BooleanField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(identity__in=["match", "no_match", "not_found"]),
                name="identityanswer_known_word",
            ),
        ]
        indexes = [
            models.Index(fields=["enrollment", "-answered_at"], name="identityanswer_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.source} on enrollment {self.enrollment_id}"
