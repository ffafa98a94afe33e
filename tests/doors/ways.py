"""The addresses of the ways to pay, and events that need a person."""

from typing import Any

from payments.models import ProviderEvent
from tests.doors.shapes import DONE, Row, Rows, each, only
from tests.factories import NOW
from tests.people import World

#: Treasurers and auditors read their own offices; head office all.
READERS = ("treasurer", "far_treasurer", "head", "auditor", "far_auditor")
NEAR = ("treasurer", "head", "auditor")
RULERS = ("treasurer", "head")


def event(world: World) -> list[Any]:
    """An event of an order of the near branch that no rule covers."""
    kept, _made = ProviderEvent.objects.get_or_create(
        gateway="sandbox",
        key="of the doors",
        defaults={
            "order_id": world.payment.order_id,
            "state": "settled",
            "body": "{}",
            "received_at": NOW,
            "next_try_at": NOW,
            "outcome": ProviderEvent.Outcome.FOR_A_PERSON,
            "processed_at": NOW,
        },
    )
    return [kept.pk]


ROWS: Rows = {
    "provider_events": Row(only(READERS, 200)),
    "provider_event": Row(only(NEAR, 200) | each(("far_treasurer", "far_auditor"), 404), at=event),
    "provider_event_ask": Row(post=only(RULERS, DONE) | {"far_treasurer": 404}, at=event),
    "provider_event_close": Row(post=only(RULERS, DONE) | {"far_treasurer": 404}, at=event),
}
