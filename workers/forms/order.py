"""The pages of an order: the terms, who the worker is, his data, the photographed form."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from bricks.formfields import RupiahField
from bricks.widgets import PhotoInput
from regions import picker
from regions.forms import VillageAnswer
from workers.brackets import bracket_for
from workers.drafts import LONGEST_ANSWER, Answers, DraftWorker
from workers.entries import FORM, LINK, Terms
from workers.forms.fields import CHOOSE, NameField, WorkerDataForm, card, relation_field
from workers.models import Enrollment
from workers.services.evidence import MAX_BYTES, FileTooBig

OWN = "own"
HIGHEST_INCOME = 1_000_000_000
DEFAULT_MONTHS = "12"
MONTHS = [
    ("12", card(_("12 bulan"), _("Paling aman. Keluarga terlindungi setahun penuh."))),
    ("6", card(_("6 bulan"), _("Diingatkan sebelum berakhir."))),
    ("3", card(_("3 bulan"), _("Manfaat kematian penuh tidak tercapai."))),
    ("1", card(_("1 bulan"), _("Manfaat kematian penuh tidak tercapai."))),
]
#: These stand under "lebih singkat" with what the family would lose (P11).
SHORT_MONTHS = ("3", "1")


class TermsForm(forms.Form):
    """What is asked for, for every worker of the order."""

    names = ("programme", "months", "income", "jht")

    programme = forms.ChoiceField(label=_("Atas nama siapa?"), required=False)
    months = forms.ChoiceField(
        label=_("Berapa lama?"),
        choices=MONTHS,
        initial=DEFAULT_MONTHS,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
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
        help_text=_("Tabungan milik pekerja, paling sedikit Rp 20.000 sebulan."),
    )

    def __init__(self, *args: Any, programmes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = programmes  # type: ignore[attr-defined]
        if len(programmes) == 1:
            del self.fields["programme"]

    @property
    def is_short(self) -> bool:
        """Whether a term under six months is chosen."""
        return self["months"].value() in SHORT_MONTHS

    def terms(self) -> Terms:
        """Return what was filled in, once it is valid."""
        data = self.cleaned_data
        return Terms(
            months=int(data["months"]), bracket=bracket_for(data["income"] or 0), jht=data["jht"]
        )


class WhoForm(forms.Form):
    """Who the worker is to the donor, and who fills in the data."""

    names = ("name", "relation", "way")

    name = NameField()

    def __init__(
        self, *args: Any, is_person: bool = True, needs_consent: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["relation"] = relation_field(is_person=is_person)
        if not is_person:
            self.fields["relation"].initial = Enrollment.Relation.PROGRAMME
        if needs_consent:
            self.fields["way"] = forms.ChoiceField(
                label=_("Cara pekerja menyetujui"),
                error_messages=CHOOSE,
                help_text=_("Data ini miliknya. Tanpa persetujuannya kami tidak mendaftarkan."),
                choices=[
                    (
                        LINK,
                        card(
                            _("Lewat tautan ke HP-nya"),
                            _("Ia mengisi datanya sendiri. Anda tidak perlu NIK-nya."),
                        ),
                    ),
                    (
                        FORM,
                        card(
                            _("Di kertas"),
                            _("Anda isi datanya, ia tanda tangan, Anda foto formulirnya."),
                        ),
                    ),
                ],
                widget=forms.RadioSelect,
            )


class ProofForm(forms.Form):
    """The photo of the signed form; it may follow later."""

    photo = forms.FileField(
        label=_("Foto formulir yang sudah ditandatangani"),
        required=False,
        max_length=200,
        help_text=_("JPG, PNG, atau PDF, paling besar 5 MB. Seluruh halaman harus terbaca."),
        widget=PhotoInput,
        error_messages={
            "required": _("Pilih fotonya dulu."),
            "empty": _("Berkasnya kosong. Pilih sekali lagi."),
        },
    )

    def __init__(self, *args: Any, required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["photo"].required = required

    def clean_photo(self) -> UploadedFile | None:
        """Refuse a file by its size before it is read into memory."""
        photo: UploadedFile | None = self.cleaned_data["photo"]
        if photo and (photo.size or 0) > MAX_BYTES:
            raise forms.ValidationError(str(FileTooBig()), code="too_big")
        return photo

    def content(self) -> bytes | None:
        """Return what was uploaded, once it is valid; None where nothing was."""
        photo = self.cleaned_data.get("photo")
        return photo.read() if photo else None


def data_answers(posted: Any) -> Answers:
    """Return the answers about a worker as a draft keeps them, valid or not."""
    kept = {name: str(posted.get(name) or "")[:LONGEST_ANSWER] for name in WorkerDataForm.names}
    # Three lists share this name; the deepest choice says what was opened.
    kept["village_wilayah"] = picker.deepest(picker.values(posted, "village_wilayah"))
    return kept


def data_initial(kept: Answers) -> dict[str, Any]:
    """Return kept answers as a page shows them when it opens, without judging them."""
    village = VillageAnswer(
        code=kept.get("village", ""),
        text=kept.get("village_teks", ""),
        area=kept.get("village_wilayah", ""),
    )
    return {**kept, "village": village}


def data_form(worker: DraftWorker, *, today: date) -> WorkerDataForm:
    """Read a draft worker's data as the form does, so that it can be judged."""
    return WorkerDataForm(worker.data, today=today)
