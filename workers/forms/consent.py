"""The shape of a consent that the branch records."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workers.forms.order import ProofForm
from workers.models import Consent


class BranchConsentForm(ProofForm):
    """How the worker agreed, and a photo of what he signed, if he did."""

    how = forms.ChoiceField(
        label=_("Bagaimana pekerja menyetujui?"),
        choices=Consent.How.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Pilih bagaimana pekerja menyetujui.")},
    )
    read_out = forms.BooleanField(
        label=_("Naskah persetujuan sudah dibacakan, dan pekerja sendiri menyatakan setuju."),
        error_messages={"required": _("Bacakan naskahnya dulu, lalu centang.")},
    )
    field_order = ("how", "photo", "read_out")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].label = _("Foto atau pindaian")

    def said(self) -> dict[str, Any]:
        """What the service is told, by the names of its arguments."""
        return {"how": self.cleaned_data["how"], "content": self.content()}
