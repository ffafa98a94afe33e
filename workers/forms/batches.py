"""The shapes of what an officer says about check files."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bricks.logs import mask
from regions.models import Office
from workers.checkfile.reading import MOST_BYTES, TooBig
from workers.models import CheckBatch

ALL, UNASKED = "semua", "belum"


class BatchForm(forms.Form):
    """Which cases are asked about, whom, and what for."""

    office = forms.ModelChoiceField(
        label=_("Kantor"),
        queryset=Office.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": _("Pilih kantor Anda.")},
    )
    target = forms.ChoiceField(
        label=_("Ditanyakan ke mana?"),
        choices=CheckBatch.Target.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Pilih ke mana ditanyakan.")},
    )
    scope = forms.ChoiceField(
        label=_("Kasus yang mana?"),
        choices=[
            (UNASKED, _("Yang belum diperiksa")),
            (ALL, _("Semua yang menunggu keputusan")),
        ],
        initial=UNASKED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Pilih kasusnya.")},
    )
    purpose = forms.CharField(
        label=_("Untuk keperluan apa?"),
        help_text=_("Penyelia dan auditor membacanya. Jangan menulis NIK atau nomor HP."),
        min_length=5,
        max_length=200,
        error_messages={
            "required": _("Tulis keperluannya."),
            "min_length": _("Tulis keperluannya dengan jelas."),
        },
    )

    def __init__(self, *args: Any, offices: QuerySet[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]
        self.fields["office"].initial = offices.first()
        if len(offices) == 1:
            self.fields["office"].widget = forms.HiddenInput()

    def clean_purpose(self) -> str:
        text: str = self.cleaned_data["purpose"]
        if mask(text) != text:
            raise forms.ValidationError(_("Jangan menulis NIK, nomor HP, atau e-mail di sini."))
        return text

    def said(self) -> dict[str, Any]:
        """What the service is told, by the names of its arguments."""
        said = dict(self.cleaned_data)
        unasked = said.pop("scope") == UNASKED
        return {**said, "unasked": unasked}


class AnswerForm(forms.Form):
    """The file that came back."""

    file = forms.FileField(
        label=_("Berkas jawaban"),
        max_length=200,
        help_text=_("XLSX atau CSV, paling besar 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        error_messages={
            "required": _("Pilih berkasnya dulu."),
            "empty": _("Berkas ini kosong."),
        },
    )

    def clean_file(self) -> UploadedFile:
        """Refuse a file by its size before it is read into memory."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(str(TooBig()), code="too_big")
        return file

    def content(self) -> bytes:
        """Return what was uploaded, once it is valid."""
        return bytes(self.cleaned_data["file"].read())
