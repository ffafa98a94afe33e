"""What people type about money that goes back."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bricks.formfields import RupiahField
from contributions.services.refunding import Destination
from payments.models import BankAccount, Refund

Target = Refund.Target
DIGITS = r"[0-9][0-9 .-]{3,28}"


class _Account(forms.Form):
    bank = forms.CharField(label=_("Bank"), max_length=40, required=False)
    account_number = forms.RegexField(
        DIGITS,
        label=_("Nomor rekening"),
        max_length=30,
        required=False,
        strip=True,
        error_messages={"invalid": _("Tulis nomor rekening dengan angka saja.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    holder = forms.CharField(
        label=_("Nama pemilik rekening"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_account_number(self) -> str:
        """Keep the digits alone."""
        return "".join(ch for ch in self.cleaned_data["account_number"] if ch.isdigit())


class _Once(forms.Form):
    #: The refund's own id, so that a double click asks once.
    token = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"].setdefault("token", uuid.uuid4())
        super().__init__(*args, **kwargs)


class AskForm(_Once, _Account):
    """A donor's wish: how much, why, and where to if the instrument takes nothing back."""

    amount = RupiahField(
        label=_("Jumlah yang diminta"),
        required=False,
        help_text=_("Kosongkan untuk meminta semuanya."),
    )
    reason = forms.CharField(label=_("Alasan"), max_length=300)

    field_order = ("amount", "reason", "bank", "account_number", "holder")

    @property
    def account(self) -> Destination | None:
        """The account that was typed, if one was."""
        typed = self.cleaned_data
        if not typed["account_number"]:
            return None
        return Destination(
            Target.ACCOUNT,
            bank=typed["bank"],
            account_number=typed["account_number"],
            holder=typed["holder"],
        )


class CreditForm(_Once):
    """A treasurer's wish for a donor's credit, or for a fund."""

    amount = RupiahField(
        label=_("Jumlah"), required=False, help_text=_("Kosongkan untuk semuanya.")
    )
    reason = forms.CharField(label=_("Alasan"), max_length=300)


class PrepareForm(_Account):
    """Where the money goes, checked by the treasurer."""

    target = forms.ChoiceField(label=_("Tujuan"), widget=forms.RadioSelect)
    payment = forms.TypedChoiceField(
        label=_("Pembayaran yang alat bayarnya menerima uang"),
        required=False,
        coerce=int,
        empty_value=None,
    )
    amount = RupiahField(label=_("Jumlah"))
    holder_checked = forms.BooleanField(
        label=_("Nama pemilik rekening sudah saya cocokkan"),
        required=False,
        help_text=_(
            "Pemiliknya donatur sendiri. Bila uangnya masuk lewat transfer bank, pengirimnya juga."
        ),
    )
    slip = forms.CharField(label=_("Nomor STS"), max_length=60, required=False)

    field_order = (
        "target",
        "payment",
        "amount",
        "bank",
        "account_number",
        "holder",
        "holder_checked",
        "slip",
    )

    def __init__(
        self,
        *args: Any,
        refund: Refund,
        payments: Iterable[tuple[int, str]],
        sees_account: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = {
            "target": refund.target,
            "payment": refund.payment_id,
            "amount": refund.amount,
            "bank": refund.bank,
            "account_number": refund.account_number if sees_account else "",
            "holder": refund.holder,
            "slip": refund.slip,
        }
        super().__init__(*args, **kwargs)
        if refund.programme_id:
            self._only_treasury()
        else:
            self.fields["target"].choices = [  # type: ignore[attr-defined]
                (Target.INSTRUMENT, Target.INSTRUMENT.label),
                (Target.ACCOUNT, Target.ACCOUNT.label),
            ]
            self.fields["payment"].choices = [("", "—"), *payments]  # type: ignore[attr-defined]
            del self.fields["slip"]
        if refund.months:
            self.fields["amount"].disabled = True

    def _only_treasury(self) -> None:
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            (Target.TREASURY, Target.TREASURY.label)
        ]
        self.initial["target"] = Target.TREASURY
        del self.fields["payment"]

    def destination(self, payments: dict[int, Any]) -> Destination:
        """Return where it goes; what does not belong to the target is left out."""
        typed = self.cleaned_data
        if typed["target"] == Target.INSTRUMENT:
            return Destination(Target.INSTRUMENT, payment=payments.get(typed["payment"]))
        return Destination(
            typed["target"],
            bank=typed["bank"],
            account_number=typed["account_number"],
            holder=typed["holder"],
            holder_checked=typed["holder_checked"],
            slip=typed.get("slip", ""),
        )


class ConfirmForm(forms.Form):
    """When what the second person saw was prepared."""

    seen = forms.CharField()

    def clean_seen(self) -> datetime | None:
        """Read the instant; what is none was seen by nobody."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None


class RefuseForm(forms.Form):
    """Why a refund is not made; the donor reads it."""

    reason = forms.CharField(
        label=_("Alasan penolakan"), max_length=300, help_text=_("Donatur membacanya.")
    )


class SentForm(forms.Form):
    """By which transfer it was sent, where no bank line shows it yet."""

    bank_account = forms.ModelChoiceField(
        label=_("Dari rekening"), queryset=BankAccount.everything.none(), empty_label="—"
    )
    reference = forms.CharField(label=_("Nomor transfer bank"), max_length=80)

    def __init__(self, *args: Any, accounts: QuerySet[BankAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bank_account"].queryset = accounts  # type: ignore[attr-defined]


class MonthsForm(_Once):
    """Which months are undone, and why."""

    months = forms.TypedMultipleChoiceField(
        label=_("Bulan yang dibatalkan"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        label=_("Alasan"),
        max_length=300,
        help_text=_("Misalnya: pekerja yang salah, atau pekerja meninggal."),
    )

    def __init__(self, *args: Any, months: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["months"].choices = list(months)  # type: ignore[attr-defined]
