"""Tariffs as dated rows with their legal basis, and the tables that SQL reads.

The price of a month is a function of (income bracket, contribution month, sector,
funding source). Nothing else in the portal knows an amount (domain reference 1.2, 1.4).
"""

from django.db import models
from django.db.models import F, Q

from donors.models import Funding
from workers.models import Sector


class IncomeBracket(models.Model):
    """One of the 33 brackets of PP 44/2015 Lampiran II; found by its lower bound alone."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    lower_bound = models.BigIntegerField(unique=True, help_text="rupiah a month, inclusive")
    reference_income = models.BigIntegerField(help_text="rupiah a month")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=33), name="bracket_number_1_to_33"
            ),
        ]

    def __str__(self) -> str:
        return f"bracket {self.number}"


class Tariff(models.Model):
    """The full contribution of a bracket from a month on, with its legal basis."""

    bracket = models.ForeignKey(IncomeBracket, on_delete=models.PROTECT, related_name="tariffs")
    first_month = models.DateField()
    last_month = models.DateField(null=True, blank=True)
    jkk = models.BigIntegerField()
    jkm = models.BigIntegerField()
    jht = models.BigIntegerField()
    legal_basis = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bracket", "first_month"], name="tariff_once"),
            models.CheckConstraint(
                condition=Q(first_month__day=1)
                & (Q(last_month__isnull=True) | Q(last_month__day=1)),
                name="tariff_in_whole_months",
            ),
            models.CheckConstraint(
                condition=Q(last_month__isnull=True) | Q(last_month__gte=F("first_month")),
                name="tariff_months_in_order",
            ),
            models.CheckConstraint(
                condition=Q(jkk__gt=0, jkm__gt=0, jht__gte=0), name="tariff_above_0"
            ),
        ]

    def __str__(self) -> str:
        return f"tariff {self.pk}"


class Relief(models.Model):
    """A part of JKK and JKM that the state waives for some months, sectors and payers."""

    sector = models.CharField(max_length=10, choices=Sector)
    funding = models.CharField(max_length=8, choices=Funding)
    first_month = models.DateField()
    last_month = models.DateField()
    percent_due = models.PositiveSmallIntegerField(help_text="of JKK and JKM still to be paid")
    legal_basis = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sector", "funding", "first_month"], name="relief_once"
            ),
            models.CheckConstraint(
                condition=Q(first_month__day=1, last_month__day=1)
                & Q(last_month__gte=F("first_month")),
                name="relief_in_whole_months",
            ),
            models.CheckConstraint(
                condition=Q(percent_due__gte=0, percent_due__lte=100), name="relief_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"relief {self.pk}"


class TariffMonth(models.Model):
    """The price of one month, worked out by the Python rule for set-based SQL to join.

    Rebuilt whenever a tariff or relief changes; a test compares every cell.
    """

    bracket = models.ForeignKey(IncomeBracket, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    sector = models.CharField(max_length=10, choices=Sector)
    funding = models.CharField(max_length=8, choices=Funding)
    jkk = models.BigIntegerField()
    jkm = models.BigIntegerField()
    jht = models.BigIntegerField()
    legal_basis = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "bracket", "sector", "funding"], name="tariffmonth_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="tariffmonth_is_a_month"),
        ]

    def __str__(self) -> str:
        return f"price {self.pk}"


class CalendarDay(models.Model):
    """A day and the same day some months later, clamped: month arithmetic that SQL joins."""

    day = models.DateField(primary_key=True)
    plus_1 = models.DateField()
    plus_2 = models.DateField()
    plus_3 = models.DateField()
    plus_6 = models.DateField()
    plus_12 = models.DateField()

    def __str__(self) -> str:
        return str(self.day)
