"""What a donor chooses on the pages by which he rules his sponsorships."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bricks.formfields import RupiahField
from contributions.forms import HIGHEST_INCOME
from contributions.services.controlling import MOST
from contributions.wishes import PERIODS, Kind, Wish
from workers.brackets import bracket_for

LONGEST_WORD = 16


def _lengths() -> list[tuple[int, str]]:
    """In the reader's language: asked anew by each form."""
    return [(n, ngettext("%(n)s bulan", "%(n)s bulan", n) % {"n": n}) for n in PERIODS]


class WishForm(forms.Form):
    """One wish, with what its kind needs; `word` is what the page had shown (`wishes.seen`)."""

    wish = forms.ChoiceField(label=_("Apa yang Anda ubah?"), choices=Kind.choices)
    periods = forms.IntegerField(
        label=_("Berapa masa lagi?"), min_value=1, max_value=36, required=False
    )
    months = forms.TypedChoiceField(
        label=_("Lama tiap perpanjangan"),
        choices=_lengths,
        coerce=int,
        empty_value=None,
        required=False,
    )
    income = RupiahField(
        label=_("Penghasilan pekerja sebulan"), required=False, highest=HIGHEST_INCOME
    )
    jht = forms.BooleanField(label=_("Dengan tabungan hari tua (JHT)"), required=False)
    word = forms.CharField(required=False, max_length=LONGEST_WORD, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for what the wish needs."""
        data = super().clean() or {}
        needed = {"stop_later": "periods", "period": "months", "bracket": "income"}
        name = needed.get(str(data.get("wish")), "")
        if name and name not in self.errors and data.get(name) in {None, 0}:
            self.add_error(name, _("Isi bagian ini dulu."))
        return data

    @property
    def asked(self) -> Wish:
        """The wish of a valid form."""
        data = self.cleaned_data
        return Wish(
            kind=Kind(data["wish"]),
            periods=data["periods"] or 0,
            months=data["months"] or 0,
            bracket=bracket_for(data["income"] or 0),
            jht=data["jht"],
        )


class ManyForm(WishForm):
    """The same for many sponsorships, which are ticked."""

    rows = forms.TypedMultipleChoiceField(coerce=str, required=True)

    def __init__(self, data: Any, *, known: list[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["rows"]
        field.choices = [(uuid, uuid) for uuid in known]  # type: ignore[attr-defined]
        field.error_messages["required"] = _("Pilih paling sedikit satu pekerja.")

    def clean_rows(self) -> list[str]:
        """So many at once."""
        rows: list[str] = self.cleaned_data["rows"]
        if len(rows) > MOST:
            raise forms.ValidationError(
                _("Paling banyak %(most)d pekerja sekali jalan.") % {"most": MOST}
            )
        return rows
