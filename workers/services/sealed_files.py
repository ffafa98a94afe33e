"""Files that lie on disk only sealed and only for a while; their paths tell nothing."""

import secrets
from pathlib import Path

from django.conf import settings

from bricks.secrets import seal_bytes, unseal_bytes


class SealedFileGone(Exception):
    """The file is no longer on disk."""


def keep(content: bytes, *, folder: str) -> str:
    """Seal a content under a random name and return its path below MEDIA_ROOT."""
    name = secrets.token_hex(20)
    path = f"{folder}/{name[:2]}/{name}"
    whole = Path(settings.MEDIA_ROOT) / path
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_bytes(seal_bytes(content, purpose=folder))
    return path


def read(path: str, *, folder: str) -> bytes:
    """Return the plain content of a kept file. Raises SealedFileGone and CannotOpen."""
    if not path:
        raise SealedFileGone
    try:
        sealed = (Path(settings.MEDIA_ROOT) / path).read_bytes()
    except FileNotFoundError as error:
        raise SealedFileGone from error
    return unseal_bytes(sealed, purpose=folder)


def remove(path: str) -> None:
    """Take a kept file away; one that is gone already is fine."""
    if path:
        (Path(settings.MEDIA_ROOT) / path).unlink(missing_ok=True)
