"""What a worker, or somebody who helps him, fills in behind his link."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workers.entries import WorkerData
from workers.forms.fields import CHOOSE, NameField, WorkerDataForm, card

SELF = "self"
HELPED = "helped"


class WorkerOwnForm(WorkerDataForm):
    """The worker's own data and his consent, which stands apart from everything else."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, today=today, **kwargs)
        self.fields["name"] = NameField(label=_("Nama lengkap Anda"))
        self.fields["nik"].label = _("NIK Anda")
        self.fields["phone"].label = _("Nomor HP Anda")
        self.fields["phone"].help_text = _("Boleh nomor keluarga. Kami kabari lewat nomor ini.")
        self.fields["occupation"].label = _("Pekerjaan Anda")
        self.fields["village"].label = _("Tempat tinggal atau tempat kerja Anda")
        self.fields["address"].label = _("Alamat Anda (jalan, RT/RW)")
        self.fields["by"] = forms.ChoiceField(
            label=_("Siapa yang mengisi?"),
            choices=[
                (SELF, card(_("Saya sendiri"), "")),
                (HELPED, card(_("Saya dibantu orang lain"), _("Pekerja ada dan mendengar."))),
            ],
            widget=forms.RadioSelect,
            error_messages=CHOOSE,
        )
        self.fields["agreed"] = forms.BooleanField(
            label=_("Saya setuju"),
            error_messages={"required": _("Centang bila setuju. Bila tidak, pilih Saya menolak.")},
        )
        self.order_fields(["name", *self.names])

    def own_data(self) -> WorkerData:
        """Return what was filled in, once it is valid."""
        return self.worker_data(self.cleaned_data["name"])
