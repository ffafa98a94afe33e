"""Money in: invoices and payments, the ledger, and the sandbox provider's own books."""

from payments.models.invoices import Invoice, Payment, ProviderEvent, Series
from payments.models.ledger import Account, Balance, Posting, Transfer
from payments.models.sandbox import SandboxCharge, SandboxDelivery

__all__ = [
    "Account",
    "Balance",
    "Invoice",
    "Payment",
    "Posting",
    "ProviderEvent",
    "SandboxCharge",
    "SandboxDelivery",
    "Series",
    "Transfer",
]
