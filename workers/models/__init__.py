"""Who is covered: workers, the cases by which they enter, and the work at the desk."""

from workers.models.cases import Enrollment, Order, Worker
from workers.models.desk import (
    BulkDecision,
    BulkLine,
    CallBack,
    CheckAnswer,
    CheckBatch,
    CheckBatchLine,
    IdentityAnswer,
)
from workers.models.jobs import Occupation, Sector, Sex
from workers.models.proofs import Check, Consent, EnrollmentEvent, Evidence, WorkerLink
from workers.models.registry import (
    DuplicateRuling,
    PersonCode,
    Said,
    WorkerChange,
    WorkerEvent,
)
from workers.models.reports import IncidentReport

__all__ = [
    "BulkDecision",
    "BulkLine",
    "CallBack",
    "Check",
    "CheckAnswer",
    "CheckBatch",
    "CheckBatchLine",
    "Consent",
    "DuplicateRuling",
    "Enrollment",
    "EnrollmentEvent",
    "Evidence",
    "IdentityAnswer",
    "IncidentReport",
    "Occupation",
    "Order",
    "PersonCode",
    "Said",
    "Sector",
    "Sex",
    "Worker",
    "WorkerChange",
    "WorkerEvent",
    "WorkerLink",
]
