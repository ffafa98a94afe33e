"""Which providers serve: settings.PAYMENT_GATEWAY, and PAYMENT_GATEWAYS_ALSO for what is open."""

from collections.abc import Callable

from django.conf import settings

from payments.gateways.midtrans import MidtransGateway
from payments.gateways.protocol import PaymentGateway
from payments.gateways.sandbox import SandboxGateway
from payments.gateways.xendit import XenditGateway

GATEWAYS: dict[str, Callable[[], PaymentGateway]] = {
    SandboxGateway.name: SandboxGateway,
    MidtransGateway.name: MidtransGateway,
    XenditGateway.name: XenditGateway,
}


class UnknownGateway(LookupError):
    """No such provider serves here."""


def serving() -> list[str]:
    """Return the names of the providers that serve here.

    The chosen one first, with which alone new payments are opened; then former ones, whose
    webhooks are let in, payments asked about and refunds sent until nothing is open there.
    Where a real provider serves, nothing that the sandbox says may become money: the
    portal's checks refuse the sandbox among the former ones.
    """
    return list(dict.fromkeys([settings.PAYMENT_GATEWAY, *settings.PAYMENT_GATEWAYS_ALSO]))


def gateway_named(name: str) -> PaymentGateway:
    """Return a provider that serves here. Raises UnknownGateway."""
    if name not in serving() or name not in GATEWAYS:
        raise UnknownGateway(name)
    return GATEWAYS[name]()


def chosen_gateway() -> PaymentGateway:
    """Return the provider with which new payments are opened. Raises UnknownGateway."""
    return gateway_named(settings.PAYMENT_GATEWAY)
