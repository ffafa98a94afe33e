"""Who may be enrolled, and what makes a case risky (P7, P9): what the rows say, as findings.

Each returns the outcome of a check and its detail, which is free of personal data. A risk
reason is never a refusal: it asks for one more proof.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from bricks.months import add_months
from donors.models import Donor
from workers import desk_selectors
from workers.models import Check, Enrollment, IncidentReport, Order, Worker, WorkerEvent
from workers.ports import PaidSpan, paid_spans

OK, NOTE, INFO = Check.Outcome.OK, Check.Outcome.NOTE, Check.Outcome.INFO
Found = tuple[str, dict[str, Any]]

#: Donors that employ people, and relations in which they may pay them wages.
EMPLOYERS = (Donor.Kind.COMPANY, Donor.Kind.GOVERNMENT)
AT_WORK = (Enrollment.Relation.HOUSEHOLD, Enrollment.Relation.SERVICE)
#: So many different workers may live at one address; more are a risk reason.
ADDRESS_SHARED_BY = 5
DEATH_MONTHS = 6
#: More deaths in DEATH_MONTHS than one in so many workers are a risk reason. At working age
#: about one in three hundred dies in half a year.
WORKERS_PER_DEATH = 100
#: So many spans of other payers a check keeps.
MOST_SPANS = 12
#: Asked for where the registry does not know a NIK, so that the questions are as many.
NO_WORKER = 0
#: Cases that came to nothing.
GONE = (
    Enrollment.Status.REJECTED,
    Enrollment.Status.WITHDRAWN,
    Enrollment.Status.EXPIRED,
)


# --- eligibility -------------------------------------------------------------------------
def sector_finding(case: Enrollment) -> Found:
    """The sector decides the price: the occupation proposes it, the branch confirms it (P9)."""
    proposed = case.occupation.sector if case.occupation else case.sector
    detail = {"sector": case.sector, "proposed": proposed}
    if case.sector != proposed:
        return NOTE, detail
    confirmed = case.status == Enrollment.Status.APPROVED
    return OK, {**detail, "variant": "confirmed" if confirmed else "proposed"}


def informal_finding(case: Enrollment) -> Found:
    """Whoever is paid wages by the donor is the donor's to enrol, as an employee (P9)."""
    asks = case.donor.kind in EMPLOYERS and case.relation in AT_WORK
    return (NOTE if asks else OK), {}


def payer_finding(case: Enrollment, today: date) -> Found:
    """The months that another donor has paid for the worker, accepted by BPJS or not yet."""
    spans = other_spans(case)
    if not spans:
        return OK, {}
    current = [span for span in spans if span.covered_until >= today]
    shown = current or spans[-1:]
    detail = {
        "from": min(span.covered_from for span in shown).isoformat(),
        "until": max(span.covered_until for span in shown).isoformat(),
        "spans": [_kept(span) for span in spans[-MOST_SPANS:]],
    }
    if not current:
        return INFO, detail
    accepted = all(span.accepted for span in current)
    return NOTE, {**detail, "variant": "accepted" if accepted else "waiting"}


def other_spans(case: Enrollment) -> list[PaidSpan]:
    """The paid months of the worker by other donors, in order of day. Two queries, whether
    or not the registry knows him."""
    known = desk_selectors.known_worker(case)
    spans = paid_spans([known.pk if known else NO_WORKER])
    found = spans.get(known.pk, []) if known else []
    return [span for span in found if span.donor_id != case.donor_id]


def funded_elsewhere(order: Order, cases: Iterable[Enrollment], *, today: date) -> dict[int, date]:
    """Until when each case's worker is paid for by somebody else, by the case's key, from
    today on: what a government under a signed agreement may know (P8), without the payer.

    Empty for every other donor, without asking, and for what has not reached a branch.
    """
    if order.donor.kind != Donor.Kind.GOVERNMENT or not order.programme.agreement_number:
        return {}
    sent = {
        case.pk: case.nik_index
        for case in cases
        if case.submitted_at and case.nik_index and case.status not in GONE
    }
    known = Worker.everything.filter(nik_index__in=sent.values()).values_list("nik_index", "pk")
    workers = dict(known)
    spans = paid_spans([*workers.values(), NO_WORKER])
    found = {}
    for case, index in sent.items():
        days = [
            span.covered_until
            for span in spans.get(workers.get(index, NO_WORKER), [])
            if span.donor_id != order.donor_id and span.covered_until >= today
        ]
        if days:
            found[case] = max(days)
    return found


def _kept(span: PaidSpan) -> dict[str, Any]:
    return {
        "donor": span.donor_id,
        "from": span.covered_from.isoformat(),
        "until": span.covered_until.isoformat(),
        "accepted": span.accepted,
    }


# --- risk reasons ------------------------------------------------------------------------
def address_finding(case: Enrollment) -> Found:
    """One address of many workers."""
    if not case.address_index:
        return OK, {"variant": "none"}
    others = Enrollment.everything.filter(address_index=case.address_index)
    count = workers_in(others.exclude(status__in=GONE))
    return (NOTE, {"count": count}) if count > ADDRESS_SHARED_BY else (OK, {})


def deaths_finding(case: Enrollment, today: date) -> Found:
    """Deaths among the workers of the donor, or of whoever recorded this one, lately."""
    since = add_months(today, -DEATH_MONTHS)
    entered = Enrollment.everything.filter(worker__isnull=False)
    by_donor = entered.filter(donor=case.donor_id)
    by_recorder = entered.filter(order__created_by=case.order.created_by_id)
    for variant, cases in (("donor", by_donor), ("recorder", by_recorder)):
        deaths = workers_in(cases.filter(_died(since)))
        if deaths and deaths * WORKERS_PER_DEATH > workers_in(cases):
            return NOTE, {"variant": variant, "count": deaths}
    return OK, {}


def _died(since: date) -> Q:
    events = WorkerEvent.everything.filter(
        kind=WorkerEvent.Kind.DIED, revoked_at__isnull=True, happened_on__gte=since
    )
    reports = IncidentReport.everything.filter(
        kind=IncidentReport.Kind.DEATH,
        status=IncidentReport.Status.CONFIRMED,
        happened_on__gte=since,
    )
    return Q(worker__in=events.values("worker")) | Q(worker__in=reports.values("worker"))


def workers_in(cases: QuerySet[Enrollment]) -> int:
    """Count the different NIKs of cases."""
    return cases.exclude(nik_index="").values("nik_index").distinct().count()
