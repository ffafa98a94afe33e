"""What a donor chooses when he asks for certificates of many workers."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from contributions.models import Sponsorship
from donors.models import Donor, Programme

RUNNING, EVER = "berlaku", "semua"


class CertificateForm(forms.Form):
    """For which of the user's donors or programmes, and for whom of their workers."""

    untuk = forms.ChoiceField(label=_("Program"))
    siapa = forms.ChoiceField(
        label=_("Pekerja yang mana?"),
        choices=[
            (RUNNING, _("Yang iurannya masih berlaku")),
            (EVER, _("Semua yang pernah dibayar")),
        ],
        initial=RUNNING,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, *, donors: Iterable[Donor], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.donors = {str(donor.uuid): donor for donor in donors}
        rows = Programme.objects.filter(donor__in=self.donors.values()).order_by("name", "pk")
        self.programmes = {str(row.pk): row for row in rows.select_related("donor")}
        choices = [(uuid, donor.name) for uuid, donor in self.donors.items()]
        if len(self.programmes) > len(self.donors):
            choices += [(pk, f"{p.donor.name}: {p.name}") for pk, p in self.programmes.items()]
        self.fields["untuk"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.fields["untuk"].widget = forms.HiddenInput()
            self.fields["untuk"].initial = choices[0][0]

    def donor(self) -> Donor:
        """The donor who was chosen, himself or by his programme."""
        asked = self.cleaned_data["untuk"]
        return self.donors[asked] if asked in self.donors else self.programmes[asked].donor

    def chosen(self, rows: QuerySet[Sponsorship], *, today: date) -> QuerySet[Sponsorship]:
        """Narrow sponsorships to those that were chosen."""
        asked = self.cleaned_data["untuk"]
        if asked in self.programmes:
            rows = rows.filter(programme=self.programmes[asked])
        if self.cleaned_data["siapa"] == RUNNING:
            rows = rows.filter(paid_until__gte=today)
        return rows
