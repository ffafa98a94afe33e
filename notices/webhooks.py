"""The door by which a provider tells what people answered, and what arrived: verify, keep,
answer."""

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bricks import clock
from notices.outcomes import note_state
from notices.replies import WHATSAPP, BadDelivery, answers_in, is_signed, read_delivery, states_in
from notices.services import keep_reply

logger = logging.getLogger(__name__)

#: Meta sends at most 3 MB in one delivery.
MAX_BYTES = 3 * 1024 * 1024


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def whatsapp(request: HttpRequest) -> HttpResponse:
    """Keep what WhatsApp's Cloud API delivers, and answer at once; 404 while it is not set up.

    200 also for what is kept already or bears no message, 400 for rubbish, 403 for a
    wrong token or signature (nothing is kept), 413 for too much.
    """
    if not (settings.WHATSAPP_APP_SECRET and settings.WHATSAPP_VERIFY_TOKEN):
        raise Http404
    if request.method != "POST":
        return _subscribe(request)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return _answer("too large", 413)
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not is_signed(body, signature=signature, secret=settings.WHATSAPP_APP_SECRET):
        logger.warning("a delivery of WhatsApp with a wrong signature was refused")
        return _answer("wrong signature", 403)
    try:
        delivery = read_delivery(body)
    except BadDelivery:
        return _answer("malformed", 400)
    now = clock.now()
    for answer in answers_in(delivery):
        keep_reply(provider=WHATSAPP, answer=answer, now=now)
    for state in states_in(delivery, now=now):
        note_state(state)
    return _answer("ok", 200)


def _subscribe(request: HttpRequest) -> HttpResponse:
    """Echo the challenge by which the provider makes sure that this door is ours."""
    token = request.GET.get("hub.verify_token", "")
    known = constant_time_compare(token, settings.WHATSAPP_VERIFY_TOKEN)
    if request.GET.get("hub.mode") != "subscribe" or not known:
        return _answer("wrong token", 403)
    return _answer(request.GET.get("hub.challenge", ""), 200)


def _answer(word: str, status: int) -> HttpResponse:
    return HttpResponse(word, status=status, content_type="text/plain")
