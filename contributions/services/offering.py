"""What settled money may buy, decided before anything is written.

An invoice's lines become offers (months with their prices, or a refusal), and offers
become deals (the months that the money pays for). All of it reads beneath the lock that
the caller holds.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.conf import settings

from bricks.clock import jakarta_date
from contributions import gate
from contributions.bills import BillLine, BillPrice
from contributions.models import Allocation, Contribution, Sponsorship
from contributions.models.cover import BOUGHT
from contributions.runs import Period, Plan, Run, collide, follows_bridge, plan
from contributions.services.billing import agreement_of, bought_by_others, goes_on, price_of
from contributions.tariffs import Price, TariffTable
from payments.models import Invoice, Payment
from workers.age import turns_65_on
from workers.models import Enrollment

Status = Sponsorship.Status
Reason = Allocation.Reason


@dataclass(frozen=True)
class Line:
    """One worker on the paid invoice, with the months it asked for, in order."""

    sponsorship: Sponsorship
    asked: tuple[Contribution, ...]


@dataclass(frozen=True)
class Offer:
    """What the money may buy for one line, or why it may not (`Allocation.LINE_OUTCOMES`)."""

    line: Line
    plan: Plan | None
    prices: tuple[Price, ...]
    refusal: str = ""


@dataclass(frozen=True)
class Deal:
    """What the money did buy for one line: the first `months` months of its plan."""

    offer: Offer
    months: int

    @property
    def amount(self) -> int:
        """What these months cost together, in rupiah."""
        return sum(price.total for price in self.prices)

    @property
    def outcome(self) -> str:
        """The word for it in `Allocation.lines`."""
        if self.offer.refusal:
            return self.offer.refusal
        if not self.months:
            return "short"
        return "bought" if self.months == len(self.offer.prices) else "part"

    @property
    def prices(self) -> tuple[Price, ...]:
        """What each of the months bought costs."""
        return self.offer.prices[: self.months]

    @property
    def periods(self) -> tuple[Period, ...]:
        """The months bought, with their days."""
        return self.offer.plan.periods[: self.months] if self.offer.plan else ()


def line_of(deal: Deal) -> BillLine:
    """Write a deal of at least one month as its payer reads it."""
    paid = groupby(deal.prices, key=lambda price: (price.total, price.legal_basis))
    return BillLine(
        sponsorship=deal.offer.line.sponsorship,
        name=deal.offer.line.sponsorship.worker.name,
        months=deal.months,
        total=deal.amount,
        first_day=deal.periods[0].covered_from,
        last_day=deal.periods[-1].covered_until,
        prices=tuple(
            BillPrice(months=len(list(same)), each=each, legal_basis=basis)
            for (each, basis), same in paid
        ),
    )


# --- what is asked -----------------------------------------------------------------
def lines_of(invoice: Invoice) -> list[Line]:
    """Read who stands on an invoice, in order of position. Two statements."""
    months: dict[int, list[Contribution]] = defaultdict(list)
    for month in Contribution.everything.filter(invoice=invoice).order_by("month"):
        months[month.sponsorship_id].append(month)
    asked = Contribution.everything.filter(invoice=invoice).order_by()
    rows = Sponsorship.everything.filter(pk__in=asked.values("sponsorship"))
    whole = rows.select_related("worker", "enrollment", "programme", "ended_by")
    ordered = whole.order_by("enrollment__position", "pk")
    return [Line(row, tuple(months[row.pk])) for row in ordered]


def is_in_time(payment: Payment, invoice: Invoice) -> bool:
    """Tell whether the provider had the money before the invoice ended, whenever we heard."""
    settled_at = payment.settled_at
    if settled_at is None or settled_at >= invoice.expires_at:
        return False
    withdrawn = invoice.status == Invoice.Status.VOID and invoice.closed_at
    return not withdrawn or settled_at <= withdrawn


# --- what may be bought --------------------------------------------------------------
def offers_for(lines: list[Line], payment: Payment, *, in_time: bool) -> list[Offer]:
    others = bought_by_others([line.sponsorship for line in lines])
    met = _met_already(lines, payment)
    table = TariffTable.load()
    when = settled_when(payment)
    held = gate.withheld_at([line.sponsorship for line in lines], when)
    refused = dict.fromkeys(held, "held") | dict.fromkeys(met, "double")
    return [
        Offer(line, None, (), refusal=refused[line.sponsorship.pk])
        if line.sponsorship.pk in refused
        else _offer(line, when, others[line.sponsorship.pk], table, in_time=in_time)
        for line in lines
    ]


def _met_already(lines: list[Line], payment: Payment) -> set[int]:
    """Return the sponsorships that another payment has served since this invoice was issued:
    the donor has paid an old invoice beside the one that took its place. What credit bought
    at the issue itself, the invoice does not ask for."""
    served = Contribution.everything.filter(
        sponsorship__in=[line.sponsorship.pk for line in lines],
        status__in=BOUGHT,
        paid_at__gt=payment.invoice.issued_at,
    )
    return set(served.values_list("sponsorship", flat=True))


def settled_when(payment: Payment) -> datetime:
    """Return when the provider had the money."""
    if payment.settled_at is None:
        raise ValueError(f"payment {payment.pk} is not settled")
    return payment.settled_at


def _offer(
    line: Line, when: datetime, others: list[Period], table: TariffTable, *, in_time: bool
) -> Offer:
    row, day = line.sponsorship, jakarta_date(when)
    runs = _runs(row, when)
    if not (runs or _may_begin(row, when, others) or _comes_back(row, day)):
        return Offer(line, None, (), refusal="refused")
    run = None
    if runs and row.run_start and row.paid_until:
        run = Run(row.run_start, row.run_months, row.paid_until)
    agreement = agreement_of(row)
    planned = plan(day=day, months=len(line.asked), run=run, others=others, agreement=agreement)
    if not planned.periods:
        return Offer(line, None, (), refusal="refused")
    starts_later = run is None and planned.periods[0].covered_from > day
    shifted = starts_later and planned.months[0] != line.asked[0].month
    shifted = shifted and not follows_bridge(planned, others)
    if collide(planned.periods, others) or (shifted and agreement is None):
        return Offer(line, None, (), refusal="taken")
    promised = {asked.month: _price_in(asked) for asked in line.asked} if in_time else {}
    prices = tuple(promised.get(month) or price_of(row, month, table) for month in planned.months)
    return Offer(line, planned, prices)


def _runs(row: Sponsorship, when: datetime) -> bool:
    """Tell whether the sponsorship was running when the money came, whatever the age.

    Of one that lapsed, stopped or is parked, the branch decides (domain reference, trap 8).
    """
    if row.parked_at is not None:
        return False
    lapsed_later = row.status == Status.LAPSED and row.ended_at and when < row.ended_at
    ended_later = _ended_later(row, when) and row.paid_until is not None
    return row.status == Status.ACTIVE or bool(lapsed_later) or ended_later


def _ended_later(row: Sponsorship, when: datetime) -> bool:
    """Tell whether an event of the worker's life has ended the sponsorship, of which the
    portal did not know when the money came: the months that it buys are dealt with anew
    by `services.ending`, as if it had been allocated first."""
    return row.ended_by is not None and when < row.ended_by.recorded_at


def _may_begin(row: Sponsorship, when: datetime, others: list[Period]) -> bool:
    """Tell whether new cover may begin on a day: the approval held on it (P6), and the
    worker is under 65 (domain reference 1.5) or his cover goes on. An approval that expired
    before we heard of the money counts as unexpired."""
    case, day = row.enrollment, jakarta_date(when)
    waits = row.status in {Status.AWAITING_PAYMENT, Status.PROPOSED} or _ended_later(row, when)
    holds = waits and case.status == Enrollment.Status.APPROVED
    expired = row.end_reason == Sponsorship.EndReason.UNPAID
    holds = holds or (expired and case.status == Enrollment.Status.EXPIRED)
    return (
        holds
        and row.parked_at is None
        and case.approved_until is not None
        and day <= case.approved_until
        and (goes_on(row, day, others) or day < turns_65_on(row.worker.birth_date))
    )


def _comes_back(row: Sponsorship, day: date) -> bool:
    """Tell whether a lapsed member comes back by paying alone, as `LAPSED_RETURN` says: new
    cover from the settlement on, for those under 65; else the branch decides (trap 8)."""
    lapsed = row.status == Status.LAPSED and row.parked_at is None
    by_paying = settings.LAPSED_RETURN == "pay"
    return lapsed and by_paying and day < turns_65_on(row.worker.birth_date)


def _price_in(asked: Contribution) -> Price:
    full = asked.jkk + asked.jkm + asked.jht
    return Price(asked.jkk, asked.jkm, asked.jht, asked.legal_basis, full)


def deal_out(offers: Sequence[Offer], money: int) -> list[Deal]:
    """Spend the money: whole workers first, then months of the ones that are left."""
    bought = dict.fromkeys(range(len(offers)), 0)
    for index, offer in enumerate(offers):
        cost = sum(price.total for price in offer.prices)
        if offer.prices and cost <= money:
            bought[index], money = len(offer.prices), money - cost
    for index, offer in enumerate(offers):
        if bought[index]:
            continue
        for price in offer.prices:
            if price.total > money:
                break
            bought[index], money = bought[index] + 1, money - price.total
    return [Deal(offer, bought[index]) for index, offer in enumerate(offers)]


def reason_of(deals: list[Deal], payment: Payment, *, is_double: bool, in_time: bool) -> str:
    """The one word for the whole payment: what is least expected counts first."""
    outcomes = {deal.outcome for deal in deals}
    if is_double or "double" in outcomes:
        return Reason.DOUBLE
    for outcome in (Reason.HELD, Reason.TAKEN, Reason.REFUSED):
        if outcome.value in outcomes:
            return outcome
    if not in_time:
        return Reason.LATE
    if outcomes & {"short", "part"}:
        return Reason.TOO_LITTLE
    return Reason.TOO_MUCH if payment.net > payment.invoice.total else Reason.FULL
