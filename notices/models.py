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
        WHATSAPP = "whatsapp", _("WhatsApp")

    class Fault(models.TextChoices):
        """Why a message never arrives. The last two are head office's to mend."""

        ADDRESS = "address", _("alamat atau nomor tidak ada")
        NO_WHATSAPP = "no_whatsapp", _("nomor tidak memakai WhatsApp")
        REFUSED = "refused", _("penerima menolak pesan")
        GAVE_UP = "gave_up", _("penyedia tidak menerima pesan")
        TEMPLATE = "template", _("templat WhatsApp belum disetujui")
        ACCOUNT = "account", _("akun penyedia ditolak")

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
    # Of a kind that people may switch off: it yields to the others, and keeps quiet hours.
    optional = models.BooleanField(default=False)
    utc_offset = models.SmallIntegerField(default=7)
    # What the provider tells of it afterwards, under its own name of it.
    provider_id = models.CharField(max_length=200, blank=True, default="")
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=12, choices=Fault, blank=True, default="")
    # A person has seen that it did not arrive, and has acted.
    handled_at = models.DateTimeField(null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="message_sent_when"
            ),
            models.CheckConstraint(
                condition=Q(utc_offset__in=[7, 8, 9]), name="message_utc_offset_known"
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(delivered_at__isnull=False),
                name="message_read_was_delivered",
            ),
            models.CheckConstraint(
                condition=Q(fault="") | Q(status="failed", failed_at__isnull=False),
                name="message_fault_of_a_failed_one",
            ),
            models.CheckConstraint(
                condition=Q(handled_at__isnull=True, handled_by__isnull=True)
                | Q(handled_at__isnull=False, handled_by__isnull=False, status="failed"),
                name="message_handled_by_whom",
            ),
            models.UniqueConstraint(
                fields=["provider_id"],
                condition=~Q(provider_id=""),
                name="message_one_per_provider_id",
            ),
        ]
        indexes = [
            # The sender asks for what waits and is due, what nobody may switch off first.
            models.Index(
                fields=["optional", "not_before"], condition=Q(status="waiting"), name="message_due"
            ),
            # How many of the optional ones a receiver was sent today.
            models.Index(
                fields=["user", "claimed_at"],
                condition=Q(optional=True, claimed_at__isnull=False, user__isnull=False),
                name="message_of_user_today",
            ),
            models.Index(
                fields=["address_index", "claimed_at"],
                condition=Q(optional=True, claimed_at__isnull=False) & ~Q(address_index=""),
                name="message_of_phone_today",
            ),
            models.Index(
                fields=["-failed_at"],
                condition=Q(failed_at__isnull=False),
                name="message_failed",
            ),
            # When a channel last took something.
            models.Index(
                fields=["channel", "-sent_at"],
                condition=Q(sent_at__isnull=False),
                name="message_last_success",
            ),
            # What else is on its way to a phone, and what it was told last.
            models.Index(
                fields=["address_index", "-created_at"],
                condition=~Q(address_index=""),
                name="message_to_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def about(self) -> str:
        """Say what it was about: its subject, or the words of its kind."""
        return self.subject or str(settings.NOTICE_WORDS.get(self.kind, _("Pesan singkat")))


class Refusal(models.Model):
    """Somebody wants no more messages of a group of kinds, or, with an empty group, of any
    optional kind. Who has an account is known by it, who has none by the phone's index."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    phone_index = models.CharField(max_length=64, blank=True, default="", editable=False)
    group = models.CharField(max_length=20, blank=True, default="")
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, phone_index="")
                | Q(user__isnull=True) & ~Q(phone_index=""),
                name="refusal_of_a_user_or_a_phone",
            ),
            models.UniqueConstraint(
                fields=["user", "group"],
                condition=Q(user__isnull=False),
                name="refusal_once_by_user",
            ),
            models.UniqueConstraint(
                fields=["phone_index", "group"],
                condition=~Q(phone_index=""),
                name="refusal_once_by_phone",
            ),
        ]

    def __str__(self) -> str:
        return f"refusal {self.pk}"


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
