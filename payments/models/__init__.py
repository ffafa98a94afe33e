"""Invoices, payments, the ledger, and what the bank and the providers say."""

from payments.models.bank import (
    BankAccount,
    BankLine,
    BankMatch,
    BankStatement,
    Payout,
    PayoutLine,
)
from payments.models.invoices import Invoice, Payment, ProviderEvent, Series
from payments.models.ledger import Account, Balance, ClosedMonth, Posting, Snapshot, Transfer
from payments.models.refunds import Refund
from payments.models.sandbox import SandboxCharge, SandboxDelivery, SandboxRefund

__all__ = [
    "Account",
    "Balance",
    "BankAccount",
    "BankLine",
    "BankMatch",
    "BankStatement",
    "ClosedMonth",
    "Invoice",
    "Payment",
    "Payout",
    "PayoutLine",
    "Posting",
    "ProviderEvent",
    "Refund",
    "SandboxCharge",
    "SandboxDelivery",
    "SandboxRefund",
    "Series",
    "Snapshot",
    "Transfer",
]
