"""Rows of the outbox as tests need them."""

from notices import services
from notices.models import Message
from tests.factories import NOW


def not_delivered(*, fault: str = "address", **receiver: object) -> Message:
    """A message to a user, or to a phone, that its channel has given up."""
    given = {"kind": "x", "body": "Isi.", "now": NOW, **receiver}
    key = f"not_delivered:{Message.objects.count()}"
    if "user" in receiver:
        message = services.post_message(key=key, subject="Kuitansi Anda", **given)
    else:
        message = services.post_to_phone(key=key, language="id", **given)
    message.status, message.fault = Message.Status.FAILED, fault
    message.failed_at = NOW
    message.save()
    return message
