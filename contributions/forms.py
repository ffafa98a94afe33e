"""What people type on the pages of money and cover."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from bricks.formfields import RupiahField
from donors.models import Funding
from workers.models import Sector

MONTHS = [
    ("12", _("12 bulan")),
    ("6", _("6 bulan")),
    ("3", _("3 bulan")),
    ("1", _("1 bulan")),
]
HIGHEST_INCOME = 1_000_000_000


class QuoteForm(forms.Form):
    """What a price depends on; nothing personal."""

    months = forms.TypedChoiceField(
        label=_("Berapa lama?"),
        choices=MONTHS,
        coerce=int,
        initial="12",
        widget=forms.RadioSelect,
        help_text=_("Kurang dari 6 bulan, keluarga bisa hanya menerima santunan kecil."),
    )
    workers = forms.IntegerField(
        label=_("Untuk berapa pekerja?"), min_value=1, max_value=10_000, initial=1
    )
    sector = forms.ChoiceField(
        label=_("Pekerjaannya"),
        choices=[
            (Sector.OTHER, _("Bukan pengemudi (ART, tukang, petani, pedagang, ...)")),
            (Sector.TRANSPORT, _("Pengemudi atau kurir")),
        ],
        initial=Sector.OTHER,
        widget=forms.RadioSelect,
    )
    funding = forms.ChoiceField(
        label=_("Sumber uang"), choices=Funding, initial=Funding.PRIVATE, required=False
    )
    income = RupiahField(
        label=_("Penghasilan pekerja sebulan"),
        required=False,
        highest=HIGHEST_INCOME,
        help_text=_("Kosongkan untuk iuran dasar (penghasilan Rp 1.000.000)."),
    )
    jht = forms.BooleanField(
        label=_("Tambah tabungan hari tua (JHT)"),
        required=False,
        help_text=_("JHT adalah tabungan pekerja. Uangnya kembali kepada pekerja."),
    )
    start = forms.DateField(required=False, widget=forms.HiddenInput, input_formats=["%Y-%m"])

    def clean_funding(self) -> str:
        """An empty choice is private money, as with most donors."""
        return self.cleaned_data["funding"] or Funding.PRIVATE

    def clean_start(self) -> date | None:
        """Keep the month asked for within the years that tariffs speak about."""
        start: date | None = self.cleaned_data["start"]
        if start and not 2016 <= start.year <= 2040:
            raise forms.ValidationError(_("Bulan ini di luar masa tarif yang kami ketahui."))
        return start
