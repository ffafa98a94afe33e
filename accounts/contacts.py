"""One field for two kinds of address: an e-mail address or a phone number."""

from typing import NamedTuple

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from bricks.phones import BadPhone, clean_phone
from bricks.widgets import PhoneInput

PHONE_SENTENCE = _("Tulis nomor HP Indonesia, misalnya 0812-3456-7890.")


class Contact(NamedTuple):
    """A cleaned address; exactly one of the two is filled."""

    email: str | None = None
    phone: str | None = None


class PhoneField(forms.CharField):
    """An Indonesian mobile number, read in any of the usual spellings, kept as +628..."""

    widget = PhoneInput

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("label", _("Nomor HP"))
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def clean(self, value: object) -> str:
        """Return the number, or an empty text where it may be left out."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            return clean_phone(text)
        except BadPhone:
            raise ValidationError(PHONE_SENTENCE, code="invalid_phone") from None


class ContactField(forms.CharField):
    """An e-mail address or, where the portal can send SMS, a phone number."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault(
            "label", _("E-mail atau nomor HP") if settings.PHONE_SIGN_IN else _("E-mail")
        )
        kwargs.setdefault("max_length", 254)
        kwargs.setdefault(
            "widget",
            forms.TextInput(
                attrs={
                    "autocomplete": "username",
                    "autocapitalize": "none",
                    "spellcheck": "false",
                    "inputmode": "email",
                }
            ),
        )
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def clean(self, value: object) -> Contact:
        """Return the address as a Contact."""
        return read_contact(super().clean(value))


def read_contact(text: str) -> Contact:
    """Tell an e-mail address from a phone number. Raises ValidationError for neither."""
    text = text.strip()
    if settings.PHONE_SIGN_IN and "@" not in text:
        try:
            return Contact(phone=clean_phone(text))
        except BadPhone:
            message = _("Tulis e-mail atau nomor HP Indonesia, misalnya 0812-3456-7890.")
            raise ValidationError(message, code="invalid_contact") from None
    try:
        validate_email(text)
    except ValidationError:
        message = _("Tulis alamat e-mail yang lengkap, misalnya rina@contoh.id.")
        raise ValidationError(message, code="invalid_contact") from None
    return Contact(email=text.lower())
