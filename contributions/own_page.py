"""What a worker reads on his own page (P16, P17): cover, cases, and whether he need pay.

Nothing here names who stopped or did not pay.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from bricks.months import ONE_DAY
from contributions.cover import CoverStatus
from contributions.links import pay_url
from contributions.models import SelfPayer, Sponsorship, WaitingPlace
from contributions.quotes import Quote
from contributions.rescue_pages import is_being_taken, place_of_worker, price_of
from contributions.selectors import cover_status, demand_of, invoice_lines
from contributions.services.waiting import former_of
from contributions.stops import is_reached
from donors.models import BUDGETS, Programme
from regions.models import Office
from workers.models import Enrollment, Worker
from workers.person_selectors import Person, cases_of, name_of, worker_of
from workers.ports import PaidSpan, paid_spans
from workers.selectors import payer_for_worker
from workers.services.own_acts import may_agree
from workers.standing import Hold, holds_of, reported, reports_open

Status = Enrollment.Status
#: What a worker who pays for himself chooses among; the longest first (P11).
OFFERED_MONTHS = (12, 6, 3, 1)
RUNNING = (Sponsorship.Status.ACTIVE, Sponsorship.Status.AWAITING_PAYMENT)


@dataclass(frozen=True)
class OwnCase:
    """One case as its worker reads it: who pays, from when until when, what he may do.

    `state` is one of agree, fill, checked, repaired, unpaid, billed (he pays himself, and has
    not yet), paid, over, frozen, refused, withdrawn.
    """

    case: Enrollment
    payer: str
    state: str
    spans: list[PaidSpan]

    @property
    def is_bridge(self) -> bool:
        """Whether the bridge fund paid it: one month, and nothing that he owes (P39)."""
        return self.case.programme.kind == Programme.Kind.BRIDGE

    @property
    def may_refuse(self) -> bool:
        return self.case.status in Enrollment.OPEN

    @property
    def may_deny(self) -> bool:
        """Whether "bukan saya" still freezes it."""
        return self.state in {"agree", "fill", "checked", "repaired", "unpaid"}


@dataclass(frozen=True)
class SelfPay:
    """Whether the worker need pay himself (P17).

    `kind` is one of not_yet (paid until `until`, and it goes on), stage (a programme of a
    budget: wait for the branch, P19), link (`url` asks for this worker alone, `total`
    rupiah; a first bill of his own `may_be_taken_back`), self (he chooses among `choices`,
    what so many months cost him, from the day after the last paid one), branch (cover is
    ended: the branch says how), none.
    `until` is the last paid day. Besides paying he may ask for another sponsor: `may_wait`;
    `place` is where he waits, `is_taken` whether a donor has chosen him.
    """

    kind: str
    until: date | None = None
    url: str = ""
    total: int = 0
    choices: tuple[tuple[int, Quote], ...] = ()
    may_wait: bool = False
    place: WaitingPlace | None = None
    is_taken: bool = False
    may_be_taken_back: bool = False


@dataclass(frozen=True)
class OwnPage:
    """Everything on the page. `worker` is None until a branch has approved a first case."""

    name: str
    worker: Worker | None
    cover: CoverStatus | None
    is_reported: bool
    hold: Hold | None
    cases: list[OwnCase]
    self_pay: SelfPay
    office: Office | None


def own_page(person: Person, *, today: date) -> OwnPage:
    """Gather the page of whoever has opened it; a number of queries that does not grow with
    his cases."""
    worker = worker_of(person)
    rows = list(cases_of(person))
    cover = cover_status(worker, today=today) if worker else None
    is_reported = bool(worker and reported([worker.pk]))
    hold = holds_of([worker.pk]).get(worker.pk) if worker else None
    # An accident that was ruled on keeps nobody from going on with his cover.
    if worker and cover and hold is None and not reports_open([worker.pk]):
        self_pay = self_pay_of(worker, cover, today=today)
    else:
        self_pay = SelfPay("none")
    return OwnPage(
        name=name_of(person),
        worker=worker,
        cover=cover,
        is_reported=is_reported,
        hold=hold,
        cases=_own_cases(rows, worker, today),
        self_pay=self_pay,
        office=next((case.office for case in rows if case.office), None),
    )


def _own_cases(rows: list[Enrollment], worker: Worker | None, today: date) -> list[OwnCase]:
    known = {case.worker_id for case in rows if case.worker_id is not None}
    spans: dict[int, list[PaidSpan]] = {}
    for span in (span for spans_ in paid_spans(known).values() for span in spans_):
        spans.setdefault(span.enrollment_id, []).append(span)
    own = own_donor(worker) if worker else None
    found = []
    for case in rows:
        state = _state(case, spans.get(case.pk, []), today)
        if case.donor_id == own:
            payer = _("Anda sendiri")
            state = _own_state(case, state)
        else:
            payer = payer_for_worker(case.donor)
        found.append(OwnCase(case, payer, state, spans.get(case.pk, [])))
    return found


def own_donor(worker: Worker) -> int | None:
    """Return the donor that a worker is who pays for himself."""
    return SelfPayer.objects.filter(worker=worker).values_list("donor", flat=True).first()


def _own_state(case: Enrollment, state: str) -> str:
    """What he has chosen himself waits for his money, or was taken back."""
    if state != "unpaid":
        return state
    waits = Sponsorship.everything.filter(
        enrollment=case, status=Sponsorship.Status.AWAITING_PAYMENT
    )
    return "billed" if waits.exists() else "withdrawn"


def _state(case: Enrollment, spans: list[PaidSpan], today: date) -> str:
    if case.frozen_at is not None:
        return "frozen"
    if case.status == Status.AWAITING_CONSENT:
        return "agree" if may_agree(case) else "fill"
    if case.status == Status.APPROVED:
        if spans:
            return "paid" if spans[-1].covered_until >= today else "over"
        return "unpaid" if case.approved_until and case.approved_until >= today else "over"
    return {
        Status.RETURNED: "repaired",
        Status.REJECTED: "refused",
        Status.WITHDRAWN: "withdrawn",
    }.get(Status(case.status), "checked")


# --- whether he need pay himself ------------------------------------------------------------
def self_pay_of(worker: Worker, cover: CoverStatus, *, today: date) -> SelfPay:
    """Say whether the worker need pay himself: only once his donor has said stop, or cover
    has ended unpaid (P17); never by himself in a programme of fixed dates or a budget (P19)."""
    if cover.paid_until is None:
        return SelfPay("none")
    rows = list(
        Sponsorship.everything.filter(worker=worker)
        .select_related("programme", "worker")
        .order_by("-paid_until", "-pk")
    )
    until = cover.paid_until
    goes_on = any(
        row.status in RUNNING and row.stopped_at is None and row.renews and not is_reached(row)
        for row in rows
    )
    if until >= today and goes_on:
        return _own_bill(worker, rows, until, today) or SelfPay("not_yet", until=until)
    paid = next((row for row in rows if row.paid_until is not None), None)
    if paid is None:
        return SelfPay("none")
    # Of a budget's money, what comes next is the branch's to say (P19).
    if paid.programme.fixed_until or paid.programme.funding in BUDGETS:
        return SelfPay("stage", until=until)
    pay = _way_to_pay(rows, paid, until, today)
    if pay.kind == "self" and cover.kind == "ended":
        pay = SelfPay("branch", until=until)
    return replace(
        pay,
        may_wait=former_of(rows) is not None,
        place=place_of_worker(worker),
        is_taken=is_being_taken(worker),
    )


def _own_bill(worker: Worker, rows: list[Sponsorship], until: date, today: date) -> SelfPay | None:
    """Show a worker who pays for himself the bill of his next months, or the one that he
    has just asked for."""
    first = first_bill_of(worker, rows)
    own = own_donor(worker)
    mine = [first] if first else [row for row in rows if row.donor_id == own]
    link = _link_to(mine, until, today)
    return replace(link, may_be_taken_back=first is not None) if link else None


def first_bill_of(worker: Worker, rows: Iterable[Sponsorship]) -> Sponsorship | None:
    """Return of a worker's sponsorships the one that he has asked for himself and not paid."""
    waiting = [row for row in rows if row.status == Sponsorship.Status.AWAITING_PAYMENT]
    if not waiting:
        return None
    own = own_donor(worker)
    return next((row for row in waiting if row.donor_id == own), None)


def _way_to_pay(rows: list[Sponsorship], paid: Sponsorship, until: date, today: date) -> SelfPay:
    """Offer the pay link of an open invoice that asks for this worker and nobody else, or
    months to choose. One that lapsed is the branch's to say (domain reference, trap 8)."""
    link = _own_bill(paid.worker, rows, until, today) or _link_to(rows, until, today)
    if link is not None or paid.status == Sponsorship.Status.LAPSED:
        return link or SelfPay("branch", until=until)
    begins = max(until + ONE_DAY, today)
    quotes = ((months, price_of(paid, begins, months)) for months in OFFERED_MONTHS)
    choices = tuple((months, found) for months, found in quotes if found is not None)
    return SelfPay("self" if choices else "branch", until=until, choices=choices)


def _link_to(rows: list[Sponsorship], until: date, today: date) -> SelfPay | None:
    for row in rows:
        demand = demand_of(row, today=today) if row.status in RUNNING else None
        if demand and len(invoice_lines(demand[0])) == 1:
            return SelfPay("link", until=until, url=pay_url(demand[0]), total=demand[1].total)
    return None
