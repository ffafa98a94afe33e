"""What becomes of money besides a payment's months: credit spent, prices corrected, months
that come late, reversals that a person rules on, and the proof that the books are right."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contributions.models.cover import Contribution
from contributions.models.sponsorships import Sponsorship
from donors.models import Donor, Programme
from payments.models import Payment, Posting
from regions.models import Office


class CreditUse(models.Model):
    """Months bought with a donor's credit, or a programme's fund, and why: written once.

    `lines` is a list of `{"sponsorship": id, "months": n, "amount": rupiah}`.
    """

    class Reason(models.TextChoices):
        OVERPAID = "overpaid", _("kelebihan bayar menjadi bulan berikutnya")
        CORRECTED = "corrected", _("tarif diperbaiki, kelebihannya menjadi bulan berikutnya")
        RENEWAL = "renewal", _("saldo dipakai untuk perpanjangan")
        REVIVED = "revived", _("cabang menghidupkan kembali perlindungan")

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=9, choices=Reason)
    months = models.PositiveIntegerField(help_text="worker-months bought")
    amount = models.BigIntegerField(help_text="rupiah")
    lines: Any = models.JSONField(default=list)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, months__gt=0), name="credituse_bought_something"
            ),
        ]
        indexes = [models.Index(fields=["donor", "-made_at"], name="credituse_of_donor")]

    def __str__(self) -> str:
        return f"credit use {self.pk}"


class TariffChange(models.Model):
    """What head office changed in the tariffs: which rows, from what to what, and why.

    `rows` is a list of `{"table": "tariff" | "relief", "before": {..} | null, "after": {..}}`.
    A job then follows up: bought months that became cheaper yield credit, open invoices
    are asked anew. `effect` counts what that did.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rows: Any = models.JSONField()
    legal_basis = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    followed_up_at = models.DateTimeField(null=True, blank=True)
    effect: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=Q(followed_up_at__isnull=True),
                name="tariffchange_to_follow",
            ),
        ]

    def __str__(self) -> str:
        return f"tariff change {self.pk}"


class PriceCorrection(models.Model):
    """A bought month that a later correction of the tariff made cheaper by `amount` rupiah.

    The contribution row never changes; the difference went from payable to credit.
    """

    contribution = models.ForeignKey(
        Contribution, on_delete=models.PROTECT, related_name="corrections"
    )
    change = models.ForeignKey(TariffChange, on_delete=models.PROTECT, related_name="corrections")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField(help_text="rupiah")
    made_at = models.DateTimeField()
    # When it has bought the next months, as far as it goes.
    followed_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contribution", "change"], name="pricecorrection_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="pricecorrection_above_0"),
        ]
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=Q(followed_up_at__isnull=True),
                name="pricecorrection_to_spend",
            ),
        ]

    def __str__(self) -> str:
        return f"price correction {self.pk}"


class LateMoney(models.Model):
    """Money that came for a worker whose sponsorship was over: the branch decides.

    Until then it stands in the donor's credit and buys nothing by itself.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("menunggu cabang")
        REVIVED = "revived", _("dihidupkan kembali")
        CREDITED = "credited", _("tetap menjadi saldo")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    sponsorship = models.ForeignKey(Sponsorship, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    amount = models.BigIntegerField(help_text="rupiah")
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "sponsorship"], name="latemoney_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="latemoney_above_0"),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_at__isnull=True)
                | ~Q(status="waiting") & Q(decided_at__isnull=False, decided_by__isnull=False),
                name="latemoney_decided_by_whom",
            ),
        ]
        indexes = [
            models.Index(
                fields=["office", "made_at"],
                condition=Q(status="waiting"),
                name="latemoney_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"late money {self.pk}"


class ReversalRuling(models.Model):
    """A person's word on what the clock leaves to people, and a second person's consent.

    About a parked sponsorship and the reversed payment that bought its months; about a
    payment alone where its credit was spent before the bank took it back; about a
    sponsorship alone whose worker ended with months accepted ahead.

    KEPT: the months stay, and the operator bears the `amount` that the bank took back.
    UNDONE: BPJS has cancelled them, so cover and money go back.
    """

    class Outcome(models.TextChoices):
        KEPT = "kept", _("bulan tetap berlaku")
        UNDONE = "undone", _("bulan dibatalkan di BPJS Ketenagakerjaan")

    sponsorship = models.ForeignKey(
        Sponsorship, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=6, choices=Outcome)
    amount = models.BigIntegerField(help_text="rupiah that it is about")
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sponsorship", "payment"],
                condition=Q(withdrawn_at__isnull=True, confirmed_at__isnull=True),
                name="reversalruling_once",
            ),
            # A key that is empty is equal to nothing, so these two say it for themselves.
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(
                    withdrawn_at__isnull=True, confirmed_at__isnull=True, sponsorship__isnull=True
                ),
                name="reversalruling_once_per_payment",
            ),
            models.UniqueConstraint(
                fields=["sponsorship"],
                condition=Q(
                    withdrawn_at__isnull=True, confirmed_at__isnull=True, payment__isnull=True
                ),
                name="reversalruling_one_open_ahead",
            ),
            models.CheckConstraint(
                condition=Q(sponsorship__isnull=False) | Q(payment__isnull=False),
                name="reversalruling_about_something",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False)
                & ~Q(confirmed_by=F("proposed_by")),
                name="reversalruling_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"ruling {self.pk}"


class BooksCheck(models.Model):
    """One proof of the books: where the money was, and what contradicted a rule.

    `identity` bears the parts of P35 in rupiah; `findings` is a list of
    `{"kind", "sentence", "count", "is_grave"}`.
    """

    class Occasion(models.TextChoices):
        NIGHT = "night", _("malam hari")
        RENEWAL = "renewal", _("setelah perpanjangan")
        HAND = "hand", _("diminta")

    made_at = models.DateTimeField(db_index=True)
    occasion = models.CharField(max_length=8, choices=Occasion)
    identity: Any = models.JSONField()
    findings: Any = models.JSONField(default=list)
    grave = models.PositiveIntegerField(default=0)
    took_ms = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"check of {self.made_at:%Y-%m-%d %H:%M}"


class CertificateBatch(models.Model):
    """Certificates of many workers in one file, made by a job; `done` of `total` are drawn."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    sponsorships: Any = models.JSONField(default=list)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    # Sealed on disk (workers.services.sealed_files); gone after `expires_at`.
    file = models.CharField(max_length=100, blank=True, default="")
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gt=0, done__lte=F("total")), name="certificatebatch_progress"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(finished_at__isnull=True),
                name="certificatebatch_to_make",
            ),
        ]

    def __str__(self) -> str:
        return f"certificates {self.pk}"


class CertificatePart(models.Model):
    """One file of certificates that is drawn, while the batch is not: a job that was killed
    goes on after it. The rows go when the batch is finished."""

    batch = models.ForeignKey(CertificateBatch, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    certificates = models.PositiveIntegerField(help_text="pages; 0 where nobody was paid for")
    file = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="certificatepart_once"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of certificates {self.batch_id}"
