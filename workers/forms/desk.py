"""The shapes of what an officer says about a case. They validate, the services decide."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bricks.logs import mask
from regions.models import Office
from workers import case_selectors, desk_selectors
from workers.case_selectors import CasePage
from workers.models import Sector
from workers.reasons import REJECT_REASONS, RETURN_REASONS
from workers.services.deciding import PROOFS

CHOOSE = ("", _("Pilih"))
NOTE_LENGTH = 500


class NoteField(forms.CharField):
    """An officer's own words; a NIK, phone or e-mail address has no place in them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Catatan"))
        kwargs.setdefault("required", False)
        super().__init__(max_length=NOTE_LENGTH, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if mask(text) != text:
            message = _("Jangan menulis NIK, nomor HP, atau e-mail di catatan.")
            raise forms.ValidationError(message)
        return text


class StepForm(forms.Form):
    """The form of one step on the page of a case; a bare one only confirms."""

    def __init__(self, *args: Any, page: CasePage, officer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fit(page, officer)

    def fit(self, page: CasePage, officer: User) -> None:
        """Fit the fields to the case and to who decides it."""

    def said(self) -> dict[str, Any]:
        """What the service is told, by the names of its arguments."""
        return self.cleaned_data


class KeyedRadios(forms.RadioSelect):
    """Choices that the keys 1, 2, ... tick (keys.js)."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["attrs"]["data-key"] = str(int(option["index"]) + 1)
        return option


class ApproveForm(StepForm):
    """The branch's own word on sector and office, and what it has looked at."""

    sector = forms.ChoiceField(
        label=_("Sektor menurut cabang"),
        choices=Sector.choices,
        widget=KeyedRadios,
        error_messages={"required": _("Pilih sektor; sektor menentukan iuran.")},
    )
    proof = forms.ChoiceField(
        label=_("Bukti tambahan"),
        choices=[CHOOSE, *PROOFS.items()],
        error_messages={"required": _("Pilih satu bukti untuk alasan risiko.")},
    )
    differences_seen = forms.BooleanField(
        label=_("Saya sudah membandingkan perbedaan data."),
        error_messages={"required": _("Bandingkan dulu perbedaan datanya.")},
    )
    office = forms.ModelChoiceField(
        label=_("Kantor"), queryset=Office.objects.none(), required=False
    )

    def fit(self, page: CasePage, officer: User) -> None:
        own = page.case.office_id or 0
        offices = desk_selectors.open_desk_offices(officer, besides=own)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]
        self.fields["office"].initial = page.case.office_id
        if len(offices) < 2:
            del self.fields["office"]
        if not page.needs_proof:
            del self.fields["proof"]
        if not page.differences:
            del self.fields["differences_seen"]


@dataclass(frozen=True)
class Choice:
    """One box that can be ticked."""

    value: str
    sentence: str | Promise
    chosen: bool


class ReturnForm(StepForm):
    """One reason per field that is wrong."""

    reasons = forms.MultipleChoiceField(
        label=_("Apa yang perlu diperbaiki?"),
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (label, [(f"{name}:{code}", sentence) for code, sentence in sentences.items()])
            for name, (label, sentences) in RETURN_REASONS.items()
        ],
        error_messages={"required": _("Pilih paling sedikit satu alasan.")},
    )
    note = NoteField(label=_("Catatan untuk donatur"))

    def grouped(self) -> list[tuple[str | Promise, list[Choice]]]:
        """The reasons under the fields that they are about, for the page."""
        chosen = self["reasons"].value() or []
        return [
            (
                label,
                [
                    Choice(f"{name}:{code}", sentence, f"{name}:{code}" in chosen)
                    for code, sentence in sentences.items()
                ],
            )
            for name, (label, sentences) in RETURN_REASONS.items()
        ]

    def clean_reasons(self) -> dict[str, str]:
        """Turn the choices into a reason code per field."""
        pairs = [choice.split(":", 1) for choice in self.cleaned_data["reasons"]]
        reasons = dict(pairs)
        if len(reasons) < len(pairs):
            raise forms.ValidationError(_("Pilih satu alasan saja untuk tiap isian."))
        return reasons

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        asked = "see_note" in data.get("reasons", {}).values()
        if asked and "note" in data and not data["note"]:
            self.add_error("note", _("Tulis catatannya, karena donatur diminta membacanya."))
        return data


class RejectForm(StepForm):
    """The reason for which a case is refused for good."""

    reason = forms.ChoiceField(
        label=_("Mengapa ditolak?"),
        choices=[CHOOSE, *REJECT_REASONS.items()],
        error_messages={"required": _("Pilih alasannya.")},
    )
    note = NoteField(label=_("Catatan untuk donatur"))


class HandOverForm(StepForm):
    """The branch to which a case belongs."""

    office = forms.ModelChoiceField(
        label=_("Kantor yang melayani"),
        queryset=Office.objects.none(),
        error_messages={"required": _("Pilih kantornya.")},
    )
    note = NoteField(
        label=_("Mengapa bukan wilayah kami?"),
        required=True,
        error_messages={"required": _("Tulis alasannya untuk cabang itu.")},
    )

    def fit(self, page: CasePage, officer: User) -> None:
        serving, others = case_selectors.offices_to_choose(page.case)
        field = self.fields["office"]
        offices = Office.objects.filter(pk__in=[office.pk for office in [*serving, *others]])
        field.queryset = offices  # type: ignore[attr-defined]
        field.widget.choices = [
            CHOOSE,
            (_("Melayani desa ini"), [(office.pk, office.name) for office in serving]),
            (_("Kantor lain"), [(office.pk, office.name) for office in others]),
        ]


class FamilyForm(StepForm):
    """The officer's word that he must not decide this case."""

    family = forms.BooleanField(
        label=_("Pekerja atau donatur ini keluarga saya."),
        error_messages={"required": _("Centang dulu pernyataannya.")},
    )

    def said(self) -> dict[str, Any]:
        return {}


class RevealForm(forms.Form):
    """Why somebody who does not hold a case reads its NIK."""

    reason = forms.CharField(
        label=_("Alasan melihat NIK dan nomor HP"),
        help_text=_("Alasan dan nama Anda dicatat."),
        min_length=5,
        max_length=200,
        error_messages={
            "required": _("Tulis alasannya."),
            "min_length": _("Tulis alasannya dengan jelas."),
        },
    )


class ReassignForm(StepForm):
    """To whom a supervisor gives a case; nobody means back into the queue."""

    to = forms.ModelChoiceField(
        label=_("Alihkan ke"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Kembali ke antrean"),
    )

    def fit(self, page: CasePage, officer: User) -> None:
        colleagues = desk_selectors.colleagues(page.case)
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]


#: The forms by the names of their steps: what the holder does, and what a supervisor does.
HOLDERS_FORMS: dict[str, type[StepForm]] = {
    "approve": ApproveForm,
    "return": ReturnForm,
    "reject": RejectForm,
    "hand_over": HandOverForm,
    "family": FamilyForm,
    "release": StepForm,
}
SUPERVISORS_FORMS: dict[str, type[StepForm]] = {"assign": ReassignForm}


def step_form(name: str, page: CasePage, officer: User, data: Any = None) -> StepForm:
    """Make the form of one step; without data it is fresh."""
    form = {**HOLDERS_FORMS, **SUPERVISORS_FORMS}[name]
    return form(data, prefix=name, page=page, officer=officer)


def step_forms(page: CasePage, officer: User, *, sent: str, data: Any) -> dict[str, StepForm]:
    """Make the forms that a person finds on the page; the sent one bears its data."""
    names = [*HOLDERS_FORMS] if page.rights.is_holder else []
    if page.rights.is_supervisor and page.is_undecided:
        names += SUPERVISORS_FORMS
    return {name: step_form(name, page, officer, data if name == sent else None) for name in names}
