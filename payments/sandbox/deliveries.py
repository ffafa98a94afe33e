"""Sending the sandbox's webhooks over HTTP, with Midtrans's rules for trying again."""

import json
import logging
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from payments.models import SandboxDelivery
from payments.sandbox import provider

logger = logging.getLogger(__name__)

TIMEOUT = 15
BATCH = 100
#: A sender that died leaves its claim; after this it is offered again.
STALE_CLAIM = timedelta(minutes=1)
MAX_REDIRECTS = 3
PAUSES = tuple(timedelta(minutes=m) for m in (2, 10, 30, 90, 210))
#: How often an answer is tried again; any other but 2xx, and silence, five times.
RETRIES = {301: 0, 302: 0, 303: 0, 400: 2, 404: 2, 500: 1, 503: 4}


def next_pause(answer: int | None, attempts: int) -> timedelta | None:
    """Return how long to wait after the n-th attempt, or None to give up.

    `answer` is the HTTP status, None where nobody answered (domain reference 6.2).
    """
    allowed = RETRIES.get(answer, len(PAUSES)) if answer else len(PAUSES)
    return PAUSES[attempts - 1] if attempts <= allowed else None


def deliver(*, now: datetime) -> dict[str, int]:
    """Let time pass at the provider, then send the webhooks that are due, oldest first.

    Each is claimed by a conditional update. A sender that dies leaves a claim that is
    offered again, so a webhook is sent at least once. Returns counts.
    """
    counts = {"changed": provider.pass_time(now=now), "delivered": 0, "postponed": 0, "given_up": 0}
    for pk in _due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH]:
        if _due(now).filter(pk=pk).update(claimed_at=now, attempts=F("attempts") + 1):
            counts[_send_one(SandboxDelivery.objects.get(pk=pk), now)] += 1
    return counts


def webhook_url() -> str:
    """Return where the sandbox sends its webhooks."""
    return settings.SANDBOX_WEBHOOK_URL or (
        settings.PUBLIC_URL + reverse("payment_webhook", args=["sandbox"])
    )


def _due(now: datetime) -> QuerySet[SandboxDelivery]:
    unclaimed = Q(claimed_at__isnull=True) | Q(claimed_at__lte=now - STALE_CLAIM)
    return SandboxDelivery.objects.filter(
        unclaimed, due_at__lte=now, delivered_at__isnull=True, given_up_at__isnull=True
    )


def _send_one(delivery: SandboxDelivery, now: datetime) -> str:
    answer = _post(webhook_url(), json.dumps(delivery.body).encode())
    mine = SandboxDelivery.objects.filter(pk=delivery.pk)
    if answer is not None and 200 <= answer < 300:
        mine.update(delivered_at=now, last_answer=answer)
        return "delivered"
    pause = next_pause(answer, delivery.attempts)
    if pause is None:
        mine.update(given_up_at=now, last_answer=answer)
        return "given_up"
    mine.update(claimed_at=None, due_at=now + pause, last_answer=answer)
    return "postponed"


def _post(url: str, body: bytes) -> int | None:
    """Post a webhook; follow 307 and 308 to the same host. None if nobody answers."""
    headers = {"Content-Type": "application/json", "User-Agent": "sandbox-provider"}
    answer = None
    with requests.Session() as session:
        # The portal is near; a proxy that this machine is set to use does not know it.
        session.trust_env = False
        for _ in range(MAX_REDIRECTS):
            try:
                response = session.post(
                    url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
                )
            except requests.RequestException as error:
                logger.warning("the portal does not answer the sandbox: %s", type(error).__name__)
                return None
            answer = response.status_code
            target = urljoin(url, response.headers.get("Location", ""))
            if answer not in {307, 308} or urlsplit(target).netloc != urlsplit(url).netloc:
                break
            url = target
    return answer
