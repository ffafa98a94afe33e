"""The words about a worker that decide his price: sector, sex, job."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Sector(models.TextChoices):
    """The sector that PP 50/2025 tells apart."""

    TRANSPORT = "transport", _("Transportasi")
    OTHER = "other", _("Lainnya")


class Sex(models.TextChoices):
    MALE = "L", _("Laki-laki")
    FEMALE = "P", _("Perempuan")


class Occupation(models.Model):
    """A job and its sector (domain reference section 8)."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    sector = models.CharField(max_length=10, choices=Sector, default=Sector.OTHER)
    order = models.PositiveSmallIntegerField(default=100)
    # A job that head office has taken off the list stays with those who have it.
    is_offered = models.BooleanField(default=True)
    # Counts head office's changes; 0: as the file says.
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sector__in=["transport", "other"]), name="occupation_sector_known"
            ),
        ]

    def __str__(self) -> str:
        """Return the name in the active language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name
