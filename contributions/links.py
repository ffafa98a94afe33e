"""Addresses that messages bear: complete, working without sign-in."""

from django.conf import settings

from payments import paylinks
from payments.models import Invoice


def pay_url(invoice: Invoice) -> str:
    """Return the address at which anyone who holds it may pay the invoice."""
    return settings.PUBLIC_URL + paylinks.path(invoice)
