"""The form of the renewal's preview."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bricks.widgets import DateText

#: How far ahead a preview may look.
AHEAD = timedelta(days=366)


class PreviewForm(forms.Form):
    """The day of the run that is looked at: today or later."""

    hari = forms.DateField(
        label=_("Hari"),
        widget=DateText({"placeholder": "HH-BB-TTTT"}),
        input_formats=["%d-%m-%Y", "%Y-%m-%d"],
        error_messages={"invalid": _("Tulis tanggal sebagai HH-BB-TTTT.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_hari(self) -> date:
        """Refuse a day that is over, and one beyond a year."""
        day: date = self.cleaned_data["hari"]
        if not self.today <= day <= self.today + AHEAD:
            raise forms.ValidationError(_("Pilih hari ini atau sesudahnya, paling jauh setahun."))
        return day
