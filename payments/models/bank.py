"""The operator's bank accounts and what their statements say (P37)."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from bricks.scoped import scoped
from payments.models.invoices import Invoice, Payment
from payments.models.ledger import Posting
from payments.models.scopes import of_treasury
from regions.models import Office


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    """Filters of bank accounts."""

    def visible_to(self, user: Any) -> BankAccountQuerySet:
        """Those of a treasurer's offices; all for head office."""
        if not user.is_authenticated:
            return self.none()
        return self if user.is_head_office else self.filter(of_treasury(user))


class BankAccount(models.Model):
    """An account of the operator to which donors transfer and providers pay out.

    `columns` is how its bank's CSV is read, remembered from the last import. Donors are
    sent there once a second person has confirmed it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    bank = models.CharField(max_length=40)
    number = models.CharField(max_length=30)
    holder = models.CharField(max_length=120)
    columns: Any = models.JSONField(default=dict, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    # Nobody where it was opened before there had to be two.
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(BankAccountQuerySet)()
    objects = scoped(BankAccountQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "number"], name="bankaccount_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | Q(opened_by__isnull=False, confirmed_at__isnull=False)
                & ~Q(confirmed_by=F("opened_by")),
                name="bankaccount_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank} {self.number}"


class BankStatement(models.Model):
    """One statement file, read whole: opening + lines = closing, to the rupiah."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="statements")
    # SHA-256 of the file: the same file twice is one statement.
    digest = models.CharField(max_length=64)
    format = models.CharField(max_length=6)
    first_day = models.DateField()
    last_day = models.DateField()
    opening = models.BigIntegerField(help_text="rupiah")
    closing = models.BigIntegerField(help_text="rupiah")
    lines = models.PositiveIntegerField()
    # Lines that an earlier statement of an overlapping period had brought already.
    known_lines = models.PositiveIntegerField(default=0)
    # Why days are missing between this statement and its neighbour.
    gap_reason = models.CharField(max_length=300, blank=True, default="")
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="bankstatement_once"),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="bankstatement_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"statement {self.pk}"


class BankLine(models.Model):
    """One line of a statement. `amount` is above 0; `side` says in or out.

    `fingerprint` is a keyed hash of what the bank says of it, `nth` which of equal lines of
    one day it is: overlapping statements bring the same line once. Money that comes in is
    posted to suspense at once; being matched takes it from there.
    """

    class Side(models.TextChoices):
        IN = "in", _("masuk")
        OUT = "out", _("keluar")

    class Status(models.TextChoices):
        OPEN = "open", _("belum dicocokkan")
        PART = "part", _("dicocokkan sebagian")
        DONE = "done", _("selesai")

    class Meaning(models.TextChoices):
        UNKNOWN = "", _("belum dikenali")
        TRANSFER = "transfer", _("transfer donatur")
        PAYOUT = "payout", _("pencairan penyedia")
        REFUND = "refund", _("pengembalian")
        CHARGE = "charge", _("biaya bank")
        PASSED = "passed", _("pembayaran iuran ke BPJS Ketenagakerjaan")
        RETURNED = "returned", _("dikembalikan ke pengirim")
        BRIDGE = "bridge", _("masuk dana talangan")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    statement = models.ForeignKey(
        BankStatement, on_delete=models.PROTECT, related_name="bank_lines"
    )
    booked_on = models.DateField()
    side = models.CharField(max_length=3, choices=Side)
    amount = models.BigIntegerField(help_text="rupiah")
    # Names and numbers of strangers stand in it.
    description = SealedTextField(purpose="bankline.description")
    reference = models.CharField(max_length=80, blank=True, default="")
    fingerprint = models.CharField(max_length=64)
    nth = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=4, choices=Status, default=Status.OPEN)
    meaning = models.CharField(max_length=8, choices=Meaning, blank=True, default="")
    # Rupiah of it that found their place.
    allocated = models.BigIntegerField(default=0)
    posting = models.ForeignKey(
        Posting, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The line of money in that this line of money out gave back to its sender.
    returns = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="returned_by"
    )
    note = models.CharField(max_length=200, blank=True, default="")
    # Money goes back to its sender by two people: `returns` is proposed until it is done.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "fingerprint", "nth"], name="bankline_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, allocated__gte=0, allocated__lte=F("amount")),
                name="bankline_allocated_within_it",
            ),
            models.CheckConstraint(
                condition=Q(status="open", allocated=0)
                | Q(status="part", allocated__gt=0, allocated__lt=F("amount"))
                | Q(status="done", allocated=F("amount")),
                name="bankline_status_agrees",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | Q(proposed_by__isnull=False) & ~Q(confirmed_by=F("proposed_by")),
                name="bankline_two_people",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "booked_on"],
                condition=~Q(status="done"),
                name="bankline_to_match",
            ),
        ]

    def __str__(self) -> str:
        return f"bank line {self.pk}"


class BankMatch(models.Model):
    """Part of a bank line, or all of it, and the payment that it became."""

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="matches")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField(help_text="rupiah")
    # Nobody where amount and code agreed by themselves.
    matched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    matched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="bankmatch_amount_above_0"),
        ]

    def __str__(self) -> str:
        return f"match {self.pk}"


class Payout(models.Model):
    """A provider's report of one net lump that it paid out: net = gross - fees - refunds (P36)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    gateway = models.CharField(max_length=12)
    reference = models.CharField(max_length=80)
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    paid_on = models.DateField()
    gross = models.BigIntegerField(help_text="rupiah")
    fees = models.BigIntegerField(help_text="rupiah")
    # Sent back to payers, and taken off the lump.
    refunds = models.BigIntegerField(default=0, help_text="rupiah")
    net = models.BigIntegerField(help_text="rupiah")
    posting = models.OneToOneField(
        Posting, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The bank's line that brought the lump.
    line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, null=True, blank=True, related_name="payout"
    )
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="payout_once"),
            models.CheckConstraint(
                condition=Q(
                    fees__gte=0,
                    refunds__gte=0,
                    net__gt=0,
                    gross=F("net") + F("fees") + F("refunds"),
                ),
                name="payout_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"payout {self.reference}"


class PayoutLine(models.Model):
    """One payment in a payout, with the fee that the provider kept of it; or, with `gross`
    below zero, the deduction of one refund that it had sent to a payer."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="lines")
    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="payout_line"
    )
    refund = models.OneToOneField(
        "payments.Refund",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payout_line",
    )
    order_id = models.CharField(max_length=50)
    gross = models.BigIntegerField(help_text="rupiah")
    fee = models.BigIntegerField(help_text="rupiah")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payout", "order_id"],
                condition=Q(refund__isnull=True),
                name="payoutline_once",
            ),
            models.CheckConstraint(
                condition=Q(refund__isnull=True, gross__gt=0, fee__gte=0, fee__lt=F("gross"))
                | Q(refund__isnull=False, payment__isnull=True, gross__lt=0, fee__gte=0),
                name="payoutline_sound",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id
