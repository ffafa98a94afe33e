"""Who is covered: workers, and the cases by which they enter for a donor."""

from workers.models.cases import Enrollment, Order, Worker
from workers.models.jobs import Occupation, Sector, Sex
from workers.models.proofs import Check, Consent, EnrollmentEvent, Evidence, WorkerLink

__all__ = [
    "Check",
    "Consent",
    "Enrollment",
    "EnrollmentEvent",
    "Evidence",
    "Occupation",
    "Order",
    "Sector",
    "Sex",
    "Worker",
    "WorkerLink",
]
