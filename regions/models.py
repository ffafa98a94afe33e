"""Reference data: administrative areas, the offices that serve them, holidays.

Areas carry Kemendagri codes (domain reference 4.3): province 2 digits, regency or
city 4, district 6, village 10; the parent of a code is its prefix. BPS codes have
the same lengths and other meanings: they never stand here.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Substr
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from regions.fields import PlainField

# The call centre of BPJS Ketenagakerjaan: the one number that is sure everywhere.
CALL_CENTRE = "175"
FIRST_CITY_NUMBER = 71


def _code_rule(level: str, digits: int, parent_digits: int) -> Q:
    """An area of this level has so many digits, and its parent's code begins its own."""
    return (
        # Said outright: a CHECK lets the unknown outcome of a comparison with NULL pass.
        Q(level=level, parent__isnull=False)
        & Q(Exact(Length("code"), digits))
        & Q(Exact(F("parent_id"), Substr("code", 1, parent_digits)))
    )


class Area(models.Model):
    """A province, regency or city, district, or village, by its Kemendagri code."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Provinsi")
        REGENCY = "regency", _("Kabupaten atau kota")
        DISTRICT = "district", _("Kecamatan")
        VILLAGE = "village", _("Desa atau kelurahan")

    code = models.CharField(max_length=10, primary_key=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=8, choices=Level)
    # Indexed below: the field's own index would bring a second one on PostgreSQL.
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        db_index=False,
    )
    full_name = models.CharField(max_length=240)
    # The name in a-z, 0-9 and single spaces (`regions.naming.plain`).
    search_name = PlainField(max_length=80)
    # What narrows a search down to this place: the words of its name and of the areas
    # above it, with their short forms (`regions.naming.place_words`). A village has
    # none of its own: its district's words count.
    search_words = models.CharField(max_length=500, blank=True)
    utc_offset = models.SmallIntegerField()
    population = models.PositiveIntegerField(null=True, blank=True)
    area_km2 = models.DecimalField(max_digits=9, decimal_places=1, null=True, blank=True)
    capital = models.CharField(max_length=60, blank=True)
    postal_code = models.CharField(max_length=5, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["parent"], name="area_parent"),
            # Districts by the beginning of their name.
            models.Index(fields=["level", "search_name"], name="area_level_search_name"),
        ]
        constraints = [
            models.CheckConstraint(
                name="area_code_fits_level",
                condition=(
                    (Q(level="province", parent__isnull=True) & Q(Exact(Length("code"), 2)))
                    | _code_rule("regency", 4, 2)
                    | _code_rule("district", 6, 4)
                    | _code_rule("village", 10, 6)
                ),
            ),
            models.CheckConstraint(
                name="area_utc_offset_known", condition=Q(utc_offset__in=[7, 8, 9])
            ),
            models.CheckConstraint(name="area_has_search_name", condition=~Q(search_name="")),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def province_code(self) -> str:
        """The code of the province in which the area lies."""
        return self.code[:2]

    @property
    def regency_code(self) -> str:
        """The code of the regency or city; empty for a province."""
        return self.code[:4] if len(self.code) >= 4 else ""

    @property
    def is_city(self) -> bool:
        """Whether the area is, or lies in, a city: regency number 71 or more."""
        return len(self.code) >= 4 and int(self.code[2:4]) >= FIRST_CITY_NUMBER

    @property
    def place(self) -> str:
        """The areas above: "Ilir Barat Satu, Kota Palembang, Sumatera Selatan"."""
        return self.full_name.removeprefix(self.name).removeprefix(", ")


class VillageName(models.Model):
    """One spelling by which a village is found (`regions.naming.village_keys`)."""

    class Rank(models.IntegerChoices):
        WHOLE = 0, "from the beginning of the name"
        WORD = 1, "from a later word of the name"

    # No index of its own: the unique constraint begins with it.
    village = models.ForeignKey(
        Area, on_delete=models.CASCADE, related_name="spellings", db_index=False
    )
    # The village's parent, so that a search narrows down without another join.
    district = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Letters and digits without spaces: "Mekar Jaya" and "Mekarjaya" are one key.
    key = PlainField(max_length=80)
    rank = models.PositiveSmallIntegerField(choices=Rank)

    class Meta:
        indexes = [
            # Every search: rank = 0 and "key begins with lorok" in order, then rank = 1.
            models.Index(fields=["rank", "key", "village"], name="village_name_prefix"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["village", "key"], name="village_name_once"),
            models.CheckConstraint(
                name="village_name_rank_known", condition=Q(rank__in=[0, 1]) & ~Q(key="")
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Office(models.Model):
    """A regional office (Kanwil), a branch (KC) or a sub-branch (KCP) of BPJS Ketenagakerjaan.

    The codes are the portal's own: BPJS publishes none. Of a Kanwil, `provinces` says
    which it oversees; of a branch, `regencies` says which it serves.
    """

    class Kind(models.TextChoices):
        KANWIL = "kanwil", _("Kantor wilayah")
        KC = "kc", _("Kantor cabang")
        KCP = "kcp", _("Kantor cabang perintis")

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=6, choices=Kind)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="branches"
    )
    city = models.CharField(max_length=60)
    # Empty while head office has not entered it; pages then send people to 175.
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, default=CALL_CENTRE)
    is_open = models.BooleanField(default=True)
    # Where the work of a closed office goes on.
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Counts head office's changes of the office and its areas; 0: as the files say.
    version = models.PositiveIntegerField(default=0)
    provinces = models.ManyToManyField(Area, through="KanwilProvince", related_name="+")
    regencies = models.ManyToManyField(Area, through="OfficeArea", related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="office_parent_fits_kind",
                condition=Q(kind="kanwil", parent__isnull=True)
                | Q(kind__in=["kc", "kcp"], parent__isnull=False),
            ),
            models.CheckConstraint(
                name="office_successor_of_a_closed_one",
                condition=Q(is_open=False) | Q(successor__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KanwilProvince(models.Model):
    """A Kanwil oversees a province; each province has exactly one Kanwil."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="kanwil_provinces")
    province = models.OneToOneField(Area, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="kanwil_province_is_a_province",
                condition=Q(Exact(Length(F("province_id")), 2)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office_id} oversees {self.province_id}"


class OfficeArea(models.Model):
    """An office serves a regency or city. Several may; at most one is the default."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="areas")
    regency = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    is_default = models.BooleanField(default=False)
    # False: no source names the serving branch. This one stands in for it ("belum
    # diatur") until head office says which it is.
    is_configured = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "regency"], name="office_area_once"),
            models.UniqueConstraint(
                fields=["regency"],
                condition=Q(is_default=True),
                name="office_area_one_default",
            ),
            models.CheckConstraint(
                name="office_area_is_a_regency",
                condition=Q(Exact(Length(F("regency_id")), 4)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office_id} serves {self.regency_id}"


class OfficeException(models.Model):
    """Another office than the regency's default takes this district or village.

    For cities with several branches. The exception of a village weighs more than that
    of its district, and both more than the default of the regency.
    """

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="exceptions")
    area = models.OneToOneField(Area, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="office_exception_below_a_regency",
                condition=Q(Exact(Length(F("area_id")), 6)) | Q(Exact(Length(F("area_id")), 10)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office_id} takes {self.area_id}"


class Holiday(models.Model):
    """A day on which offices are closed, besides Saturdays and Sundays."""

    date = models.DateField(primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date:%d-%m-%Y} {self.name}"
