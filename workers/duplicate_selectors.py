"""Who may be the same person under another NIK: found by equal keys, weighed by likeness.

Two people are compared where their birth dates are the same, or where their name keys
are and both are of one regency. The very same NIK is no question here: that is the
exact check. For the branch's eyes only (P8).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol

from django.db.models import Q, QuerySet

from workers.likeness import LIKELY, Person, likeness
from workers.models import Check, DuplicateRuling, Enrollment, Worker
from workers.naming import name_key

REGENCY_DIGITS = 4
#: So many twins of one case are shown; more say that the keys are to blame, not the people.
MOST_TWINS = 10
#: So many people are looked for with one question.
BITE = 500
COLUMNS = ("pk", "nik_index", "name", "birth_date", "sex", "village_id")


class Claimed(Protocol):
    """What is claimed about a worker: a case, or a row that is to become one."""

    nik_index: str
    name: str
    birth_date: date | None
    sex: str
    village_id: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One of many people for whom twins are looked for; `key` is the asker's own."""

    key: int
    nik_index: str
    name_key: str
    person: Person

    @classmethod
    def of(cls, key: int, claim: "Claimed") -> "Asked":
        """Read one from what is claimed about a worker."""
        person = Person.of(claim.name, claim.birth_date, claim.sex, claim.village_id)
        return cls(key, claim.nik_index, name_key(claim.name), person)

    @property
    def regency(self) -> str:
        return self.person.village[:REGENCY_DIGITS]


@dataclass(frozen=True, slots=True)
class Twin:
    """A worker or a case of another NIK that is likely the person asked about."""

    key: int
    nik_index: str
    score: int
    worker: int | None = None
    case: int | None = None

    @property
    def named(self) -> dict[str, int]:
        """How a check names it, without personal data."""
        kind = {"worker": self.worker} if self.worker else {"case": self.case or 0}
        return {**kind, "score": self.score}


# --- of one case -----------------------------------------------------------------------
def twins_of(case: Enrollment) -> list[Twin]:
    """Return the likely twins of a case, the likest first: at most one per other NIK, a
    worker of the registry before a case that waits. Two queries."""
    if not case.nik_index or not case.name:
        return []
    asked = Asked.of(case.pk, case)
    found: dict[str, Twin] = {}
    keys = _keys_of(asked)
    for kind, rows in (("worker", Worker.everything.all()), ("case", live_cases())):
        for row in rows.filter(keys).exclude(nik_index=case.nik_index).values_list(*COLUMNS):
            twin = _weigh(asked, kind, row, _person(row))
            known = found.get(row[1])
            if twin and (known is None or (known.case and known.score < twin.score)):
                found[twin.nik_index] = twin
    return sorted(found.values(), key=lambda twin: (-twin.score, twin.nik_index))[:MOST_TWINS]


def live_cases() -> QuerySet[Enrollment]:
    """The cases that lie with a branch, or went back from it, and are not decided."""
    return Enrollment.everything.filter(
        status__in=Enrollment.OPEN, submitted_at__isnull=False
    ).exclude(nik_index="")


def _keys_of(asked: Asked) -> Q:
    keys = Q(birth_date=asked.person.birth_date) if asked.person.birth_date else Q(pk__in=[])
    if asked.name_key and asked.regency:
        keys |= Q(name_key=asked.name_key) & _in_regency(asked.regency)
    return keys


def _in_regency(code: str) -> Q:
    """The villages of a regency as a range, which an index on the village serves."""
    return Q(village__gte=code, village__lt=str(int(code) + 1))


def rulings_of(case: Enrollment, others: Iterable[str]) -> dict[str, DuplicateRuling]:
    """Return what was ruled on a case's NIK and these others, by the other's index. One query."""
    others = list(others)
    own = case.nik_index
    pairs = Q(first=own, second__in=others) | Q(second=own, first__in=others)
    rulings = DuplicateRuling.objects.select_related("ruled_by").filter(pairs)
    return {r.second if r.first == own else r.first: r for r in rulings}


# --- of many people at once --------------------------------------------------------------
def likely_twins(people: Sequence[Asked]) -> Iterator[Twin]:
    """Yield the likely twins among the workers of the registry for many people at once.

    Everybody is found by an equal birth date, or an equal name key in his regency. The
    people are worked through in the order of the key, a bite a question, so that each worker
    is read about once and not once per pair; memory holds the people asked and the workers
    of one bite. A pair comes once. What was ruled on is not left out.
    """
    yield from _by_birth_date(people)
    yield from _by_name(people)


def _by_birth_date(people: Sequence[Asked]) -> Iterator[Twin]:
    dated = [asked for asked in people if asked.person.birth_date]
    dated.sort(key=lambda asked: asked.person.birth_date or date.min)
    for bite in _bites(dated):
        days = {born for asked in bite if (born := asked.person.birth_date)}
        rows = Worker.everything.filter(birth_date__in=days).order_by()
        workers: dict[date, list[Any]] = defaultdict(list)
        for row in rows.values_list(*COLUMNS).iterator():
            workers[row[3]].append((row, _person(row)))
        for asked in bite:
            for row, person in workers[asked.person.birth_date or date.min]:
                twin = _weigh(asked, "worker", row, person)
                if twin and row[1] != asked.nik_index:
                    yield twin


def _by_name(people: Sequence[Asked]) -> Iterator[Twin]:
    """Those of another birth date; the same one has been compared before."""
    named = [asked for asked in people if asked.name_key and asked.regency]
    named.sort(key=attrgetter("regency", "name_key"))
    for regency, group in groupby(named, key=attrgetter("regency")):
        for bite in _bites(list(group)):
            keys = {asked.name_key for asked in bite}
            rows = Worker.everything.filter(_in_regency(regency), name_key__in=keys).order_by()
            workers: dict[str, list[Any]] = defaultdict(list)
            for key, *row in rows.values_list("name_key", *COLUMNS).iterator():
                workers[key].append((row, _person(row)))
            for asked in bite:
                for row, person in workers[asked.name_key]:
                    if person.birth_date == asked.person.birth_date:
                        continue
                    twin = _weigh(asked, "worker", row, person)
                    if twin and row[1] != asked.nik_index:
                        yield twin


def _bites(people: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    return (people[start : start + BITE] for start in range(0, len(people), BITE))


def _person(row: Sequence[Any]) -> Person:
    _pk, _index, name, born, sex, village = row
    return Person.of(name, born, sex, village)


def _weigh(asked: Asked, kind: str, row: Sequence[Any], person: Person) -> Twin | None:
    score = likeness(asked.person, person)
    if score < LIKELY:
        return None
    return Twin(asked.key, row[1], score, **{kind: row[0]})


# --- as a check of one case -----------------------------------------------------------------
def twin_finding(case: Enrollment) -> tuple[str, dict[str, Any]]:
    """Outcome and detail of the check: pairs that nobody has ruled on are for the officer's
    eyes; of two NIKs that a branch has found to be one person, none is approved."""
    twins = twins_of(case)
    rulings = rulings_of(case, [twin.nik_index for twin in twins]) if twins else {}
    same = [t for t in twins if _verdict(rulings.get(t.nik_index)) == DuplicateRuling.Verdict.SAME]
    if same:
        return Check.Outcome.STOP, {"variant": "same", "pairs": [t.named for t in same]}
    asked = [twin for twin in twins if twin.nik_index not in rulings]
    if not asked:
        return Check.Outcome.OK, {"variant": "ruled"} if twins else {}
    return Check.Outcome.NOTE, {"count": len(asked), "pairs": [twin.named for twin in asked]}


def _verdict(ruling: DuplicateRuling | None) -> str:
    return ruling.verdict if ruling else ""


# --- naming a twin --------------------------------------------------------------------------
def name_of(pair: dict[str, Any]) -> str:
    """Name one of a check's pairs in a form: "worker-12"."""
    kind = "worker" if "worker" in pair else "case"
    return f"{kind}-{pair[kind]}"


def index_of(case: Enrollment, twin: str) -> str | None:
    """Return the index of the NIK of one of a case's likely twins; None for anybody else."""
    names = {name_of(found.named): found.nik_index for found in twins_of(case)}
    return names.get(twin)
