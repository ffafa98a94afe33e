"""What a worker types to open his own page, and what he corrects on it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.contacts import PhoneField
from bricks.widgets import CodeInput, DateText
from workers import codes
from workers.forms.fields import NameField, OccupationField

DATE_ERRORS = {
    "required": _("Isi tanggal lahir Anda."),
    "invalid": _("Tulis tanggal-bulan-tahun, misalnya 17-08-1985."),
}
#: What a worker may call wrong in a case that nobody has decided.
WRONG = {
    "name": _("Nama"),
    "nik": _("NIK"),
    "birth_date": _("Tanggal lahir"),
    "phone": _("Nomor HP"),
    "village": _("Desa atau kelurahan"),
    "occupation": _("Pekerjaan"),
}


def birth_date_field() -> forms.DateField:
    """Ask for the birth date; it is never filled in before (P43)."""
    return forms.DateField(
        label=_("Tanggal lahir Anda"),
        help_text=_("Misalnya 17-08-1985."),
        widget=DateText({"autocomplete": "off"}),
        error_messages=DATE_ERRORS,
    )


class EnterForm(forms.Form):
    """Phone number and birth date; a code follows."""

    phone = PhoneField(label=_("Nomor HP Anda"), error_messages={"required": _("Isi nomor HP.")})
    birth_date = birth_date_field()


class CodeForm(forms.Form):
    """The six digits that came by short message."""

    code = forms.CharField(
        label=_("Kode dari SMS"),
        help_text=_("6 angka."),
        max_length=12,
        widget=CodeInput,
        error_messages={"required": _("Isi 6 angka dari SMS.")},
    )

    def clean_code(self) -> str:
        """Return the digits without what stands between them."""
        return "".join(str(self.cleaned_data["code"]).split()).replace("-", "")


class PrintedForm(forms.Form):
    """The letters that the branch has printed, and the birth date."""

    code = forms.CharField(
        label=_("Kode di kertas"),
        help_text=_("10 huruf, besar atau kecil sama saja."),
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Isi kode di kertas.")},
    )
    birth_date = birth_date_field()


class CheckForm(forms.Form):
    """The code that stands in the portal's first message."""

    code = forms.CharField(
        label=_("Kode di pesan"),
        help_text=_("Misalnya ABCD-EFGH."),
        max_length=40,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _("Isi kode di pesan.")},
    )

    def case_id(self) -> int | None:
        """Return the case that the code names, once the form is valid."""
        return codes.case_of_check_code(self.cleaned_data["code"])


class CorrectionForm(forms.Form):
    """What the registry has wrong; only what is filled in is proposed."""

    name = NameField(label=_("Nama yang benar"), required=False, help_text="")
    phone = PhoneField(label=_("Nomor HP yang benar"), required=False)
    address = forms.CharField(
        label=_("Alamat yang benar"),
        required=False,
        max_length=200,
        help_text=_("Jalan, nomor, RT, dan RW."),
    )
    occupation = OccupationField(label=_("Pekerjaan yang benar"), required=False, help_text="")

    def clean(self) -> dict[str, Any]:
        """Refuse an empty form."""
        data = super().clean() or self.cleaned_data
        if not self.errors and not self.values():
            self.add_error(None, _("Isi yang keliru saja. Satu cukup."))
        return data

    def values(self) -> dict[str, Any]:
        """Return what was filled in, by the registry's names."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class WrongForm(forms.Form):
    """Which data of a case that is still checked are wrong; no value is asked."""

    wrong = forms.MultipleChoiceField(
        label=_("Apa yang keliru?"),
        choices=list(WRONG.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Pilih paling sedikit satu."),
            "invalid_choice": _("Pilih dari daftar."),
        },
    )
