"""The core object, worker x month, and what follows from it: cover and remittance."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from bricks.scoped import scoped
from contributions.models.sponsorships import Sponsorship
from payments.models import Invoice, Posting
from workers.models import Enrollment, Worker

BOUGHT = ["paid", "sent", "accepted"]
LIVE = ["promised", *BOUGHT]


class Remittance(models.Model):
    """A batch of paid months handed to BPJS's core system on a business day."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    day = models.DateField()
    made_at = models.DateTimeField()
    lines = models.PositiveIntegerField()
    total = models.BigIntegerField(help_text="rupiah")
    core = models.CharField(max_length=12)
    # Given by the core when it has taken the file; empty while it could not be reached.
    core_reference = models.CharField(max_length=60, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lines__gt=0, total__gt=0), name="remittance_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"remittance {self.pk}"


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

    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="+")
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
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    posting = models.ForeignKey(
        Posting, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    remittance = models.ForeignKey(
        Remittance, on_delete=models.PROTECT, null=True, blank=True, related_name="contributions"
    )
    paid_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    core_receipt = models.CharField(max_length=40, blank=True, default="")
    core_reason = models.CharField(max_length=40, blank=True, default="")

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
            models.Index(fields=["invoice"], name="contribution_of_invoice"),
            models.Index(
                fields=["sent_at"], condition=Q(status="sent"), name="contribution_unanswered"
            ),
            models.Index(
                fields=["worker", "covered_from"],
                condition=Q(status__in=BOUGHT),
                name="contribution_of_worker",
            ),
        ]

    def __str__(self) -> str:
        return f"contribution {self.pk}"


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
