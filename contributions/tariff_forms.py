"""What head office types on the pages of tariffs, and everybody in the simulator."""

from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bricks.formfields import RupiahField
from bricks.tables import MOST_BYTES
from contributions.forms import HIGHEST_INCOME
from contributions.quotes import MOST_MONTHS
from contributions.tariff_csv import (
    FIRST_YEAR,
    HIGHEST,
    LAST_YEAR,
    LONGEST_BASIS,
    LOWEST,
    read_month,
)
from contributions.tariff_rows import Edit, TariffRows
from contributions.tariffs import NoTariff, ReliefRow, TariffRow
from donors.models import Funding
from workers.models import Sector

ALL = "0"
MOST_PEOPLE = 10_000_000


class MonthField(forms.CharField):
    """A month, typed as 01-2027 or 2027-01; None where it may be left out."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Bulan dan tahun, misalnya 01-2027."))
        widget = forms.TextInput({"class": "short", "autocomplete": "off", "maxlength": 10})
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a month as people type it."""
        return f"{value:%m-%Y}" if isinstance(value, date) else value

    def clean(self, value: Any) -> Any:
        """Return the first day of the month. Raises ValidationError."""
        text = super().clean(value)
        if not text:
            return None
        month = read_month(text)
        if month is None or not FIRST_YEAR <= month.year <= LAST_YEAR:
            raise ValidationError(_("Tulis bulan dan tahun, misalnya 01-2027."), code="month")
        return month


class _DatedForm(forms.Form):
    """Rows that hold from one month to another, by a law."""

    first_month = MonthField(label=_("Mulai bulan"))
    legal_basis = forms.CharField(
        label=_("Dasar hukum"),
        max_length=LONGEST_BASIS,
        help_text=_("Misalnya PP 50/2025. Tertulis pada setiap iuran."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a term that ends before it begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_month"), cleaned.get("last_month")
        if first and last and last < first:
            self.add_error("last_month", _("Bulan terakhir mendahului bulan pertama."))
        return cleaned


class TariffForm(_DatedForm):
    """A tariff of one bracket, or of all; what is left empty stays as it is by then."""

    bracket = forms.TypedChoiceField(label=_("Golongan penghasilan"), coerce=int)
    last_month = MonthField(
        label=_("Sampai bulan"), required=False, help_text=_("Kosongkan bila seterusnya.")
    )
    jkk = RupiahField(label=_("JKK sebulan"), required=False, highest=HIGHEST)
    jkm = RupiahField(label=_("JKM sebulan"), required=False, highest=HIGHEST)
    jht = RupiahField(label=_("JHT sebulan"), required=False, highest=HIGHEST)
    field_order = ("bracket", "first_month", "last_month", "jkk", "jkm", "jht", "legal_basis")

    def __init__(
        self, *args: Any, rows: TariffRows, row: TariffRow | None = None, **kwargs: Any
    ) -> None:
        if row:
            kwargs["initial"] = {name: getattr(row, name) for name in row.__dataclass_fields__}
        super().__init__(*args, **kwargs)
        self.rows, self.row = rows, row
        numbers = [number for number, _bound in sorted(rows.bounds)]
        one = _("Golongan %(number)s")
        self.fields["bracket"].choices = [  # type: ignore[attr-defined]
            (ALL, _("Semua golongan")),
            *((str(number), one % {"number": number}) for number in numbers),
        ]
        for name, lowest in (("jkk", LOWEST), ("jkm", LOWEST), ("jht", 0)):
            self.fields[name].lowest = lowest  # type: ignore[attr-defined]
            self.fields[name].required = row is not None
        if row:
            del self.fields["bracket"]
        else:
            self.fields["jkk"].help_text = _("Kosongkan bila tetap seperti sekarang.")

    def clean(self) -> dict[str, Any]:
        """Refuse amounts that nobody can mean."""
        cleaned = super().clean()
        for name in ("jkk", "jkm", "jht"):
            amount, lowest = cleaned.get(name), self.fields[name].lowest  # type: ignore[attr-defined]
            if amount is not None and amount < lowest:
                self.add_error(name, _("Jumlah ini terlalu kecil. Periksa lagi."))
        amounts = [cleaned.get(name) for name in ("jkk", "jkm", "jht")]
        if not self.errors and not self.row and amounts == [None] * 3:
            self.add_error("jkk", _("Isi paling sedikit satu iuran."))
        if not self.errors and not self.row:
            self._check_known(cleaned)
        return cleaned

    def _check_known(self, cleaned: dict[str, Any]) -> None:
        """What is left empty must be known: a first tariff of a month names all three."""
        try:
            self._edits(cleaned)
        except NoTariff:
            self.add_error("first_month", _("Belum ada tarif untuk bulan itu. Isi ketiganya."))

    def edits(self) -> list[Edit]:
        """The rows that this makes."""
        return self._edits(self.cleaned_data)

    def _edits(self, told: dict[str, Any]) -> list[Edit]:
        first, last = told["first_month"], told["last_month"]
        table, edits = self.rows.table(), []
        if self.row:
            brackets = [self.row.bracket]
        else:
            brackets = [told["bracket"]] if told["bracket"] else table.brackets
        for bracket in brackets:
            amounts = {name: told[name] for name in ("jkk", "jkm", "jht")}
            if None in amounts.values():
                now = table.tariff(first, bracket)
                amounts = {k: getattr(now, k) if v is None else v for k, v in amounts.items()}
            after = TariffRow(bracket, first, last, legal_basis=told["legal_basis"], **amounts)
            edits.append(Edit(self.row, after))
        return edits


class ReliefForm(_DatedForm):
    """A relief for sectors and sources of money, or one that is corrected."""

    sector = forms.MultipleChoiceField(
        label=_("Sektor"), choices=Sector, widget=forms.CheckboxSelectMultiple
    )
    funding = forms.MultipleChoiceField(
        label=_("Sumber dana"), choices=Funding, widget=forms.CheckboxSelectMultiple
    )
    last_month = MonthField(label=_("Sampai bulan"))
    percent_due = forms.IntegerField(
        label=_("Persen JKK dan JKM yang tetap dibayar"),
        min_value=1,
        max_value=100,
        help_text=_("50 berarti diskon 50 persen. 100 berarti tanpa diskon. JHT selalu penuh."),
        widget=forms.NumberInput({"class": "short", "inputmode": "numeric"}),
    )
    field_order = (
        "sector",
        "funding",
        "first_month",
        "last_month",
        "percent_due",
        "legal_basis",
    )

    def __init__(self, *args: Any, row: ReliefRow | None = None, **kwargs: Any) -> None:
        if row:
            kwargs["initial"] = {name: getattr(row, name) for name in row.__dataclass_fields__}
        super().__init__(*args, **kwargs)
        self.row = row
        if row:
            del self.fields["sector"], self.fields["funding"]

    def edits(self) -> list[Edit]:
        """The rows that this makes."""
        told = self.cleaned_data
        months = (told["first_month"], told["last_month"])
        what = (told["percent_due"], told["legal_basis"])
        if self.row:
            return [Edit(self.row, ReliefRow(self.row.sector, self.row.funding, *months, *what))]
        pairs = product(told["sector"], told["funding"])
        return [Edit(None, ReliefRow(sector, funding, *months, *what)) for sector, funding in pairs]


class TariffConfirmForm(forms.Form):
    """Does what a preview showed, with the law and the reason."""

    pratinjau = forms.CharField(widget=forms.HiddenInput, max_length=4 * MOST_BYTES)
    legal_basis = forms.CharField(label=_("Dasar hukum perubahan"), max_length=120)
    reason = forms.CharField(
        label=_("Alasan"),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Tercatat di riwayat, dengan nama Anda."),
    )


class SimulatorForm(forms.Form):
    """What a tariff depends on, and a budget; nothing personal."""

    month = MonthField(label=_("Mulai bulan"))
    sector = forms.ChoiceField(label=_("Sektor"), choices=Sector.choices[::-1])
    funding = forms.ChoiceField(label=_("Sumber dana"), choices=Funding)
    workers = forms.IntegerField(label=_("Berapa pekerja?"), min_value=1, max_value=MOST_PEOPLE)
    months = forms.IntegerField(label=_("Berapa bulan?"), min_value=1, max_value=MOST_MONTHS)
    budget = RupiahField(
        label=_("Anggaran"),
        required=False,
        help_text=_("Kosongkan bila hanya ingin tahu biayanya."),
    )
    income = RupiahField(
        label=_("Penghasilan pekerja sebulan"),
        required=False,
        highest=HIGHEST_INCOME,
        help_text=_("Kosongkan untuk iuran dasar (penghasilan Rp 1.000.000)."),
    )
    jht = forms.BooleanField(label=_("Dengan tabungan hari tua (JHT)"), required=False)

    def __init__(self, told: Mapping[str, str], *, today: date) -> None:
        """Take what was asked; what is left out is what most people mean."""
        usual = {
            "month": f"{today:%m-%Y}",
            "sector": Sector.OTHER.value,
            "funding": Funding.PRIVATE.value,
            "workers": "1",
            "months": "12",
        }
        super().__init__(usual | {name: text for name, text in told.items() if text})
