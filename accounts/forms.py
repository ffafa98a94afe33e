"""What people fill in to get in. The flows are allauth's; the questions are ours."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.contacts import Contact, ContactField, read_contact
from accounts.models import User


class SignupForm(allauth_forms.SignupForm):
    """Asks a name and an address; no password. A code proves the address."""

    name = forms.CharField(
        label=_("Nama Anda"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for own in ("email", "phone"):
            self.fields.pop(own, None)
        self.fields["contact"] = ContactField(
            help_text=_("Kami kirim kode ke sini. Tidak perlu kata sandi.")
        )

    def clean(self) -> dict[str, Any]:
        """Offer allauth the address under the two names that it knows."""
        contact = self.cleaned_data.get("contact") or Contact()
        self.cleaned_data["email"] = contact.email
        self.cleaned_data["phone"] = contact.phone
        if contact.email:
            self.cleaned_data["email"] = self.validate_unique_email(contact.email)
        return super().clean()

    def signup(self, request: HttpRequest, user: User) -> None:
        """Nothing more: the adapter has saved name, phone and language."""


class LoginForm(allauth_forms.LoginForm):
    """Sign-in with a password, by e-mail address or phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = ContactField()
        self.fields["login"].label = shown.label
        self.fields["login"].max_length = shown.max_length
        self.fields["login"].widget = shown.widget
        self.fields["password"].label = _("Kata sandi")
        self.fields["password"].widget.attrs.pop("placeholder", None)

    def _setup_password_field(self) -> None:
        """Keep the password, although nobody is asked for one when signing up."""

    def clean_login(self) -> str:
        """Bring a phone number into the one spelling under which it is kept."""
        try:
            contact = read_contact(super().clean_login())
        except ValidationError as error:
            raise error from None
        return contact.email or contact.phone or ""


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    """Asks for a sign-in code, by e-mail or by SMS."""

    _user: User | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for own in ("email", "phone"):
            self.fields.pop(own, None)
        self.fields["contact"] = ContactField(help_text=_("Kami kirim kode 6 angka ke sini."))

    def clean(self) -> dict[str, Any]:
        """Look the user up as allauth does, which also counts the attempts."""
        contact = self.cleaned_data.get("contact") or Contact()
        self.cleaned_data["email"], self.cleaned_data["phone"] = contact
        if contact.email:
            self.clean_email()
        elif contact.phone:
            self.clean_phone()
        return super().clean()


def language_now() -> str:
    """Return the language of the page on which somebody signs up."""
    return "en" if (get_language() or "").startswith("en") else "id"
