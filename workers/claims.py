"""What a step changed in the data that a case claims about its worker."""

from workers.models import Enrollment, Worker

#: The data whose change is told, by the name of their column; what they say is personal.
DATA = (
    "nik",
    "name",
    "birth_date",
    "sex",
    "phone",
    "address",
    "village",
    "occupation",
    "relation",
)
#: What is told by its key.
_COLUMNS = {"village": "village_id", "occupation": "occupation_id"}


def claimed(case: Enrollment) -> dict[str, str]:
    """Return what a case claims, as texts; areas and jobs by their key."""
    return {name: _text(case, name) for name in DATA}


def told(worker: Worker) -> dict[str, str]:
    """Return what the registry bears about a worker, as texts; areas and jobs by their key."""
    return {name: _text(worker, name) for name in DATA if name != "relation"}


def changes(before: dict[str, str], case: Enrollment) -> dict[str, list[str]]:
    """Return what differs from `before`, each with its former and its new value."""
    after = claimed(case)
    return {name: [before[name], after[name]] for name in DATA if before[name] != after[name]}


def _text(row: Enrollment | Worker, name: str) -> str:
    return str(getattr(row, _COLUMNS.get(name, name)) or "")
