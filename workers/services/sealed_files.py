"""Files that lie on disk only sealed and only for a while; their paths tell nothing."""

from bricks import sealed_files


class SealedFileGone(Exception):
    """The file is no longer on disk."""


def keep(content: bytes, *, folder: str) -> str:
    """Seal a content under a random name and return its path below MEDIA_ROOT."""
    return sealed_files.keep(content, purpose=folder)


def read(path: str, *, folder: str) -> bytes:
    """Return the plain content of a kept file. Raises SealedFileGone and CannotOpen."""
    if not path.startswith(f"{folder}/"):
        raise SealedFileGone
    try:
        return sealed_files.read(path)
    except FileNotFoundError as error:
        raise SealedFileGone from error


def remove(path: str) -> None:
    """Take a kept file away; one that is gone already is fine."""
    sealed_files.remove(path)
