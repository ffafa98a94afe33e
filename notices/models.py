"""What goes out: the outbox, the portal's own mailbox, and the log of clock jobs."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField


class Message(models.Model):
    """One message in the outbox. The row is the queue: a job claims it, then sends.

    `dedupe_key` says what the message is about (obligation, milestone, channel), so
    that no retry sends it twice. Nothing personal stands in it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("menunggu")
        CLAIMED = "claimed", _("sedang dikirim")
        SENT = "sent", _("terkirim")
        DROPPED = "dropped", _("tidak perlu lagi")
        FAILED = "failed", _("gagal")

    class Channel(models.TextChoices):
        MAILBOX = "mailbox", _("kotak surat portal")
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("SMS")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dedupe_key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    address = SealedTextField(purpose="message.address")
    # Of a phone: the index by which users and workers are found by theirs.
    address_index = models.CharField(max_length=64, blank=True, default="", editable=False)
    language = models.CharField(max_length=5, default="id")
    subject = models.CharField(max_length=200)
    body = SealedTextField(purpose="message.body")
    # What an answer by one digit is about, in the words of the floor that asks.
    asks = models.CharField(max_length=60, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="message_sent_when"
            ),
        ]
        indexes = [
            # The sender asks for what waits and is due, oldest first.
            models.Index(fields=["not_before"], condition=Q(status="waiting"), name="message_due"),
            # What else is on its way to a phone, and what it was told last.
            models.Index(
                fields=["address_index", "-created_at"],
                condition=~Q(address_index=""),
                name="message_to_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Letter(models.Model):
    """A message that arrived in the portal's own mailbox, the default where no
    provider is set: it says so, and the demo shows it on a page."""

    received_at = models.DateTimeField()
    address = SealedTextField(purpose="letter.address")
    address_index = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    body = SealedTextField(purpose="letter.body")

    class Meta:
        indexes = [models.Index(fields=["-received_at"], name="letter_newest")]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class Reply(models.Model):
    """A message that somebody sent to the portal from a phone, kept as the provider told it.

    The row is the queue: a job of the floor that asked claims it (`taken_at`).
    """

    provider = models.CharField(max_length=10)
    # The provider's own name of the message: delivered twice, it is kept once.
    provider_id = models.CharField(max_length=200)
    raw = SealedTextField(purpose="reply.raw")
    phone = SealedTextField(purpose="reply.phone", blank=True, default="")
    # Empty where the sender's number is none of an Indonesian mobile phone.
    phone_index = models.CharField(max_length=64, blank=True, default="")
    text = SealedTextField(purpose="reply.text", blank=True, default="")
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_id"], name="reply_kept_once"),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True, outcome="")
                | Q(taken_at__isnull=False) & ~Q(outcome=""),
                name="reply_taken_with_an_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], condition=Q(taken_at__isnull=True), name="reply_to_take"
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk}"


class JobRun(models.Model):
    """One run of a clock job: when, for which day, how it ended, what it counted."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("sedang berjalan")
        DONE = "done", _("selesai")
        FAILED = "failed", _("gagal")

    job = models.CharField(max_length=60)
    today = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.RUNNING)
    counts: Any = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")),
                name="jobrun_ends_after_it_began",
            ),
        ]
        indexes = [models.Index(fields=["job", "-started_at"], name="jobrun_latest")]

    def __str__(self) -> str:
        return f"{self.job} {self.today}"
