"""The providers' door: verify, keep, answer. What follows is a job's work."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bricks import clock
from notices import bells
from payments.gateways.protocol import BadEvent, BadSignature
from payments.gateways.registry import UnknownGateway, gateway_named
from payments.services.events import store_event

logger = logging.getLogger(__name__)

#: A notification has some hundred bytes; whoever sends more is no provider of ours.
MAX_BYTES = 64 * 1024


@csrf_exempt
@require_POST
def payment_webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Keep a provider's webhook and answer at once; nothing of it is believed yet.

    200 also for one that is kept already, 400 for rubbish, 403 for a wrong signature
    (nothing is kept), 404 for a provider that does not serve here, 413 for too much.
    """
    try:
        provider = gateway_named(gateway)
    except UnknownGateway:
        return _answer("unknown provider", 404)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return _answer("too large", 413)
    try:
        event = provider.verify(request.headers, body)
    except BadEvent:
        return _answer("malformed", 400)
    except BadSignature:
        logger.warning("a webhook of %s with a wrong signature was refused", gateway)
        return _answer("wrong signature", 403)
    if store_event(gateway=gateway, event=event, body=body, now=clock.now()):
        bells.ring("payment_event")
    return _answer("ok", 200)


def _answer(word: str, status: int) -> HttpResponse:
    return HttpResponse(word, status=status, content_type="text/plain")
