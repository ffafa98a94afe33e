"""Who pays: donors, the people who act for them, and the agreements they pay under."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bricks.fields import SealedTextField
from bricks.scoped import scoped


class DonorQuerySet(models.QuerySet["Donor"]):
    """Filters of donors."""

    def visible_to(self, user: Any) -> DonorQuerySet:
        """Own donors for members; branch and Kanwil see those they opened or serve."""
        if not user.is_authenticated:
            return self.none()
        if user.is_head_office:
            return self
        own = Q(pk__in=DonorMember.objects.filter(user=user, left_at=None).values("donor"))
        offices = [o.pk for o in user.offices("branch_officer", "branch_supervisor", "treasurer")]
        return self.filter(own | Q(opened_by_office__in=offices))


class Donor(models.Model):
    """Who pays. Only a person registers himself; a branch opens every other kind (P9)."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Perorangan")
        COMPANY = "company", _("Perusahaan")
        GOVERNMENT = "government", _("Pemerintah daerah")
        VILLAGE = "village", _("Desa")
        COMMUNITY = "community", _("Komunitas")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(_("nama donatur"), max_length=120)
    tax_number = SealedTextField(purpose="donor.tax_number", blank=True, default="")
    # The user whose own donor this is; made at the first order, and two tabs make one.
    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Whether his workers may read a private donor's name (P18); an organisation's they do.
    show_name = models.BooleanField(default=False)
    letter_reference = models.CharField(max_length=80, blank=True, default="")
    opened_by_office = models.ForeignKey(
        "regions.Office", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # When the first invoice was paid; until then the number of workers is limited (P8).
    trusted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    everything = models.Manager.from_queryset(DonorQuerySet)()
    objects = scoped(DonorQuerySet)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person")
                | (Q(opened_by_office__isnull=False) & ~Q(letter_reference="")),
                name="donor_organisation_opened_by_branch",
            ),
        ]

    def __str__(self) -> str:
        return f"donor {self.pk}"


class DonorMember(models.Model):
    """A person who acts for a donor, in one of four roles."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Pemilik")
        MAKER = "maker", _("Penyiap")
        PAYER = "payer", _("Pembayar")
        VIEWER = "viewer", _("Pelihat")

    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=Role, default=Role.OWNER)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["donor", "user"], condition=Q(left_at__isnull=True), name="member_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} of donor {self.donor_id}"


class Funding(models.TextChoices):
    """Where the money comes from; it decides the price (domain reference 1.4)."""

    PRIVATE = "private", _("Pribadi")
    CSR = "csr", _("CSR/TJSL")
    APBD = "apbd", _("APBD")
    APBN = "apbn", _("APBN")
    APBDES = "apbdes", _("APBDes")
    DBH = "dbh", _("Dana bagi hasil")


#: Money of a public budget: what of it buys nothing goes back to the treasury (P28).
BUDGETS = (Funding.APBD, Funding.APBN, Funding.APBDES, Funding.DBH)


class Programme(models.Model):
    """The agreement under which a donor pays: funding source, dates and ceiling."""

    class Kind(models.TextChoices):
        SERTAKAN = "sertakan", "SERTAKAN"
        CSR = "csr", _("CSR perusahaan")
        GOVERNMENT = "government", _("Pekerja rentan pemerintah daerah")
        VILLAGE = "village", _("Ekosistem desa")
        # Head office's own; only `contributions.services.bridge_fund` makes it.
        BRIDGE = "bridge", _("Dana talangan")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    donor = models.ForeignKey(Donor, on_delete=models.PROTECT, related_name="programmes")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.SERTAKAN)
    name = models.CharField(max_length=120)
    funding = models.CharField(max_length=8, choices=Funding, default=Funding.PRIVATE)
    agreement_number = models.CharField(max_length=80, blank=True, default="")
    # The fixed first and last day of cover, both inclusive, where an agreement sets them.
    fixed_from = models.DateField(null=True, blank=True)
    fixed_until = models.DateField(null=True, blank=True)
    ceiling = models.BigIntegerField(null=True, blank=True, help_text="rupiah")
    public_task = models.BooleanField(default=False)
    opened_by_office = models.ForeignKey(
        "regions.Office", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(funding="private")
                | (Q(opened_by_office__isnull=False) & ~Q(agreement_number="")),
                name="programme_funding_opened_by_branch",
            ),
            models.CheckConstraint(
                condition=Q(fixed_from__isnull=True, fixed_until__isnull=True)
                | Q(fixed_until__gte=F("fixed_from")),
                name="programme_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(ceiling__isnull=True) | Q(ceiling__gt=0),
                name="programme_ceiling_above_0",
            ),
            models.UniqueConstraint(
                fields=["donor"],
                condition=Q(kind="sertakan", closed_at__isnull=True),
                name="programme_one_open_sertakan_per_donor",
            ),
        ]

    def __str__(self) -> str:
        return f"programme {self.pk}"
