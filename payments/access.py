"""Who may reach a payment's picture and the sandbox's pay page; everyone else reads 404."""

from uuid import UUID

from django.http import Http404

from payments.gateways.registry import serving
from payments.gateways.sandbox import SandboxGateway
from payments.models import Invoice, Payment, SandboxCharge
from payments.sandbox import provider


def payment_to_scan(uuid: UUID) -> Payment:
    """Return a pending payment of an open invoice with its QRIS payload, or raise Http404.

    Its random address is its only key, as that of the pay link is: the picture names
    nobody, and who scans it can only pay.
    """
    pending = Payment.everything.filter(
        uuid=uuid, status=Payment.Status.PENDING, invoice__status=Invoice.Status.OPEN
    )
    found = pending.exclude(qris="").select_related("invoice").first()
    if found is None:
        raise Http404
    return found


def sandbox_charge(transaction_id: UUID) -> SandboxCharge:
    """Return a charge of the sandbox, or raise Http404, as everywhere where it does not serve."""
    serves = SandboxGateway.name in serving()
    charge = provider.find_charge(transaction_id) if serves else None
    if charge is None:
        raise Http404
    return charge
