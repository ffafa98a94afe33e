"""What a channel promises, and the plain ones: mailbox, e-mail and SMS."""

import smtplib
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from notices.mailbox import drop_letter
from notices.models import Message
from notices.preferences import group_of, stop_token

Fault = Message.Fault
AN_HOUR = timedelta(hours=1)


class CannotDeliver(Exception):
    """The channel did not take the message now; it may later.

    `after` is the shortest pause before the next attempt. `fault` names what head office
    must mend, not the receiver: such a message waits for days, not for hours.
    """

    def __init__(self, reason: str, *, after: timedelta = timedelta(0), fault: str = "") -> None:
        super().__init__(reason)
        self.after, self.fault = after, fault


class Undeliverable(Exception):
    """The channel will never take this message. `by_sms` tells that an SMS may arrive."""

    def __init__(self, fault: str, reason: str, *, by_sms: bool = False) -> None:
        super().__init__(reason)
        self.fault, self.by_sms = fault, by_sms


class Channel(Protocol):
    """A way out of the portal. `deliver` returns when the provider has taken the message,
    with the provider's name of it or "". It raises CannotDeliver, or Undeliverable."""

    def deliver(self, message: Message, *, now: datetime) -> str: ...


class MailboxChannel:
    """The honest default: keeps messages in the portal, where the demo shows them."""

    def deliver(self, message: Message, *, now: datetime) -> str:
        """Put the message into the portal's own mailbox."""
        drop_letter(address=message.address, subject=message.subject, body=message.body, now=now)
        return ""


class EmailChannel:
    """E-mail through Django's backend (EMAIL_URL)."""

    def deliver(self, message: Message, *, now: datetime) -> str:
        """Hand the message to the mail server.

        An optional one bears the link by which its kind is switched off, for the reader
        and for his mail programme (RFC 8058). Raises CannotDeliver, or Undeliverable where
        the server refuses the address for good (5xx). A server that is away, or refuses
        us, is head office's to mend.
        """
        way_out = _way_out(message)
        mail = EmailMessage(
            subject=message.subject,
            body=message.body + _footer(message, way_out),
            to=[message.address],
            headers=_headers(way_out),
        )
        try:
            _send(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _said in error.recipients.values()]
            if codes and all(500 <= code < 600 for code in codes):
                raise Undeliverable(Fault.ADDRESS, f"smtp {codes[0]}") from error
            raise CannotDeliver(type(error).__name__) from error
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused) as error:
            raise CannotDeliver(_told(error), after=AN_HOUR, fault=Fault.ACCOUNT) from error
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError) as error:
            raise CannotDeliver(_told(error), fault=Fault.ACCOUNT) from error
        except smtplib.SMTPException as error:
            raise CannotDeliver(_told(error)) from error
        except OSError as error:
            raise CannotDeliver(_told(error), fault=Fault.ACCOUNT) from error
        return ""


def _send(mail: EmailMessage) -> None:
    mail.connection = get_connection()
    try:
        mail.send()
    finally:
        # Django leaves it open where the server refused our password.
        mail.connection.close()


def _told(error: OSError) -> str:
    """Name what happened, without the server's words: they repeat addresses."""
    code = getattr(error, "smtp_code", None)
    return f"smtp {code}" if code else type(error).__name__


def _way_out(message: Message) -> str:
    group = group_of(message.kind)
    if message.user is None or not message.optional or not group:
        return ""
    path = reverse("stop_messages", args=[stop_token(user=message.user, group=group)])
    return f"{settings.PUBLIC_URL}{path}"


def _headers(way_out: str) -> dict[str, str]:
    if not way_out:
        return {}
    return {
        "List-Unsubscribe": f"<{way_out}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _footer(message: Message, way_out: str) -> str:
    if not way_out:
        return ""
    with translation.override(message.language):
        return f"\n\n-- \n{_('Tidak mau menerima pesan seperti ini?')}\n{way_out}\n"


class SmsChannel:
    """Short messages by settings.SMS_SENDER, which by default keeps them in the mailbox."""

    def deliver(self, message: Message, *, now: datetime) -> str:
        """Hand the text to the provider. Raises CannotDeliver."""
        try:
            import_string(settings.SMS_SENDER)(phone=message.address, text=message.body, now=now)
        except OSError as error:
            raise CannotDeliver(type(error).__name__) from error
        return ""
