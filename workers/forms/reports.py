"""The shapes of a report of an accident or a death, and of the branch's word on it."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.contacts import PhoneField
from bricks.widgets import ChoiceRow, DateText
from regions.forms import VillageField, VillageSearchMixin
from regions.selectors import find_village
from workers import nik as niks
from workers.forms.desk import NoteField
from workers.forms.fields import CHOOSE, NameField, NikField, card
from workers.models import IncidentReport, Worker
from workers.services.reporting import Told

#: BPJS Ketenagakerjaan serves since this day; nobody was covered before it.
FIRST_DAY = date(2015, 7, 1)
OWN_RELATION = IncidentReport.Relation.DONOR


class HappenedOn(forms.DateField):
    """The day on which it happened, typed; not after today."""

    def __init__(self, *, today: date, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Tanggal kejadian"))
        kwargs.setdefault("help_text", _("Tanggal-bulan-tahun, misalnya 17-08-2026."))
        kwargs.setdefault("widget", DateText)
        kwargs.setdefault(
            "error_messages",
            {
                "required": _("Isi tanggal kejadiannya."),
                "invalid": _("Tulis tanggal-bulan-tahun, misalnya 17-08-2026."),
            },
        )
        super().__init__(**kwargs)
        self.today = today

    def clean(self, value: Any) -> date | None:
        """Return the day. Raises ValidationError for one that has not come, or too old."""
        day: date | None = super().clean(value)
        if day is not None and day > self.today:
            raise ValidationError(_("Tanggal ini belum tiba. Periksa lagi."), "future")
        if day is not None and day < FIRST_DAY:
            raise ValidationError(_("Tahun ini terlalu lama. Periksa lagi."), "too_old")
        return day


class ReportForm(VillageSearchMixin, forms.Form):
    """What somebody reports. Of a worker who is known already neither name nor place is asked."""

    def __init__(
        self, *args: Any, today: date, worker: Worker | None, own: bool, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.worker, self.own = worker, own
        self.fields["kind"] = forms.ChoiceField(
            label=_("Apa yang terjadi?"),
            choices=[
                (IncidentReport.Kind.ACCIDENT, card(_("Kecelakaan kerja"), _("Korban selamat."))),
                (IncidentReport.Kind.DEATH, card(_("Meninggal"), _("Apa pun sebabnya."))),
            ],
            widget=forms.RadioSelect,
            error_messages=CHOOSE,
        )
        if worker is None:
            self._ask_who(today)
        self.fields["happened_on"] = HappenedOn(today=today)
        self.fields["reporter_name"] = NameField(label=_("Nama Anda"), help_text="")
        self.fields["reporter_phone"] = PhoneField(
            label=_("Nomor HP Anda"),
            help_text=_("Cabang menelepon nomor ini."),
            error_messages={"required": _("Isi nomor HP Anda, agar cabang bisa menelepon.")},
        )
        if not own:
            self.fields["reporter_relation"] = forms.ChoiceField(
                label=_("Anda siapanya?"),
                choices=IncidentReport.Relation.choices,
                widget=ChoiceRow,
                error_messages=CHOOSE,
            )

    def _ask_who(self, today: date) -> None:
        self.fields["name"] = NameField(help_text=_("Sesuai KTP, atau nama panggilannya."))
        self.fields["nik"] = NikField(
            today=today,
            required=False,
            help_text=_("Boleh dikosongkan. 16 angka di KTP atau kartu keluarga."),
        )
        self.fields["village"] = VillageField(
            label=_("Tempat tinggal atau tempat kerja pekerja"),
            help_text=_("Menentukan cabang yang menelepon Anda."),
        )

    @property
    def known_name(self) -> str:
        """The name of a worker who is known already: in full only to his own sponsor."""
        if self.worker is None:
            return ""
        return self.worker.name if self.own else self.worker.short_name

    def told(self) -> Told:
        """Return what was told, once it is valid."""
        data = self.cleaned_data
        village = self.worker.village if self.worker else find_village(data["village"])
        assert village is not None  # noqa: S101  (the field has found it)
        return Told(
            kind=data["kind"],
            name=data.get("name") or self.known_name,
            village=village,
            happened_on=data["happened_on"],
            reporter_name=data["reporter_name"],
            reporter_phone=data["reporter_phone"],
            reporter_relation=data.get("reporter_relation") or OWN_RELATION,
            nik=data.get("nik", ""),
            worker=self.worker,
        )


class FindWorkerForm(forms.Form):
    """A NIK or a part of a name, by which the officer looks for the worker of a report."""

    text = forms.CharField(
        label=_("NIK atau nama"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "data-key": "/"}),
        error_messages={"required": _("Tulis NIK, atau paling sedikit tiga huruf namanya.")},
    )

    @property
    def nik(self) -> str:
        """The sixteen digits, where what was typed is a NIK; else empty."""
        try:
            return niks.clean(self.cleaned_data["text"])
        except niks.MalformedNik:
            return ""


class ConfirmForm(forms.Form):
    """The report is true, and the day on which it happened as the branch has found it."""

    note = NoteField(label=_("Catatan: dari siapa cabang tahu?"))

    def __init__(self, data: Any = None, *, today: date, report: IncidentReport) -> None:
        super().__init__(data, initial={"happened_on": report.happened_on}, prefix="benar")
        self.fields["happened_on"] = HappenedOn(today=today)
        self.order_fields(["happened_on", "note"])


class RefuteForm(forms.Form):
    """The report is not true, and how the branch knows."""

    note = NoteField(
        label=_("Bagaimana cabang mengetahuinya?"),
        required=True,
        error_messages={"required": _("Tulis singkat bagaimana cabang mengetahuinya.")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="tidak")
