"""Money that goes back: asked, confirmed by a second person, sent, done (P28, P38)."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from bricks.scoped import scoped
from donors.models import Donor, Programme
from payments.models.bank import BankAccount
from payments.models.invoices import Payment, _of_own_donor
from payments.models.ledger import Posting
from payments.models.scopes import of_treasury
from regions.models import Office


def account_text(bank: str, number: str, holder: str) -> str:
    """Write an account as one text in which case and spaces do not count."""
    if not number:
        return ""
    return " / ".join(" ".join(part.split()).upper() for part in (bank, number, holder))


class RefundQuerySet(models.QuerySet["Refund"]):
    """Filters of refunds."""

    def visible_to(self, user: Any) -> RefundQuerySet:
        """Those of the user's own donors; of a treasurer's offices; all for head office."""
        if not user.is_authenticated:
            return self.none()
        if user.is_head_office:
            return self
        return self.filter(_of_own_donor(user) | of_treasury(user))


class Refund(models.Model):
    """`amount` rupiah of a donor's credit, or of a programme's fund, on its way back.

    It goes to the instrument that paid (`payment`), or where that cannot take it to the
    donor's own account whose holder was checked, or to the treasury of a region. From its
    confirmation on, the money stands in the account `refunds`.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("diminta")
        CONFIRMED = "confirmed", _("disetujui")
        SENT = "sent", _("dikirim")
        DONE = "done", _("selesai")
        REFUSED = "refused", _("ditolak")
        FAILED = "failed", _("gagal")

    class Target(models.TextChoices):
        INSTRUMENT = "instrument", _("ke alat bayar semula")
        ACCOUNT = "account", _("ke rekening donatur sendiri")
        TREASURY = "treasury", _("ke kas daerah")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="+")
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    target = models.CharField(max_length=10, choices=Target)
    amount = models.BigIntegerField(help_text="rupiah")
    reason = models.CharField(max_length=300)
    # Where it goes, for the targets account and treasury.
    bank = models.CharField(max_length=40, blank=True, default="")
    account_number = SealedTextField(purpose="refund.account", blank=True, default="")
    holder = SealedTextField(purpose="refund.holder", blank=True, default="")
    holder_checked = models.BooleanField(default=False)
    # Bank, number and holder as the donor wrote them: whoever prepares may change the others.
    wished_account = SealedTextField(purpose="refund.wished_account", blank=True, default="")
    # Number of the region's slip of deposit (STS).
    slip = models.CharField(max_length=60, blank=True, default="")
    # Of ours, the account that it was sent from; empty for the instrument.
    bank_account = models.ForeignKey(
        BankAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Number of the bank's or the provider's transfer.
    reference = models.CharField(max_length=80, blank=True, default="")
    status = models.CharField(max_length=9, choices=Status, default=Status.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    prepared_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    # How often it was confirmed: each time has keys of its own, here and at the provider.
    round = models.PositiveSmallIntegerField(default=0)
    # Credit (or fund) to refunds, when confirmed; empty again where that was taken back.
    posting = models.OneToOneField(
        Posting, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # From where the money was to where it went back, when sent.
    sent_posting = models.OneToOneField(
        Posting, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: The months whose undoing set its money free, each `{"contribution": id, "amount": rupiah}`.
    months: Any = models.JSONField(default=list, blank=True)

    everything = models.Manager.from_queryset(RefundQuerySet)()
    objects = scoped(RefundQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_above_0"),
            models.CheckConstraint(
                condition=~Q(target="instrument") | Q(payment__isnull=False),
                name="refund_to_an_instrument",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "sent", "done", "failed"])
                | Q(posting__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="refund_confirmed_with_posting",
            ),
            models.CheckConstraint(
                condition=Q(target="treasury", programme__isnull=False)
                | ~Q(target="treasury") & Q(programme__isnull=True),
                name="refund_of_a_fund_to_the_treasury",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "sent", "done"])
                | ~Q(target="treasury")
                | ~Q(slip=""),
                name="refund_to_the_treasury_with_slip",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["sent", "done"],
                    sent_posting__isnull=False,
                    sent_at__isnull=False,
                )
                | ~Q(status__in=["sent", "done"])
                & Q(sent_posting__isnull=True, sent_at__isnull=True),
                name="refund_sent_with_posting",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(prepared_by__isnull=False) & ~Q(decided_by=F("prepared_by")),
                name="refund_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "sent", "done"])
                | ~Q(target="account")
                | Q(holder_checked=True),
                name="refund_account_holder_checked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(status__in=["confirmed", "sent"]),
                name="refund_to_send",
            ),
            models.Index(fields=["donor", "-asked_at"], name="refund_of_donor"),
        ]

    def __str__(self) -> str:
        return f"refund {self.pk}"

    @property
    def transfer_code(self) -> str:
        """What stands in the description of the transfer, so that its bank line is known."""
        return f"KMB{self.pk:06}"

    @property
    def account(self) -> str:
        """Bank, number and holder in one text, to compare; empty where no account is named."""
        return account_text(self.bank, self.account_number, self.holder)

    @property
    def is_not_as_wished(self) -> bool:
        """Whether it goes to an account that the donor did not write so."""
        return self.target == self.Target.ACCOUNT and self.account != self.wished_account

    @property
    def masked_account(self) -> str:
        """The account number but for its last four digits."""
        return f"•••• {self.account_number[-4:]}" if self.account_number else ""
