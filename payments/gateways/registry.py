"""Which provider serves: settings.PAYMENT_GATEWAY."""

from collections.abc import Callable

from django.conf import settings

from payments.gateways.protocol import PaymentGateway
from payments.gateways.sandbox import SandboxGateway

GATEWAYS: dict[str, Callable[[], PaymentGateway]] = {
    SandboxGateway.name: SandboxGateway,
}


class UnknownGateway(LookupError):
    """No such provider serves here."""


def serving() -> list[str]:
    """Return the names of the providers that serve here.

    Only the chosen one: where a real provider serves, nothing that the sandbox says
    may become money.
    """
    return [settings.PAYMENT_GATEWAY]


def gateway_named(name: str) -> PaymentGateway:
    """Return a provider that serves here. Raises UnknownGateway."""
    if name not in serving() or name not in GATEWAYS:
        raise UnknownGateway(name)
    return GATEWAYS[name]()


def chosen_gateway() -> PaymentGateway:
    """Return the provider with which new payments are opened. Raises UnknownGateway."""
    return gateway_named(settings.PAYMENT_GATEWAY)
