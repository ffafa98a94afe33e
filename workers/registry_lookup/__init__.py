"""The civil registry (Dukcapil), behind an interface; by default nobody is asked."""

from workers.registry_lookup.protocol import CivilRegistry, Question, RegistryUnavailable, Said
from workers.registry_lookup.registry import UnknownRegistry, civil_registry

__all__ = [
    "CivilRegistry",
    "Question",
    "RegistryUnavailable",
    "Said",
    "UnknownRegistry",
    "civil_registry",
]
