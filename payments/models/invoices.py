"""What is asked and what came in. What an invoice buys is known one floor up."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.clock import jakarta_date
from bricks.fields import SealedTextField
from bricks.scoped import scoped
from donors.models import Donor
from payments.models.scopes import of_treasury
from regions.models import Office


class Series(models.Model):
    """A series of numbers without gaps, such as the invoices of one year."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


def _of_own_donor(user: Any) -> Q:
    mine = Donor.everything.filter(members__user=user, members__left_at__isnull=True)
    return Q(donor__in=mine.values("pk"))


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Filters of invoices."""

    def visible_to(self, user: Any) -> InvoiceQuerySet:
        """Invoices of the user's own donors; of a treasurer's offices; all for head office."""
        if not user.is_authenticated:
            return self.none()
        if user.is_head_office:
            return self
        return self.filter(_of_own_donor(user) | of_treasury(user))


class Invoice(models.Model):
    """What a donor is asked to pay. Its lines are the contribution rows above.

    `total` is whole rupiah and never changes; a changed demand is a new invoice.
    `expires_at` is the first instant at which it can no longer be paid.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Belum dibayar")
        PAID = "paid", _("Lunas")
        EXPIRED = "expired", _("Kedaluwarsa")
        VOID = "void", _("Dibatalkan")

    class Purpose(models.TextChoices):
        NEW = "new", _("Perlindungan baru")
        RENEWAL = "renewal", _("Perpanjangan")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Given in the last step of the transaction that issues it (services.invoices).
    number = models.CharField(max_length=20, blank=True, default="")
    # Whose treasurer looks after its money: the branch of its workers.
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.NEW)
    total = models.BigIntegerField(help_text="rupiah")
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    issued_at = models.DateTimeField()
    # The day by which the payer is asked to pay, inclusive; it can be paid until `expires_at`.
    due_on = models.DateField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(InvoiceQuerySet)()
    objects = scoped(InvoiceQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="invoice_number_once"
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="invoice_total_above_0"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="invoice_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True)
                | (~Q(status="open") & Q(closed_at__isnull=False)),
                name="invoice_closed_when",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status="open"), name="invoice_open"),
            models.Index(fields=["donor", "-issued_at"], name="invoice_of_donor"),
            models.Index(fields=["office", "-issued_at"], name="invoice_of_office"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def last_day_to_pay(self) -> date:
        """The last business day (Asia/Jakarta) on which it can still be paid, inclusive."""
        return jakarta_date(self.expires_at - timedelta(microseconds=1))


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Filters of payments."""

    def visible_to(self, user: Any) -> PaymentQuerySet:
        """Payments of the invoices that the user may see."""
        if not user.is_authenticated:
            return self.none()
        invoices = InvoiceQuerySet(Invoice).visible_to(user)
        return self.filter(invoice__in=invoices.values("pk"))


class Payment(models.Model):
    """One attempt to pay an invoice through one gateway.

    NEW until the gateway has opened its charge, then PENDING; an invoice has at most
    one of either. `settled_at` is the provider's time, not our arrival time.
    `followed_up_at` is the marker by which the contributions floor claims a settled
    payment, and `reversal_followed_up_at` a reversed one.
    """

    class Status(models.TextChoices):
        NEW = "new", _("Disiapkan")
        PENDING = "pending", _("Menunggu pembayaran")
        SETTLED = "settled", _("Diterima")
        FAILED = "failed", _("Gagal")
        REVERSED = "reversed", _("Dibatalkan bank")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=12)
    # By which way it was opened (payments.channels); `channel` is what the provider says.
    way = models.CharField(max_length=20, blank=True, default="")
    order_id = models.CharField(max_length=50, unique=True)
    amount = models.BigIntegerField(help_text="rupiah asked, with the fee")
    fee = models.BigIntegerField(default=0, help_text="rupiah of it that the payer pays as fee")
    # Who opened it, signed in; nobody where a stranger pays by a pay link (P38).
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received = models.BigIntegerField(null=True, blank=True, help_text="rupiah that came in")
    status = models.CharField(max_length=8, choices=Status, default=Status.NEW)
    channel = models.CharField(max_length=20, blank=True, default="")
    provider_reference = models.CharField(max_length=80, blank=True, default="")
    qris = models.TextField(blank=True, default="")
    va_bank = models.CharField(max_length=20, blank=True, default="")
    va_number = models.CharField(max_length=30, blank=True, default="")
    pay_page_url = models.CharField(max_length=300, blank=True, default="")
    receipt_number = models.CharField(max_length=20, null=True, blank=True, unique=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    # When it was first known to be settled or failed; `reversed_at` when taken back.
    closed_at = models.DateTimeField(null=True, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)
    next_poll_at = models.DateTimeField(null=True, blank=True)
    polls = models.PositiveSmallIntegerField(default=0)
    followed_up_at = models.DateTimeField(null=True, blank=True)
    reversal_followed_up_at = models.DateTimeField(null=True, blank=True)

    everything = models.Manager.from_queryset(PaymentQuerySet)()
    objects = scoped(PaymentQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(status__in=["new", "pending"]),
                name="payment_one_open_per_invoice",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_above_0"),
            models.CheckConstraint(
                condition=Q(fee__gte=0, fee__lt=F("amount")), name="payment_fee_is_a_part"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["settled", "reversed"])
                | Q(settled_at__isnull=False, received__gt=0, receipt_number__isnull=False),
                name="payment_settled_has_time_and_amount",
            ),
            models.CheckConstraint(
                condition=Q(status="reversed", reversed_at__isnull=False)
                | (~Q(status="reversed") & Q(reversed_at__isnull=True)),
                name="payment_reversed_when",
            ),
            models.CheckConstraint(
                condition=Q(followed_up_at__isnull=True) | Q(settled_at__isnull=False),
                name="payment_followed_up_after_settlement",
            ),
            models.CheckConstraint(
                condition=Q(reversal_followed_up_at__isnull=True) | Q(status="reversed"),
                name="payment_reversal_followed_up_after_it",
            ),
        ]
        indexes = [
            models.Index(
                fields=["settled_at"],
                condition=Q(status="settled", followed_up_at__isnull=True),
                name="payment_to_allocate",
            ),
            models.Index(
                fields=["next_poll_at"],
                condition=Q(next_poll_at__isnull=False),
                name="payment_to_poll",
            ),
            models.Index(
                fields=["reversed_at"],
                condition=Q(status="reversed"),
                name="payment_reversed",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id

    @property
    def fee_taken(self) -> int:
        """What of the money received is fee, in rupiah: never all of it."""
        return min(self.fee, max((self.received or 0) - 1, 0))

    @property
    def net(self) -> int:
        """What of the money received pays for months, in rupiah."""
        return (self.received or 0) - self.fee_taken


class ProviderEvent(models.Model):
    """A webhook as it came in, verified and kept raw under a unique key.

    A job acts on it once. `state` is what it claims; what is true, the job asks the
    provider. `next_try_at` is a lease as well: a job that takes the event moves it on.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("belum diolah")
        APPLIED = "applied", _("diterapkan")
        IGNORED = "ignored", _("tidak mengubah apa pun")
        UNKNOWN_ORDER = "unknown_order", _("pesanan tidak dikenal")
        FOR_A_PERSON = "for_a_person", _("perlu diperiksa petugas")

    gateway = models.CharField(max_length=12)
    key = models.CharField(max_length=128)
    order_id = models.CharField(max_length=50, db_index=True)
    state = models.CharField(max_length=10)
    body = SealedTextField(purpose="providerevent.body")
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=14, choices=Outcome, default=Outcome.WAITING)
    note = models.CharField(max_length=200, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    #: What the provider said when last asked: `state`, rupiah `amount` and `refunded`, `asked_at`.
    answer: Any = models.JSONField(default=dict, blank=True)
    # A person's ruling on what no rule covers.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "key"], name="providerevent_once"),
            models.CheckConstraint(
                condition=Q(outcome="waiting", processed_at__isnull=True)
                | (~Q(outcome="waiting") & Q(processed_at__isnull=False)),
                name="providerevent_processed_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(outcome="waiting"), name="providerevent_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} event {self.pk}"
