"""What people fill in when a sponsorship passes to another donor, or a worker waits for one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contributions.models import WaitingPlace
from donors.models import Programme
from workers.forms.fields import relation_field
from workers.forms.order import DEFAULT_MONTHS, MONTHS
from workers.models import Consent


class TermsForm(forms.Form):
    """For how long, on whose behalf, and how the donor knows the worker."""

    programme = forms.ChoiceField(label=_("Atas nama siapa?"), required=False)
    months = forms.TypedChoiceField(
        label=_("Berapa lama?"),
        choices=MONTHS,
        coerce=int,
        initial=DEFAULT_MONTHS,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, programmes: dict[str, Programme | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = programmes
        self.fields["programme"].choices = [  # type: ignore[attr-defined]
            (key, f"{found.donor.name}: {found.name}" if found else _("Saya sendiri"))
            for key, found in programmes.items()
        ]
        if len(programmes) == 1:
            del self.fields["programme"]
        self.fields["relation"] = relation_field(is_person=len(programmes) == 1)

    @property
    def programme_chosen(self) -> Programme | None:
        """The programme, or None for the person's own."""
        return self.programmes[self.cleaned_data.get("programme") or ""]


class AgreedForm(forms.Form):
    """How the branch heard from the worker that he wants another donor."""

    how = forms.ChoiceField(label=_("Bagaimana pekerja menyetujui?"), choices=Consent.How.choices)


class RemoveForm(forms.Form):
    """Why the branch takes a worker off the list."""

    reason = forms.CharField(
        label=_("Alasan"), max_length=WaitingPlace._meta.get_field("reason").max_length
    )
