"""Form fields that read what people type the Indonesian way."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bricks.logs import mask
from bricks.rupiah import NotRupiah, parse_rupiah
from bricks.widgets import MoneyInput

HIGHEST = 100_000_000_000_000


class RupiahField(forms.CharField):
    """An amount in whole rupiah, with or without dots; None where it may be left out."""

    widget = MoneyInput

    def __init__(self, *, highest: int = HIGHEST, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.highest = highest

    def clean(self, value: Any) -> Any:
        """Return the amount. Raises ValidationError."""
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = parse_rupiah(text)
        except NotRupiah:
            message = _("Tulis dalam rupiah bulat, misalnya 1.000.000.")
            raise ValidationError(message, code="not_rupiah") from None
        if amount > self.highest:
            message = _("Angka ini terlalu besar. Periksa lagi jumlah nolnya.")
            raise ValidationError(message, code="too_much")
        return amount


class PlainText(forms.CharField):
    """A sentence that other people read: no NIK, phone number or e-mail stands in it."""

    def clean(self, value: Any) -> Any:
        """Return the text. Raises ValidationError."""
        text = super().clean(value)
        if text and mask(text) != text:
            raise ValidationError(_("Jangan menulis NIK, nomor HP, atau e-mail di sini."))
        return text
