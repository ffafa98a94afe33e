"""Django's e-mail backend of the default set-up: into the portal's own mailbox."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from bricks import clock
from notices.mailbox import drop_letter


class MailboxBackend(BaseEmailBackend):
    """Keeps mails that Django itself sends, such as sign-in codes, as letters."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Put each mail into the mailbox of each receiver; returns the number of mails."""
        now = clock.now()
        for mail in email_messages:
            for address in mail.recipients():
                drop_letter(
                    address=address, subject=str(mail.subject), body=str(mail.body), now=now
                )
        return len(email_messages)
