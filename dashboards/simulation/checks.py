"""What must hold every evening, asked in few statements; each returns sentences on what broke.

Nothing here calls what it checks: the answers are worked out from rows alone, so that a
wrong rule of the portal is not proved by itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum

from bricks.clock import JAKARTA, jakarta_date
from bricks.months import ONE_DAY, add_months
from contributions.books import check_books
from contributions.identity import identity
from contributions.models import (
    Contribution,
    Coverage,
    PriceCorrection,
    Reminder,
    Sponsorship,
    TakeOver,
)
from contributions.selectors import cover_statuses
from dashboards.simulation.world import World, at
from payments.models import Account, Invoice, Payment, Transfer

Check = Callable[[World, date], list[str]]
Spans = dict[int, list[tuple[date, date]]]

#: Written anew here, not taken from the portal: which months are bought, and which hold money.
BOUGHT = ("paid", "sent", "accepted")
WITH_MONEY = (*BOUGHT, "rejected")
OURS = ("holding", "credit", "fund", "bridge", "payable", "refunds", "suspense", "fees")
EVENING = time(18)
SHOWN = 5
#: A week to agree and decide, thirty days to pay, and the month's end at which that closes.
PASSING_DAYS = 75


# --- money -----------------------------------------------------------------------------------
def money_is_somewhere(world: World, day: date) -> list[str]:
    """P35, and what the portal says that it received against what the banks gave."""
    found = identity()
    broken = [] if found.holds else [f"received {found.received} is not the sum of its parts"]
    given, back = sum(world.received.values()), sum(world.taken_back.values())
    if not given - back <= found.received <= given:
        broken.append(f"banks gave {given} and took {back}, the books say {found.received}")
    return broken


def no_balance_is_negative(world: World, day: date) -> list[str]:
    """No account of whose money it is falls below zero, by its transfers alone."""
    moved: dict[int, int] = defaultdict(int)
    for side, sign in (("debit", -1), ("credit", 1)):
        rows = Transfer.objects.values_list(side).annotate(sum=Sum("amount"))
        for account, amount in rows:
            moved[account] += sign * amount
    kinds = dict(Account.objects.filter(kind__in=OURS).values_list("pk", "kind"))
    below = [pk for pk, amount in moved.items() if amount < 0 and pk in kinds]
    return _told("accounts below zero", below)


def months_have_money(world: World, day: date) -> list[str]:
    """Nobody is covered without money: what months cost stands in payable, to the rupiah,
    and none begins before its money came."""
    held = Contribution.everything.filter(status__in=WITH_MONEY)
    cost = held.aggregate(sum=Sum("amount"))["sum"] or 0
    given = PriceCorrection.objects.filter(contribution__in=held.order_by().values("pk"))
    cost -= given.aggregate(sum=Sum("amount"))["sum"] or 0
    payable = identity().months
    broken = [] if cost == payable else [f"months cost {cost}, payable holds {payable}"]
    unpaid = held.filter(Q(posting=None) | Q(paid_at=None))
    early = [
        pk
        for pk, begins, paid in _of_day(held, "paid_at", day).values_list(
            "pk", "covered_from", "paid_at"
        )
        if begins < jakarta_date(paid)
    ]
    return [
        *broken,
        *_told("months without a posting", unpaid.values_list("pk", flat=True)),
        *_told("months that begin before their money came", early),
    ]


# --- months ----------------------------------------------------------------------------------
def no_month_twice(world: World, day: date) -> list[str]:
    """No worker's month, and no day of a worker, is bought twice."""
    bought = Contribution.everything.filter(status__in=BOUGHT)
    twice = (
        bought.order_by()
        .values_list("worker", "month")
        .annotate(rows=Count("pk"))
        .filter(rows__gt=1)
    )
    others = bought.filter(
        worker=OuterRef("worker"),
        covered_from__lte=OuterRef("covered_until"),
        covered_until__gte=OuterRef("covered_from"),
    ).exclude(pk=OuterRef("pk"))
    overlap = bought.filter(Exists(others))
    return [
        *_told("worker and month bought twice", [f"{row[0]}:{row[1]}" for row in twice]),
        *_told("months that overlap", overlap.values_list("pk", flat=True)),
    ]


def cover_is_what_was_accepted(world: World, day: date) -> list[str]:
    """Cover is the accepted months, joined; of the workers with news of the day, and of
    all on the first of a month."""
    news = _of_day(Contribution.everything.all(), "accepted_at", day)
    closed = _of_day(Contribution.everything.all(), "closed_at", day)
    workers = {*news.values_list("worker", flat=True), *closed.values_list("worker", flat=True)}
    rows = Contribution.everything.filter(worker__in=workers, status="accepted")
    accepted: Spans = defaultdict(list)
    for worker, first, last in rows.order_by("covered_from").values_list(
        "worker", "covered_from", "covered_until"
    ):
        if first and last:
            accepted[worker].append((first, last))
    held: Spans = defaultdict(list)
    covers = Coverage.objects.filter(worker__in=workers).order_by("covered_from")
    for worker, first, last in covers.values_list("worker", "covered_from", "covered_until"):
        held[worker].append((first, last))
    wrong = [pk for pk in workers if held[pk] != _joined(accepted[pk])]
    return _told("workers whose cover is not what BPJS accepted", wrong)


def pages_say_what_was_accepted(world: World, day: date) -> list[str]:
    """ "Terlindungi" stands where an accepted month holds on the day, and nowhere else."""
    workers = [worker.pk for worker in world.registry.known.values()]
    today = Contribution.everything.filter(
        status="accepted", covered_from__lte=day, covered_until__gte=day
    )
    protected = set(today.values_list("worker", flat=True))
    said = {pk for pk, row in cover_statuses(workers, today=day).items() if row.kind == "covered"}
    return _told("workers wrongly called protected, or not", protected ^ said)


# --- sponsorships ----------------------------------------------------------------------------
def runs_follow_their_months(world: World, day: date) -> list[str]:
    """An active sponsorship is paid until the last day of its last bought month."""
    active = Sponsorship.everything.filter(status="active", parked_at__isnull=True)
    last = active.annotate(
        last=Max("contributions__covered_until", filter=Q(contributions__status__in=WITH_MONEY))
    )
    # NULL is no day either: whoever has no bought month at all is found as well.
    wrong = last.filter(Q(last__isnull=True) | ~Q(last=F("paid_until")))
    return _told("active sponsorships paid until another day", wrong.values_list("pk", flat=True))


def nobody_lapsed_who_paid(world: World, day: date) -> list[str]:
    """Who lapsed had all months of arrears behind him since his last bought day."""
    lapsed = _of_day(Sponsorship.everything.filter(status="lapsed"), "ended_at", day)
    early = [
        row.pk
        for row in lapsed.annotate(
            last=Max("contributions__covered_until", filter=Q(contributions__status__in=BOUGHT))
        )
        if row.last and row.ended_at and _lapses_on(row.last) > jakarta_date(row.ended_at)
    ]
    stopped = _of_day(Sponsorship.everything.filter(end_reason="stopped"), "ended_at", day)
    never_asked = stopped.filter(stopped_at__isnull=True)
    still = [
        pk
        for pk, until, ended in stopped.values_list("pk", "paid_until", "ended_at")
        if until and ended and until >= jakarta_date(ended)
    ]
    return [
        *_told("lapsed though paid", early),
        *_told("ended as stopped, not stopped", never_asked.values_list("pk", flat=True)),
        *_told("ended before the last paid day", still),
    ]


def nobody_runs_on_unpaid(world: World, day: date) -> list[str]:
    """Nobody is forgotten: past the arrears a sponsorship has lapsed, and a stopped one has
    ended, but for workers whose death is or was reported."""
    active = Sponsorship.everything.filter(status="active", parked_at__isnull=True)
    over = active.filter(paid_until__lt=day).exclude(worker__in=world.reported)
    late = [
        pk
        for pk, until, renews in over.values_list("pk", "paid_until", "renews")
        if not renews or (until and _lapses_on(until) <= day)
    ]
    return _told("should have ended", late)


def nobody_asked_after_a_stop(world: World, day: date) -> list[str]:
    """Nothing is asked of who stopped, nor for workers of ended sponsorships."""
    asked = Contribution.everything.filter(status="promised")
    stopped = asked.filter(
        sponsorship__renews=False,
        sponsorship__stopped_at__isnull=False,
        sponsorship__status="active",
    )
    over = asked.filter(sponsorship__status__in=["ended", "lapsed"])
    closed = asked.exclude(invoice__status="open")
    reminded = Reminder.objects.filter(
        sponsorship__renews=False, audience="donor", told_at__gt=F("sponsorship__stopped_at")
    )
    return [
        *_told("months asked after a stop", stopped.values_list("pk", flat=True)),
        *_told("months asked after the end", over.values_list("pk", flat=True)),
        *_told("months promised on a closed invoice", closed.values_list("pk", flat=True)),
        *_told("reminded after a stop", reminded.values_list("pk", flat=True)),
    ]


def wishes_are_kept(world: World, day: date) -> list[str]:
    """Nobody is billed beyond the last day that he named, nor goes on after it; what is asked
    is of the period and bracket that he wished last."""
    named = Sponsorship.everything.filter(
        status="active", parked_at__isnull=True, stops_on__isnull=False
    )
    past = named.filter(Q(paid_until__gt=F("stops_on")) | Q(stops_on__lt=day))
    asked = Sponsorship.everything.filter(
        contributions__status="promised", status="active", run_start__isnull=False
    )
    counted = asked.annotate(rows=Count("contributions"))
    more = counted.filter(rows__gt=F("months"))
    fewer = counted.filter(rows__lt=F("months"), stops_on__isnull=True)
    months = Contribution.everything.filter(
        status="promised", sponsorship__status="active", sponsorship__run_start__isnull=False
    )
    other = months.exclude(bracket=F("sponsorship__bracket"))
    savings = months.filter(Q(sponsorship__jht=True, jht=0) | Q(sponsorship__jht=False, jht__gt=0))
    return [
        *_told("go on past their last day", past.values_list("pk", flat=True)),
        *_told("asked for more months than wished", more.values_list("pk", flat=True)),
        *_told("asked for fewer months than wished", fewer.values_list("pk", flat=True)),
        *_told("months asked of another bracket", other.values_list("pk", flat=True)),
        *_told("months asked with another wish for JHT", savings.values_list("pk", flat=True)),
    ]


def passing_on_leaves_no_gap(world: World, day: date) -> list[str]:
    """Who takes a worker over pays from the day after the last bought one, or from the day
    of his money; from the branch's approval on the former donor does not go on."""
    taken = _of_day(TakeOver.everything.filter(outcome="paid"), "closed_at", day)
    gaps = []
    for pk, worker, case in taken.values_list("pk", "worker", "enrollment"):
        bought = Contribution.everything.filter(worker=worker, status__in=BOUGHT)
        own = bought.filter(sponsorship__enrollment=case).order_by("covered_from")
        first = own.values_list("covered_from", "paid_at").first()
        if first is None or first[0] is None or first[1] is None:
            continue
        before = bought.filter(covered_until__lt=first[0]).aggregate(last=Max("covered_until"))
        follows = before["last"] is not None and before["last"] + ONE_DAY == first[0]
        if not follows and first[0] != jakarta_date(first[1]):
            gaps.append(pk)
    stopped = _of_day(TakeOver.everything.all(), "former_stopped_at", day)
    both = stopped.filter(former__status="active", former__renews=True, closed_at__isnull=True)
    forgotten = TakeOver.everything.filter(
        closed_at__isnull=True, chosen_at__lt=at(day, time(0)) - timedelta(days=PASSING_DAYS)
    )
    return [
        *_told("taken over with a gap", gaps),
        *_told("handed over, and the former donor goes on", both.values_list("pk", flat=True)),
        *_told("take-overs that nobody closed", forgotten.values_list("pk", flat=True)),
    ]


def no_money_lies_about(world: World, day: date) -> list[str]:
    """What was settled or taken back until noon has been dealt with by the evening."""
    evening = at(day, time(12))
    settled = Payment.everything.filter(
        status="settled", followed_up_at__isnull=True, closed_at__lt=evening
    )
    reversed_ones = Payment.everything.filter(
        status="reversed", reversal_followed_up_at__isnull=True, reversed_at__lt=evening
    )
    # A file may be on its way to BPJS: the next answers free them.
    old = reversed_ones.filter(reversed_at__lt=evening - timedelta(days=7))
    over = Invoice.everything.filter(status="open", expires_at__lt=at(day, time(0)))
    return [
        *_told("payments not allocated", settled.values_list("pk", flat=True)),
        *_told("reversals not followed up", old.values_list("pk", flat=True)),
        *_told("invoices open past their end", over.values_list("pk", flat=True)),
    ]


def books_agree(world: World, day: date) -> list[str]:
    """The portal's own proof, twice a month: it asks more than all the others together."""
    if day.day not in {1, 15}:
        return []
    return [row.sentence for row in check_books(now=at(day, EVENING)) if row.is_grave]


DAILY: tuple[Check, ...] = (
    money_is_somewhere,
    no_balance_is_negative,
    months_have_money,
    no_month_twice,
    cover_is_what_was_accepted,
    pages_say_what_was_accepted,
    runs_follow_their_months,
    nobody_lapsed_who_paid,
    nobody_runs_on_unpaid,
    nobody_asked_after_a_stop,
    wishes_are_kept,
    passing_on_leaves_no_gap,
    no_money_lies_about,
    books_agree,
)


# --- what they share ---------------------------------------------------------------------------
def _told(what: str, rows: Iterable[object]) -> list[str]:
    found = sorted(str(row) for row in rows)
    more = ", ..." if len(found) > SHOWN else ""
    return [f"{what}: {', '.join(found[:SHOWN])}{more}"] if found else []


def _of_day(rows: QuerySet[Any], field: str, day: date) -> QuerySet[Any]:
    """Narrow to the news of a day; on the first of a month everything is looked at again."""
    if day.day == 1:
        return rows.filter(**{f"{field}__isnull": False})
    begin = datetime.combine(day, time.min, tzinfo=JAKARTA)
    return rows.filter(**{f"{field}__gte": begin, f"{field}__lt": begin + timedelta(days=1)})


def _joined(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    joined: list[tuple[date, date]] = []
    for first, last in spans:
        if joined and joined[-1][1] + ONE_DAY == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _lapses_on(last: date) -> date:
    return add_months(last + ONE_DAY, settings.ARREARS_MONTHS)
