"""The sandbox provider's own books: what a real provider would keep on its side.

Nothing of the portal reads these tables except the sandbox itself; the portal learns
of a payment by webhook and status call, as with a real provider.
"""

from typing import Any

from django.db import models
from django.db.models import Q


class SandboxCharge(models.Model):
    """A charge as the provider knows it (statuses of domain reference 6.2)."""

    order_id = models.CharField(max_length=50, unique=True)
    transaction_id = models.UUIDField(unique=True)
    gross_amount = models.BigIntegerField()
    status = models.CharField(max_length=20, default="pending")
    va_bank = models.CharField(max_length=20)
    va_number = models.CharField(max_length=30, unique=True)
    qris = models.TextField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="settlement") | Q(settled_at__isnull=False),
                name="sandboxcharge_settled_when",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id


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
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(delivered_at__isnull=True, given_up_at__isnull=True),
                name="sandboxdelivery_due",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
