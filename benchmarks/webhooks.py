"""How fast a provider's webhook is verified, kept and answered.

    make bench ONLY=webhooks SIZE=2000

Against a door of the same stack that inserts the same row and does nothing else: no
signature, no bell. Both are measured in turns, so that a busy machine slows both.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path, reverse
from django.views.decorators.csrf import csrf_exempt

from bricks import clock
from payments.gateways.notification import signature
from payments.models import ProviderEvent
from payments.sandbox.provider import server_key

SIZE = 2_000
TURNS = 8


class NotKept(Exception):
    """A webhook was refused, or its row is missing: there is nothing to measure."""


@csrf_exempt
def bare_door(request: HttpRequest) -> HttpResponse:
    """Insert the row of a webhook, by the ORM, and answer."""
    body, now = request.body, clock.now()
    ProviderEvent.objects.create(
        gateway="bare",
        key=request.headers["X-Key"],
        order_id="BENCH",
        state="pending",
        body=body.decode(),
        received_at=now,
        next_try_at=now,
    )
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [path("bare/", bare_door, name="bare_door"), path("", include("sertakan.urls"))]


def run(events: int, say: Callable[[str], Any]) -> None:
    """Measure both doors in turns and print rates and their ratio."""
    turn = max(events // TURNS, 1)
    bodies = [_body(number) for number in range(turn * TURNS)]
    kept: list[float] = []
    bare: list[float] = []
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
        for first in range(0, len(bodies), turn):
            part = bodies[first : first + turn]
            kept.append(_seconds(_webhook, part))
            bare.append(_seconds(_bare, part))
    if ProviderEvent.objects.count() != 2 * len(bodies):
        raise NotKept
    say(f"{connection.vendor}, {len(bodies):,} webhooks in {TURNS} turns\n")
    say(_report("a webhook, verified, kept, answered", kept, turn))
    say(_report("a bare insert through the same stack", bare, turn))
    ratio = median(slow / fast for slow, fast in zip(kept, bare, strict=True))
    say(f"against a bare insert through the same stack: {ratio:.2f} times as long")


def _seconds(post: Callable[[Client, bytes], Any], bodies: list[bytes]) -> float:
    client = Client()
    started = perf_counter()
    for body in bodies:
        if post(client, body).status_code != HTTPStatus.OK:
            raise NotKept
    return perf_counter() - started


def _webhook(client: Client, body: bytes) -> Any:
    return client.post(
        reverse("payment_webhook", args=["sandbox"]), body, content_type="application/json"
    )


def _bare(client: Client, body: bytes) -> Any:
    order = json.loads(body)["order_id"]
    return client.post(
        reverse("bare_door"), body, content_type="application/json", headers={"X-Key": order}
    )


def _body(number: int) -> bytes:
    fields = {
        "order_id": f"SERTAKAN-2026-{number:06}-1",
        "status_code": "201",
        "gross_amount": "184800.00",
    }
    return json.dumps(
        {
            **fields,
            "transaction_id": f"0d8178e1-c6c7-4ab4-81a6-{number:012}",
            "transaction_time": "2026-11-20 10:00:00",
            "transaction_status": "pending",
            "currency": "IDR",
            "payment_type": "qris",
            "fraud_status": "accept",
            "merchant_id": "BENCH",
            "signature_key": signature(**fields, server_key=server_key()),
        }
    ).encode()


def _report(name: str, turns: list[float], each: int) -> str:
    per_second = each / median(turns)
    return f"{name:<44}{1000 / per_second:>10.2f} ms{per_second:>12,.0f} rows/s"
