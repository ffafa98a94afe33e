"""What a donor chooses on his statement: which donor, which year, money or months."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from donors.models import Donor

MONEY, MONTHS = "uang", "bulan"


class StatementForm(forms.Form):
    """Nothing chosen means the first donor, all years, movements of money."""

    donatur = forms.ChoiceField(label=_("Donatur"), required=False)
    tahun = forms.TypedChoiceField(label=_("Tahun"), required=False, coerce=int, empty_value=None)
    lihat = forms.ChoiceField(
        choices=[(MONEY, _("Uang")), (MONTHS, _("Bulan"))],
        required=False,
        widget=forms.HiddenInput,
    )
    # One line of the statement whose months are asked for.
    baris = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, donors: Sequence[Donor], years: Iterable[int], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.donors = donors
        choices = [(str(donor.uuid), donor.name) for donor in donors]
        self.fields["donatur"].choices = choices  # type: ignore[attr-defined]
        if len(choices) < 2:
            self.fields["donatur"].widget = forms.HiddenInput()
        self.fields["tahun"].choices = [  # type: ignore[attr-defined]
            ("", _("Semua tahun")),
            *((str(year), str(year)) for year in years),
        ]
