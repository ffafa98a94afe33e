"""Which core system the portal speaks to (settings.CORE_SYSTEM)."""

from django.conf import settings

from contributions.core.protocol import CoreSystem
from contributions.core.sandbox import SandboxCore

_SYSTEMS: dict[str, type[CoreSystem]] = {"sandbox": SandboxCore}


class UnknownCore(KeyError):
    """No core system of this name is built in."""


def core_system() -> CoreSystem:
    """Return the core system that the settings name. Raises UnknownCore."""
    try:
        return _SYSTEMS[settings.CORE_SYSTEM]()
    except KeyError:
        raise UnknownCore(settings.CORE_SYSTEM) from None
