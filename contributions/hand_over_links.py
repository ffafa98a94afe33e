"""Links by which a donor hands a sponsorship over: the offer's name and our signature."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from contributions.models import HandOver


def _signer() -> Signer:
    return Signer(salt="contributions.hand_over", sep=".")


def url(hand_over: HandOver) -> str:
    """Return the complete address that the donor sends."""
    return settings.PUBLIC_URL + reverse("take_over", args=[token(hand_over)])


def token(hand_over: HandOver) -> str:
    """Return the token of an offer: always the same."""
    name = urlsafe_b64encode(hand_over.uuid.bytes).rstrip(b"=").decode()
    return _signer().sign(name)


def read(token: str) -> HandOver | None:
    """Return the offer of a token, whatever became of it; None for one not made here."""
    try:
        name = _signer().unsign(token)
        uuid = UUID(bytes=urlsafe_b64decode(f"{name}=="))
    except (BadSignature, ValueError):
        return None
    rows = HandOver.everything.select_related(
        "sponsorship__worker__occupation", "sponsorship__worker__village", "sponsorship__donor"
    )
    return rows.filter(uuid=uuid).first()
