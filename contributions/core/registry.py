"""Which core system the portal speaks to (settings.CORE_SYSTEM)."""

from django.conf import settings

from contributions.core.files import FilesCore
from contributions.core.protocol import CoreSystem
from contributions.core.sandbox import SandboxCore

_SYSTEMS: dict[str, type[CoreSystem]] = {"sandbox": SandboxCore, "files": FilesCore}


class UnknownCore(KeyError):
    """No core system of this name is built in."""


def core_system(name: str = "") -> CoreSystem:
    """Return the core system of a name, or the one that the settings name.

    A remittance stays with the system that it was made for. Raises UnknownCore.
    """
    try:
        return _SYSTEMS[name or settings.CORE_SYSTEM]()
    except KeyError:
        raise UnknownCore(name or settings.CORE_SYSTEM) from None
