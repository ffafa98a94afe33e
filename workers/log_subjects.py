"""What a row of the logs is about, named by its number and never by a person's name.

The rows of a page are read together: the number of queries depends on how many kinds
of things they are about, not on how many rows there are.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from workers.desk_selectors import watched_offices
from workers.models import (
    CallBack,
    CheckBatch,
    Consent,
    DuplicateRuling,
    Enrollment,
    Evidence,
    IncidentReport,
    Order,
    Worker,
    WorkerChange,
    WorkerEvent,
)
from workers.registry_selectors import watched_workers

Text = str | Promise
#: The type of a thing and its key, as both logs keep them.
Key = tuple[str, str]

#: What belongs to a case, or to a worker, and is named by it.
OF_CASE: tuple[type[Model], ...] = (Evidence, Consent, CallBack, DuplicateRuling)
OF_WORKER: tuple[type[Model], ...] = (WorkerChange, WorkerEvent)
#: What bears a number of its own, which people tell each other.
NUMBERED: tuple[type[Any], ...] = (Order, IncidentReport, CheckBatch)
#: The rest, by their type; higher floors' rows among them, which are not read here.
OTHERS: Mapping[str, Text] = {
    "accounts.user": _("Pengguna"),
    "accounts.role": _("Peran"),
    "donors.donor": _("Donatur"),
    "donors.programme": _("Program"),
    "regions.office": _("Kantor"),
    "regions.holiday": _("Hari libur"),
    "workers.bulkdecision": _("Keputusan bersama"),
    "workers.occupation": _("Pekerjaan"),
    "workers.personcode": _("Kode pekerja"),
    "contributions.sponsorship": _("Sponsor"),
    "contributions.contribution": _("Iuran"),
    "contributions.certificatebatch": _("Sertifikat"),
    "payments.closedmonth": _("Bulan yang ditutup"),
    "payments.invoice": _("Tagihan"),
    "payments.payment": _("Pembayaran"),
}

_CASE = re.compile(r"D-?\d{2}(\d{6,9})(?:-(\d{1,3}))?", re.IGNORECASE)
_WORKER = re.compile(r"P-?(\d{6,9})", re.IGNORECASE)
_REPORT = re.compile(r"L-?\d{2}(\d{6,9})", re.IGNORECASE)
_CHECK_FILE = re.compile(r"B-?\d{2}(\d{5,9})", re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """A thing as the logs name it; `url` is empty where the reader may not open it."""

    label: Text
    url: str = ""


def worker_number(pk: int) -> str:
    """The number by which the logs name a worker of the registry."""
    return f"P-{pk:06d}"


def type_of(model: type[Model]) -> str:
    """The type of a thing, as both logs keep it."""
    return str(model._meta.label_lower)


# --- by a number --------------------------------------------------------------------------
def keys_of_number(number: str) -> dict[str, list[str]]:
    """Return which things a number stands for, by their type; nothing for no number.

    Of a case: the case itself, its order, and what belongs to it.
    """
    text = "".join(number.split())
    if match := _CASE.fullmatch(text):
        return _of_case(int(match[1]), match[2])
    if match := _WORKER.fullmatch(text):
        return _of_worker(int(match[1]))
    for pattern, model in ((_REPORT, IncidentReport), (_CHECK_FILE, CheckBatch)):
        if match := pattern.fullmatch(text):
            return {type_of(model): [str(int(match[1]))]}
    return {}


def is_number(text: str) -> bool:
    """Tell whether a text looks like a number of a case, worker, report or check file."""
    plain = "".join(text.split())
    return any(p.fullmatch(plain) for p in (_CASE, _WORKER, _REPORT, _CHECK_FILE))


def _of_case(order: int, position: str | None) -> dict[str, list[str]]:
    cases = Enrollment.everything.filter(order=order)
    if position:
        cases = cases.filter(position=int(position))
    pks = list(cases.values_list("pk", flat=True))
    found = {type_of(Enrollment): pks, type_of(Order): [order] if pks else []}
    for model in OF_CASE:
        rows = model._default_manager.filter(enrollment__in=pks)
        found[type_of(model)] = list(rows.values_list("pk", flat=True))
    return {name: [str(pk) for pk in keys] for name, keys in found.items()}


def _of_worker(worker: int) -> dict[str, list[str]]:
    found: dict[str, list[Any]] = {type_of(Worker): [worker]}
    for model in OF_WORKER:
        rows = model._default_manager.filter(worker=worker)
        found[type_of(model)] = list(rows.values_list("pk", flat=True))
    return {name: [str(pk) for pk in keys] for name, keys in found.items()}


# --- as people read them ------------------------------------------------------------------
def read_subjects(keys: Iterable[Key], *, reader: User) -> dict[Key, Subject]:
    """Name things of many types, with the address where the reader may open them."""
    by_type: dict[str, set[str]] = defaultdict(set)
    for kind, key in keys:
        by_type[kind].add(key)
    cases, workers = _parents(by_type, OF_CASE), _parents(by_type, OF_WORKER)
    subjects = _numbered(by_type)
    named = _cases(_pks(by_type, Enrollment) | set(cases.values()), reader)
    subjects |= _beneath(named, cases, Enrollment)
    named = _workers(_pks(by_type, Worker) | set(workers.values()), reader)
    subjects |= _beneath(named, workers, Worker)
    return {
        (kind, key): subjects.get((kind, key)) or _other(kind, key)
        for kind, found in by_type.items()
        for key in found
    }


def _pks(by_type: Mapping[str, Collection[str]], model: type[Model]) -> set[int]:
    return {int(key) for key in by_type.get(type_of(model), ()) if key.isdecimal()}


def _parents(
    by_type: Mapping[str, Collection[str]], models: Iterable[type[Model]]
) -> dict[Key, int]:
    """Return the case or worker of each thing that belongs to one; a query per type."""
    found: dict[Key, int] = {}
    for model in models:
        pks = _pks(by_type, model)
        if pks:
            parent = "enrollment" if model in OF_CASE else "worker"
            rows = model._default_manager.filter(pk__in=pks).values_list("pk", parent)
            found |= {(type_of(model), str(pk)): of for pk, of in rows}
    return found


def _beneath(
    named: Mapping[int, Subject], parents: Mapping[Key, int], model: type[Model]
) -> dict[Key, Subject]:
    found = {(type_of(model), str(pk)): subject for pk, subject in named.items()}
    return found | {key: named[of] for key, of in parents.items() if of in named}


def _cases(pks: Collection[int], reader: User) -> dict[int, Subject]:
    if not pks:
        return {}
    watched = set(watched_offices(reader).values_list("pk", flat=True))
    return {
        case.pk: Subject(
            case.number,
            reverse("case", args=[case.uuid])
            if case.office_id in watched and case.submitted_at
            else "",
        )
        for case in Enrollment.everything.filter(pk__in=pks).select_related("order")
    }


def _workers(pks: Collection[int], reader: User) -> dict[int, Subject]:
    if not pks:
        return {}
    watched = watched_workers(reader).filter(pk__in=pks).values_list("pk", "uuid")
    pages = {pk: reverse("worker", args=[uuid]) for pk, uuid in watched}
    return {pk: Subject(worker_number(pk), pages.get(pk, "")) for pk in pks}


def _numbered(by_type: Mapping[str, Collection[str]]) -> dict[Key, Subject]:
    found: dict[Key, Subject] = {}
    for model in NUMBERED:
        pks = _pks(by_type, model)
        rows = model._default_manager.filter(pk__in=pks) if pks else ()
        found |= {(type_of(model), str(row.pk)): Subject(row.number) for row in rows}
    return found


def _other(kind: str, key: str) -> Subject:
    known = OTHERS.get(kind)
    return Subject(f"{known if known is not None else kind} {key}")
