"""The form by which a person rules on a provider's event."""

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.services.questions import LONGEST_NOTE


class RulingForm(forms.Form):
    """What was found, and what was done about it."""

    note = forms.CharField(
        label=_("Yang Anda temukan dan lakukan"),
        help_text=_("Tanpa nama, NIK atau nomor rekening."),
        min_length=5,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3}),
    )
