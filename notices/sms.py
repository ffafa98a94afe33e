"""Short messages to phones. Until a provider is set, they lie in the portal's mailbox."""

from datetime import datetime

from notices.mailbox import drop_letter


def keep_in_mailbox(*, phone: str, text: str, now: datetime) -> None:
    """Keep a short message as a letter (the default of settings.SMS_SENDER)."""
    drop_letter(address=phone, subject="SMS", body=text, now=now)
