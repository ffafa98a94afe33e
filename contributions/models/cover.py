"""The core object, worker x month, and what follows from it: cover and remittance."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from bricks.scoped import scoped
from contributions.models.sponsorships import Sponsorship
from payments.models import Invoice, Posting
from payments.models.scopes import of_treasury
from regions.models import Office
from workers.models import Enrollment, Worker

BOUGHT = ["paid", "sent", "accepted"]
LIVE = ["promised", *BOUGHT]


class RemittanceQuerySet(models.QuerySet["Remittance"]):
    """Filters of remittances."""

    def visible_to(self, user: Any) -> RemittanceQuerySet:
        """Those of a treasurer's offices; all for head office."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_head_office else self.filter(of_treasury(user))


class Remittance(models.Model):
    """A branch's paid months, handed to BPJS's core system on a business day."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # By which people name it: the day, the branch, and which one of them it is.
    number = models.CharField(max_length=60, blank=True, default="")
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    day = models.DateField()
    made_at = models.DateTimeField()
    lines = models.PositiveIntegerField()
    total = models.BigIntegerField(help_text="rupiah")
    core = models.CharField(max_length=12)
    # Given by the core when it has taken the file; empty while it could not be reached.
    core_reference = models.CharField(max_length=60, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(RemittanceQuerySet)()
    objects = scoped(RemittanceQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lines__gt=0, total__gt=0), name="remittance_not_empty"
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="remittance_number_once"
            ),
        ]
        indexes = [
            models.Index(fields=["office", "-day"], name="remittance_of_office"),
        ]

    def __str__(self) -> str:
        return f"remittance {self.pk}"


class RemittanceFile(models.Model):
    """The file of a remittance that a person takes to BPJS (`core.files`).

    A workbook with NIKs, locked with a password of its own and sealed on disk. It is gone
    after `expires_at`, which counts from the day on which it was handed over.
    """

    remittance = models.OneToOneField(Remittance, on_delete=models.PROTECT, related_name="file")
    path = models.CharField(max_length=100, blank=True, default="")
    sha256 = models.CharField(max_length=64, help_text="of the locked workbook")
    password = SealedTextField(purpose="remittancefile.password", blank=True, default="")
    made_at = models.DateTimeField()
    handed_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    handed_over_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    handed_over_at__isnull=True,
                    handed_over_by__isnull=True,
                    expires_at__isnull=True,
                )
                | Q(
                    handed_over_at__isnull=False,
                    handed_over_by__isnull=False,
                    expires_at__isnull=False,
                ),
                name="remittancefile_handed_over_by_whom",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=~Q(path=""), name="remittancefile_on_disk"
            ),
        ]

    def __str__(self) -> str:
        return f"file of remittance {self.remittance_id}"


class AnswerFile(models.Model):
    """BPJS's acceptance file of a remittance as a person brought it in, once per content.

    Sealed on disk until it is applied, which goes line by line in chunks: `accepted` and
    `rejected` count what it has done, and `applied_at` says that it is done with.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="answers")
    digest = models.CharField(max_length=64)
    path = models.CharField(max_length=100, blank=True, default="")
    lines = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    # Lines that told nothing new: answered before, or not of this file.
    known = models.PositiveIntegerField(default=0)
    # Lines that nobody could use, and lines that contradict an earlier answer.
    faulty = models.PositiveIntegerField(default=0)
    disputed = models.PositiveIntegerField(default=0)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["remittance", "digest"], name="answerfile_once"),
        ]

    def __str__(self) -> str:
        return f"answers {self.pk}"


class SandboxCoreFile(models.Model):
    """A file that the sandbox core has received: BPJS's side, which it answers later."""

    reference = models.CharField(max_length=60, unique=True)
    content = SealedTextField(purpose="sandboxcore.content")
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference


class ContributionQuerySet(models.QuerySet["Contribution"]):
    """Filters of contributions."""

    def visible_to(self, user: Any) -> ContributionQuerySet:
        """Those of sponsorships whose enrollment the user may see."""
        cases = Enrollment.everything.visible_to_staff_or_donor(user)
        return self.filter(sponsorship__enrollment__in=cases.values("pk"))


class Contribution(models.Model):
    """One worker x one contribution month, with the price copied in when promised.

    `covered_from` and `covered_until` (both inclusive) are set when it is bought. No
    worker's month is bought twice, whoever pays: the database says so.
    """

    class Status(models.TextChoices):
        PROMISED = "promised", _("ditagihkan")
        PAID = "paid", _("sudah dibayar, menunggu pengesahan")
        SENT = "sent", _("sudah disetor, menunggu pengesahan")
        ACCEPTED = "accepted", _("disahkan BPJS Ketenagakerjaan")
        RELEASED = "released", _("dilepas")
        REJECTED = "rejected", _("ditolak BPJS Ketenagakerjaan")
        REVERSED = "reversed", _("dibatalkan")

    # Millions of rows a night: each index below serves a question, and none stands twice.
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+", db_index=False)
    sponsorship = models.ForeignKey(
        Sponsorship, on_delete=models.PROTECT, related_name="contributions"
    )
    month = models.DateField()
    status = models.CharField(max_length=8, choices=Status)
    bracket = models.PositiveSmallIntegerField()
    jkk = models.BigIntegerField()
    jkm = models.BigIntegerField()
    jht = models.BigIntegerField(default=0)
    amount = models.GeneratedField(
        expression=F("jkk") + F("jkm") + F("jht"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    legal_basis = models.CharField(max_length=120)
    covered_from = models.DateField(null=True, blank=True)
    covered_until = models.DateField(null=True, blank=True)
    # The first month of new cover starts at the settlement, to the minute (P2).
    starts_at = models.DateTimeField(null=True, blank=True)
    invoice = models.ForeignKey(
        Invoice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    posting = models.ForeignKey(
        Posting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    remittance = models.ForeignKey(
        Remittance,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contributions",
        db_index=False,
    )
    paid_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    core_receipt = models.CharField(max_length=40, blank=True, default="")
    core_reason = models.CharField(max_length=200, blank=True, default="")

    everything = models.Manager.from_queryset(ContributionQuerySet)()
    objects = scoped(ContributionQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["worker", "month"],
                condition=Q(status__in=BOUGHT),
                name="contribution_month_bought_once",
            ),
            models.UniqueConstraint(
                fields=["sponsorship", "month"],
                condition=Q(status__in=LIVE),
                name="contribution_month_live_once_per_sponsorship",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="contribution_is_a_month"),
            models.CheckConstraint(
                condition=Q(jkk__gte=0, jkm__gte=0, jht__gte=0), name="contribution_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=BOUGHT)
                | Q(
                    paid_at__isnull=False,
                    posting__isnull=False,
                    covered_from__isnull=False,
                    covered_until__gte=F("covered_from"),
                ),
                name="contribution_bought_with_money_and_dates",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sent", "accepted"])
                | Q(remittance__isnull=False, sent_at__isnull=False),
                name="contribution_sent_in_a_remittance",
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(accepted_at__isnull=False),
                name="contribution_accepted_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["paid_at"], condition=Q(status="paid"), name="contribution_to_remit"
            ),
            models.Index(
                fields=["invoice"],
                condition=Q(invoice__isnull=False),
                name="contribution_of_invoice",
            ),
            models.Index(
                fields=["posting"],
                condition=Q(posting__isnull=False),
                name="contribution_of_posting",
            ),
            models.Index(
                fields=["remittance"],
                condition=Q(remittance__isnull=False),
                name="contribution_of_remittance",
            ),
            # Every night, of each that is due: whether it was asked for already.
            models.Index(
                fields=["sponsorship"],
                condition=Q(status="promised"),
                name="contribution_promised",
            ),
            models.Index(
                fields=["sent_at"], condition=Q(status="sent"), name="contribution_unanswered"
            ),
            models.Index(fields=["worker", "covered_from"], name="contribution_of_worker"),
        ]

    def __str__(self) -> str:
        return f"contribution {self.pk}"


class AcceptanceNote(models.Model):
    """What a person made of a month that BPJS accepted after its money had gone back."""

    contribution = models.OneToOneField(Contribution, on_delete=models.PROTECT, related_name="note")
    note = models.CharField(max_length=300)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note on contribution {self.contribution_id}"


class Coverage(models.Model):
    """The unbroken spans in which a worker is protected: accepted months, joined.

    Kept in the transaction that accepts or undoes months, and rebuildable from them.
    Both days are inclusive; `starts_at` is the minute of the first payment.
    """

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
    covered_from = models.DateField()
    covered_until = models.DateField(db_index=True)
    starts_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "covered_from"], name="coverage_span_once"),
            models.CheckConstraint(
                condition=Q(covered_until__gte=F("covered_from")), name="coverage_in_order"
            ),
        ]
        indexes = [
            models.Index(fields=["worker", "-covered_until"], name="coverage_latest"),
        ]

    def __str__(self) -> str:
        return f"coverage {self.pk}"
