"""The shapes of what a treasurer says about remittances, and people about what is parked."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bricks.formfields import PlainText
from bricks.widgets import DateText
from contributions.models import ReversalRuling
from contributions.remittance_selectors import ANSWERED, READY, WAITING
from regions.models import Office
from workers.checkfile.reading import MOST_BYTES, TooBig


class RemittanceFilter(forms.Form):
    """By what the list of remittances is narrowed."""

    office = forms.ModelChoiceField(
        label=_("Cabang"), queryset=Office.objects.none(), required=False, empty_label=_("Semua")
    )
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("Semua")),
            (READY, _("Belum di BPJS")),
            (WAITING, _("Menunggu jawaban")),
            (ANSWERED, _("Terjawab semua")),
        ],
    )
    day = forms.DateField(
        label=_("Hari"),
        required=False,
        widget=DateText({"placeholder": "HH-BB-TTTT"}),
        input_formats=["%d-%m-%Y", "%Y-%m-%d"],
        error_messages={"invalid": _("Tulis tanggal sebagai HH-BB-TTTT.")},
    )

    def __init__(self, *args: Any, offices: QuerySet[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]


class PurposeForm(forms.Form):
    """What a file with NIKs is fetched for."""

    purpose = PlainText(
        label=_("Untuk keperluan apa?"),
        help_text=_("Tercatat bersama nama Anda."),
        min_length=5,
        max_length=120,
        error_messages={
            "required": _("Tulis keperluannya."),
            "min_length": _("Tulis keperluannya dengan jelas."),
        },
    )


class AnswersForm(forms.Form):
    """The acceptance file that came back from BPJS."""

    file = forms.FileField(
        label=_("Berkas jawaban BPJS"),
        max_length=200,
        help_text=_("XLSX tanpa kata sandi atau CSV, paling besar 5 MB."),
        error_messages={
            "required": _("Pilih berkasnya."),
            "empty": _("Berkas ini kosong."),
            "missing": _("Pilih berkasnya."),
            "invalid": _("Pilih berkasnya."),
            "max_length": _("Nama berkasnya terlalu panjang."),
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(str(TooBig()), code="too_big")
        return file

    def content(self) -> bytes:
        """Return what was uploaded, once it is valid."""
        return bytes(self.cleaned_data["file"].read())


class ReasonForm(forms.Form):
    """Why something that was parked goes on, or what became of it."""

    reason = PlainText(
        label=_("Apa alasannya?"),
        help_text=_("Auditor membacanya."),
        min_length=5,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": _("Tulis alasannya."),
            "min_length": _("Tulis alasannya dengan jelas."),
        },
    )


class RulingForm(ReasonForm):
    """What a person proposes for months whose money the bank took back."""

    outcome = forms.ChoiceField(
        label=_("Apa putusannya?"),
        choices=ReversalRuling.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Pilih putusannya.")},
    )

    field_order = ("outcome", "reason")
