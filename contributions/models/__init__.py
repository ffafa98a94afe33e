"""Sponsorships, what they cost, the months they buy and the cover these make."""

from contributions.models.cover import Contribution, Coverage, Remittance, SandboxCoreFile
from contributions.models.sponsorships import Allocation, Reminder, Sponsorship
from contributions.models.tariffs import (
    CalendarDay,
    IncomeBracket,
    Relief,
    Tariff,
    TariffMonth,
)

__all__ = [
    "Allocation",
    "CalendarDay",
    "Contribution",
    "Coverage",
    "IncomeBracket",
    "Relief",
    "Reminder",
    "Remittance",
    "SandboxCoreFile",
    "Sponsorship",
    "Tariff",
    "TariffMonth",
]
