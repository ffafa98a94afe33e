"""What head office fills in about offices. The shapes validate, the services decide."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bricks.widgets import ChoiceRow
from regions.forms import VillageField, VillageSearchMixin
from regions.models import CALL_CENTRE, Area, Office
from regions.office_csv import tidy_phone
from regions.office_table import Row
from workers.services.offices import TakenByAnother

Kind = Office.Kind
BRANCHES = [(Kind.KC.value, Kind.KC.label), (Kind.KCP.value, Kind.KCP.label)]
MOST_CHANGES = 1_000_000_000


class FilterForm(forms.Form):
    """How the list of offices is narrowed down."""

    cari = forms.CharField(
        label=_("Nama, kota, atau kode"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"type": "search", "autocomplete": "off", "data-key": "/"}),
    )
    jenis = forms.ChoiceField(
        label=_("Jenis"), required=False, choices=[("", _("Semua")), *Kind.choices]
    )
    provinsi = forms.ChoiceField(label=_("Provinsi"), required=False)
    celah = forms.BooleanField(label=_("Hanya yang belum diatur"), required=False)

    def __init__(self, *args: Any, provinces: Iterable[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(province.code, province.name) for province in provinces]
        self.fields["provinsi"].choices = [("", _("Semua")), *choices]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """What the selector is asked; what nobody can mean is left out."""
        self.is_valid()
        found = self.cleaned_data
        return {
            "text": found.get("cari", ""),
            "kind": found.get("jenis", ""),
            "province": found.get("provinsi", ""),
            "only_gaps": bool(found.get("celah")),
        }


class SeenForm(forms.Form):
    """Bears the version of the office that the editor has before him."""

    versi = forms.IntegerField(min_value=0, max_value=MOST_CHANGES, widget=forms.HiddenInput)


class OfficeForm(SeenForm):
    """Name, kind, parent and place of an office; a Kanwil has neither kind nor parent to choose."""

    name = forms.CharField(label=_("Nama kantor"), max_length=100)
    kind = forms.ChoiceField(label=_("Jenis"), choices=BRANCHES, widget=ChoiceRow)
    parent = forms.ModelChoiceField(
        label=_("Kantor induk"),
        queryset=Office.objects.none(),
        to_field_name="code",
        empty_label=_("Pilih kantor induk…"),
        help_text=_("Cabang di bawah kantor wilayah, cabang perintis di bawah cabang."),
    )
    city = forms.CharField(label=_("Kota"), max_length=60)
    address = forms.CharField(
        label=_("Alamat"),
        max_length=200,
        required=False,
        help_text=_("Kosongkan bila belum pasti. Halaman lalu menyebut 175."),
    )
    phone = forms.CharField(
        label=_("Telepon"), max_length=20, initial=CALL_CENTRE, help_text=_("Misalnya 0711 123456.")
    )

    def __init__(self, *args: Any, office: Office | None = None, **kwargs: Any) -> None:
        if office is not None:
            kwargs["initial"] = {
                "versi": office.version,
                "name": office.name,
                "kind": office.kind,
                "parent": office.parent.code if office.parent else "",
                "city": office.city,
                "address": office.address,
                "phone": office.phone,
            }
        super().__init__(*args, **kwargs)
        self.office = office
        if office is None:
            del self.fields["versi"]
        if office is not None and office.kind == Kind.KANWIL:
            del self.fields["kind"], self.fields["parent"]
        else:
            above = Office.objects.filter(is_open=True, kind__in=[Kind.KANWIL, Kind.KC])
            parents = above.exclude(pk=office.pk if office else 0).order_by("-kind", "name")
            self.fields["parent"].queryset = parents  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        try:
            return tidy_phone(self.cleaned_data["phone"])
        except ValueError:
            raise ValidationError(_("Tulis nomor telepon, misalnya 0711 123456.")) from None

    def row(self) -> Row:
        """The office as the table writes it."""
        data = self.cleaned_data
        parent = data.get("parent")
        return Row(
            name=data["name"],
            kind=data.get("kind", Kind.KANWIL.value),
            parent=parent.code if parent else "",
            city=data["city"],
            address=data["address"],
            phone=data["phone"],
        )


class AreaStepForm(SeenForm):
    """One step with a regency that an office serves."""

    STEPS = ("utama", "diatur", "belum_diatur", "berhenti")

    langkah = forms.ChoiceField(choices=[(step, step) for step in STEPS])
    wilayah = forms.CharField(max_length=4)
    dari = forms.CharField(max_length=30, required=False)


class ServeForm(SeenForm):
    """Another regency that an office serves."""

    wilayah = forms.ChoiceField(label=_("Kabupaten atau kota"))

    def __init__(self, *args: Any, regencies: Iterable[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        provinces: dict[str, list[tuple[str, str]]] = {}
        for regency in regencies:
            names = provinces.setdefault(regency.parent.name if regency.parent else "", [])
            names.append((regency.code, regency.name))
        choices = [("", _("Pilih…")), *provinces.items()]
        self.fields["wilayah"].choices = choices  # type: ignore[attr-defined]


class ProvinceForm(SeenForm):
    """A province that a Kanwil takes; the choice says from whom."""

    provinsi = forms.ChoiceField(
        label=_("Provinsi"), help_text=_("Setiap provinsi punya tepat satu kantor wilayah.")
    )

    def __init__(
        self,
        *args: Any,
        office: Office,
        provinces: Iterable[tuple[Area, Office | None]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (
                f"{province.code}:{kanwil.code if kanwil else ''}",
                f"{province.name} ({kanwil.name})" if kanwil else province.name,
            )
            for province, kanwil in provinces
            if kanwil != office
        ]
        self.fields["provinsi"].choices = [("", _("Pilih…")), *choices]  # type: ignore[attr-defined]

    def said(self) -> dict[str, str]:
        """The province and the Kanwil that it leaves."""
        province, _colon, former = self.cleaned_data["provinsi"].partition(":")
        return {"province": province, "former": former}


class ExceptionForm(VillageSearchMixin, SeenForm):
    """A village, or its whole district, that an office takes."""

    village = VillageField(label=_("Desa atau kelurahan"))
    luas = forms.ChoiceField(
        label=_("Berlaku untuk"),
        choices=[
            ("desa", _("Desa atau kelurahan ini saja")),
            ("kecamatan", _("Seluruh kecamatannya")),
        ],
        initial="desa",
        widget=ChoiceRow,
    )
    dari = forms.CharField(max_length=30, required=False, widget=forms.HiddenInput)

    def after(self, refusal: Exception) -> "ExceptionForm":
        """The form as it is shown again after a refusal; sent once more, the area moves."""
        former = {"dari": refusal.former} if isinstance(refusal, TakenByAnother) else {}
        data = {**{name: self.data[name] for name in self.data}, **former}
        form = ExceptionForm(data)
        form.add_error("village", str(refusal))
        return form

    def area(self) -> str:
        """The code of the village or of its district."""
        code = str(self.cleaned_data["village"])
        return code[:6] if self.cleaned_data["luas"] == "kecamatan" else code


class GiveBackForm(SeenForm):
    wilayah = forms.CharField(max_length=10)


class CloseForm(SeenForm):
    """Who takes the place of a closing office."""

    successor = forms.ModelChoiceField(
        label=_("Kantor penerima"),
        queryset=Office.objects.none(),
        to_field_name="code",
        empty_label=_("Pilih kantor…"),
        help_text=_("Menerima kasus yang menunggu dan wilayah kantor ini."),
    )

    def __init__(self, *args: Any, office: Office, successors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if office.kind == Kind.KANWIL:
            del self.fields["successor"]
        else:
            self.fields["successor"].queryset = successors  # type: ignore[attr-defined]
