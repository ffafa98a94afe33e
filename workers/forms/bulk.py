"""The shapes of a decision on many cases, of a call, of a freeze. The services decide."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workers.forms.desk import CHOOSE, NoteField, RejectForm, ReturnForm
from workers.models import BulkDecision, CallBack
from workers.reasons import REJECT_REASONS, WHOLE_CASE

Verb = BulkDecision.Verb
#: A page of the queue has no more rows than this.
MOST_ON_PAGE = 100
Label = str | Promise


class UuidsField(forms.MultipleChoiceField):
    """The cases that were ticked, by the name in their address."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[UUID]:  # type: ignore[override]
        try:
            return [UUID(str(text)) for text in (value or [])[:MOST_ON_PAGE]]
        except ValueError:
            raise forms.ValidationError(_("Pilih kasus dari daftar.")) from None

    def validate(self, value: Any) -> None:
        """Which of them the officer may decide is the selector's question."""


class BulkForm(forms.Form):
    """Which cases, and what is to become of them."""

    TICKED, PAGE, ALL = "dicentang", "halaman", "semua"

    pilihan = forms.ChoiceField(
        choices=[(TICKED, TICKED), (PAGE, PAGE), (ALL, ALL)], widget=forms.HiddenInput
    )
    verb = forms.ChoiceField(choices=Verb.choices, widget=forms.HiddenInput)
    kasus = UuidsField(required=False)
    halaman = UuidsField(required=False)
    # The question of the queue's address, by which "all that fit" are found again.
    saringan = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("pilihan") == self.TICKED and not data.get("kasus"):
            raise forms.ValidationError(_("Centang dulu kasus yang akan diputuskan."))
        return data

    @property
    def uuids(self) -> list[UUID]:
        """The cases that are named one by one."""
        name = "halaman" if self.cleaned_data["pilihan"] == self.PAGE else "kasus"
        found: list[UUID] = self.cleaned_data[name]
        return found


class BulkReturnForm(ReturnForm):
    """One reason per field that is wrong in each of the cases."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)

    def said(self) -> dict[str, Any]:
        return {"reasons": self.cleaned_data["reasons"], "note": self.cleaned_data["note"]}


class BulkRejectForm(RejectForm):
    """The reason for which each of the cases is refused for good."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)

    def said(self) -> dict[str, Any]:
        reasons = {WHOLE_CASE: self.cleaned_data["reason"]}
        return {"reasons": reasons, "note": self.cleaned_data["note"]}


def reasons_form(verb: str, data: Any) -> BulkReturnForm | BulkRejectForm | None:
    """Make the form of a verb that needs reasons; an approval needs none.

    Before its own page was shown, it is fresh.
    """
    made: dict[str, type[BulkReturnForm | BulkRejectForm]] = {
        Verb.RETURN: BulkReturnForm,
        Verb.REJECT: BulkRejectForm,
    }
    return made[verb](data if "langkah" in data else None) if verb in made else None


class CallForm(forms.Form):
    """What a call found."""

    outcome = forms.ChoiceField(
        label=_("Apa hasilnya?"),
        choices=[
            (CallBack.Outcome.CONFIRMED, _("Benar, ia mendaftar dan masih bekerja")),
            (CallBack.Outcome.UNREACHED, _("Tidak terhubung")),
            (CallBack.Outcome.PROBLEM, _("Ada masalah; bekukan kasusnya")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Pilih hasilnya.")},
    )
    note = NoteField(label=_("Catatan"), help_text=_("Wajib bila ada masalah."))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        is_problem = data.get("outcome") == CallBack.Outcome.PROBLEM
        if is_problem and "note" in data and not data["note"].strip():
            self.add_error("note", _("Tulis apa masalahnya."))
        return data


class ShortForm(forms.Form):
    """A form of one field on the page of a case."""

    @property
    def first_error(self) -> str:
        """The sentence that tells what is missing."""
        return str(next(iter(self.errors.values()))[0]) if self.errors else ""


class ThawForm(ShortForm):
    """Why a freeze is lifted."""

    note = NoteField(
        label=_("Apa yang ditemukan?"),
        required=True,
        error_messages={"required": _("Tulis apa yang ditemukan.")},
    )


class AnnulForm(ShortForm):
    """Why an approval is taken back."""

    reason = forms.ChoiceField(
        label=_("Mengapa dicabut?"),
        choices=[CHOOSE, *REJECT_REASONS.items()],
        error_messages={"required": _("Pilih alasannya.")},
    )


def freeze_forms() -> dict[str, ShortForm]:
    """Make the forms that a supervisor finds on the page of a frozen case."""
    return {"thaw": ThawForm(prefix="thaw"), "annul": AnnulForm(prefix="annul")}
