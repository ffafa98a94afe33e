"""What the roof keeps: figures per area and month, and BPJS's own beside them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AreaMonth(models.Model):
    """The portal's own figures of one province or regency in one month, rolled up.

    People are counted on the last day of the month (today, for the present month), by
    the village of the worker; the way from submitted to accepted by the month in which
    a case was handed in; months and rupiah by the month of payment. `dashboards.rollup`
    says exactly what each figure counts.
    """

    area = models.ForeignKey("regions.Area", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    covered = models.PositiveIntegerField(default=0)
    awaiting_acceptance = models.PositiveIntegerField(default=0)
    in_arrears = models.PositiveIntegerField(default=0)
    ending_soon = models.PositiveIntegerField(default=0)
    submitted = models.PositiveIntegerField(default=0)
    approved = models.PositiveIntegerField(default=0)
    paid = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    months_bought = models.PositiveIntegerField(default=0)
    amount_bought = models.BigIntegerField(default=0, help_text="rupiah")
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "month"], name="areamonth_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="areamonth_is_a_month"),
        ]

    def __str__(self) -> str:
        return f"area {self.area_id} in {self.month}"


class Certainty(models.TextChoices):
    """How sure a figure from outside is, in the marks of the domain reference."""

    OFFICIAL = "A", _("sumber resmi")
    TWO_SOURCES = "B", _("dua sumber terpisah")
    ONE_SOURCE = "C", _("satu sumber")
    UNVERIFIED = "K", _("belum diverifikasi")
    NOT_RATED = "", _("kepastian belum dinilai")


class OfficialFigure(models.Model):
    """BPJS's own figure of an area on a date, with its source; history is kept (P32).

    Where only a percentage is documented, only the percentage stands here.
    """

    class Segment(models.TextChoices):
        BPU = "bpu", _("BPU")
        PU = "pu", _("Penerima Upah")
        JAKON = "jakon", _("Jasa konstruksi")
        ALL = "all", _("Semua segmen")

    class Precision(models.TextChoices):
        DAY = "day", _("tanggal")
        MONTH = "month", _("bulan")
        YEAR = "year", _("tahun")
        # The source bears no date: `as_of` is the day on which it was noted down.
        NOTED = "noted", _("tanggal dicatat")

    area = models.ForeignKey("regions.Area", on_delete=models.PROTECT, related_name="+")
    segment = models.CharField(max_length=6, choices=Segment)
    as_of = models.DateField()
    precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    active = models.PositiveBigIntegerField(null=True, blank=True, help_text="people")
    base = models.PositiveBigIntegerField(null=True, blank=True, help_text="people")
    # Hundredths of a per cent, as published: 3193 is 31,93 %.
    percent_hundredths = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=160)
    certainty = models.CharField(
        max_length=1, choices=Certainty, blank=True, default=Certainty.NOT_RATED
    )
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "segment", "as_of", "source"], name="officialfigure_once"
            ),
            models.CheckConstraint(
                condition=Q(active__isnull=False)
                | Q(base__isnull=False)
                | Q(percent_hundredths__isnull=False),
                name="officialfigure_says_something",
            ),
            models.CheckConstraint(
                condition=Q(base__isnull=True) | Q(base__gt=0), name="officialfigure_base_above_0"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment} of area {self.area_id} on {self.as_of}"


class Target(models.Model):
    """What an area wants to reach: a percentage of its base, or people, by a date if one is set."""

    area = models.ForeignKey("regions.Area", on_delete=models.PROTECT, related_name="+")
    segment = models.CharField(max_length=6, choices=OfficialFigure.Segment)
    due_on = models.DateField(null=True, blank=True)
    # Hundredths of a per cent: 5500 is 55,00 %.
    percent_hundredths = models.PositiveIntegerField(null=True, blank=True)
    people = models.PositiveBigIntegerField(null=True, blank=True)
    source = models.CharField(max_length=160)
    certainty = models.CharField(
        max_length=1, choices=Certainty, blank=True, default=Certainty.NOT_RATED
    )
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "segment", "due_on", "source"], name="target_once"
            ),
            models.UniqueConstraint(
                fields=["area", "segment", "source"],
                condition=Q(due_on__isnull=True),
                name="target_without_date_once",
            ),
            models.CheckConstraint(
                condition=Q(percent_hundredths__isnull=False) | Q(people__isnull=False),
                name="target_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"target of area {self.area_id} by {self.due_on or 'no set day'}"
