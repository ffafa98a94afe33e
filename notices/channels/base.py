"""What a channel promises, and those that stand ready: mailbox, e-mail and SMS."""

import smtplib
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from notices.mailbox import drop_letter
from notices.models import Message


class CannotDeliver(Exception):
    """The channel did not take the message now; it may later."""


class UnknownChannel(KeyError):
    """No channel of this name is set up."""


class Channel(Protocol):
    """A way out of the portal. `deliver` returns when the provider has taken the
    message and raises CannotDeliver when it has not."""

    def deliver(self, message: Message, *, now: datetime) -> None: ...


class MailboxChannel:
    """The honest default: keeps messages in the portal, where the demo shows them."""

    def deliver(self, message: Message, *, now: datetime) -> None:
        """Put the message into the portal's own mailbox."""
        drop_letter(address=message.address, subject=message.subject, body=message.body, now=now)


class EmailChannel:
    """E-mail through Django's backend (EMAIL_URL)."""

    def deliver(self, message: Message, *, now: datetime) -> None:
        """Hand the message to the mail server. Raises CannotDeliver."""
        mail = EmailMessage(subject=message.subject, body=message.body, to=[message.address])
        try:
            mail.send()
        except (smtplib.SMTPException, OSError) as error:
            raise CannotDeliver(type(error).__name__) from error


class SmsChannel:
    """Short messages by settings.SMS_SENDER, which by default keeps them in the mailbox."""

    def deliver(self, message: Message, *, now: datetime) -> None:
        """Hand the text to the provider. Raises CannotDeliver."""
        try:
            import_string(settings.SMS_SENDER)(phone=message.address, text=message.body, now=now)
        except OSError as error:
            raise CannotDeliver(type(error).__name__) from error


_CHANNELS: dict[str, Channel] = {
    "mailbox": MailboxChannel(),
    "email": EmailChannel(),
    "sms": SmsChannel(),
}


def channel(name: str) -> Channel:
    """Return the channel of this name. Raises UnknownChannel."""
    try:
        return _CHANNELS[name]
    except KeyError:
        raise UnknownChannel(name) from None
