"""What a person reads of an event that no rule covers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.event_access import events_for
from payments.gateways.protocol import State
from payments.models import Payment, ProviderEvent

WORDS: dict[str, Promise] = {
    State.UNKNOWN: _("tidak mengenal pesanan ini"),
    State.PENDING: _("belum dibayar"),
    State.SETTLED: _("uang masuk"),
    State.FAILED: _("gagal, batal atau waktunya habis"),
    State.REVERSED: _("uang kembali ke pembayar"),
    State.PARTIAL: _("sebagian uang kembali ke pembayar"),
}


@dataclass(frozen=True)
class Question:
    """An event with the payment that it is about, if the portal knows its order.

    `said` is what the webhook claims, `answer` what the provider said when last asked
    (empty: nobody could ask); amounts are whole rupiah.
    """

    event: ProviderEvent
    payment: Payment | None
    why: Promise
    said: Promise
    answer: Promise | str
    amount: int
    refunded: int
    asked_at: datetime | None

    @property
    def ruled(self) -> bool:
        return self.event.decided_at is not None


def waiting(user: User) -> QuerySet[ProviderEvent]:
    """Return the events that wait for a person and that the user may read, oldest first."""
    rows = events_for(user).filter(decided_at__isnull=True)
    return rows.order_by("received_at", "pk")


def ruled(user: User) -> QuerySet[ProviderEvent]:
    """Return those that somebody has ruled on, the newest ruling first."""
    rows = events_for(user).filter(decided_at__isnull=False)
    return rows.order_by("-decided_at", "-pk")


def count_waiting(user: Any, now: datetime) -> int:
    """Count what waits, for the treasurer's first page."""
    return waiting(user).count()


def questions(events: Iterable[ProviderEvent]) -> list[Question]:
    """Read events with their payments, in one statement for all of them."""
    events = list(events)
    known = Payment.everything.filter(order_id__in={event.order_id for event in events})
    payments = {
        (row.gateway, row.order_id): row
        for row in known.select_related("invoice__donor", "invoice__office")
    }
    return [_question(event, payments.get((event.gateway, event.order_id))) for event in events]


def _question(event: ProviderEvent, payment: Payment | None) -> Question:
    answer = event.answer or {}
    asked_at = answer.get("asked_at")
    return Question(
        event=event,
        payment=payment,
        why=_why(event, payment, answer),
        said=WORDS[State(event.state)],
        answer=WORDS[State(answer["state"])] if answer else "",
        amount=answer.get("amount", 0),
        refunded=answer.get("refunded", 0),
        asked_at=datetime.fromisoformat(asked_at) if asked_at else None,
    )


def _why(event: ProviderEvent, payment: Payment | None, answer: dict[str, Any]) -> Promise:
    """Say in a sentence which rule does not cover it."""
    state = answer.get("state")
    if payment is None or event.outcome == ProviderEvent.Outcome.UNKNOWN_ORDER:
        return _("Portal tidak mengenal pesanan ini.")
    if state in {State.PARTIAL, State.REVERSED}:
        return _("Uang kembali ke pembayar, tidak atas permintaan kita.")
    if state == State.SETTLED and payment.status == Payment.Status.REVERSED:
        return _("Uang masuk lagi setelah dibatalkan bank.")
    if state == State.SETTLED and answer.get("amount") != payment.received:
        return _("Jumlah uangnya berubah.")
    return _("Penyedia tidak membenarkan kabar ini.")
