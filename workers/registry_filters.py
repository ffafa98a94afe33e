"""How the list of workers is narrowed down: by name, place, and what has happened."""

from typing import Any

import django_filters
from django import forms
from django.core.validators import RegexValidator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from regions.naming import plain
from workers.models import Worker, WorkerChange, WorkerEvent

Kind = WorkerEvent.Kind
OPEN, CHANGING = "open", "changing"
# The address of a page is kept in logs and histories: a NIK must never get there.
_NO_NIK = RegexValidator(
    r"[0-9](?:[ .-]?[0-9]){11,}",
    _("Cari dengan nama. Untuk NIK pakai kolom Cari dengan NIK."),
    inverse_match=True,
)


class RegistryFilter(django_filters.FilterSet):
    """A search by name and by village, and what holds of the worker."""

    cari = django_filters.CharFilter(
        label=_("Nama pekerja"),
        method="named",
        max_length=60,
        validators=[_NO_NIK],
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "data-key": "/",
                "pattern": r"(?!.*[0-9](?:[ .\-]?[0-9]){11,}).*",
                "title": _("Nama saja; jangan NIK"),
            }
        ),
    )
    desa = django_filters.CharFilter(
        label=_("Desa atau kelurahan"),
        method="living_in",
        max_length=60,
        validators=[_NO_NIK],
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    status = django_filters.ChoiceFilter(
        label=_("Keadaan"),
        method="standing",
        choices=[
            (OPEN, _("Dapat disponsori")),
            (CHANGING, _("Perubahan data menunggu")),
            *((kind.value, kind.label) for kind in Kind),
        ],
        empty_label=_("Semua pekerja"),
    )

    @property
    def is_asked(self) -> bool:
        """Whether the list is narrowed down at all."""
        return any(self.form.cleaned_data.values()) if self.is_valid() else True

    def named(self, workers: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        """Only workers whose name has these letters."""
        return workers.filter(name__icontains=value.strip())

    def living_in(self, workers: QuerySet[Worker], name: str, value: str) -> QuerySet[Worker]:
        """Only workers of villages whose name has these letters."""
        return workers.filter(village__search_name__contains=plain(value))

    def standing(self, workers: QuerySet[Worker], name: str, value: Any) -> QuerySet[Worker]:
        """Only workers of whom this holds now."""
        events = WorkerEvent.everything.filter(worker=OuterRef("pk"), revoked_at__isnull=True)
        if value == OPEN:
            return workers.filter(~Exists(events.filter(kind__in=WorkerEvent.ENDING)))
        if value == CHANGING:
            waits = WorkerChange.everything.filter(
                worker=OuterRef("pk"), status=WorkerChange.Status.PROPOSED
            )
            return workers.filter(Exists(waits))
        return workers.filter(Exists(events.filter(kind=value)))
