"""What the tests of reports share: what somebody tells, a report, and a form filled in."""

from typing import Any

from tests.factories import NOW, TODAY, AreaFactory, OfficeAreaFactory
from workers.models import IncidentReport, Worker
from workers.services.reporting import Told, report

NIK = "1671011708850001"
PHONE = "+6281298765432"


def told(**changed: Any) -> Told:
    """A neighbour tells that a worker has died yesterday, and not his NIK."""
    OfficeAreaFactory()
    return Told(
        **{
            "kind": "death",
            "name": "Joko Contoh",
            "village": AreaFactory(),
            "happened_on": TODAY,
            "reporter_name": "Wati Contoh",
            "reporter_phone": PHONE,
            "reporter_relation": "colleague",
            **changed,
        }
    )


def reported(worker: Worker | None = None, *, now: Any = NOW, **changed: Any) -> IncidentReport:
    """A report, of a worker whom the registry knows or of somebody."""
    nik = worker.nik if worker else changed.pop("nik", "")
    return report(told=told(nik=nik, **changed), by=changed.pop("by", None), now=now)


def filled(**changed: str) -> dict[str, str]:
    """The public form as somebody fills it in."""
    return {
        "kind": "death",
        "name": "Joko Contoh",
        "nik": "1671 0117 0885 0001",
        "village": "1671011007",
        "happened_on": "19-11-2026",
        "reporter_name": "Wati Contoh",
        "reporter_phone": "0812-9876-5432",
        "reporter_relation": "family",
        **changed,
    }
