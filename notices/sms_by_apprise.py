"""Short messages by any provider that Apprise knows.

Loads a hundred of them, so this is imported only where settings.SMS_SENDER names it.
"""

from datetime import datetime

from apprise import Apprise
from django.conf import settings

from notices.sms import NotTaken

#: Where the address of the provider takes the phone.
PHONE = "{phone}"


def send(*, phone: str, text: str, now: datetime) -> None:
    """Hand a short message to the provider of settings.SMS_URL, an address of Apprise's.

    Raises NotTaken; the library does not tell why, so each refusal may pass.
    """
    provider = Apprise.instantiate(settings.SMS_URL.replace(PHONE, phone))
    if provider is None:
        raise NotTaken("SMS_URL names no provider")
    if not provider.notify(body=text):
        raise NotTaken("the provider took nothing")
