"""The promise of one donor to pay one worker's contributions."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.scoped import scoped
from donors.models import Donor, Funding
from payments.models import Payment, Posting
from workers.models import Enrollment, Sector, Worker, WorkerEvent


class SponsorshipQuerySet(models.QuerySet["Sponsorship"]):
    """Filters of sponsorships."""

    def visible_to(self, user: Any) -> SponsorshipQuerySet:
        """Those whose enrollment the user may see."""
        cases = Enrollment.everything.visible_to_staff_or_donor(user)
        return self.filter(enrollment__in=cases.values("pk"))


class Sponsorship(models.Model):
    """One donor, one worker, one period that renews until it is stopped.

    `run_start` is the first day of the present unbroken run; month k of it covers
    `period_of(run_start, k)`, and `run_months` of them are bought. `paid_until` is
    the last day of the last bought month (paid, sent or accepted), inclusive.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Menunggu giliran")
        AWAITING_PAYMENT = "awaiting_payment", _("Menunggu pembayaran")
        ACTIVE = "active", _("Berjalan")
        LAPSED = "lapsed", _("Putus")
        ENDED = "ended", _("Berakhir")

    class EndReason(models.TextChoices):
        NONE = "", ""
        STOPPED = "stopped", _("dihentikan donatur")
        FINISHED = "finished", _("masanya selesai")
        UNPAID = "unpaid", _("tidak dibayar sampai persetujuan kedaluwarsa")
        ARREARS = "arrears", _("tunggakan lebih dari tiga bulan")
        REVERSED = "reversed", _("pembayaran dibatalkan bank")
        REJECTED = "rejected", _("ditolak BPJS Ketenagakerjaan")
        DIED = "died", _("pekerja meninggal")
        EMPLOYEE = "employee", _("pekerja menjadi penerima upah")
        LEFT = "left", _("pekerja tidak mau lagi")
        ANNULLED = "annulled", _("persetujuan cabang dicabut")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="+")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    # `sponsorship_of_donor` begins with it.
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+", db_index=False)
    programme = models.ForeignKey("donors.Programme", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Status)
    months = models.PositiveSmallIntegerField(help_text="period of a payment, in months")
    bracket = models.PositiveSmallIntegerField()
    jht = models.BooleanField(default=False)
    sector = models.CharField(max_length=10, choices=Sector)
    funding = models.CharField(max_length=8, choices=Funding)
    renews = models.BooleanField(default=True)
    # The donor's wish that it goes on until the end of a later period and stops then: the
    # last day to be covered, inclusive. Empty: it goes on, or was stopped (`stopped_at`).
    stops_on = models.DateField(null=True, blank=True)
    run_start = models.DateField(null=True, blank=True)
    run_months = models.PositiveSmallIntegerField(default=0)
    paid_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(
        max_length=10, choices=EndReason, blank=True, default=EndReason.NONE
    )
    # The event of the worker's life that ended it, so that its revocation finds it again.
    ended_by = models.ForeignKey(
        WorkerEvent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    # Set when its facts contradict each other: the clock leaves it to a person.
    parked_at = models.DateTimeField(null=True, blank=True)
    parked_reason = models.CharField(max_length=100, blank=True, default="")

    everything = models.Manager.from_queryset(SponsorshipQuerySet)()
    objects = scoped(SponsorshipQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker"],
                condition=Q(status="active", renews=True),
                name="sponsorship_one_renews_per_worker",
            ),
            models.CheckConstraint(
                condition=~Q(status="active")
                | Q(run_start__isnull=False, paid_until__isnull=False, run_months__gt=0),
                name="sponsorship_active_has_a_run",
            ),
            models.CheckConstraint(
                condition=Q(paid_until__isnull=True) | Q(paid_until__gte=F("run_start")),
                name="sponsorship_run_in_order",
            ),
            models.CheckConstraint(
                condition=Q(stops_on__isnull=True)
                | Q(run_start__isnull=False, stops_on__gt=F("run_start")),
                name="sponsorship_stops_within_a_run",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["lapsed", "ended"], ended_at__isnull=False)
                & ~Q(end_reason="")
                | ~Q(status__in=["lapsed", "ended"]) & Q(ended_at__isnull=True, end_reason=""),
                name="sponsorship_ends_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(months__in=[1, 2, 3, 6, 12]), name="sponsorship_months_offered"
            ),
        ]
        indexes = [
            # The clock: which active sponsorships come to their end.
            models.Index(
                fields=["paid_until"], condition=Q(status="active"), name="sponsorship_ending"
            ),
            # Every night: whether anything is due at all.
            models.Index(
                fields=["months", "paid_until"],
                condition=Q(status="active", renews=True, parked_at__isnull=True),
                name="sponsorship_renewing",
            ),
            # Lists of cover that has ended: whom somebody may still take up.
            models.Index(
                fields=["paid_until"],
                condition=Q(status__in=["lapsed", "ended"]),
                name="sponsorship_ended_lately",
            ),
            # Every minute: which ones wait for their invoice.
            models.Index(
                fields=["enrollment"],
                condition=Q(status__in=["awaiting_payment", "proposed"]),
                name="sponsorship_unpaid",
            ),
            models.Index(fields=["donor", "status"], name="sponsorship_of_donor"),
            models.Index(
                fields=["ended_by"],
                condition=Q(ended_by__isnull=False),
                name="sponsorship_of_event",
            ),
            # What a person decides: the books name it.
            models.Index(
                fields=["parked_at"],
                condition=Q(parked_at__isnull=False),
                name="sponsorship_parked",
            ),
        ]

    def __str__(self) -> str:
        return f"sponsorship {self.pk}"


class Allocation(models.Model):
    """What one settled payment bought: written once, in the transaction that bought it.

    `lines` says the same per worker, in order of position: a list of
    `{"sponsorship": id, "outcome": code, "months": n, "amount": rupiah}`, where the
    outcome is one of `LINE_OUTCOMES`.
    """

    #: Bought whole, in part, nothing left for it, month taken, paid twice, not admitted,
    #: withheld while the branch looks (`contributions.gate`).
    LINE_OUTCOMES = ("bought", "part", "short", "taken", "double", "refused", "held")

    class Reason(models.TextChoices):
        FULL = "full", _("sesuai tagihan")
        TOO_MUCH = "too_much", _("lebih dari tagihan")
        TOO_LITTLE = "too_little", _("kurang dari tagihan")
        LATE = "late", _("dibayar setelah tagihan berakhir")
        DOUBLE = "double", _("tagihan sudah dibayar")
        TAKEN = "taken", _("bulan sudah dibayar donatur lain")
        REFUSED = "refused", _("perlindungan baru tidak boleh dimulai lagi")
        HELD = "held", _("cabang sedang memeriksa seorang pekerja")

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="+")
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="+")
    bought = models.BigIntegerField(help_text="rupiah that became months")
    credited = models.BigIntegerField(help_text="rupiah that became the donor's credit")
    months = models.PositiveIntegerField(help_text="worker-months bought")
    reason = models.CharField(max_length=10, choices=Reason)
    lines: Any = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField()
    # When what was paid too much has bought the next months, as far as it goes.
    followed_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(bought__gte=0, credited__gte=0), name="allocation_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=Q(reason="too_much", followed_up_at__isnull=True),
                name="allocation_to_spend",
            ),
        ]

    def __str__(self) -> str:
        return f"allocation of payment {self.payment_id}"
