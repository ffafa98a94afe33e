"""Mending a case that came back."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bricks.phones import mask_phone
from bricks.templatetags.house import nik_mask
from donors.models import Donor
from workers.entries import WorkerData
from workers.forms.fields import NameField, WorkerDataForm, relation_field
from workers.forms.order import ProofForm
from workers.models import Enrollment
from workers.reasons import WHOLE_CASE, sentence_of

#: What the donor does not read again after sending; left empty, it stays as it was.
SEALED = ("nik", "birth_date", "phone", "address")
OPTIONAL = ("phone", "address")
UNCHANGED = _("Sekarang %(now)s. Kosongkan bila sudah benar.")
AGAIN = _("Sekarang %(now)s. Tulis ulang sesuai KTP.")


class RepairForm(WorkerDataForm, ProofForm):
    """The answers of a case, with the branch's reasons beside those to be mended."""

    name = NameField()
    note = forms.CharField(
        label=_("Pesan untuk cabang"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, *args: Any, case: Enrollment, today: date, **kwargs: Any) -> None:
        initial = {
            "name": case.name,
            "sex": case.sex,
            "occupation": case.occupation_id,
            "village": case.village_id,
            "relation": case.relation,
        }
        super().__init__(*args, today=today, initial=initial, **kwargs)
        self.case = case
        self.fields["relation"] = relation_field(is_person=case.donor.kind == Donor.Kind.PERSON)
        shown = {
            "nik": nik_mask(case.nik),
            "birth_date": "••-••-••••",
            "phone": mask_phone(case.phone) or _("belum ada"),
            "address": _("sudah ada") if case.address else _("belum ada"),
        }
        for name in SEALED:
            # What the branch asks to be mended must be typed again.
            marked = name in case.reasons
            self.fields[name].required = marked and name not in OPTIONAL
            text = AGAIN if marked else UNCHANGED
            self.fields[name].help_text = text % {"now": shown[name]}
        self.fields["photo"].required = "consent" in case.reasons
        self.order_fields(["name", *self.names, "relation"])

    def rows(self) -> list[tuple[forms.BoundField, str]]:
        """Return each question with the reason for which it came back, if it did."""
        reasons = {"photo": "consent"}
        rows = []
        for field in self.visible_fields():
            about = reasons.get(field.name, field.name)
            code = self.case.reasons.get(about)
            rows.append((field, str(sentence_of(about, code)) if code else ""))
        return rows

    @property
    def whole_case_reason(self) -> str:
        """What is asked for beyond single answers, or an empty text."""
        code = self.case.reasons.get(WHOLE_CASE)
        return str(sentence_of(WHOLE_CASE, code)) if code else ""

    def mended(self) -> dict[str, Any]:
        """Return what the service takes, once the form is valid."""
        data = self.cleaned_data
        for name in SEALED:
            data[name] = data[name] or getattr(self.case, name)
        worker: WorkerData = self.worker_data(data["name"])
        return {
            "data": worker,
            "relation": data["relation"],
            "photo": self.content(),
            "note": data["note"],
        }
