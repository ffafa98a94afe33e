"""Files that lie sealed on disk, under random names, below MEDIA_ROOT.

The first folder of a path is the purpose for which its files are sealed, so that a
rotation of keys can open each of them. A file is written beside its place, flushed and
moved there in one step: whoever reads gets the old or the new one, never half of it.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from bricks.secrets import CannotOpen, current_key_id, seal_bytes, unseal_bytes

RUN, UNFINISHED = ".rotation", ".unfinished-"


class AlreadyRotating(Exception):
    """Another run of the rotation works on these files."""


def keep(content: bytes, *, purpose: str) -> str:
    """Seal a file's content; returns its path below MEDIA_ROOT."""
    name = secrets.token_hex(20)
    path = f"{purpose}/{name[:2]}/{name}"
    at = _root() / path
    at.parent.mkdir(parents=True, exist_ok=True)
    _write_beside(at, seal_bytes(content, purpose=purpose)).replace(at)
    _flush(at.parent)
    return path


def read(path: str) -> bytes:
    """Return the plain content. Raises FileNotFoundError and CannotOpen."""
    return unseal_bytes((_root() / path).read_bytes(), purpose=_purpose(path))


def remove(path: str) -> None:
    """Remove a file; one that is gone already is no fault.

    A rotation that reads the file in this instant does not bring it back.
    """
    if path and _root().exists():
        with _locked(_root()):
            (_root() / path).unlink(missing_ok=True)


def stale_paths() -> Iterator[str]:
    """Yield the paths of files that are not sealed under the first key, in order."""
    current = f"{current_key_id()}.".encode()
    for folder, folders, names in os.walk(_root()):
        folders.sort()
        for name in sorted(names):
            at = Path(folder, name)
            if not name.startswith(".") and not _begins_with(at, current):
                yield at.relative_to(_root()).as_posix()


def reseal(path: str) -> bool:
    """Seal a file under the first key; False if it changed or went meanwhile.

    Raises CannotOpen, which names the file.
    """
    at = _root() / path
    try:
        seen = at.stat()
        sealed = at.read_bytes()
    except FileNotFoundError:
        return False
    try:
        plain = unseal_bytes(sealed, purpose=_purpose(path))
    except CannotOpen as error:
        raise CannotOpen(f"the file {path}") from error
    beside = _write_beside(at, seal_bytes(plain, purpose=_purpose(path)))
    try:
        with _locked(_root()):
            if not _is_same(at, seen):
                return False
            beside.replace(at)
    finally:
        beside.unlink(missing_ok=True)
    _flush(at.parent)
    return True


@contextmanager
def rotating() -> Iterator[None]:
    """Keep a second rotation away, and clear what a killed one left. Raises AlreadyRotating."""
    _root().mkdir(parents=True, exist_ok=True)
    try:
        (_root() / RUN).touch()
        with _locked(_root() / RUN, wait=False):
            for left in _root().rglob(f"{UNFINISHED}*"):
                left.unlink(missing_ok=True)
            yield
    except BlockingIOError as error:
        raise AlreadyRotating from error


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def _purpose(path: str) -> str:
    return path.partition("/")[0]


def _begins_with(at: Path, start: bytes) -> bool:
    try:
        with at.open("rb") as file:
            return file.read(len(start)) == start
    except FileNotFoundError:
        return True


def _is_same(at: Path, seen: os.stat_result) -> bool:
    try:
        now = at.stat()
    except FileNotFoundError:
        return False
    return (now.st_ino, now.st_mtime_ns) == (seen.st_ino, seen.st_mtime_ns)


def _write_beside(at: Path, sealed: bytes) -> Path:
    beside = at.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    with beside.open("xb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    return beside


def _flush(folder: Path) -> None:
    """Make a rename outlast a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(at: Path, *, wait: bool = True) -> Iterator[None]:
    handle = os.open(at, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)
