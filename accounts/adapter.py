"""Where allauth asks how this portal does things."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.contacts import PhoneField
from accounts.forms import language_now
from accounts.homes import home_of
from accounts.models import User
from accounts.selectors import user_of_phone
from bricks import clock
from bricks.phones import BadPhone, clean_phone

EMAIL_STAGE = "allauth.account.stages.EmailVerificationStage"
OWN_EMAIL_STAGE = "accounts.stages.EmailStage"
NO_MATCH = _("Alamat atau kata sandi tidak cocok. Anda juga bisa masuk dengan kode.")


class PortalAdapter(DefaultAccountAdapter):
    """Sends each to his own first page, and codes to phones as well as to e-mail."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("Akun ini sudah ditutup. Cabang atau 175 dapat membantu."),
        "email_password_mismatch": NO_MATCH,
        "phone_password_mismatch": NO_MATCH,
        "username_password_mismatch": NO_MATCH,
        "incorrect_code": _("Kode tidak cocok. Periksa lagi angkanya."),
        "too_many_login_attempts": _("Terlalu sering dicoba. Tunggu lima menit, lalu coba lagi."),
        "rate_limited": _("Terlalu cepat. Tunggu sebentar, lalu coba lagi."),
        "phone_taken": _("Nomor HP ini sudah dipakai akun lain. Masuk dengan kode."),
        "email_taken": _("E-mail ini sudah dipakai akun lain. Masuk dengan kode."),
    }

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send a donor to his workers, a branch to its desk, and so on."""
        return home_of(request.user)  # type: ignore[arg-type]

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Start a new donor where every donor starts."""
        return home_of(request.user)  # type: ignore[arg-type]

    def get_login_stages(self) -> list[str]:
        """Put our e-mail stage in the place of allauth's."""
        stages = super().get_login_stages()
        return [OWN_EMAIL_STAGE if stage == EMAIL_STAGE else stage for stage in stages]

    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: forms.Form,
        commit: bool = True,  # noqa: FBT001, FBT002  (allauth's signature)
    ) -> User:
        """Save a new donor with his name, his phone and the language he reads."""
        user.name = form.cleaned_data["name"]
        user.language = language_now()
        user.keep_phone(form.cleaned_data.get("phone") or "")
        saved: User = super().save_user(request, user, form, commit)
        return saved

    # --- phones ----------------------------------------------------------------------
    def phone_form_field(self, **kwargs: Any) -> forms.Field:
        """Ask for a phone number the Indonesian way."""
        return PhoneField(**{**kwargs, "label": PhoneField().label})

    def get_user_by_phone(self, phone: str) -> User | None:
        """Return the user of a phone number in any spelling."""
        try:
            return user_of_phone(clean_phone(phone))
        except BadPhone:
            return None

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """Return the user's phone, and whether a code has proved it."""
        return (user.phone, user.phone_verified_at is not None) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:  # noqa: FBT001  (the same)
        """Keep a phone number of the user."""
        services.keep_phone(user=user, phone=phone, verified_at=clock.now() if verified else None)

    def set_phone_verified(self, user: User, phone: str) -> None:
        """Remember that a code has proved the phone number."""
        services.keep_phone(user=user, phone=phone, verified_at=clock.now())

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        """Send a code; complete without a link (P44)."""
        text = gettext("Kode masuk SERTAKAN Anda: %(code)s. Jangan beri tahu siapa pun.")
        _send_sms(phone, text % {"code": code})

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Tell whoever asked for a code that this number has no account."""
        text = gettext("Nomor ini belum terdaftar di SERTAKAN. Daftar dulu di %(address)s")
        _send_sms(phone, text % {"address": settings.PUBLIC_URL})

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell whoever signs up again to sign in."""
        text = gettext("Nomor ini sudah punya akun SERTAKAN. Masuk dengan kode di %(address)s")
        _send_sms(phone, text % {"address": settings.PUBLIC_URL})


def _send_sms(phone: str, text: str) -> None:
    """Hand a text to the sender that the settings name; the portal's mailbox by default."""
    import_string(settings.SMS_SENDER)(phone=phone, text=text, now=clock.now())
