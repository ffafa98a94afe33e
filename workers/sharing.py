"""The message by which a donor sends the link to his worker; no name and no NIK in it."""

from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from workers.cards import CaseCard, link_of


def link_address(token: str) -> str:
    """Return the full address of a worker's link."""
    return f"{settings.PUBLIC_URL}{reverse('worker_link', args=[token])}"


def share_link(card: CaseCard) -> dict[str, str] | None:
    """Return the link and the WhatsApp address that carries it, while it is open."""
    link = link_of(card.case)
    if link is None or not card.waits_for_worker or card.link_expired:
        return None
    address = link_address(link.token)
    text = _(
        "Halo, saya ingin membayarkan iuran BPJS Ketenagakerjaan untuk Anda. "
        "Isi data dan setujui di sini: %(address)s\n"
        "Gratis. Kami tidak meminta PIN atau OTP. Ragu? Telepon 175."
    ) % {"address": address}
    return {"address": address, "whatsapp": f"https://wa.me/?text={quote(text)}"}
