"""BPJS Ketenagakerjaan's core system, reached by files behind an interface."""

from contributions.core.protocol import Answer, CoreSystem, CoreUnavailable, Line
from contributions.core.registry import core_system

__all__ = ["Answer", "CoreSystem", "CoreUnavailable", "Line", "core_system"]
