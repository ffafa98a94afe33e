"""Reminders: the plan as data, what each obligation was told, one digest per receiver."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contributions.models.sponsorships import Sponsorship
from donors.models import Programme
from notices.models import Message
from regions.models import Office
from workers.models import Worker


class Audience(models.TextChoices):
    DONOR = "donor", _("Donatur")
    WORKER = "worker", _("Pekerja")
    BRANCH = "branch", _("Cabang")
    OWNER = "owner", _("Pemilik program")


class About(models.TextChoices):
    """The day from which a step counts."""

    COVER = "cover", _("hari terakhir perlindungan")
    PRICE = "price", _("hari terakhir harga lama")
    PROGRAMME = "programme", _("hari terakhir program")
    WEEK = "week", _("hari Senin")


class ReminderStep(models.Model):
    """One step of the plan: who is told, so many days after (before: negative) which day.

    `months` is the period of payment for which it holds; 0 where periods say nothing.
    """

    audience = models.CharField(max_length=6, choices=Audience)
    about = models.CharField(max_length=9, choices=About)
    months = models.PositiveSmallIntegerField(default=0)
    days = models.SmallIntegerField()
    kind = models.CharField(max_length=40)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["audience", "about", "months", "days"], name="reminderstep_once"
            ),
            models.CheckConstraint(
                condition=Q(months__in=[0, 1, 2, 3, 6, 12]), name="reminderstep_months_offered"
            ),
            models.CheckConstraint(
                condition=Q(days__gte=-120, days__lte=120), name="reminderstep_days_near"
            ),
            # What no day of planning would ever reach is no step: a week has seven days, and
            # of a price only its end is foretold.
            models.CheckConstraint(
                condition=(~Q(about="week") | Q(days__gte=0, days__lte=6))
                & (~Q(about="price") | Q(days__lte=0)),
                name="reminderstep_can_be_said",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audience} {self.about} {self.months} D{self.days:+d}"


class ReminderDigest(models.Model):
    """What one receiver, a user or a worker, is told on one day, in one message.

    Its text is written when it is sent, from the facts of that minute. `said` is the
    fingerprint of those facts: where they change before the message has left, it is
    dropped and the digest waits again, one `revision` later.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("menunggu")
        SENT = "sent", _("dikirim")
        DROPPED = "dropped", _("tidak perlu lagi")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    worker = models.ForeignKey(
        Worker, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    day = models.DateField()
    # The first day whose reminders it speaks of: earlier where digests before it had waited.
    since = models.DateField()
    not_before = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    revision = models.PositiveSmallIntegerField(default=0)
    message = models.OneToOneField(
        Message, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    said = models.CharField(max_length=64, blank=True, default="")
    obligations = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day"],
                condition=Q(user__isnull=False),
                name="reminderdigest_one_a_day_per_user",
            ),
            models.UniqueConstraint(
                fields=["worker", "day"],
                condition=Q(worker__isnull=False),
                name="reminderdigest_one_a_day_per_worker",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True, worker__isnull=False)
                | Q(user__isnull=False, worker__isnull=True),
                name="reminderdigest_has_one_receiver",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", closed_at__isnull=True, message__isnull=True)
                | Q(state="dropped", closed_at__isnull=False, message__isnull=True)
                | Q(state="sent", closed_at__isnull=False, message__isnull=False),
                name="reminderdigest_closed_when",
            ),
        ]
        indexes = [
            # Every minute: what waits and is due.
            models.Index(
                fields=["not_before"], condition=Q(state="waiting"), name="reminderdigest_due"
            ),
            models.Index(fields=["day", "state"], name="reminderdigest_of_day"),
        ]

    def __str__(self) -> str:
        return f"digest {self.pk} of {self.day}"


class Reminder(models.Model):
    """One milestone of one obligation, planned once and so told once.

    The obligation is a sponsorship (its cover or its price), a programme, or a branch's
    week; `paid_until` is the day from which its milestones count, `days` of them.
    """

    class Channel(models.TextChoices):
        MESSAGE = "message", _("pesan")
        LETTER = "letter", _("surat tercetak")

    # The unique constraint begins with it; no index of its own.
    sponsorship = models.ForeignKey(
        Sponsorship,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    audience = models.CharField(max_length=6, choices=Audience)
    about = models.CharField(max_length=9, choices=About)
    paid_until = models.DateField()
    days = models.SmallIntegerField()
    channel = models.CharField(max_length=7, choices=Channel, default=Channel.MESSAGE)
    planned_on = models.DateField()
    made_at = models.DateTimeField()
    # When it was dealt with, and when the first receiver was told of it; not told where
    # nothing was left to say by then.
    closed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sponsorship", "paid_until", "audience", "about", "days", "channel"],
                condition=Q(sponsorship__isnull=False),
                name="reminder_once_per_sponsorship",
            ),
            models.UniqueConstraint(
                fields=["programme", "paid_until", "audience", "about", "days", "channel"],
                condition=Q(programme__isnull=False),
                name="reminder_once_per_programme",
            ),
            models.UniqueConstraint(
                fields=["office", "paid_until", "audience", "about", "days", "channel"],
                condition=Q(office__isnull=False),
                name="reminder_once_per_office",
            ),
            models.CheckConstraint(
                condition=Q(sponsorship__isnull=False, programme__isnull=True, office__isnull=True)
                | Q(sponsorship__isnull=True, programme__isnull=False, office__isnull=True)
                | Q(sponsorship__isnull=True, programme__isnull=True, office__isnull=False),
                name="reminder_of_one_obligation",
            ),
        ]
        indexes = [
            # What is planned and not yet dealt with.
            models.Index(
                fields=["planned_on"], condition=Q(closed_at__isnull=True), name="reminder_open"
            ),
        ]

    def __str__(self) -> str:
        return f"D{self.days:+d} of {self.about} {self.paid_until}"

    @property
    def milestone(self) -> str:
        """The step as people write it: D-7, D0, D+30."""
        return f"D{self.days:+d}" if self.days else "D0"


class StageRelease(models.Model):
    """A branch lets the workers of a programme with fixed dates or budget money be told of
    the end of their cover (P19). One holds per programme until it is taken back."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["programme"],
                condition=Q(ended_at__isnull=True),
                name="stagerelease_one_holds",
            ),
        ]

    def __str__(self) -> str:
        return f"release of programme {self.programme_id}"
