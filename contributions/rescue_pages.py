"""What the pages of hand-over and waiting list show. Nothing here writes.

A card names job, place and months, never a person (P17): where fewer than SMALLEST_SHOWN
registered workers of a job live in a village, only the regency stands on it; no age and
no day.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet

from bricks.months import ONE_DAY, add_months, first_of_month
from contributions.models import Contribution, Sponsorship, TakeOver, WaitingPlace
from contributions.models.cover import BOUGHT
from contributions.public_figures import SMALLEST_SHOWN
from contributions.quotes import Quote, quote
from contributions.services.waiting import former_of, source_of
from contributions.tariffs import NoTariff, TariffTable
from donors.models import Funding
from regions.models import Area
from workers import standing
from workers.desk_selectors import watched_offices
from workers.models import Enrollment, Worker

Status = Sponsorship.Status
#: Of those whose cover ended so many days ago or less the branch asks whether they want on.
ASKED_FOR_DAYS = 120
#: And of those whose cover ends within so many days.
AHEAD_DAYS = 60


@dataclass(frozen=True)
class Card:
    """One worker as strangers may see him; `begins` is the first of a month, `total` rupiah
    for `months` months of a private payer, 0 where no tariff holds."""

    key: str
    job: str
    place: str
    begins: date
    months: int
    total: int


@dataclass(frozen=True)
class ListRow:
    """A place as its branch reads it; from `lost_on` on cover is ended and the 3-month wait
    of the full JKM begins anew; `chosen` tells whether a donor has chosen him."""

    place: WaitingPlace
    lost_on: date
    chosen: bool


# --- what a donor sees -------------------------------------------------------------------
def free_places() -> QuerySet[WaitingPlace]:
    """Return the places that may be chosen, those whose cover ends first on top."""
    taking = TakeOver.everything.filter(worker=OuterRef("worker"), closed_at__isnull=True)
    rows = WaitingPlace.everything.open().filter(~Exists(taking))
    whole = rows.select_related("worker__occupation", "worker__village", "former")
    return whole.order_by("needs_from", "pk")


def cards_of(
    places: Collection[WaitingPlace], *, today: date, funding: str = Funding.PRIVATE
) -> list[Card]:
    """Turn places into cards, leaving out whom nothing may be asked for. Seven queries."""
    held = standing.holds_of({row.worker_id for row in places})
    shown = [row for row in places if row.worker_id not in held]
    where = places_of([row.worker for row in shown])
    table = TariffTable.load()
    cards = []
    for row in shown:
        begins = max(row.needs_from, today)
        price = price_of(row.former, begins, row.former.months, funding=funding, table=table)
        cards.append(
            Card(
                key=str(row.uuid),
                job=str(row.worker.occupation),
                place=where[row.worker_id],
                begins=first_of_month(begins),
                months=row.former.months,
                total=price.total if price else 0,
            )
        )
    return cards


def places_of(workers: Collection[Worker]) -> dict[int, str]:
    """Say where each worker works: his village, or the regency where that would tell who he
    is. Two queries."""
    alike = {
        (village, job): count
        for village, job, count in Worker.everything.filter(
            village__in={worker.village_id for worker in workers}
        )
        .values_list("village", "occupation")
        .annotate(count=Count("pk"))
    }
    codes = {worker.village_id[:4] for worker in workers}
    regencies = dict(Area.objects.filter(code__in=codes).values_list("code", "full_name"))
    return {
        worker.pk: worker.village.full_name
        if alike.get((worker.village_id, worker.occupation_id), 0) >= SMALLEST_SHOWN
        else regencies.get(worker.village_id[:4], "")
        for worker in workers
    }


def price_of(
    former: Sponsorship,
    begins: date,
    months: int,
    *,
    funding: str = Funding.PRIVATE,
    table: TariffTable | None = None,
) -> Quote | None:
    """Say what going on costs from a day; None where no tariff holds."""
    try:
        return quote(
            start=begins,
            months=months,
            sector=former.sector,
            funding=funding,
            bracket=former.bracket,
            jht=former.jht,
            table=table,
        )
    except NoTariff:
        return None


def begins_of(former: Sponsorship, *, today: date) -> date:
    """Return the day from which another payer is needed: after every paid month."""
    bought = Contribution.everything.filter(worker=former.worker_id, status__in=BOUGHT)
    last = bought.aggregate(last=Max("covered_until"))["last"]
    return max(last + ONE_DAY, today) if last else today


@dataclass(frozen=True)
class Choice:
    """What the donor has chosen, and how it stands. `state` is one of consent, branch, pay,
    paid, over; the name stands in it once the branch has approved."""

    take_over: TakeOver
    place: str
    state: str
    name: str
    may_withdraw: bool = False


def own_choices(rows: Collection[TakeOver], *, writable: Collection[int]) -> list[Choice]:
    """Say of each of a donor's choices how it stands, and whether the reader, who may write
    for the donors of these ids, may take it back. Two queries."""
    where = places_of([row.worker for row in rows])
    return [_choice(row, where[row.worker_id], may_write=row.donor_id in writable) for row in rows]


def _choice(row: TakeOver, place: str, *, may_write: bool) -> Choice:
    case, is_paid = row.enrollment.status, row.outcome == TakeOver.Outcome.PAID
    if row.closed_at and not is_paid:
        return Choice(row, place, "over", "")
    if case == Enrollment.Status.APPROVED:
        state = "paid" if is_paid else "pay"
        return Choice(row, row.worker.village.full_name, state, row.worker.name)
    state = "consent" if case == Enrollment.Status.AWAITING_CONSENT else "branch"
    return Choice(row, place, state, "", may_withdraw=may_write)


# --- what the branch sees ----------------------------------------------------------------
def waiting_list(user: Any) -> QuerySet[WaitingPlace]:
    """Return the open places that a member of staff may see, those that need it first on top."""
    rows: QuerySet[WaitingPlace] = WaitingPlace.objects.visible_to(user).filter(
        left_at__isnull=True
    )
    taking = TakeOver.everything.filter(worker=OuterRef("worker"), closed_at__isnull=True)
    whole = rows.select_related("worker__occupation", "worker__village", "office", "former")
    return whole.annotate(chosen=Exists(taking)).order_by("needs_from", "pk")


def list_rows(places: Iterable[Any]) -> list[ListRow]:
    """Put beside each place the day on which cover ends for good and the wait restarts."""
    return [
        ListRow(row, add_months(row.needs_from, settings.ARREARS_MONTHS), row.chosen)
        for row in places
    ]


def to_ask(user: Any, *, today: date) -> QuerySet[Sponsorship]:
    """Return the sponsorships of a branch that end or have ended, whose workers stand on no
    list yet and have nobody else who goes on."""
    waiting = WaitingPlace.everything.open().filter(worker=OuterRef("worker"))
    taking = TakeOver.everything.filter(worker=OuterRef("worker"), closed_at__isnull=True)
    going = Sponsorship.everything.filter(
        worker=OuterRef("worker"),
        status__in=[Status.ACTIVE, Status.AWAITING_PAYMENT, Status.PROPOSED],
        renews=True,
        stopped_at__isnull=True,
    )
    later = Sponsorship.everything.filter(
        worker=OuterRef("worker"), paid_until__gt=OuterRef("paid_until")
    )
    rows = Sponsorship.everything.filter(
        ~Exists(waiting),
        ~Exists(taking),
        ~Exists(going),
        ~Exists(later),
        enrollment__office__in=watched_offices(user),
        paid_until__gte=today - timedelta(days=ASKED_FOR_DAYS),
        paid_until__lte=today + timedelta(days=AHEAD_DAYS),
    ).exclude(end_reason__in=["died", "employee", "left", "annulled", "reversed"])
    whole = rows.select_related("worker__occupation", "worker__village", "enrollment__office")
    return whole.order_by("paid_until", "pk")


def source_word(row: Sponsorship) -> str:
    """Say by what a sponsorship ends, in the list's words."""
    return str(WaitingPlace.Source(source_of(row)).label)


def counts_by_office(user: Any) -> list[dict[str, Any]]:
    """Count open places by office for those who watch over several; one query."""
    rows: QuerySet[WaitingPlace] = WaitingPlace.objects.visible_to(user)
    counted = rows.filter(left_at__isnull=True).values("office__name")
    summed = counted.annotate(people=Count("pk"), first=Min("needs_from"))
    return [dict(row) for row in summed.order_by("first")]


# --- what the worker sees ----------------------------------------------------------------
def may_wait(worker: Worker) -> bool:
    """Tell whether a worker may ask for another donor."""
    rows = Sponsorship.everything.filter(worker=worker)
    return former_of(rows) is not None and not standing.is_held(worker.pk)


def place_of_worker(worker: Worker) -> WaitingPlace | None:
    """Return the worker's open place on the list."""
    return WaitingPlace.everything.open().filter(worker=worker).select_related("office").first()


def is_being_taken(worker: Worker) -> bool:
    """Tell whether a donor has chosen the worker and the branch looks at it."""
    open_cases = Enrollment.everything.filter(status__in=Enrollment.OPEN)
    return TakeOver.everything.filter(
        worker=worker, closed_at__isnull=True, enrollment__in=open_cases
    ).exists()
