"""How the two logs are narrowed down: by days, person, office and number."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bricks.clock import end_of_jakarta_day, jakarta_midnight
from bricks.widgets import DateText
from workers import log_selectors
from workers.log_subjects import is_number, keys_of_number

#: Without a first day, so many days are shown.
USUAL_DAYS = 31
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2199, 12, 31)
_DAY = {
    "widget": DateText({"class": "short", "placeholder": "HH-BB-TTTT"}),
    "input_formats": ["%d-%m-%Y"],
    "validators": [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    "error_messages": {"invalid": _("Tulis tanggal seperti 20-11-2026.")},
}


def _known_number(text: str) -> None:
    if not is_number(text):
        raise ValidationError(_("Tulis nomor seperti D-26000012-1 atau P-000012; jangan NIK."))


class LogFilter(django_filters.FilterSet):
    """Rows of a log between two days, of one person, office or thing."""

    #: The column that names the person.
    person = ""

    dari = django_filters.DateFilter(label=_("Dari tanggal"), method="unchanged", **_DAY)
    sampai = django_filters.DateFilter(label=_("Sampai tanggal"), method="unchanged", **_DAY)
    orang = django_filters.ModelChoiceFilter(
        label=_("Siapa"),
        method="by_person",
        queryset=lambda request: log_selectors.people_of(request.user),
        to_field_name="uuid",
        empty_label=_("Semua orang"),
    )
    kantor = django_filters.ModelChoiceFilter(
        label=_("Kantor"),
        field_name="office",
        queryset=lambda request: log_selectors.log_offices(request.user),
        to_field_name="code",
        empty_label=_("Semua kantor"),
    )
    nomor = django_filters.CharFilter(
        label=_("Nomor"),
        method="by_number",
        max_length=24,
        validators=[_known_number],
        widget=forms.TextInput(
            attrs={
                "class": "medium",
                "placeholder": "D-26000012-1",
                "autocomplete": "off",
                "data-key": "/",
                "pattern": r"\s*[DPLBdplb]-?[0-9]{6,11}(-[0-9]{1,3})?\s*",
                "title": _("Nomor seperti D-26000012-1 atau P-000012; jangan NIK"),
            }
        ),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day that are shown, both inclusive."""
        asked = self.form.cleaned_data if self.is_valid() else {}
        last = asked.get("sampai") or self.today
        return asked.get("dari") or last - timedelta(days=USUAL_DAYS - 1), last

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow down; what cannot be read shows nothing, with a sentence at its field."""
        if not self.is_valid():
            return queryset.none()
        first, last = self.days
        found = queryset.filter(at__gte=jakarta_midnight(first), at__lt=end_of_jakarta_day(last))
        return super().filter_queryset(found)

    def unchanged(self, rows: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        """The two days are applied together."""
        return rows

    def by_person(self, rows: QuerySet[Any], name: str, value: User) -> QuerySet[Any]:
        """Only rows of one person."""
        return rows.filter(**{self.person: value})

    def by_number(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Only rows about the thing of a number, and about what belongs to it."""
        about = Q(pk__in=[])
        for kind, keys in keys_of_number(value).items():
            about |= Q(object_type=kind, object_id__in=keys)
        return rows.filter(about)


class LookFilter(LogFilter):
    """Of the view log."""

    person = "viewer"


class ActFilter(LogFilter):
    """Of the audit log."""

    person = "actor"
