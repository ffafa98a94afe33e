"""Whom a supervisor names as his deputy, and until when."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from bricks.widgets import DateText


class _OfficerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.get_full_name() or obj.user_id} ({obj.office.name})"


class DeputyForm(forms.Form):
    """An officer of the own office, and the last day on which he stands in."""

    officer = _OfficerField(
        label=_("Petugas"),
        queryset=Role.objects.none(),
        empty_label=_("Pilih petugas"),
        error_messages={"required": _("Pilih petugas yang menjadi wakil.")},
    )
    until = forms.DateField(
        label=_("Sampai tanggal"),
        help_text=_("Hari terakhir, termasuk hari itu. Contoh: 30-11-2026."),
        input_formats=["%d-%m-%Y"],
        widget=DateText({"class": "short"}),
        error_messages={
            "required": _("Tulis hari terakhirnya."),
            "invalid": _("Tulis tanggal seperti 30-11-2026."),
        },
    )

    def __init__(self, *args: Any, officers: QuerySet[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """Return what the service asks for."""
        return {"officer": self.cleaned_data["officer"], "until": self.cleaned_data["until"]}
