"""The ledger: a posting is one or more transfers, each from one account to another.

Zero-sum by construction. Triggers refuse UPDATE, DELETE and TRUNCATE of postings and
transfers on both engines (`payments/triggers.py`); a correction is an opposite posting.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from donors.models import Donor, Programme


class Account(models.Model):
    """A place where money can be, from the portal's point of view."""

    class Kind(models.TextChoices):
        CLEARING = "clearing", _("Uang pada penyedia pembayaran")
        HOLDING = "holding", _("Diterima, belum dialokasikan")
        CREDIT = "credit", _("Saldo donatur")
        FUND = "fund", _("Dana program")
        PAYABLE = "payable", _("Iuran yang harus disetor")
        REMITTED = "remitted", _("Iuran yang sudah disahkan")
        REFUNDS = "refunds", _("Pengembalian")
        FEES = "fees", _("Biaya")

    #: Kinds that belong to one donor (or programme), keep a balance row and never fall below 0.
    KEPT = (Kind.HOLDING, Kind.CREDIT, Kind.FUND)

    kind = models.CharField(max_length=10, choices=Kind)
    donor = models.ForeignKey(
        Donor, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(donor__isnull=True, programme__isnull=True),
                name="account_shared_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "donor"],
                condition=Q(donor__isnull=False),
                name="account_once_per_donor",
            ),
            models.UniqueConstraint(
                fields=["kind", "programme"],
                condition=Q(programme__isnull=False),
                name="account_once_per_programme",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["holding", "credit"], donor__isnull=False, programme__isnull=True)
                    | Q(kind="fund", donor__isnull=True, programme__isnull=False)
                    | (
                        ~Q(kind__in=["holding", "credit", "fund"])
                        & Q(donor__isnull=True, programme__isnull=True)
                    )
                ),
                name="account_belongs_where_its_kind_says",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Posting(models.Model):
    """One business fact in the books, written once under its idempotency key."""

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=30)
    posted_at = models.DateTimeField()
    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="postings"
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )

    def __str__(self) -> str:
        return self.key


class Transfer(models.Model):
    """`amount` rupiah from the debit to the credit side: debit account rises if it is an
    asset (clearing), credit account rises if it is owed (holding, credit, payable)."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="transfers")
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_above_0"),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="transfer_between_two_accounts"
            ),
        ]

    def __str__(self) -> str:
        return f"transfer {self.pk}"


class Balance(models.Model):
    """What a donor's holding or credit, or a programme's fund, stands at: never below 0."""

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="balance"
    )
    amount = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="balance_not_negative"),
        ]

    def __str__(self) -> str:
        return f"balance of account {self.account_id}"
