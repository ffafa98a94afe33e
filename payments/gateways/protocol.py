"""What the portal asks of a payment provider, whoever it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.http.request import HttpHeaders

from payments.models import Payment


class GatewayUnavailable(Exception):
    """The provider did not answer, or not yet; asking again later is safe."""


class BadAnswer(GatewayUnavailable):
    """The provider answered what cannot be read as money or as a time."""


class ChargeLost(GatewayUnavailable):
    """The order stands at the provider, but how it is paid can no longer be learned."""


class CannotRefund(Exception):
    """By this way no money goes back: it must be transferred to the payer's account."""


class BadEvent(Exception):
    """A webhook's body is not what this provider sends."""


class BadSignature(Exception):
    """A webhook was not signed by this provider."""


class State(StrEnum):
    """What a provider can say about a payment, in the portal's words."""

    UNKNOWN = "unknown"  # it knows no such order, or the payer has chosen no way yet
    PENDING = "pending"
    SETTLED = "settled"
    FAILED = "failed"  # expired, cancelled, refused: no money, or no longer
    REVERSED = "reversed"  # all of it went back to the payer
    PARTIAL = "partial"  # a part of it went back to the payer


@dataclass(frozen=True)
class Charge:
    """How an order can be paid, by the one way for which it was opened; the other is empty.

    `pay_page_url` is the provider's own page, absolute or a path of this portal.
    """

    reference: str
    qris: str
    va_bank: str
    va_number: str
    pay_page_url: str


@dataclass(frozen=True)
class ProviderStatus:
    """The truth about an order as the provider tells it now.

    `amount` is the rupiah received, 0 where unknown; `settled_at` the provider's time;
    `refunded` what of it went back to the payer so far, in rupiah.
    """

    order_id: str
    state: State
    amount: int = 0
    settled_at: datetime | None = None
    channel: str = ""
    reference: str = ""
    refunded: int = 0


@dataclass(frozen=True)
class VerifiedEvent:
    """A webhook whose signature holds. `key` is the same for the same event sent again."""

    order_id: str
    key: str
    state: State


class PaymentGateway(Protocol):
    """A provider. Every method may talk to the network, so none runs in a transaction."""

    name: str

    def charge(self, payment: Payment, *, now: datetime) -> Charge:
        """Open the order `payment.order_id` for `payment.amount` by `payment.way`.

        It can be paid until its invoice expires. Idempotent by order id: a repeated call
        returns the same charge. Raises GatewayUnavailable, and ChargeLost where the order
        was opened before and must be replaced.
        """
        ...

    def status(self, order_id: str, *, now: datetime) -> ProviderStatus:
        """Ask what is true of an order. Raises GatewayUnavailable, BadAnswer."""
        ...

    def cancel(self, order_id: str, *, now: datetime) -> State:
        """Close an order that is not paid, so that nobody can pay it any more.

        Returns what is true of it then: settled if the payer was faster, unknown if there
        is no such order, pending if the provider would not close it. Idempotent. Raises
        GatewayUnavailable.
        """
        ...

    def refund(self, payment: Payment, *, amount: int, key: str, now: datetime) -> str:
        """Send `amount` rupiah of a settled payment back to the instrument that paid.

        Idempotent by `key`: a repeated call returns the same reference and moves nothing.
        Raises CannotRefund where this way takes none back, or not so much;
        GatewayUnavailable to try again with the same key.
        """
        ...

    def verify(self, headers: HttpHeaders, body: bytes) -> VerifiedEvent:
        """Prove that a webhook comes from the provider, in constant time.

        Raises BadEvent for a body that it would not send, BadSignature for one that
        it did not sign. The signature does not cover every field, so nothing else in
        the body is believed: the truth is asked for by `status`.
        """
        ...
