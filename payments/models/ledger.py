"""The ledger: a posting is one or more transfers, each from one account to another.

Zero-sum by construction. Triggers refuse UPDATE, DELETE and TRUNCATE of postings and
transfers on both engines (`payments/triggers.py`); a correction is an opposite posting.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from donors.models import Donor, Programme


class Account(models.Model):
    """A place where money can be, from the portal's point of view."""

    class Kind(models.TextChoices):
        # Where the money is.
        CLEARING = "clearing", _("Uang pada penyedia pembayaran")
        BANK = "bank", _("Rekening bank")
        DEDUCTED = "deducted", _("Dipotong penyedia dan bank")
        RETURNED = "returned", _("Sudah dikembalikan")
        PASSED = "passed", _("Sudah dibayarkan ke BPJS Ketenagakerjaan")
        LOSS = "loss", _("Ditanggung pengelola")
        # Whose it is.
        HOLDING = "holding", _("Diterima, belum dialokasikan")
        SUSPENSE = "suspense", _("Uang masuk yang belum dikenali")
        CREDIT = "credit", _("Saldo donatur")
        FUND = "fund", _("Dana program")
        BRIDGE = "bridge", _("Dana talangan")
        PAYABLE = "payable", _("Iuran yang dibeli")
        REFUNDS = "refunds", _("Pengembalian")
        FEES = "fees", _("Biaya yang dibayar donatur")

    #: Kinds that say where the money is; their debit balances sum to the credit balances
    #: of the others, which say whose it is.
    PLACES = (Kind.CLEARING, Kind.BANK, Kind.DEDUCTED, Kind.RETURNED, Kind.PASSED, Kind.LOSS)
    #: Kinds of one donor or programme, and the one bridge fund, which keep a balance row and
    #: never fall below 0.
    KEPT = (Kind.HOLDING, Kind.CREDIT, Kind.FUND, Kind.BRIDGE)

    kind = models.CharField(max_length=10, choices=Kind)
    # Clearing is kept apart per provider, a bank account per account number.
    gateway = models.CharField(max_length=12, blank=True, default="")
    bank_account = models.ForeignKey(
        "payments.BankAccount", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    donor = models.ForeignKey(
        Donor, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "gateway"],
                condition=Q(donor__isnull=True, programme__isnull=True, bank_account__isnull=True),
                name="account_shared_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "bank_account"],
                condition=Q(bank_account__isnull=False),
                name="account_once_per_bank_account",
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
            models.CheckConstraint(
                condition=(
                    Q(kind="clearing", bank_account__isnull=True) & ~Q(gateway="")
                    | Q(kind="bank", gateway="", bank_account__isnull=False)
                    | ~Q(kind__in=["clearing", "bank"]) & Q(gateway="", bank_account__isnull=True)
                ),
                name="account_names_its_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Posting(models.Model):
    """One business fact in the books, written once under its idempotency key."""

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=30)
    posted_at = models.DateTimeField(db_index=True)
    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="postings"
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )

    def __str__(self) -> str:
        return self.key


class Transfer(models.Model):
    """`amount` rupiah from the credit to the debit side: the debit account rises if it is a
    place (clearing, bank), the credit account if it says whose the money is."""

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


class ClosedMonth(models.Model):
    """A month whose books are closed: a trigger refuses postings before `ends_at`.

    `ends_at` is the first instant (Asia/Jakarta) of the month after it; `totals` what each
    kind of account stood at then, in rupiah.
    """

    month = models.DateField(unique=True)
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    totals: Any = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="closedmonth_is_a_month"),
            models.CheckConstraint(
                condition=Q(closed_at__gte=F("ends_at")), name="closedmonth_closed_after_its_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Snapshot(models.Model):
    """What a shared account stood at at the end of a day (Asia/Jakarta), in rupiah.

    Written once, and never again: `amount` is what the transfers up to the one numbered
    `last_transfer` say of the time before `ends_at`. Its balance now is the newest snapshot,
    the transfers of postings from `ends_at` on, and the later transfers of postings that
    bear an earlier time (`ledger.balance_of`).
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="snapshots")
    day = models.DateField()
    ends_at = models.DateTimeField()
    amount = models.BigIntegerField()
    last_transfer = models.BigIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day"], name="snapshot_once"),
            models.CheckConstraint(
                condition=Q(made_at__gt=F("ends_at")), name="snapshot_after_its_day"
            ),
        ]

    def __str__(self) -> str:
        return f"account {self.account_id} on {self.day}"


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
