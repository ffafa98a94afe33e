"""Forms about bank accounts, statements and what their lines are."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bricks.formfields import PlainText, RupiahField
from bricks.rupiah import format_number
from bricks.templatetags.house import tanggal_singkat
from bricks.widgets import DateText
from payments.models import BankAccount, BankLine, Invoice
from payments.statements.base import MOST_BYTES, BadStatement
from payments.statements.csv_file import MARKED, SIGNED, TWO_COLUMNS, Columns, Row
from payments.statements.decoding import text_of
from regions.models import Office

MOST_PARTS = 40
PART = "bagian-"
_DAY: dict[str, Any] = {
    "widget": DateText({"class": "short", "placeholder": "HH-BB-TTTT"}),
    "error_messages": {"invalid": _("Tulis tanggal-bulan-tahun, misalnya 17-08-2027.")},
}


class BankAccountForm(forms.Form):
    """A bank account to be opened."""

    office = forms.ModelChoiceField(label=_("Kantor"), queryset=Office.objects.none())
    bank = forms.CharField(label=_("Bank"), max_length=40)
    number = forms.CharField(
        label=_("Nomor rekening"),
        max_length=40,
        widget=forms.TextInput({"inputmode": "numeric", "class": "medium"}),
    )
    holder = forms.CharField(
        label=_("Atas nama"), max_length=120, help_text=_("Seperti tertulis di buku bank.")
    )

    def __init__(self, *args: Any, offices: QuerySet[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]

    def clean_number(self) -> str:
        """Take spaces, dots and hyphens out of the number."""
        number = "".join(c for c in self.cleaned_data["number"] if c not in " .-")
        if not (number.isascii() and number.isdigit() and 6 <= len(number) <= 30):
            raise ValidationError(_("Tulis nomor rekening dengan angka, 6 sampai 30 angka."))
        return number


class BankFileForm(forms.Form):
    """A file for one of the accounts; cleans its text and the digest of its bytes."""

    account: "forms.ModelChoiceField[BankAccount]" = forms.ModelChoiceField(
        label=_("Rekening"), queryset=None, to_field_name="uuid"
    )
    berkas = forms.FileField(
        label=_("Berkas dari bank"),
        help_text=_("CSV atau MT940. Paling besar 5 MB, paling banyak 20.000 baris."),
        error_messages={
            "required": _("Pilih berkasnya dulu."),
            "empty": _("Berkas ini kosong."),
            "invalid": _("Pilih berkasnya dulu."),
        },
    )

    def __init__(self, *args: Any, accounts: QuerySet[BankAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        self.text, self.digest = "", ""

    def clean_berkas(self) -> Any:
        """Read the text. Raises ValidationError with a sentence."""
        file = self.cleaned_data["berkas"]
        # A larger file is refused by its first bytes; the rest is never read.
        content = file.read(MOST_BYTES + 1)
        try:
            self.text = text_of(content)
        except BadStatement as error:
            raise ValidationError(str(error), code="unreadable") from None
        self.digest = hashlib.sha256(content).hexdigest()
        return file


class PayoutFileForm(BankFileForm):
    """A provider's payout report, and what stands outside of it."""

    gateway = forms.ChoiceField(label=_("Penyedia pembayaran"))
    reference = forms.CharField(label=_("Nomor pencairan"), max_length=80)
    paid_on = forms.DateField(label=_("Tanggal pencairan"), **_DAY)

    field_order = ("gateway", "account", "reference", "paid_on", "berkas")

    def __init__(self, *args: Any, gateways: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gateway"].choices = [(g, g.title()) for g in gateways]  # type: ignore[attr-defined]
        self.fields["account"].label = _("Masuk ke rekening")
        self.fields["berkas"].label = _("Laporan pencairan")
        self.fields["berkas"].help_text = _(
            "CSV dengan kolom nomor pesanan, jumlah kotor dan biaya."
        )


class ColumnsForm(forms.Form):
    """Which column is what, and which days the file is about."""

    pratinjau = forms.CharField(widget=forms.HiddenInput, max_length=2 * MOST_BYTES)
    first_day = forms.DateField(label=_("Hari pertama"), **_DAY)
    last_day = forms.DateField(label=_("Hari terakhir"), **_DAY)
    date = forms.TypedChoiceField(label=_("Tanggal"), coerce=int)
    description = forms.TypedChoiceField(label=_("Keterangan"), coerce=int)
    way = forms.ChoiceField(
        label=_("Jumlah ditulis sebagai"),
        widget=forms.RadioSelect,
        choices=[
            (TWO_COLUMNS, _("kolom debit dan kolom kredit")),
            (MARKED, _("satu kolom dengan tanda D/K, DB/CR")),
            (SIGNED, _("satu kolom, uang keluar dengan minus atau kurung")),
        ],
    )
    debit = forms.TypedChoiceField(label=_("Debit (keluar)"), coerce=int, required=False)
    credit = forms.TypedChoiceField(label=_("Kredit (masuk)"), coerce=int, required=False)
    amount = forms.TypedChoiceField(label=_("Jumlah"), coerce=int, required=False)
    mark = forms.TypedChoiceField(
        label=_("Tanda D/K"),
        coerce=int,
        required=False,
        help_text=_("Kosongkan bila tandanya menempel di jumlah."),
    )
    balance = forms.TypedChoiceField(label=_("Saldo"), coerce=int, required=False)
    reference = forms.TypedChoiceField(label=_("Nomor referensi"), coerce=int, required=False)
    opening = RupiahField(
        label=_("Saldo awal"),
        required=False,
        help_text=_("Hanya bila berkas tidak memuat saldo per baris."),
    )
    closing = RupiahField(label=_("Saldo akhir"), required=False)

    PLACES = ("date", "description", "debit", "credit", "amount", "mark", "balance", "reference")

    def __init__(self, *args: Any, head: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.head = head
        named = [
            (place, cell or _("kolom %(n)d") % {"n": place + 1})
            for place, cell in enumerate(head.cells)
        ]
        for name in self.PLACES:
            self.fields[name].choices = [("", _("– tidak ada –")), *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the columns that the chosen way of amounts needs."""
        asked = super().clean() or self.cleaned_data
        needs = {TWO_COLUMNS: ("debit", "credit")}.get(asked.get("way", ""), ("amount",))
        for name in needs:
            if asked.get(name) in ("", None) and name not in self.errors:
                self.add_error(name, _("Pilih kolomnya."))
        return asked

    def columns(self) -> Columns:
        """Return what was said of the columns."""
        asked = self.cleaned_data
        places = {name: -1 if asked[name] == "" else asked[name] for name in self.PLACES}
        return Columns(head=self.head.cells, way=asked["way"], **places)


class ImportForm(forms.Form):
    """Carries a preview to its confirmation; why days are missing, where they are."""

    pratinjau = forms.CharField(widget=forms.HiddenInput, max_length=2 * MOST_BYTES)
    alasan = PlainText(label=_("Mengapa hari itu tidak termuat?"), max_length=300, required=False)


class AllocationForm(forms.Form):
    """How many rupiah of a line go to each of these invoices; an empty one gets none."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**15)

    def __init__(self, *args: Any, invoices: Sequence[Invoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invoices = list(invoices)
        for invoice in self.invoices:
            self.fields[f"{PART}{invoice.uuid}"] = RupiahField(
                label=_("Jumlah untuk %(number)s") % {"number": invoice.number}, required=False
            )

    def rows(self) -> list[tuple[Invoice, Any]]:
        """Each invoice with its field, as the page shows them."""
        return [(invoice, self[f"{PART}{invoice.uuid}"]) for invoice in self.invoices]

    def parts(self) -> list[tuple[Invoice, int]]:
        """Return what was filled in."""
        found = [(i, self.cleaned_data[f"{PART}{i.uuid}"]) for i in self.invoices]
        return [(invoice, amount) for invoice, amount in found if amount is not None]


def asked_invoices(posted: Any) -> list[UUID]:
    """Return the invoices that a posted allocation names; rubbish names none."""
    found = []
    for name in list(posted)[: MOST_PARTS * 2]:
        try:
            found.append(UUID(name.removeprefix(PART)) if name.startswith(PART) else None)
        except ValueError:
            continue
    return [uuid for uuid in found if uuid is not None][:MOST_PARTS]


def proposed(parts: Sequence[tuple[Invoice, int]]) -> dict[str, str]:
    """Return the amounts that a suggestion fills in."""
    return {f"{PART}{invoice.uuid}": format_number(amount) for invoice, amount in parts}


class ExplainForm(forms.Form):
    """What a line of money out was. `charge`, `passed`, or the uuid of a refund or a line."""

    what = forms.ChoiceField(
        label=_("Uang keluar ini"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Pilih satu.")},
    )
    note = PlainText(label=_("Catatan"), max_length=200, required=False)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = choices  # type: ignore[attr-defined]


class JoinForm(forms.Form):
    """Which of some bank lines is the lump of a payout."""

    line = forms.ChoiceField(
        label=_("Mutasi bank"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Pilih satu.")},
    )

    def __init__(self, *args: Any, lines: Sequence[BankLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {str(line.uuid): line for line in lines}
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            (uuid, f"{tanggal_singkat(line.booked_on)}, {line.description[:80]}")
            for uuid, line in self.lines.items()
        ]

    def chosen(self) -> BankLine:
        """Return the chosen line."""
        return self.lines[self.cleaned_data["line"]]
