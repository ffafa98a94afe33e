"""What a step changed in the data that a case claims about its worker."""

from typing import Any

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


def claimed(case: Enrollment) -> dict[str, str]:
    """Return what a case claims, as texts; areas and jobs by their key."""
    return {name: str(_plain(case, name) or "") for name in DATA}


def told(worker: Worker) -> dict[str, str]:
    """Return what the registry bears about a worker, as texts; areas and jobs by their key."""
    columns = {name: Worker._meta.get_field(name).attname for name in DATA if name != "relation"}
    return {name: str(getattr(worker, column) or "") for name, column in columns.items()}


def changes(before: dict[str, str], case: Enrollment) -> dict[str, list[str]]:
    """Return what differs from `before`, each with its former and its new value."""
    after = claimed(case)
    return {name: [before[name], after[name]] for name in DATA if before[name] != after[name]}


def _plain(case: Enrollment, name: str) -> Any:
    return getattr(case, Enrollment._meta.get_field(name).attname)
