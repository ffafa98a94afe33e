"""The questions about a worker that several forms share."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import keep_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.contacts import PhoneField
from bricks.widgets import DateText, NikInput
from regions.forms import VillageField, VillageSearchMixin
from regions.selectors import find_village
from workers import nik
from workers.age import age_on, turns_65_on
from workers.entries import WorkerData
from workers.models import Enrollment, Occupation, Sex

OLDEST = 120
LONGEST_ADDRESS = 150
NAME_SIGNS = set(" .,'’`-/")
EMPLOYEE = "employee"
CHOOSE = {"required": _("Pilih satu."), "invalid_choice": _("Pilih dari daftar.")}


@keep_lazy(SafeString)
def card(title: Any, help_text: Any) -> SafeString:
    """Write a choice as a card: what it is, and one line of help, in the reader's language."""
    return format_html("<strong>{}</strong><span class='choice-help'>{}</span>", title, help_text)


class NameField(forms.CharField):
    """A person's name as on the KTP: letters and the few signs that names bear."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Nama lengkap pekerja"))
        kwargs.setdefault("help_text", _("Sesuai KTP."))
        kwargs.setdefault("max_length", 120)
        kwargs.setdefault(
            "error_messages",
            {
                "required": _("Tulis nama lengkapnya."),
                "max_length": _("Nama paling panjang %(limit_value)d huruf."),
            },
        )
        kwargs.setdefault("widget", forms.TextInput({"autocomplete": "off", "spellcheck": "false"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return the name with single spaces. Raises ValidationError."""
        name = " ".join(str(super().clean(value)).split())
        if not name:
            return ""
        if not all(sign.isalpha() or sign in NAME_SIGNS for sign in name):
            raise ValidationError(_("Nama hanya berisi huruf, spasi, titik, dan petik."), "signs")
        if sum(sign.isalpha() for sign in name) < 2:
            raise ValidationError(_("Tulis nama lengkapnya."), "short")
        return name


class NikField(forms.CharField):
    """A NIK, with or without spaces, whose structure is right.

    Nothing here asks whether the portal knows it (P8).
    """

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("NIK pekerja"))
        kwargs.setdefault("help_text", _("16 angka di KTP."))
        kwargs.setdefault("widget", NikInput)
        kwargs.setdefault("error_messages", {"required": _("Isi NIK, 16 angka.")})
        super().__init__(**kwargs)
        self.today = today

    def clean(self, value: Any) -> str:
        """Return the sixteen digits. Raises ValidationError that says what is wrong."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            nik.parse(text, registered_on=self.today)
            return nik.clean(text)
        except nik.MalformedNik as error:
            raise ValidationError(str(error), code="bad_nik") from None


class BirthDateField(forms.DateField):
    """A birth date, typed, of somebody who may be enrolled today."""

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Tanggal lahir"))
        kwargs.setdefault("help_text", _("Sesuai KTP: tanggal-bulan-tahun, misalnya 17-08-1985."))
        kwargs.setdefault("widget", DateText)
        kwargs.setdefault(
            "error_messages",
            {
                "required": _("Isi tanggal lahirnya."),
                "invalid": _("Tulis tanggal-bulan-tahun, misalnya 17-08-1985."),
            },
        )
        super().__init__(**kwargs)
        self.today = today

    def clean(self, value: Any) -> date | None:
        """Return the date. Raises ValidationError for the impossible, the old, the young."""
        born: date | None = super().clean(value)
        if born is None:
            return None
        if born > self.today or age_on(born, self.today) > OLDEST:
            raise ValidationError(_("Tahun lahir ini tidak mungkin. Periksa lagi."), "impossible")
        if turns_65_on(born) <= self.today:
            message = _("Pekerja sudah 65 tahun, jadi tidak dapat didaftarkan lagi.")
            raise ValidationError(message, "too_old")
        if age_on(born, self.today) < settings.MINIMUM_AGE:
            message = _("Pekerja harus berusia paling sedikit %(age)s tahun.")
            raise ValidationError(message, "too_young", {"age": settings.MINIMUM_AGE})
        return born


class OccupationField(forms.ModelChoiceField):
    """A job of the list, in the language of the page; `keep` is one that somebody has already."""

    def __init__(self, *, keep: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Pekerjaan"))
        kwargs.setdefault("help_text", _("Pilih yang paling mirip."))
        kwargs.setdefault("empty_label", _("Pilih pekerjaan…"))
        kwargs.setdefault(
            "error_messages",
            {"required": _("Pilih pekerjaannya."), "invalid_choice": _("Pilih dari daftar.")},
        )
        # What a stranger's form sends may hold NUL, which PostgreSQL refuses to compare.
        kept = str(getattr(keep, "pk", keep) or "").replace("\0", "")
        offered = Occupation.objects.filter(Q(is_offered=True) | Q(pk=kept))
        super().__init__(offered.order_by("order", "name"), **kwargs)


class AddressField(forms.CharField):
    """Street and house or RT/RW, where it is told: the village is asked for on its own."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Alamat (jalan, RT/RW)"))
        kwargs.setdefault("help_text", _("Membantu cabang bila perlu berkunjung."))
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", LONGEST_ADDRESS)
        kwargs.setdefault(
            "error_messages", {"max_length": _("Alamat paling panjang %(limit_value)d huruf.")}
        )
        kwargs.setdefault("widget", forms.TextInput({"autocomplete": "off", "spellcheck": "false"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return the address with single spaces. Raises ValidationError."""
        return " ".join(str(super().clean(value)).split())


class WorkerDataForm(VillageSearchMixin, forms.Form):
    """NIK, birth date, sex, phone, job, village and address of one worker."""

    #: The answers that a draft keeps; the village picker has two more.
    names = (
        "nik",
        "birth_date",
        "sex",
        "phone",
        "occupation",
        "village",
        "village_teks",
        "village_wilayah",
        "address",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["nik"] = NikField(today=today)
        self.fields["birth_date"] = BirthDateField(today=today)
        self.fields["sex"] = forms.ChoiceField(
            label=_("Jenis kelamin"),
            choices=Sex.choices,
            widget=forms.RadioSelect,
            error_messages=CHOOSE,
        )
        self.fields["phone"] = PhoneField(
            label=_("Nomor HP pekerja"),
            required=False,
            help_text=_("Boleh nomor keluarga. Kami kabari pekerja lewat nomor ini."),
        )
        self.fields["occupation"] = OccupationField(keep=self.initial.get("occupation"))
        self.fields["village"] = VillageField(
            label=_("Tempat tinggal atau tempat kerja pekerja"),
            help_text=_("Menentukan cabang yang memeriksa."),
        )
        self.fields["address"] = AddressField()

    def worker_data(self, name: str) -> WorkerData:
        """Return what was filled in, once it is valid."""
        data = self.cleaned_data
        village = find_village(data["village"])
        assert village is not None  # noqa: S101  (the field has found it)
        return WorkerData(
            nik=data["nik"],
            name=name,
            birth_date=data["birth_date"],
            sex=data["sex"],
            phone=data["phone"],
            village=village,
            occupation=data["occupation"],
            address=data["address"],
        )


def relation_field(*, is_person: bool) -> forms.ChoiceField:
    """Ask how the donor knows the worker; an own employee is refused with the reason (P9)."""
    relations = [
        choice
        for choice in Enrollment.Relation.choices
        if (choice[0] != Enrollment.Relation.PROGRAMME) or not is_person
    ]
    return RelationField(
        label=_("Hubungan pekerja dengan Anda")
        if is_person
        else _("Hubungan pekerja dengan donatur"),
        error_messages=CHOOSE,
        choices=[*relations, (EMPLOYEE, _("Pekerja perusahaan saya sendiri"))],
        widget=forms.RadioSelect,
    )


class RelationField(forms.ChoiceField):
    """Refuses own employees, whom their company must enrol itself."""

    def clean(self, value: Any) -> str:
        """Return the relation. Raises ValidationError."""
        relation = str(super().clean(value))
        if relation == EMPLOYEE:
            raise ValidationError(
                _(
                    "Pekerja perusahaan sendiri wajib didaftarkan sebagai Penerima Upah. "
                    "Tidak bisa lewat SERTAKAN. Telepon 175, kami bantu."
                ),
                code=EMPLOYEE,
            )
        return relation
