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
from donors.models import Donor, Funding, Programme
from payments.models import Invoice
from workers.models import Enrollment, Sector


class RenewalRun(models.Model):
    """One run of the renewal. Its row says how far it is, so that any process goes on.

    A night run is the clock's, one a day; the others are asked for by people and by what
    withdraws invoices. `reached` is the last sponsorship or donor, in order of id, with
    which the present stage has dealt.
    """

    class Kind(models.TextChoices):
        NIGHT = "night", _("tiap malam")
        AGAIN = "again", _("diulang")

    class Stage(models.IntegerChoices):
        GATHER = 1, _("mencari yang jatuh tempo")
        DRAW = 2, _("menghitung saldo dan pagu")
        SPLIT = 3, _("membagi pekerjaan")
        WORK = 4, _("memperpanjang dan menagih")
        TELL = 5, _("memberi tahu donatur")
        CLOSE = 6, _("menutup yang sudah beres")
        DONE = 7, _("selesai")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=5, choices=Kind)
    today = models.DateField(help_text="the day for which it asks what is due")
    stage = models.PositiveSmallIntegerField(choices=Stage, default=Stage.GATHER)
    reached = models.BigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # Empty until it is done; then the chunks' counts added up.
    counts: Any = models.JSONField(default=dict, blank=True)
    # When its plan was deleted: the lines, not the outcomes.
    plan_gone_at = models.DateTimeField(null=True, blank=True)
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
                condition=Q(stage=7, finished_at__isnull=False)
                | Q(stage__lt=7, finished_at__isnull=True),
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
    CHANGED = "changed", _("berubah saat diproses; dicoba lagi")
    FAILED = "failed", _("gagal diproses; perlu dilihat orang")


class RenewalPrice(models.Model):
    """What a period costs in a run: the tariff-months of its months added up, so that a
    line of the plan joins one row instead of twelve."""

    run = models.ForeignKey(
        RenewalRun,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    bracket = models.PositiveSmallIntegerField()
    sector = models.CharField(max_length=10, choices=Sector)
    funding = models.CharField(max_length=8, choices=Funding)
    jht = models.BooleanField()
    first_month = models.DateField()
    months = models.PositiveSmallIntegerField()
    price = models.BigIntegerField(help_text="rupiah")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "first_month", "months", "bracket", "sector", "funding", "jht"],
                name="renewalprice_once",
            ),
        ]

    def __str__(self) -> str:
        return f"price {self.pk} of renewal run {self.run_id}"


class RenewalLine(models.Model):
    """The plan of a run: one sponsorship that is due, and how it is met.

    A real, narrow table with plain ids: millions of rows are written and deleted. The
    only index besides the key serves the chunks, which are ranges of it.
    """

    class How(models.TextChoices):
        INVOICE = "invoice", _("ditagihkan")
        DRAW = "draw", _("dibayar dari saldo")
        REFUSED = "refused", _("tidak bisa diperpanjang")

    run = models.ForeignKey(
        RenewalRun,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    sponsorship = models.ForeignKey(
        Sponsorship,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    worker_id = models.BigIntegerField()
    donor_id = models.BigIntegerField()
    programme_id = models.BigIntegerField()
    # Money of a public budget comes from the fund of its programme, other from the credit.
    budget = models.BooleanField()
    paid_until = models.DateField()
    # The run that the months continue, or begin, and how many months of it come before.
    run_start = models.DateField()
    run_months = models.PositiveSmallIntegerField()
    first_month = models.DateField()
    months = models.PositiveSmallIntegerField()
    price = models.BigIntegerField(help_text="rupiah, for all its months")
    how = models.CharField(max_length=7, choices=How)
    reason = models.CharField(max_length=11, choices=Reason, blank=True, default=Reason.NONE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "donor_id", "sponsorship"], name="renewalline_once"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.pk} of renewal run {self.run_id}"


class RenewalChunk(models.Model):
    """What one transaction of a run works off: the lines of a range of donors.

    Both ends are inclusive, in order of (donor, sponsorship). A donor is split only where
    he has more lines than fit on one invoice, or where the database refuses his chunk; then
    each programme stands alone. Who works at it holds the row's lock; a process that dies
    lets go of it with its transaction. Its donors are told in other transactions, a few at
    a time.
    """

    run = models.ForeignKey(RenewalRun, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    first_donor = models.BigIntegerField()
    first_sponsorship = models.BigIntegerField()
    last_donor = models.BigIntegerField()
    last_sponsorship = models.BigIntegerField()
    programme_id = models.BigIntegerField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
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
