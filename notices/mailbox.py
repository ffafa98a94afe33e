"""The portal's own mailbox: where messages lie while no provider is set up."""

from datetime import datetime

from bricks import secrets
from notices.models import Letter


def drop_letter(*, address: str, subject: str, body: str, now: datetime) -> Letter:
    """Put a letter into the mailbox."""
    return Letter.objects.create(
        received_at=now,
        address=address,
        address_index=secrets.blind_index(address.lower(), purpose="letter.address"),
        subject=subject[:200],
        body=body,
    )
