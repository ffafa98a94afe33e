"""What staff say about a worker of the registry. The forms validate, the services decide."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.contacts import PhoneField
from bricks.widgets import DateText
from regions.forms import VillageField, VillageSearchMixin
from regions.selectors import find_village
from workers.age import age_on
from workers.forms.desk import CHOOSE, NoteField
from workers.forms.fields import OLDEST, NameField, NikField, OccupationField
from workers.models import Said, Sex, WorkerEvent
from workers.services.changing import FIELDS

Kind = WorkerEvent.Kind
#: The clock says nothing of itself.
PEOPLE = [choice for choice in Said.choices if choice[0] != Said.CLOCK]
ADDRESS_LENGTH = 200


class SaidByField(forms.ChoiceField):
    """Who said that it is so."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Siapa yang menyampaikan?"),
            choices=[CHOOSE, *PEOPLE],
            error_messages={"required": _("Pilih siapa yang menyampaikan.")},
            **kwargs,
        )


class PastDayField(forms.DateField):
    """A day that has come, typed."""

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DateText)
        kwargs.setdefault(
            "error_messages",
            {
                "required": _("Isi tanggalnya."),
                "invalid": _("Tulis tanggal-bulan-tahun, misalnya 17-08-1985."),
            },
        )
        super().__init__(**kwargs)
        self.today = today

    def clean(self, value: Any) -> date | None:
        """Return the day. Raises ValidationError for one to come, or too long ago."""
        day: date | None = super().clean(value)
        if day is not None and (day > self.today or age_on(day, self.today) > OLDEST):
            raise ValidationError(_("Tanggal ini tidak mungkin. Periksa lagi."), "impossible")
        return day


class NikSearchForm(forms.Form):
    """A full NIK, sent by POST only."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nik"] = NikField(
            today=today, label=_("Cari dengan NIK"), help_text=_("16 angka. Pencarian dicatat.")
        )


class ChangeForm(VillageSearchMixin, forms.Form):
    """A correction: only what is filled in changes."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nik"] = NikField(today=today, label=_("NIK yang benar"), required=False)
        self.fields["name"] = NameField(label=_("Nama yang benar"), required=False)
        self.fields["birth_date"] = PastDayField(
            today=today, label=_("Tanggal lahir yang benar"), required=False
        )
        self.fields["sex"] = forms.ChoiceField(
            label=_("Jenis kelamin"), choices=[("", _("Tetap")), *Sex.choices], required=False
        )
        self.fields["phone"] = PhoneField(label=_("Nomor HP yang benar"), required=False)
        self.fields["no_phone"] = forms.BooleanField(
            label=_("Nomor HP yang tercatat bukan miliknya; hapus."), required=False
        )
        self.fields["address"] = forms.CharField(
            label=_("Alamat yang benar"),
            help_text=_("Jalan, nomor, RT/RW."),
            max_length=ADDRESS_LENGTH,
            required=False,
        )
        self.fields["occupation"] = OccupationField(
            label=_("Pekerjaan yang benar"), required=False, empty_label=_("Tetap")
        )
        self.fields["village"] = VillageField(
            label=_("Desa atau kelurahan yang benar"),
            help_text=_("Bila ia pindah, catat peristiwa pindah, bukan perubahan."),
            required=False,
        )
        self.fields["reason"] = NoteField(
            label=_("Mengapa diubah?"),
            required=True,
            error_messages={"required": _("Tulis alasannya.")},
        )
        self.fields["said_by"] = SaidByField()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("phone") and data.get("no_phone"):
            self.add_error("phone", _("Isi nomor baru, atau hapus; jangan keduanya."))
        if not self.errors and not self.values():
            raise ValidationError(_("Isi paling sedikit satu data yang benar."), "nothing")
        return data

    def values(self) -> dict[str, Any]:
        """Return what is to be corrected, once it is valid."""
        data = self.cleaned_data
        found = {name: data[name] for name in FIELDS if data.get(name)}
        if data.get("no_phone"):
            found["phone"] = ""
        return found


class EventForm(VillageSearchMixin, forms.Form):
    """Something that happened to a worker."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(k.value, k.label) for k in Kind if k != Kind.TURNED_65]
        self.fields["kind"] = forms.ChoiceField(
            label=_("Apa yang terjadi?"),
            choices=kinds,
            widget=forms.RadioSelect,
            error_messages={"required": _("Pilih satu.")},
        )
        self.fields["happened_on"] = PastDayField(today=today, label=_("Tanggal kejadian"))
        self.fields["said_by"] = SaidByField()
        self.fields["village"] = VillageField(
            label=_("Pindah ke desa atau kelurahan"),
            help_text=_("Isi hanya bila ia pindah."),
            required=False,
        )
        self.fields["note"] = NoteField()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        moved = data.get("kind") == Kind.MOVED
        if moved and not data.get("village") and "village" not in self.errors:
            self.add_error("village", _("Pilih desa yang baru."))
        return data

    def event(self) -> dict[str, Any]:
        """Return what is recorded, once it is valid; a village only of a move."""
        data = dict(self.cleaned_data)
        code = data.pop("village")
        moved = data["kind"] == Kind.MOVED
        return {**data, "village": find_village(code) if moved else None}


class RefusalForm(forms.Form):
    """Why a correction is not applied."""

    reason = NoteField(
        label=_("Mengapa tidak diterapkan?"),
        required=True,
        error_messages={"required": _("Tulis alasannya.")},
    )


class RevokeForm(forms.Form):
    """Why an event is taken back."""

    note = NoteField(
        label=_("Mengapa dibatalkan?"),
        required=True,
        error_messages={"required": _("Tulis alasannya.")},
    )
