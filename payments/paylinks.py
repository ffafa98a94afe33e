"""Pay links: whoever holds one may see count and amount of an invoice, and pay it (P38)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from payments.models import Invoice


class BadPayLink(Exception):
    """The link was not made by this portal, was altered, or its invoice is gone."""


def _signer() -> Signer:
    return Signer(salt="payments.paylinks", sep=".")


def make(invoice: Invoice) -> str:
    """Return the token of an invoice's pay link: its name and our signature, always the same."""
    name = urlsafe_b64encode(invoice.uuid.bytes).rstrip(b"=").decode()
    return _signer().sign(name)


def read(token: str) -> Invoice:
    """Return the invoice of a token. Raises BadPayLink."""
    try:
        name = _signer().unsign(token)
        uuid = UUID(bytes=urlsafe_b64decode(f"{name}=="))
    except (BadSignature, ValueError) as error:
        raise BadPayLink("altered") from error
    found = Invoice.everything.select_related("donor").filter(uuid=uuid).first()
    if found is None:
        raise BadPayLink("its invoice is gone")
    return found


def path(invoice: Invoice) -> str:
    """Return the path of the page on which an invoice can be paid without signing in."""
    return reverse("pay_link", args=[make(invoice)])
