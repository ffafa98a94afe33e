"""WhatsApp by Meta's Cloud API: templates, and free text to who has just written himself.

A business may begin with an approved template only; within 24 hours of the user's own
message any text goes. Each message bears our own name of it (`biz_opaque_callback_data`),
which the webhook of states repeats: so a message is known again although the answer to
the call was lost. Nothing here logs a text or a phone.
"""

from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings

from notices.channels.base import CannotDeliver, Undeliverable
from notices.channels.whatsapp_faults import fault_of
from notices.models import Message, Reply
from notices.replies import WHATSAPP

#: Not the receiver's fault, but our account's or the connection's.
ACCOUNT = Message.Fault.ACCOUNT
#: Free text is allowed for so long after the user's last message; a little less, because
#: the clock at Meta counts.
WINDOW = timedelta(hours=23, minutes=50)
#: What becomes of a call without an answer shows by the states, within so long.
UNSURE = timedelta(minutes=10)
#: Of a parameter of a template's body.
MOST_LETTERS = 1000


def is_set_up() -> bool:
    """Tell whether the portal can send by WhatsApp; else it does not offer to."""
    return bool(settings.WHATSAPP_TOKEN and settings.WHATSAPP_PHONE_NUMBER_ID)


def has_template(kind: str) -> bool:
    """Tell whether the portal may begin with a message of this kind by WhatsApp."""
    return is_set_up() and kind in settings.WHATSAPP_TEMPLATES


def is_window_open(phone_index: str, *, now: datetime) -> bool:
    """Tell whether the phone has written to us so lately that any text may go."""
    return Reply.objects.filter(
        provider=WHATSAPP,
        phone_index=phone_index,
        received_at__gt=now - WINDOW,
        received_at__lte=now,
    ).exists()


class WhatsAppChannel:
    """Hands messages to the Cloud API."""

    def deliver(self, message: Message, *, now: datetime) -> str:
        """Send one message and return Meta's name of it.

        Raises CannotDeliver and Undeliverable; without a template and outside the window
        it is the latter, and an SMS may arrive.
        """
        if not is_set_up():
            raise CannotDeliver("whatsapp is not set up", fault=ACCOUNT)
        fields = _post(_request(message, now))
        names = fields.get("messages")
        name = names[0].get("id") if isinstance(names, list) and names else None
        if not isinstance(name, str) or not name:
            raise CannotDeliver("whatsapp answered without a name", after=UNSURE)
        return name[:200]


def _request(message: Message, now: datetime) -> dict[str, Any]:
    request: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.address.removeprefix("+"),
        "biz_opaque_callback_data": str(message.uuid),
    }
    template = settings.WHATSAPP_TEMPLATES.get(message.kind)
    if is_window_open(message.address_index, now=now):
        text = {"body": message.body, "preview_url": False}
        return {**request, "type": "text", "text": text}
    if template is None:
        raise Undeliverable(Message.Fault.TEMPLATE, "whatsapp has no template", by_sms=True)
    return {**request, "type": "template", "template": _template(message, *template)}


def _template(message: Message, name: str, most: int) -> dict[str, Any]:
    """Fill the template for as many lines as the text has; the last takes what is over."""
    lines = [" ".join(line.split()) for line in message.body.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    parameters = [{"type": "text", "text": _shortened(line)} for line in lines]
    return {
        "name": f"{name}_{len(lines)}",
        "language": {"code": "en" if message.language == "en" else "id"},
        "components": [{"type": "body", "parameters": parameters}],
    }


def _shortened(line: str) -> str:
    """Leave out the last words of a line that is too long: never a part of an address."""
    if len(line) <= MOST_LETTERS:
        return line
    start = line[: MOST_LETTERS - 1]
    return (start.rpartition(" ")[0] or start) + "\N{HORIZONTAL ELLIPSIS}"


def _post(request: dict[str, Any]) -> dict[str, Any]:
    """Make the call and return the fields of a success. Raises as `deliver` does."""
    number = settings.WHATSAPP_PHONE_NUMBER_ID
    try:
        answer = requests.post(
            f"{settings.WHATSAPP_API_URL}/{settings.WHATSAPP_API_VERSION}/{number}/messages",
            json=request,
            headers={"Authorization": f"Bearer {settings.WHATSAPP_TOKEN}"},
            timeout=settings.PROVIDER_TIMEOUT,
            allow_redirects=False,
        )
    except requests.ConnectTimeout as error:
        raise CannotDeliver("whatsapp: ConnectTimeout", fault=ACCOUNT) from error
    except requests.RequestException as error:
        # It may have been taken: the states will tell before it is tried again.
        told = f"whatsapp: {type(error).__name__}"
        raise CannotDeliver(told, after=UNSURE, fault=ACCOUNT) from error
    fields = _fields(answer)
    if answer.status_code == requests.codes.ok and "error" not in fields:
        return fields
    refusal = fields.get("error")
    code = refusal.get("code") if isinstance(refusal, dict) else None
    raise fault_of(code, status=answer.status_code)


def _fields(answer: requests.Response) -> dict[str, Any]:
    try:
        fields = answer.json()
    except requests.RequestException:
        return {}
    return fields if isinstance(fields, dict) else {}
