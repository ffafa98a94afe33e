"""What a branch fills in to open an organisation."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from bricks.formfields import RupiahField
from bricks.widgets import ChoiceRow, DateText
from donors.models import Donor, Funding, Programme
from donors.services import Agreement
from regions.models import Office

#: Which money each kind of donor may bring, and what its programme is called.
FUNDING_OF: dict[str, tuple[str, ...]] = {
    Donor.Kind.COMPANY: (Funding.CSR,),
    Donor.Kind.GOVERNMENT: (Funding.APBD, Funding.APBN, Funding.DBH),
    Donor.Kind.VILLAGE: (Funding.APBDES, Funding.DBH),
    Donor.Kind.COMMUNITY: (Funding.PRIVATE,),
}
PROGRAMME_OF: dict[str, str] = {
    Donor.Kind.COMPANY: Programme.Kind.CSR,
    Donor.Kind.GOVERNMENT: Programme.Kind.GOVERNMENT,
    Donor.Kind.VILLAGE: Programme.Kind.VILLAGE,
    Donor.Kind.COMMUNITY: Programme.Kind.SERTAKAN,
}
#: Budget money may replace the worker's consent by a public task (P9).
PUBLIC_MONEY = (Funding.APBD, Funding.APBN, Funding.APBDES, Funding.DBH)
TAX_DIGITS = (15, 16)


class OrganisationForm(forms.Form):
    """The letter or agreement, as the supervisor reads it off."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    office = forms.ModelChoiceField(label=_("Kantor cabang"), queryset=Office.objects.none())
    kind = forms.ChoiceField(
        label=_("Jenis donatur"),
        choices=[choice for choice in Donor.Kind.choices if choice[0] != Donor.Kind.PERSON],
        widget=ChoiceRow,
    )
    name = forms.CharField(label=_("Nama donatur"), max_length=120)
    tax_number = forms.CharField(
        label=_("NPWP"), max_length=30, required=False, help_text=_("15 atau 16 angka.")
    )
    letter_reference = forms.CharField(
        label=_("Nomor surat permohonan"), max_length=80, help_text=_("Surat yang ditandatangani.")
    )
    funding = forms.ChoiceField(
        label=_("Sumber dana"),
        choices=Funding.choices,
        widget=ChoiceRow,
        help_text=_("Menentukan iuran: APBD dan APBN membayar penuh."),
    )
    programme_name = forms.CharField(
        label=_("Nama program"), max_length=120, help_text=_("Misalnya: Pekerja rentan 2026.")
    )
    agreement_number = forms.CharField(
        label=_("Nomor perjanjian atau SK"),
        max_length=80,
        required=False,
        help_text=_("Wajib untuk dana CSR dan anggaran pemerintah."),
    )
    fixed_from = forms.DateField(
        label=_("Perlindungan mulai"), required=False, widget=DateText, help_text=_("HH-BB-TTTT")
    )
    fixed_until = forms.DateField(
        label=_("Perlindungan sampai"), required=False, widget=DateText, help_text=_("HH-BB-TTTT")
    )
    ceiling = RupiahField(label=_("Pagu anggaran"), required=False)
    public_task = forms.BooleanField(
        label=_("Tugas pemerintah daerah: persetujuan tiap pekerja tidak diperlukan"),
        required=False,
        help_text=_("Hanya bila SK atau perjanjian menyebut dasar hukumnya."),
    )
    owner_name = forms.CharField(label=_("Nama penanggung jawab"), max_length=120)
    owner_email = forms.EmailField(
        label=_("E-mail penanggung jawab"), help_text=_("Ia masuk dengan kode ke alamat ini.")
    )

    def __init__(self, *args: Any, offices: Iterable[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [office.pk for office in offices]
        self.fields["office"].queryset = Office.objects.filter(pk__in=own)  # type: ignore[attr-defined]
        self.initial.setdefault("key", uuid4())
        if len(own) == 1:
            self.initial.setdefault("office", own[0])
            self.fields["office"].widget = forms.HiddenInput()

    def clean_tax_number(self) -> str:
        """Keep 16 digits: the old 15 get a leading zero (PMK 112/2022)."""
        text = str(self.cleaned_data["tax_number"])
        bare = "".join(letter for letter in text if letter not in " .-")
        if bare and not (bare.isascii() and bare.isdigit() and len(bare) in TAX_DIGITS):
            raise forms.ValidationError(_("NPWP terdiri atas 15 atau 16 angka."))
        return bare.zfill(max(TAX_DIGITS)) if bare else ""

    def clean(self) -> dict[str, Any]:
        """Check what hangs together: kind and money, money and agreement, the two dates."""
        data = super().clean() or self.cleaned_data
        kind, funding = data.get("kind"), data.get("funding")
        if kind and funding and funding not in FUNDING_OF[kind]:
            self.add_error("funding", _("Donatur jenis ini tidak membawa dana tersebut."))
        if funding and funding != Funding.PRIVATE and not data.get("agreement_number"):
            self.add_error("agreement_number", _("Dana ini memerlukan nomor perjanjian atau SK."))
        if data.get("public_task") and funding not in PUBLIC_MONEY:
            self.add_error("public_task", _("Hanya anggaran pemerintah yang dapat menjadi tugas."))
        first, last = data.get("fixed_from"), data.get("fixed_until")
        if data.get("ceiling") == 0:
            self.add_error("ceiling", _("Pagu harus lebih dari nol. Kosongkan bila tidak ada."))
        if bool(first) != bool(last):
            self.add_error("fixed_until", _("Isi kedua tanggal, atau kosongkan keduanya."))
        elif first and last and last < first:
            self.add_error("fixed_until", _("Tanggal akhir mendahului tanggal mulai."))
        return data

    def agreement(self) -> Agreement:
        """Return what was typed as the service takes it."""
        data = self.cleaned_data
        return Agreement(
            kind=PROGRAMME_OF[data["kind"]],
            name=data["programme_name"],
            funding=data["funding"],
            number=data["agreement_number"],
            fixed_from=data["fixed_from"],
            fixed_until=data["fixed_until"],
            ceiling=data["ceiling"],
            public_task=data["public_task"],
        )
