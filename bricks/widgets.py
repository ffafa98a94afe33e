"""Form widgets with the right keyboard on a phone, and help while typing (forms.js).

They change how an answer is typed, not what is accepted: the form's field reads a
NIK with or without spaces, a date with or without dashes, an amount with dots.
"""

from typing import Any

from django import forms


class _Typed(forms.TextInput):
    """A text input whose usual attributes can be overridden one by one."""

    usual: dict[str, Any] = {}

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({**self.usual, **(attrs or {})})


class NikInput(_Typed):
    """A NIK on the number pad, shown in groups of four (P43)."""

    usual = {
        "inputmode": "numeric",
        "autocomplete": "off",
        "spellcheck": "false",
        "maxlength": 25,
        "data-nik": True,
    }


class PhoneInput(_Typed):
    """A phone number, on the pad of the phone."""

    input_type = "tel"
    usual = {"autocomplete": "tel", "maxlength": 20, "class": "medium"}


class CodeInput(_Typed):
    """A code of six digits that was sent to a person; the phone offers it by itself."""

    usual = {
        "inputmode": "numeric",
        "autocomplete": "one-time-code",
        "maxlength": 12,
        "data-code": True,
    }


class MoneyInput(_Typed):
    """An amount in whole rupiah, with `Rp` before it and dots between the thousands."""

    template_name = "django/forms/widgets/money.html"
    usual = {"inputmode": "numeric", "autocomplete": "off", "maxlength": 20, "data-money": True}


class DateText(forms.DateInput):
    """A date typed as DD-MM-YYYY, without a date wheel (P43)."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        usual = {"inputmode": "numeric", "autocomplete": "off", "maxlength": 10, "data-date": True}
        super().__init__({**usual, **(attrs or {})}, format="%d-%m-%Y")


class PhotoInput(forms.ClearableFileInput):
    """A photo from the camera or the gallery; photos.js makes it small before it is sent."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"accept": "image/*,application/pdf", "data-shrink": True, **(attrs or {})}
        )


class ChoiceRow(forms.RadioSelect):
    """Radio cards that stand beside each other where there is room."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "choices-row", **(attrs or {})}, choices)
