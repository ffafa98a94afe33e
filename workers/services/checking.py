"""The checks that are made before a person looks at a case (domain reference 3.7).

A rule reads the case and says ok, note or stop. `stop` forbids the approval; a `note`
is for the officer's eyes, and the risk reasons among them (P7) ask for one extra
proof. What each rule says in words stands in `workers.checktexts`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from bricks.clock import jakarta_date
from bricks.months import ONE_DAY
from donors.models import Donor
from regions.selectors import known_codes, offices_for
from workers import (
    desk_selectors,
    duplicate_selectors,
    eligibility_selectors,
    nik,
    official_selectors,
    standing,
)
from workers.age import age_on, turns_65_on
from workers.eligibility_selectors import GONE, NO_WORKER, workers_in
from workers.models import Check, Consent, Enrollment
from workers.person_selectors import is_phone_of_donor
from workers.ports import paid_spans

OK, NOTE, STOP = Check.Outcome.OK, Check.Outcome.NOTE, Check.Outcome.STOP

RISK_AGE = 60
#: So many different workers may share one phone (a family does); more are a risk reason.
PHONE_SHARED_BY = 3
#: So many workers of no household or family of his a private donor may have.
UNRELATED_WORKERS = 10
RELATED = (Enrollment.Relation.HOUSEHOLD, Enrollment.Relation.FAMILY)


@dataclass(frozen=True)
class Finding:
    """What one rule found. The detail is free of personal data."""

    outcome: str
    detail: dict[str, Any] = field(default_factory=dict)


Rule = Callable[[Enrollment, date], Finding]


@transaction.atomic
def make_checks(*, enrollment: Enrollment, now: datetime) -> list[Check]:
    """Make every check of a case and keep the outcomes in place of the former ones.

    Runs when the case is handed in, when it is taken, when it is decided, and when the
    officer asks. Returns the rows in the order of RULES.
    """
    today = jakarta_date(now)
    _keep_end_of_cover(enrollment, today)
    made = {kind: rule(enrollment, today) for kind, rule in RULES.items()}
    Check.objects.filter(enrollment=enrollment).exclude(kind__in=made).delete()
    Check.objects.bulk_create(
        [
            Check(
                enrollment=enrollment,
                kind=kind,
                outcome=finding.outcome,
                detail=finding.detail,
                made_at=now,
            )
            for kind, finding in made.items()
        ],
        update_conflicts=True,
        unique_fields=["enrollment", "kind"],
        update_fields=["outcome", "detail", "made_at"],
    )
    rows = {check.kind: check for check in Check.objects.filter(enrollment=enrollment)}
    return [rows[kind] for kind in made]


def _keep_end_of_cover(case: Enrollment, today: date) -> None:
    """Note on the case when the worker's present cover ends, by which the queue sorts (P22).

    A donor may wait for this: it takes as many statements for a NIK that nobody knows (P8).
    """
    known = desk_selectors.known_worker(case)
    worker = known.pk if known else NO_WORKER
    spans = paid_spans([worker]).get(worker, [])
    ends = None
    for span in spans:
        latest_start = ends + ONE_DAY if ends else today
        if today <= span.covered_until and span.covered_from <= latest_start:
            ends = max(ends or today, span.covered_until)
    Enrollment.everything.filter(pk=case.pk).update(cover_ends_on=ends)
    case.cover_ends_on = ends


# --- the worker's own data ---------------------------------------------------------
def _nik_structure(case: Enrollment, today: date) -> Finding:
    try:
        nik.parse(case.nik, registered_on=today)
    except nik.MalformedNik as error:
        return Finding(STOP, {"reason": error.reason})
    return Finding(OK)


def _nik_birth_date(case: Enrollment, today: date) -> Finding:
    return Finding(NOTE if "birth_date" in _nik_warnings(case, today) else OK)


def _nik_sex(case: Enrollment, today: date) -> Finding:
    if not case.sex:
        return Finding(STOP)
    return Finding(NOTE if "sex" in _nik_warnings(case, today) else OK)


def _nik_region(case: Enrollment, today: date) -> Finding:
    return Finding(NOTE if "region" in _nik_warnings(case, today) else OK)


def _nik_warnings(case: Enrollment, today: date) -> set[str]:
    """The codes of what differs; nothing for a NIK that is refused anyway."""
    try:
        found = nik.warnings(
            case.nik,
            birth_date=case.birth_date,
            sex=case.sex,
            registered_on=today,
            knows=lambda code: bool(known_codes([code])),
        )
    except nik.MalformedNik:
        return set()
    return {warning.code for warning in found}


def _age(case: Enrollment, today: date) -> Finding:
    """Under 65 on the day of the first payment (domain reference 1.5), and old enough.

    Where the registry knows an earlier birth date for this NIK, that one counts.
    """
    known = desk_selectors.known_worker(case)
    days = [day for day in (case.birth_date, known and known.birth_date) if day]
    if not days:
        return Finding(STOP, {"variant": "unknown"})
    born = min(days)
    if turns_65_on(born) <= today:
        if goes_on_until(case, today):
            return Finding(OK, {"variant": "goes_on"})
        return Finding(STOP, {"variant": "too_old"})
    if age_on(born, today) < settings.MINIMUM_AGE:
        return Finding(STOP, {"variant": "too_young"})
    if turns_65_on(born) <= today + timedelta(days=settings.APPROVAL_DAYS):
        return Finding(NOTE, {"variant": "soon"})
    return Finding(OK)


def goes_on_until(case: Enrollment, today: date) -> date | None:
    """Return the last day of the cover that a case goes on with, while that runs: then it is
    a renewal, for which no age is asked (domain reference 1.5)."""
    ends = case.cover_ends_on
    return ends if case.continues_id is not None and ends and ends >= today else None


def _consent(case: Enrollment, today: date) -> Finding:
    """The worker's own consent with its proof (UU 27/2022 art. 24), or the public task."""
    consent = Consent.objects.filter(enrollment=case).first()
    if consent is None:
        return Finding(STOP, {"variant": "missing"})
    if consent.channel == Consent.Channel.FORM and not case.evidence.exists():
        return Finding(STOP, {"variant": "no_form"})
    if consent.channel == Consent.Channel.PUBLIC_TASK and not case.programme.public_task:
        return Finding(STOP, {"variant": "no_public_task"})
    himself = (Consent.Channel.PAGE, Consent.Channel.LINK, Consent.Channel.MESSAGE)
    by_himself = consent.channel in himself
    if by_himself and is_phone_of_donor(case.phone_index, donors=[case.donor_id]):
        return Finding(NOTE, {"variant": "donor_phone"})
    return Finding(OK, {"variant": consent.channel})


# --- the same person elsewhere -----------------------------------------------------
def _duplicate(case: Enrollment, today: date) -> Finding:
    count = desk_selectors.same_nik(case).exclude(status__in=GONE).count()
    return Finding(NOTE, {"count": count}) if count else Finding(OK)


def _registry(case: Enrollment, today: date) -> Finding:
    known = desk_selectors.known_worker(case)
    if known is None:
        return Finding(OK, {"variant": "new"})
    differs = desk_selectors.differences(case, known)
    return Finding(NOTE, {"differs": differs}) if differs else Finding(OK, {"variant": "known"})


def _standing(case: Enrollment, today: date) -> Finding:
    """Nobody is entered of whom the portal knows that nothing may be asked for him.

    As many statements for a NIK that nobody knows (P8).
    """
    known = desk_selectors.known_worker(case)
    worker = known.pk if known else NO_WORKER
    hold = standing.holds_of([worker]).get(worker)
    return Finding(STOP, {"variant": hold.value}) if hold else Finding(OK)


def _likely_twin(case: Enrollment, today: date) -> Finding:
    return Finding(*duplicate_selectors.twin_finding(case))


def _other_payer(case: Enrollment, today: date) -> Finding:
    return Finding(*eligibility_selectors.payer_finding(case, today))


# --- what the work must be ----------------------------------------------------------------
def _sector(case: Enrollment, today: date) -> Finding:
    return Finding(*eligibility_selectors.sector_finding(case))


def _informal(case: Enrollment, today: date) -> Finding:
    return Finding(*eligibility_selectors.informal_finding(case))


# --- what the official sources said (P21); answers are read from rows, nobody is asked here ---
def _civil_registry(case: Enrollment, today: date) -> Finding:
    return Finding(*official_selectors.registry_finding(case))


def _core_member(case: Enrollment, today: date) -> Finding:
    return Finding(*official_selectors.core_finding(case, today))


# --- the place -----------------------------------------------------------------------
def _area(case: Enrollment, today: date) -> Finding:
    """The branch of the case, its sub-branch or the branch above serves the village."""
    serving = offices_for(village_code=case.village_id) if case.village_id else []
    own = case.office
    if own is not None and any(
        office.pk in (own.pk, own.parent_id) or office.parent_id == own.pk for office in serving
    ):
        return Finding(OK)
    return Finding(NOTE, {"offices": [office.code for office in serving]})


# --- risk reasons (P7): never a refusal, each asks for one more proof --------------------
def _risk_age(case: Enrollment, today: date) -> Finding:
    old = case.birth_date is not None and age_on(case.birth_date, today) >= RISK_AGE
    return Finding(NOTE if old else OK)


def _risk_phone(case: Enrollment, today: date) -> Finding:
    if not case.phone_index:
        return Finding(OK, {"variant": "none"})
    others = Enrollment.everything.filter(phone_index=case.phone_index).exclude(status__in=GONE)
    count = workers_in(others)
    return Finding(NOTE, {"count": count}) if count > PHONE_SHARED_BY else Finding(OK)


def _risk_address(case: Enrollment, today: date) -> Finding:
    return Finding(*eligibility_selectors.address_finding(case))


def _risk_deaths(case: Enrollment, today: date) -> Finding:
    return Finding(*eligibility_selectors.deaths_finding(case, today))


def _risk_term(case: Enrollment, today: date) -> Finding:
    return Finding(NOTE if case.months == 1 else OK)


def _risk_donor(case: Enrollment, today: date) -> Finding:
    if case.donor.kind != Donor.Kind.PERSON or case.relation in RELATED:
        return Finding(OK)
    entered = Enrollment.everything.filter(donor=case.donor_id).exclude(status__in=GONE)
    count = workers_in(entered.exclude(relation__in=RELATED))
    return Finding(NOTE, {"count": count}) if count > UNRELATED_WORKERS else Finding(OK)


RULES: dict[str, Rule] = {
    "nik_structure": _nik_structure,
    "nik_birth_date": _nik_birth_date,
    "nik_sex": _nik_sex,
    "nik_region": _nik_region,
    "age": _age,
    "sector": _sector,
    "informal": _informal,
    "consent": _consent,
    "registry": _registry,
    "standing": _standing,
    "civil_registry": _civil_registry,
    "core_member": _core_member,
    "duplicate": _duplicate,
    "likely_twin": _likely_twin,
    "other_payer": _other_payer,
    "area": _area,
    "risk_age": _risk_age,
    "risk_phone": _risk_phone,
    "risk_address": _risk_address,
    "risk_term": _risk_term,
    "risk_donor": _risk_donor,
    "risk_deaths": _risk_deaths,
}
