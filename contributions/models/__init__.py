"""Sponsorships, what they cost, the months they buy and the cover these make."""

from contributions.models.cover import (
    AcceptanceNote,
    AnswerFile,
    Contribution,
    Coverage,
    Remittance,
    RemittanceFile,
    SandboxCoreFile,
)
from contributions.models.money import (
    BooksCheck,
    CertificateBatch,
    CertificatePart,
    CreditUse,
    LateMoney,
    PriceCorrection,
    ReversalRuling,
    TariffChange,
)
from contributions.models.sponsorships import Allocation, Reminder, Sponsorship
from contributions.models.tariffs import (
    CalendarDay,
    IncomeBracket,
    Relief,
    Tariff,
    TariffMonth,
)

__all__ = [
    "AcceptanceNote",
    "Allocation",
    "AnswerFile",
    "BooksCheck",
    "CalendarDay",
    "CertificateBatch",
    "CertificatePart",
    "Contribution",
    "Coverage",
    "CreditUse",
    "IncomeBracket",
    "LateMoney",
    "PriceCorrection",
    "Relief",
    "Reminder",
    "Remittance",
    "RemittanceFile",
    "ReversalRuling",
    "SandboxCoreFile",
    "Sponsorship",
    "Tariff",
    "TariffChange",
    "TariffMonth",
]
