"""What people fill in about what they want to be told."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bricks.clock import ZONE_NAMES
from notices.preferences import Group

EMAIL, PHONE = "email", "phone"
_WHERE = {
    7: _("Sumatra, Jawa, Kalbar, Kalteng"),
    8: _("Bali, Nusa Tenggara, Sulawesi, Kalsel, Kaltim, Kaltara"),
    9: _("Maluku, Papua"),
}


def _zones() -> list[tuple[int, str]]:
    return [(offset, f"{name}: {_WHERE[offset]}") for offset, name in ZONE_NAMES.items()]


class ChoicesForm(forms.Form):
    """Which messages, by which way, by the clock of which zone."""

    wanted = forms.MultipleChoiceField(
        label=_("Pesan yang saya mau"),
        choices=Group.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    way = forms.ChoiceField(
        label=_("Kirim ke"),
        choices=[(EMAIL, _("E-mail")), (PHONE, _("HP (WhatsApp atau SMS)"))],
        widget=forms.RadioSelect,
    )
    zone = forms.TypedChoiceField(
        label=_("Jam di tempat saya"),
        help_text=_("Pengingat hanya dikirim pukul 08.00 sampai 20.00."),
        choices=_zones,
        coerce=int,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not (user.email and user.phone_verified_at):
            # There is nothing to choose between.
            del self.fields["way"]
