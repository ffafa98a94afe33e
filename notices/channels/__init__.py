"""The ways by which a message leaves the portal."""

from notices.channels.base import (
    CannotDeliver,
    Channel,
    EmailChannel,
    MailboxChannel,
    SmsChannel,
    Undeliverable,
)
from notices.channels.whatsapp import WhatsAppChannel

__all__ = ["CannotDeliver", "Channel", "Undeliverable", "UnknownChannel", "channel"]

_CHANNELS: dict[str, Channel] = {
    "mailbox": MailboxChannel(),
    "email": EmailChannel(),
    "sms": SmsChannel(),
    "whatsapp": WhatsAppChannel(),
}


class UnknownChannel(KeyError):
    """No channel of this name is set up."""


def channel(name: str) -> Channel:
    """Return the channel of this name. Raises UnknownChannel."""
    try:
        return _CHANNELS[name]
    except KeyError:
        raise UnknownChannel(name) from None
