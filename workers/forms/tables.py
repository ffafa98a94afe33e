"""The shapes of files that head office sends, of holidays and of jobs."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bricks import tables
from bricks.widgets import ChoiceRow, DateText
from regions.holiday_csv import LONGEST_NAME, YEARS_AHEAD, YEARS_BACK
from regions.models import Holiday
from workers.forms.offices import MOST_CHANGES
from workers.models import Occupation, Sector
from workers.services.occupations import JobData


class TableFileForm(forms.Form):
    """A file of a table; its rows are judged by the plan that is made of it."""

    berkas = forms.FileField(
        label=_("Berkas CSV"),
        help_text=_("Paling besar 1 MB, paling banyak 5.000 baris."),
        widget=forms.ClearableFileInput({"accept": ".csv,text/csv"}),
        error_messages={
            "required": _("Pilih berkasnya dulu."),
            "empty": _("Berkas ini kosong."),
            "invalid": _("Pilih berkasnya dulu."),
        },
    )

    def __init__(self, *args: Any, columns: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        self.lines: list[tables.Line] = []
        self.content = b""

    def clean_berkas(self) -> Any:
        """Read the rows. Raises ValidationError with a sentence."""
        file = self.cleaned_data["berkas"]
        try:
            # A larger file is refused by its first bytes; the rest is never read.
            self.content = file.read(tables.MOST_BYTES + 1)
            self.lines = tables.read_table(self.content, self.columns)
        except tables.UnreadableFile as error:
            raise ValidationError(str(error), code="unreadable") from None
        return file


class ConfirmForm(forms.Form):
    """Carries a preview to its confirmation (`bricks.previews`)."""

    pratinjau = forms.CharField(widget=forms.HiddenInput, max_length=4 * tables.MOST_BYTES)


class HolidayForm(forms.Form):
    """A day on which offices are closed."""

    day = forms.DateField(
        label=_("Tanggal"),
        help_text=_("Misalnya 17-08-2027."),
        widget=DateText({"class": "short"}),
        error_messages={"invalid": _("Tulis tanggal-bulan-tahun, misalnya 17-08-2027.")},
    )
    name = forms.CharField(label=_("Nama hari libur"), max_length=LONGEST_NAME)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        """Refuse years that nobody can mean."""
        day: date = self.cleaned_data["day"]
        first, last = self.today.year - YEARS_BACK, self.today.year + YEARS_AHEAD
        if not first <= day.year <= last:
            raise ValidationError(_("Tahun ini terlalu jauh. Periksa lagi."), code="far")
        return day


class RenameForm(forms.Form):
    """Another name of a holiday, or its removal; `dulu` is the name that the editor saw."""

    dulu = forms.CharField(max_length=LONGEST_NAME, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Nama hari libur"), max_length=LONGEST_NAME)

    def __init__(self, *args: Any, holiday: Holiday, **kwargs: Any) -> None:
        kwargs["initial"] = {"dulu": holiday.name, "name": holiday.name}
        super().__init__(*args, **kwargs)


class RemoveForm(forms.Form):
    dulu = forms.CharField(max_length=LONGEST_NAME)


class OccupationForm(forms.Form):
    """A job of the list."""

    versi = forms.IntegerField(min_value=0, max_value=MOST_CHANGES, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Nama"), max_length=80)
    name_en = forms.CharField(label=_("Nama dalam bahasa Inggris"), max_length=80)
    sector = forms.ChoiceField(
        label=_("Sektor"),
        choices=Sector.choices,
        widget=ChoiceRow,
        help_text=_("Menentukan iuran. Kasus yang sudah dikirim tetap."),
    )
    order = forms.IntegerField(
        label=_("Urutan di daftar"),
        min_value=0,
        max_value=9_999,
        help_text=_("Angka kecil di atas."),
        widget=forms.NumberInput({"class": "short"}),
    )
    is_offered = forms.BooleanField(
        label=_("Ditawarkan di formulir"),
        required=False,
        help_text=_("Yang tidak ditawarkan tetap ada pada pekerja yang memilikinya."),
    )

    def __init__(self, *args: Any, job: Occupation | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = (
            {
                "versi": job.version,
                "name": job.name,
                "name_en": job.name_en,
                "sector": job.sector,
                "order": job.order,
                "is_offered": job.is_offered,
            }
            if job
            else {"sector": Sector.OTHER, "order": 100, "is_offered": True}
        )
        super().__init__(*args, **kwargs)
        if job is None:
            del self.fields["versi"], self.fields["is_offered"]

    def clean_name(self) -> str:
        """Refuse a name without a letter: the job's code is made of it."""
        name = str(self.cleaned_data["name"])
        if not any(sign.isascii() and sign.isalpha() for sign in name):
            raise ValidationError(_("Tulis namanya dengan huruf."), code="no_letters")
        return name

    def job_data(self) -> JobData:
        """What the service is told."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "versi"}
        return JobData(**said)
