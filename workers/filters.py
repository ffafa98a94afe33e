"""How the queue of the desk is narrowed down."""

import re
from typing import Any

import django_filters
from django import forms
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from donors.models import Donor
from workers.desk_selectors import FREEZABLE, Urgency
from workers.models import Check, Enrollment

_NUMBER = re.compile(r"D?[- ]?\d{2}(\d{6,})(?:-(\d{1,3}))?", re.IGNORECASE)
# The address of a page is kept in logs and histories: a NIK must never get there. The
# browser stops it by `pattern`, the server by the validator.
_LONG_NUMBER = r"[0-9](?:[ .-]?[0-9]){11,}"

STATUSES = (
    Enrollment.Status.SUBMITTED,
    Enrollment.Status.IN_REVIEW,
    Enrollment.Status.RETURNED,
    Enrollment.Status.APPROVED,
    Enrollment.Status.REJECTED,
)

#: The filters that are folded away on the page.
MORE = ("tempat", "donatur", "pemeriksaan", "mendesak", "kantor")


class DeskFilter(django_filters.FilterSet):
    """Status, overdue, mine, and a search by number or name over every status."""

    cari = django_filters.CharFilter(
        label=_("Nomor atau nama, di semua status"),
        method="search",
        max_length=60,
        validators=[
            RegexValidator(
                _LONG_NUMBER, _("Cari dengan nomor pendaftaran atau nama."), inverse_match=True
            )
        ],
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "data-key": "/",
                "pattern": r"(?!.*[0-9](?:[ .\-]?[0-9]){11,}).*",
                "title": _("Nomor pendaftaran atau nama; jangan NIK"),
            }
        ),
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"),
        choices=[(status.value, status.label) for status in STATUSES],
        empty_label=_("Perlu diputuskan"),
    )
    terlambat = django_filters.BooleanFilter(
        label=_("Lewat batas waktu"), method="overdue", widget=forms.CheckboxInput
    )
    saya = django_filters.BooleanFilter(
        label=_("Saya pegang"), method="mine", widget=forms.CheckboxInput
    )

    beku = django_filters.BooleanFilter(
        label=_("Dibekukan"), method="frozen", widget=forms.CheckboxInput
    )
    tempat = django_filters.CharFilter(
        label=_("Desa, kecamatan, atau kota"),
        method="place",
        max_length=60,
        validators=[ProhibitNullCharactersValidator()],
    )
    donatur = django_filters.ChoiceFilter(
        label=_("Donatur"),
        field_name="donor__kind",
        choices=Donor.Kind.choices,
        empty_label=_("Semua"),
    )
    pemeriksaan = django_filters.ChoiceFilter(
        label=_("Pemeriksaan"),
        method="checked",
        choices=[
            ("ok", _("Semua sesuai")),
            ("note", _("Perlu dilihat")),
            ("stop", _("Tidak boleh disetujui")),
            ("risk", _("Ada alasan risiko")),
        ],
        empty_label=_("Semua"),
    )
    mendesak = django_filters.ChoiceFilter(
        label=_("Mendesak karena"),
        method="urgent",
        choices=[(str(u.value), u.label) for u in Urgency if u.label],
        empty_label=_("Semua"),
    )
    kantor = django_filters.ChoiceFilter(
        label=_("Kantor"), field_name="office__code", empty_label=_("Semua")
    )

    def __init__(self, *args: Any, today: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.filters["kantor"].extra["choices"] = [(o.code, o.name) for o in offices]

    @property
    def has_more(self) -> bool:
        """Whether one of the filters that are folded away is asked for."""
        return any(self.form.cleaned_data.get(name) for name in MORE) if self.is_valid() else True

    @property
    def tab(self) -> str:
        """The tab above the queue that shows what is asked for; empty where none does."""
        asked = {name for name, value in self.form.cleaned_data.items() if value}
        if asked == {"status"} and self.form.cleaned_data["status"] == "returned":
            return "returned"
        tabs = {
            frozenset(): "undecided",
            frozenset({"terlambat"}): "overdue",
            frozenset({"saya"}): "mine",
            frozenset({"beku"}): "frozen",
        }
        return tabs.get(frozenset(asked), "") if self.is_valid() else ""

    def filter_queryset(self, queryset: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
        found = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if asked.get("status") or asked.get("cari") or asked.get("beku"):
            return found
        return found.filter(status__in=Enrollment.UNDECIDED)

    def search(self, cases: QuerySet[Enrollment], name: str, value: str) -> QuerySet[Enrollment]:
        """Find by the number that donor and branch tell each other, or by name."""
        number = _NUMBER.fullmatch(value.strip())
        if number is None:
            return cases.filter(name__icontains=value.strip())
        found = cases.filter(order=int(number[1]))
        return found.filter(position=int(number[2])) if number[2] else found

    def overdue(self, cases: QuerySet[Enrollment], name: str, value: Any) -> QuerySet[Enrollment]:
        """Only cases whose decision is owed since yesterday or longer."""
        if not value:
            return cases
        return cases.filter(status__in=Enrollment.UNDECIDED, due_on__lt=self.today)

    def mine(self, cases: QuerySet[Enrollment], name: str, value: Any) -> QuerySet[Enrollment]:
        """Only cases that the asking officer holds."""
        if not value:
            return cases
        return cases.filter(status=Enrollment.Status.IN_REVIEW, taken_by=self.request.user)

    def frozen(self, cases: QuerySet[Enrollment], name: str, value: Any) -> QuerySet[Enrollment]:
        """Only frozen cases for which something could still be asked, approved ones too."""
        if not value:
            return cases
        return cases.filter(frozen_at__isnull=False, status__in=FREEZABLE)

    def place(self, cases: QuerySet[Enrollment], name: str, value: str) -> QuerySet[Enrollment]:
        """By a part of the name of the village or of the areas above it."""
        return cases.filter(village__full_name__icontains=value.strip())

    def checked(self, cases: QuerySet[Enrollment], name: str, value: str) -> QuerySet[Enrollment]:
        """By what the stored checks found; a case without checks is not all right."""
        made = Check.objects.filter(enrollment=OuterRef("pk"))
        noted, stopped = made.filter(outcome="note"), made.filter(outcome="stop")
        asked = {
            "ok": Exists(made) & ~Exists(noted) & ~Exists(stopped),
            "note": Exists(noted),
            "stop": Exists(stopped),
            "risk": Exists(noted.filter(kind__startswith="risk_")),
        }
        return cases.filter(asked[value])

    def urgent(self, cases: QuerySet[Enrollment], name: str, value: str) -> QuerySet[Enrollment]:
        """By the reason for which a case comes before older ones."""
        return cases.filter(urgency=int(value))  # type: ignore[misc]
