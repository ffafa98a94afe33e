"""What a donor or a worker has filled in, once it is clean."""

from dataclasses import dataclass
from datetime import date

from regions.models import Area
from workers.models import Occupation
from workers.services.evidence import StoredFile

FORM = "form"
LINK = "link"
PUBLIC_TASK = "public_task"

MOST_WORKERS = 5


@dataclass(frozen=True)
class WorkerData:
    """A worker as he is claimed to be; `phone` and `address` may be empty."""

    nik: str
    name: str
    birth_date: date
    sex: str
    phone: str
    village: Area
    occupation: Occupation
    address: str = ""


@dataclass(frozen=True)
class Terms:
    """What is asked for, for every worker of an order."""

    months: int = 12
    bracket: int = 1
    jht: bool = False


@dataclass(frozen=True)
class Entry:
    """One worker of an order.

    `way` says how consent comes: on a photographed FORM (`proof`, which may follow
    later), by a LINK on which the worker fills in the data himself (`data` is None),
    or not at all where the agreement makes it a PUBLIC_TASK.
    """

    relation: str
    name: str
    way: str
    data: WorkerData | None = None
    proof: StoredFile | None = None
