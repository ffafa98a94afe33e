"""How the lists of cover that ends are narrowed down: when, where, which programme, whose."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contributions import endings
from contributions.models import Sponsorship
from regions.models import Area
from regions.naming import plain
from workers.registry_filters import _NO_NIK

#: The code of a regency or city, or of a village.
_CODE = RegexValidator(r"\A\d{4}(\d{6})?\Z")
#: As `_NO_NIK`, on a page that has no field for it.
_NAMES_ONLY = RegexValidator(
    _NO_NIK.regex, _("Cari dengan nama, bukan dengan NIK."), inverse_match=True
)
_SEARCH = {"type": "search", "autocomplete": "off"}


def _windows() -> list[tuple[str, Any]]:
    days = [(str(days), _("Dalam %(n)s hari") % {"n": days}) for days in endings.DAYS]
    months = [(f"t{n}", _("Tunggakan %(n)s bulan") % {"n": n}) for n in endings.arrears_offered()]
    return [*days, *months]


def _text(label: Any, method: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(
        label=label,
        method=method,
        max_length=60,
        validators=[_NAMES_ONLY],
        widget=forms.TextInput(attrs=_SEARCH),
    )


class EndingFilter(django_filters.FilterSet):
    """When, and by parts of names; nothing asked means the usual window of days."""

    kapan = django_filters.ChoiceFilter(
        label=_("Kapan"),
        method="unchanged",
        choices=_windows,
        empty_label=None,
        required=False,
    )
    kabupaten = _text(_("Kabupaten atau kota"), "in_regency")
    desa = _text(_("Desa atau kelurahan"), "in_village")
    program = _text(_("Program"), "in_programme")
    donatur = _text(_("Donatur"), "of_donor")
    wilayah = django_filters.CharFilter(
        method="in_area", validators=[_CODE], widget=forms.HiddenInput
    )

    def __init__(self, data: Any, *, queryset: QuerySet[Sponsorship], today: date) -> None:
        given = {name: data[name] for name in data}
        given.setdefault("kapan", str(endings.USUAL_DAYS))
        super().__init__(given, queryset=queryset)
        self.today = today

    @property
    def when(self) -> str:
        """The window: a number of days, or `t` with the months of arrears."""
        asked = self.form.cleaned_data.get("kapan") if self.is_valid() else ""
        return asked or str(endings.USUAL_DAYS)

    def filter_queryset(self, queryset: QuerySet[Sponsorship]) -> QuerySet[Sponsorship]:
        """Narrow by names first, then by days, which brings the order."""
        rows = super().filter_queryset(queryset)
        if self.when.startswith("t"):
            return endings.in_arrears(rows, arrears=int(self.when[1:]), today=self.today)
        return endings.ending_within(rows, days=int(self.when), today=self.today)

    @property
    def place(self) -> str:
        """The area to which the rows are narrowed down by its code, in full; or nothing."""
        code = self.form.cleaned_data.get("wilayah") if self.is_valid() else ""
        if not code:
            return ""
        found = Area.objects.filter(pk=code).values_list("full_name", flat=True)
        return next(iter(found), "")

    def unchanged(self, rows: QuerySet[Sponsorship], name: str, value: str) -> Any:
        """The days are narrowed down at the end."""
        return rows

    def in_area(self, rows: QuerySet[Sponsorship], name: str, value: str) -> Any:
        """Only workers who live in the area of this code."""
        return endings.living_in(rows, value)

    def in_regency(self, rows: QuerySet[Sponsorship], name: str, value: str) -> Any:
        """Only workers of regencies and cities whose name has these letters."""
        level = Area.Level.REGENCY
        found = Area.objects.filter(level=level, search_name__contains=plain(value))
        places = Q(pk__in=[])
        for code in found.values_list("pk", flat=True)[:50]:
            places |= Q(worker__village__code__startswith=code)
        return rows.filter(places)

    def in_village(self, rows: QuerySet[Sponsorship], name: str, value: str) -> Any:
        """Only workers of villages whose name has these letters."""
        return rows.filter(worker__village__search_name__contains=plain(value))

    def in_programme(self, rows: QuerySet[Sponsorship], name: str, value: str) -> Any:
        """By a part of the programme's name."""
        return rows.filter(programme__name__icontains=value.strip())

    def of_donor(self, rows: QuerySet[Sponsorship], name: str, value: str) -> Any:
        """By a part of the donor's name."""
        return rows.filter(donor__name__icontains=value.strip())
