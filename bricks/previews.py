"""What a preview showed, kept until it is confirmed: signed, for one person and one hour.

The file itself goes along with the page, so that nothing of it has to be stored and
swept; the signature keeps it as it was previewed.
"""

from dataclasses import dataclass

from django.core import signing
from django.utils.translation import gettext as _

LASTS_SECONDS = 3600


class PreviewGone(ValueError):
    """The preview is older than an hour, somebody else's, or was tampered with."""

    def __str__(self) -> str:
        return _("Pratinjau ini tidak berlaku lagi. Unggah berkasnya sekali lagi.")


@dataclass(frozen=True)
class Preview:
    """A file that was read, and the fingerprint of the table that it was compared with."""

    content: bytes
    seen: str


def seal_preview(preview: Preview, *, kind: str, user_id: int) -> str:
    """Write a preview as a text that a page may carry. The file must be UTF-8."""
    told = {"content": preview.content.decode("utf-8-sig"), "seen": preview.seen}
    return signing.dumps(told, salt=_salt(kind, user_id), compress=True)


def open_preview(text: str, *, kind: str, user_id: int) -> Preview:
    """Read what `seal_preview` wrote. Raises PreviewGone."""
    try:
        told = signing.loads(text, salt=_salt(kind, user_id), max_age=LASTS_SECONDS)
    except signing.BadSignature:
        raise PreviewGone from None
    return Preview(content=told["content"].encode(), seen=told["seen"])


def _salt(kind: str, user_id: int) -> str:
    return f"preview of {kind} for user {user_id}"
