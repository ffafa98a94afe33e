"""The form of the sandbox's pay page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bricks.rupiah import NotRupiah, format_number, parse_rupiah
from bricks.widgets import MoneyInput
from payments.channels import QRIS, VIRTUAL_ACCOUNT
from payments.models import SandboxCharge

MOST = 10**12


class RupiahField(forms.CharField):
    """An amount as people type it; cleans to whole rupiah."""

    widget = MoneyInput

    def clean(self, value: Any) -> int:
        try:
            amount = parse_rupiah(super().clean(value))
        except NotRupiah:
            raise forms.ValidationError(_("Tulis jumlah dalam rupiah, misalnya 184.800.")) from None
        if not 0 < amount <= MOST:
            raise forms.ValidationError(_("Jumlahnya harus lebih dari nol dan masuk akal."))
        return amount


class SandboxPayForm(forms.Form):
    """What the payer does, and what the provider then does with its webhook."""

    act = forms.ChoiceField(
        label=_("Yang terjadi"),
        widget=forms.RadioSelect,
        initial="pay",
        choices=[
            ("pay", _("Uang sampai")),
            ("deny", _("Uang sampai, lalu dibatalkan bank setelah 2 menit")),
            ("expire", _("Tidak dibayar, waktunya habis")),
        ],
    )
    amount = RupiahField(label=_("Jumlah yang dikirim"), max_length=20)
    delivery = forms.ChoiceField(
        label=_("Kabar ke portal"),
        widget=forms.RadioSelect,
        initial="prompt",
        choices=[
            ("prompt", _("Segera")),
            ("late", _("Terlambat 3 menit")),
            ("twice", _("Dikirim dua kali")),
            ("reordered", _("Urutan terbalik")),
            ("lost", _("Tidak pernah sampai")),
        ],
    )

    def __init__(self, *args: Any, charge: SandboxCharge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = []
        if charge.qris:
            ways.append((QRIS, _("QRIS")))
        if charge.va_number:
            ways.append((VIRTUAL_ACCOUNT, _("Virtual account")))
        way = forms.ChoiceField(label=_("Cara bayar"), widget=forms.RadioSelect, choices=ways)
        self.fields = {"way": way, **self.fields}
        self.initial["way"] = ways[0][0]
        self.initial["amount"] = format_number(charge.gross_amount)
