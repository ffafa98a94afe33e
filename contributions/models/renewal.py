"""A run of the renewal: its stages, its plan, its chunks, and what could not be renewed."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.scoped import scoped
from contributions.models.money import CreditUse
from contributions.models.sponsorships import Sponsorship
from donors.models import Donor, Programme
from payments.models import Invoice
from workers.models import Enrollment


class RenewalRun(models.Model):
    """One run of the renewal. Its row says how far it is, so that any process goes on.

    A night run is the clock's, one a day; the others are asked for by people and by what
    withdraws invoices. `reached` is the last donor, in order of id, whose lines are cut
    into chunks.
    """

    class Kind(models.TextChoices):
        NIGHT = "night", _("tiap malam")
        AGAIN = "again", _("diulang")

    class Stage(models.IntegerChoices):
        SPLIT = 1, _("membagi pekerjaan")
        WORK = 2, _("memperpanjang dan menagih")
        TELL = 3, _("memberi tahu donatur")
        CLOSE = 4, _("menutup yang sudah beres")
        DONE = 5, _("selesai")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=5, choices=Kind)
    today = models.DateField(help_text="the day for which it asks what is due")
    stage = models.PositiveSmallIntegerField(choices=Stage, default=Stage.SPLIT)
    reached = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # Empty until it is done; then the chunks' counts added up.
    counts: Any = models.JSONField(default=dict, blank=True)
    # Always 1, so that the database knows "only one of them".
    single = models.PositiveSmallIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["single"],
                condition=Q(finished_at__isnull=True),
                name="renewalrun_one_is_open",
            ),
            models.UniqueConstraint(
                fields=["today"], condition=Q(kind="night"), name="renewalrun_one_a_night"
            ),
            models.CheckConstraint(
                condition=Q(stage=5, finished_at__isnull=False)
                | Q(stage__lt=5, finished_at__isnull=True),
                name="renewalrun_done_is_finished",
            ),
        ]
        indexes = [models.Index(fields=["-started_at"], name="renewalrun_latest")]

    def __str__(self) -> str:
        return f"renewal run {self.pk} of {self.today}"


class Reason(models.TextChoices):
    """Why a sponsorship that is due cannot be renewed."""

    NONE = "", ""
    BOUGHT_BY_OTHER = "other_payer", _("bulannya sudah dibayar donatur lain")
    DIED = "died", _("pekerja meninggal")
    DEATH_REPORTED = "reported", _("dilaporkan meninggal; cabang memeriksa")
    EMPLOYEE = "employee", _("pekerja menjadi penerima upah")
    LEFT = "left", _("pekerja tidak mau lagi")
    FROZEN = "frozen", _("berkas dibekukan; cabang memeriksa")
    FUND_DRY = "fund_dry", _("pagu program tidak cukup")
    TARIFF_MISSING = "no_tariff", _("tarif bulannya belum ada")
    INCONSISTENT = "conflict", _("datanya bertentangan; perlu dilihat orang")
    FAILED = "failed", _("gagal diproses; perlu dilihat orang")


class RenewalChunk(models.Model):
    """What one transaction of a run works off: what is due of a range of donors, both ends
    inclusive.

    A donor is split only where he has more lines than fit on one invoice, or where the
    database refuses his chunk; then each programme stands alone, and a part of one is what
    comes after one place in the order of (end of cover, sponsorship), up to another,
    inclusive. Parts that are `in_order` wait for those before them. Who works at a chunk
    holds the row's lock; a process that dies lets go of it with its transaction. Its donors
    are told in other transactions, a few at a time.
    """

    run = models.ForeignKey(RenewalRun, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    # About: when it was cut.
    lines = models.PositiveIntegerField()
    first_donor = models.BigIntegerField()
    last_donor = models.BigIntegerField()
    programme_id = models.BigIntegerField(null=True, blank=True)
    after_end = models.DateField()
    after_sponsorship = models.BigIntegerField()
    until_end = models.DateField()
    until_sponsorship = models.BigIntegerField()
    in_order = models.BooleanField(default=False)
    # Of one in order: whether money, or the ceiling's room, ended in it.
    is_money_short = models.BooleanField(default=False)
    is_room_short = models.BooleanField(default=False)
    # The database refused its one line: it becomes an outcome.
    is_refused = models.BooleanField(default=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The last donor, in order of id, who was told of it; and when all were.
    told_to = models.BigIntegerField(default=0)
    told_at = models.DateTimeField(null=True, blank=True)
    counts: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="renewalchunk_once"),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(finished_at__isnull=False),
                name="renewalchunk_told_of_what_is_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"chunk {self.number} of renewal run {self.run_id}"


class RenewalAsk(models.Model):
    """What a chunk asked of a donor by an invoice, or bought for him with his money, of
    which the run tells him in one message."""

    run = models.ForeignKey(RenewalRun, on_delete=models.CASCADE, related_name="asks")
    chunk = models.PositiveIntegerField()
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    # Of an invoice, and of money from a programme's fund.
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    use = models.OneToOneField(
        CreditUse, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    workers = models.PositiveIntegerField()
    amount = models.BigIntegerField(help_text="rupiah")
    # Of the workers who cost more than before: each change, and how many have it.
    dearer: Any = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, use__isnull=True)
                | Q(invoice__isnull=True, use__isnull=False),
                name="renewalask_invoice_or_use",
            ),
        ]
        indexes = [models.Index(fields=["run", "donor"], name="renewalask_to_tell")]

    def __str__(self) -> str:
        return f"ask {self.pk} of renewal run {self.run_id}"


class RenewalOutcomeQuerySet(models.QuerySet["RenewalOutcome"]):
    """Filters of outcomes."""

    def visible_to(self, user: Any) -> RenewalOutcomeQuerySet:
        """Those of sponsorships whose enrollment the user may see."""
        cases = Enrollment.everything.visible_to_staff_or_donor(user)
        return self.filter(sponsorship__enrollment__in=cases.values("pk"))


class RenewalOutcome(models.Model):
    """Why a sponsorship that is due is not renewed, for a person to act on.

    One open row per sponsorship: it is kept up by each run, and closed by the first that
    finds the obligation (cover after `paid_until`) met or no longer due.
    """

    Reason = Reason

    sponsorship = models.ForeignKey(Sponsorship, on_delete=models.PROTECT, related_name="+")
    paid_until = models.DateField()
    reason = models.CharField(max_length=11, choices=Reason)
    # The run that saw it last.
    run = models.ForeignKey(RenewalRun, on_delete=models.PROTECT, related_name="+")
    first_seen = models.DateField()
    last_seen = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(RenewalOutcomeQuerySet)()
    objects = scoped(RenewalOutcomeQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sponsorship"],
                condition=Q(closed_at__isnull=True),
                name="renewaloutcome_one_is_open",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & Q(last_seen__gte=F("first_seen")),
                name="renewaloutcome_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["reason", "first_seen"],
                condition=Q(closed_at__isnull=True),
                name="renewaloutcome_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} of sponsorship {self.sponsorship_id}"
