"""The bridge fund (P39): head office's opening, the money in it, and whom it helped."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.scoped import scoped
from contributions.models.cover import Contribution
from contributions.models.sponsorships import Sponsorship
from donors.models import Programme
from payments.models import BankLine, Posting
from regions.models import Office
from workers.models import Worker
from workers.models.registry import OfOfficeQuerySet


class BridgeFund(models.Model):
    """One opening of the fund, from its proposal to its end; at most one is not over.

    Off by default: without a row whose `opened_at` is set and `closed_at` is not, nothing is
    granted. One person of head office proposes it with the legal basis, another opens it.
    The money is no row's own: it stands in the one ledger account of the kind `bridge`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    legal_basis = models.TextField(max_length=1000)
    document_number = models.CharField(max_length=80)
    document_date = models.DateField()
    # Who answers for it, and under which its months stand: made when it is opened.
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.ExpressionWrapper(Q(closed_at__isnull=True), models.BooleanField()),
                condition=Q(closed_at__isnull=True),
                name="bridgefund_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(legal_basis="") & ~Q(document_number=""),
                name="bridgefund_has_a_legal_basis",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, opened_by__isnull=True, programme__isnull=True)
                | Q(opened_at__isnull=False, opened_by__isnull=False, programme__isnull=False)
                & ~Q(opened_by=F("proposed_by")),
                name="bridgefund_two_people",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, close_reason="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(close_reason=""),
                name="bridgefund_closed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"bridge fund {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether months are granted of it."""
        return self.opened_at is not None and self.closed_at is None


class BridgeReceipt(models.Model):
    """Money of one bank line that a treasurer booked into the fund, with who gave it and why.

    `taken_back` rupiah of it went out of the fund again: they stand in the line anew, and go
    back to their sender in the bank's own way.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField(help_text="rupiah")
    taken_back = models.BigIntegerField(default=0, help_text="rupiah")
    source = models.CharField(max_length=200)
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="+")
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, taken_back__gte=0, taken_back__lte=F("amount"))
                & ~Q(source=""),
                name="bridgereceipt_within_it",
            ),
        ]

    def __str__(self) -> str:
        return f"bridge receipt {self.pk}"


class BridgeGrant(models.Model):
    """One month that the fund paid for a worker: at most one per worker and calendar year.

    Never his debt: nobody is asked for it again. `loses_on` is the day, as it was then, on
    which the wait for the full JKM would have begun anew.
    """

    fund = models.ForeignKey(BridgeFund, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    # The sponsorship behind whose last paid day the month stands.
    former = models.ForeignKey(Sponsorship, on_delete=models.PROTECT, related_name="+")
    contribution = models.OneToOneField(Contribution, on_delete=models.PROTECT, related_name="+")
    loses_on = models.DateField()
    granted_at = models.DateTimeField()

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "year"], name="bridgegrant_once_a_year"),
        ]
        indexes = [models.Index(fields=["office", "-granted_at"], name="bridgegrant_list")]

    def __str__(self) -> str:
        return f"bridge grant {self.pk}"


class BridgeOutcome(models.Model):
    """Why the fund did not help a worker who would lose his cover, for a person to act on.

    One open row per worker, kept up by each run, and closed by the first that helps him or
    no longer finds him near the end.
    """

    class Reason(models.TextChoices):
        HAD_ONE = "had_one", _("sudah dibantu tahun ini")
        HELD = "held", _("meninggal, berhenti, atau menjadi penerima upah")
        REPORTED = "reported", _("ada laporan; cabang memeriksa")
        FROZEN = "frozen", _("berkas dibekukan; cabang memeriksa")
        PARKED = "parked", _("datanya bertentangan; perlu dilihat orang")
        STAGE = "stage", _("menunggu tahap program; cabang belum melepas")
        TOO_OLD = "too_old", _("sudah 65 tahun dan perlindungannya terputus")
        MONTH_TAKEN = "taken", _("bulan itu sudah dibayar")
        NO_TARIFF = "no_tariff", _("tarif bulannya belum ada")
        FUND_DRY = "fund_dry", _("dana tidak cukup")

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    former = models.ForeignKey(Sponsorship, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=9, choices=Reason)
    loses_on = models.DateField()
    first_seen = models.DateField()
    last_seen = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(OfOfficeQuerySet)()
    objects = scoped(OfOfficeQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"],
                condition=Q(closed_at__isnull=True),
                name="bridgeoutcome_one_is_open",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & Q(last_seen__gte=F("first_seen")),
                name="bridgeoutcome_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "loses_on"],
                condition=Q(closed_at__isnull=True),
                name="bridgeoutcome_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} of worker {self.worker_id}"
