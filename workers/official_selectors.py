"""What the civil registry and BPJS's core system have said of a case, read from rows only.

An answer counts for the data it was asked about. A death counts for its NIK whatever
else was mended; a word on identity only while NIK, name, birth date and sex are the same.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bricks.clock import jakarta_date
from workers.indexes import claim_index
from workers.models import Check, CheckBatch, CheckBatchLine, Enrollment, IdentityAnswer
from workers.registry_lookup import civil_registry

OK, NOTE, STOP, INFO = Check.Outcome.OK, Check.Outcome.NOTE, Check.Outcome.STOP, Check.Outcome.INFO
MATCH, NO_MATCH, NOT_FOUND = "match", "no_match", "not_found"

Found = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Word:
    """One answer, wherever it came from."""

    at: datetime
    source: str
    is_sandbox: bool
    nik_index: str
    claim_index: str
    answer: dict[str, Any]

    @property
    def detail(self) -> dict[str, Any]:
        """Who said it and when, as a check keeps it."""
        told = {"source": self.source, "on": jakarta_date(self.at).isoformat()}
        return {**told, "sandbox": True} if self.is_sandbox else told


def identity_index(case: Enrollment) -> str:
    """Return the index of what a registry compares of a case."""
    return claim_index(nik=case.nik, name=case.name, birth_date=case.birth_date, sex=case.sex)


def registry_finding(case: Enrollment) -> Found:
    """Outcome and detail of what the civil registry said of a case.

    Dead, or another or no person under this NIK: no approval (a mismatch stops the
    registration at BPJS too, domain reference 2); the case can be returned or rejected.
    """
    words = _words(case, CheckBatch.Target.REGISTRY)
    told_dead = _latest(_of_this_nik(case, words), "dead")
    if told_dead and told_dead.answer["dead"]:
        return STOP, {"variant": "dead", **told_dead.detail}
    told = _latest(words, "identity")
    if told is None:
        variant = "not_asked" if civil_registry().is_connected else "not_connected"
        return INFO, {"variant": variant}
    if told.claim_index != identity_index(case):
        return NOTE, {"variant": "changed", **told.detail}
    identity = told.answer["identity"]
    return (OK if identity == MATCH else STOP), {"variant": identity, **told.detail}


def core_finding(case: Enrollment, today: date) -> Found:
    """Outcome and detail of what BPJS's core system said of the NIK of a case.

    An employee is his employer's to enrol (PU), the dead can be enrolled by nobody; a
    member until a day is paid by another source until then, which the branch should see.
    """
    words = _of_this_nik(case, _words(case, CheckBatch.Target.CORE))
    told = words[0] if words else None
    if told is None:
        return INFO, {"variant": "not_asked"}
    answer, detail = told.answer, told.detail
    until = date.fromisoformat(answer["member_until"]) if answer.get("member_until") else None
    if answer.get("dead"):
        return STOP, {"variant": "dead", **detail}
    if answer.get("employee"):
        return STOP, {"variant": "employee", **detail}
    if until is not None and until >= today:
        return NOTE, {"variant": "member", "until": until.isoformat(), **detail}
    if answer.get("identity") == NO_MATCH:
        return NOTE, {"variant": "no_match", **detail}
    return OK, {"variant": "former" if until else "", **detail}


def told_kpj(case: Enrollment) -> str:
    """Return the participant number that the core system told for the NIK of a case, or ""."""
    if not case.nik_index:
        return ""
    lines = CheckBatchLine.objects.filter(
        enrollment=case,
        nik_index=case.nik_index,
        batch__target=CheckBatch.Target.CORE,
        answered_at__isnull=False,
    ).exclude(kpj="")
    # What the core says about another name under this NIK is not his number.
    for line in lines.order_by("-answered_at", "-pk"):
        if line.answer.get("identity", MATCH) == MATCH and line.claim_index == identity_index(case):
            return line.kpj
    return ""


def _words(case: Enrollment, target: str) -> list[Word]:
    """Every answer to a case from one target, the latest first."""
    lines = CheckBatchLine.objects.filter(
        enrollment=case, batch__target=target, answered_at__isnull=False
    )
    words = [_of_line(line) for line in lines.select_related("batch")]
    if target == CheckBatch.Target.REGISTRY:
        words += [_of_lookup(row) for row in IdentityAnswer.objects.filter(enrollment=case)]
    return sorted(words, key=lambda word: word.at, reverse=True)


def _of_line(line: CheckBatchLine) -> Word:
    return Word(
        at=line.answered_at,  # type: ignore[arg-type]
        source=line.batch.number,
        is_sandbox=bool(line.answer.get("sandbox")),
        nik_index=line.nik_index,
        claim_index=line.claim_index,
        answer=line.answer,
    )


def _of_lookup(row: IdentityAnswer) -> Word:
    dead = {} if row.dead is None else {"dead": row.dead}
    return Word(
        at=row.answered_at,
        source=row.source,
        is_sandbox=False,
        nik_index=row.nik_index,
        claim_index=row.claim_index,
        answer={"identity": row.identity, **dead},
    )


def _of_this_nik(case: Enrollment, words: list[Word]) -> list[Word]:
    return [word for word in words if word.nik_index == case.nik_index]


def _latest(words: list[Word], name: str) -> Word | None:
    return next((word for word in words if name in word.answer), None)
