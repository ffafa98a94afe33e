"""Sponsorships, what they cost, the months they buy and the cover these make."""

from contributions.models.bridge import BridgeFund, BridgeGrant, BridgeOutcome, BridgeReceipt
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
from contributions.models.reminders import (
    About,
    Audience,
    Reminder,
    ReminderDigest,
    ReminderStep,
    StageRelease,
)
from contributions.models.renewal import (
    RenewalAsk,
    RenewalChunk,
    RenewalOutcome,
    RenewalRun,
)
from contributions.models.rescue import HandOver, SelfPayer, TakeOver, WaitingPlace
from contributions.models.sponsorships import Allocation, Sponsorship
from contributions.models.tariffs import (
    CalendarDay,
    IncomeBracket,
    Relief,
    Tariff,
    TariffMonth,
)

__all__ = [
    "About",
    "AcceptanceNote",
    "Allocation",
    "AnswerFile",
    "Audience",
    "BooksCheck",
    "BridgeFund",
    "BridgeGrant",
    "BridgeOutcome",
    "BridgeReceipt",
    "CalendarDay",
    "CertificateBatch",
    "CertificatePart",
    "Contribution",
    "Coverage",
    "CreditUse",
    "HandOver",
    "IncomeBracket",
    "LateMoney",
    "PriceCorrection",
    "Relief",
    "Reminder",
    "ReminderDigest",
    "ReminderStep",
    "Remittance",
    "RemittanceFile",
    "RenewalAsk",
    "RenewalChunk",
    "RenewalOutcome",
    "RenewalRun",
    "ReversalRuling",
    "SandboxCoreFile",
    "SelfPayer",
    "Sponsorship",
    "StageRelease",
    "TakeOver",
    "Tariff",
    "TariffChange",
    "TariffMonth",
    "WaitingPlace",
]
