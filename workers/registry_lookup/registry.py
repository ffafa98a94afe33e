"""Which civil registry the portal asks (settings.CIVIL_REGISTRY)."""

from django.conf import settings

from workers.registry_lookup.not_connected import NotConnected
from workers.registry_lookup.protocol import CivilRegistry

ADAPTERS: dict[str, type[CivilRegistry]] = {"not_connected": NotConnected}


class UnknownRegistry(KeyError):
    """No adapter of this name is built in."""


def civil_registry() -> CivilRegistry:
    """Return the adapter that the settings name. Raises UnknownRegistry."""
    try:
        return ADAPTERS[settings.CIVIL_REGISTRY]()
    except KeyError:
        raise UnknownRegistry(settings.CIVIL_REGISTRY) from None
