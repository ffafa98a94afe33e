"""The sandbox provider's own books: what a real provider would keep on its side.

Nothing of the portal reads these tables except the sandbox itself; the portal learns
of a payment by webhook and status call, as with a real provider.
"""

from typing import Any

from django.db import models
from django.db.models import F, Q


class SandboxCharge(models.Model):
    """A charge as the provider knows it (statuses of domain reference 6.2).

    `paid_amount` is what the payer sent, which may differ from `gross_amount`.
    `deny_at` is when the bank will take a settled charge back, if it will.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        SETTLEMENT = "settlement"
        DENY = "deny"
        EXPIRE = "expire"
        CANCEL = "cancel"
        REFUND = "refund"
        PARTIAL = "partial_refund"

    class Way(models.TextChoices):
        QRIS = "qris"
        VA = "bank_transfer"

    order_id = models.CharField(max_length=50, unique=True)
    transaction_id = models.UUIDField(unique=True)
    gross_amount = models.BigIntegerField(help_text="rupiah asked")
    paid_amount = models.BigIntegerField(null=True, blank=True, help_text="rupiah sent")
    refunded = models.BigIntegerField(default=0, help_text="rupiah sent back")
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    payment_type = models.CharField(max_length=20, choices=Way, blank=True, default="")
    va_bank = models.CharField(max_length=20, blank=True, default="")
    va_number = models.CharField(max_length=30, null=True, blank=True, unique=True)
    qris = models.TextField(blank=True, default="")
    return_url = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    deny_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "settlement",
                        "deny",
                        "expire",
                        "cancel",
                        "refund",
                        "partial_refund",
                    ]
                ),
                name="sandboxcharge_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["settlement", "deny", "refund", "partial_refund"])
                | Q(settled_at__isnull=False, paid_amount__gt=0),
                name="sandboxcharge_settled_when",
            ),
            models.CheckConstraint(
                condition=Q(deny_at__isnull=True) | Q(deny_at__gt=F("settled_at")),
                name="sandboxcharge_denied_after_settlement",
            ),
            models.CheckConstraint(
                condition=Q(status="refund", refunded=F("paid_amount"))
                | Q(status="partial_refund", refunded__gt=0, refunded__lt=F("paid_amount"))
                | ~Q(status__in=["refund", "partial_refund"]) & Q(refunded=0),
                name="sandboxcharge_refunded_as_it_says",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(status="pending"), name="sandboxcharge_expiring"
            ),
            models.Index(
                fields=["deny_at"],
                condition=Q(status="settlement", deny_at__isnull=False),
                name="sandboxcharge_to_deny",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id


class SandboxRefund(models.Model):
    """Money that the sandbox sent back to the payer, once for each key that it was given."""

    charge = models.ForeignKey(SandboxCharge, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=100, unique=True)
    amount = models.BigIntegerField(help_text="rupiah")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="sandboxrefund_above_0"),
        ]

    def __str__(self) -> str:
        return self.key


class SandboxDelivery(models.Model):
    """A webhook that the sandbox provider owes the portal, retried by the answer it gets."""

    charge = models.ForeignKey(SandboxCharge, on_delete=models.PROTECT, related_name="deliveries")
    body: Any = models.JSONField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_answer = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(given_up_at__isnull=True),
                name="sandboxdelivery_one_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(delivered_at__isnull=True, given_up_at__isnull=True),
                name="sandboxdelivery_due",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
