"""Short messages to phones. Until a provider is set, they lie in the portal's mailbox."""

from datetime import datetime

from django.conf import settings

from notices.mailbox import drop_letter


class NotTaken(OSError):
    """The provider did not take the message, or cannot be reached."""


def keep_in_mailbox(*, phone: str, text: str, now: datetime) -> None:
    """Keep a short message as a letter (the default of settings.SMS_SENDER)."""
    drop_letter(address=phone, subject="SMS", body=text, now=now)


def is_set_up() -> bool:
    """Tell whether short messages leave the portal at all."""
    mailbox = f"{__name__}.{keep_in_mailbox.__name__}"
    return bool(mailbox != settings.SMS_SENDER)
