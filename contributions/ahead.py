"""What comes next: each renewal of the coming months, when it is asked for and what it costs.

A forecast by the present tariffs, wishes and credit; the renewal itself decides (P15, P41).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from django.db.models import Q

from bricks.months import ONE_DAY, add_months, first_of_month, period_of
from contributions import gate
from contributions.models import Contribution, Sponsorship
from contributions.price_changes import PriceChange
from contributions.renewal_due import LEAD_DAYS
from contributions.services.billing import agreement_of, price_of
from contributions.services.crediting import promised_elsewhere
from contributions.stops import months_asked
from contributions.tariffs import NoTariff, Price, TariffTable
from donors.models import BUDGETS
from payments.models import Account, Balance

#: So far ahead does a donor see.
MONTHS_AHEAD = 12


@dataclass(frozen=True)
class Step:
    """One renewal of one sponsorship.

    Asked for on `asked_on` (an invoice, or a draw), it covers `first_day` to `last_day`, both
    inclusive, for `total` rupiah; 0 where a month has no tariff yet. `from_credit` of it comes
    from credit or fund. `is_asked`: its invoice is open already. `change` is the first rise of
    the price within it.
    """

    sponsorship: Sponsorship
    asked_on: date
    first_day: date
    last_day: date
    months: int
    total: int
    is_asked: bool
    change: PriceChange | None
    from_credit: int = 0

    @property
    def by_invoice(self) -> int:
        """What an invoice asks for, in rupiah."""
        return self.total - self.from_credit


@dataclass(frozen=True)
class MonthSum:
    """The renewals that are asked for in one month: for how many workers, and how much."""

    month: date
    workers: int
    total: int
    from_credit: int

    @property
    def by_invoice(self) -> int:
        """What invoices ask for, in rupiah."""
        return self.total - self.from_credit


def steps_ahead(
    rows: Iterable[Sponsorship], *, today: date, months: int = MONTHS_AHEAD
) -> list[Step]:
    """Foretell the renewals of these sponsorships until so many months from now, in order.

    Nothing comes of one that is stopped, parked, withheld, or has an agreement's last day.
    A number of queries that grows with donors and programmes alone. Rows have their programme
    at hand.
    """
    rows = [row for row in rows if _renews(row)]
    held = gate.withheld(rows)
    asked = _asked_already(rows)
    prices = _Prices(TariffTable.load())
    until = add_months(today, months)
    found = [
        step
        for row in rows
        if row.pk not in held
        for step in _steps(row, asked.get(row.pk, 0), prices, today, until)
    ]
    found.sort(key=lambda step: (step.asked_on, step.first_day, step.sponsorship.pk))
    return list(_spend(found, _money_of(rows)))


def next_step(row: Sponsorship, *, today: date) -> Step | None:
    """Foretell the next renewal of a sponsorship; None where none comes.

    The credit of its donor counts as far as nobody of his comes before.
    """
    lead = timedelta(days=LEAD_DAYS[row.months])
    if row.paid_until is None:
        return None
    months = max(1, (row.paid_until - lead - today).days // 28 + 2)
    others = Sponsorship.everything.filter(
        donor=row.donor_id,
        status=Sponsorship.Status.ACTIVE,
        renews=True,
        paid_until__lte=row.paid_until + timedelta(days=31),
    )
    rows = [
        row,
        *others.exclude(pk=row.pk).select_related("programme").order_by("paid_until")[:200],
    ]
    steps = steps_ahead(rows, today=today, months=months)
    return next((step for step in steps if step.sponsorship.pk == row.pk), None)


def by_month(steps: Iterable[Step], *, today: date, months: int = MONTHS_AHEAD) -> list[MonthSum]:
    """Sum renewals by the month in which they are asked for, empty months among them."""
    found: dict[date, list[Step]] = defaultdict(list)
    for step in steps:
        found[first_of_month(step.asked_on)].append(step)
    first = first_of_month(today)
    listed = [add_months(first, k) for k in range(months + 1)]
    return [
        MonthSum(
            month=month,
            workers=len({step.sponsorship.worker_id for step in found[month]}),
            total=sum(step.total for step in found[month]),
            from_credit=sum(step.from_credit for step in found[month]),
        )
        for month in listed
    ]


def changes_of(steps: Iterable[Step]) -> Counter[PriceChange]:
    """Count the price rises among these renewals (`price_changes.sentences` says them)."""
    return Counter(step.change for step in steps if step.change is not None)


# --- one sponsorship ---------------------------------------------------------------------
def _renews(row: Sponsorship) -> bool:
    return (
        row.status == Sponsorship.Status.ACTIVE
        and row.renews
        and row.stopped_at is None
        and row.parked_at is None
        and agreement_of(row) is None
    )


class _Prices:
    """The price of a month for a sponsorship, each asked of the tariff once."""

    def __init__(self, table: TariffTable) -> None:
        self._table = table
        self._known: dict[tuple[object, ...], Price | None] = {}

    def of(self, row: Sponsorship, month: date) -> Price | None:
        key = (month, row.bracket, row.sector, row.funding, row.jht)
        if key not in self._known:
            try:
                self._known[key] = price_of(row, month, self._table)
            except NoTariff:
                self._known[key] = None
        return self._known[key]


def _steps(
    row: Sponsorship, asked: int, prices: _Prices, today: date, until: date
) -> Iterator[Step]:
    if row.run_start is None or row.paid_until is None:
        return
    now = _moved(row, row.run_start, row.run_months, row.paid_until)
    while True:
        months = asked or months_asked(now, today=today)
        if not months or now.run_start is None or now.paid_until is None:
            return
        start, done = now.run_start, now.run_months
        if today > now.paid_until + ONE_DAY:
            start, done = today, 0
        lead = timedelta(days=LEAD_DAYS[row.months])
        asked_on = max(today, now.paid_until - lead)
        if asked_on > until:
            return
        spans = [period_of(start, done + k) for k in range(months)]
        costs = [prices.of(row, first_of_month(first)) for first, _last in spans]
        total = sum(cost.total for cost in costs if cost)
        yield Step(
            sponsorship=row,
            asked_on=asked_on,
            first_day=spans[0][0],
            last_day=spans[-1][1],
            months=months,
            total=total if all(costs) else 0,
            is_asked=bool(asked),
            change=_change(row, spans[0][0], months, prices),
        )
        now, asked = _moved(row, start, done + months, spans[-1][1]), 0


def _moved(row: Sponsorship, start: date, months: int, until: date) -> Sponsorship:
    """Return the sponsorship (not saved) as it is once so much more is bought."""
    return Sponsorship(
        pk=row.pk,
        months=row.months,
        stops_on=row.stops_on,
        run_start=start,
        run_months=months,
        paid_until=until,
    )


def _change(row: Sponsorship, first: date, months: int, prices: _Prices) -> PriceChange | None:
    """Find the first month that costs more than the one before it."""
    month = first_of_month(first)
    listed = [add_months(month, k) for k in range(-1, months)]
    for before, after in pairwise(listed):
        old, new = prices.of(row, before), prices.of(row, after)
        if old and new and new.total > old.total:
            ends = bool(old.relief_basis) and not new.relief_basis
            return PriceChange(
                old=old.total,
                new=new.total,
                legal_basis=new.legal_basis,
                relief_end=after - ONE_DAY if ends else None,
            )
    return None


def _asked_already(rows: Collection[Sponsorship]) -> Counter[int]:
    promised = Contribution.everything.filter(
        sponsorship__in=[row.pk for row in rows], status=Contribution.Status.PROMISED
    )
    return Counter(promised.values_list("sponsorship", flat=True))


# --- credit ------------------------------------------------------------------------------
#: Whose money: a donor's credit, or a programme's fund.
Purse = tuple[str, int]


def _purse(row: Sponsorship) -> Purse:
    if row.funding in BUDGETS:
        return Account.Kind.FUND, row.programme_id
    return Account.Kind.CREDIT, row.donor_id


def _money_of(rows: Collection[Sponsorship]) -> dict[Purse, int]:
    """Read what may be spent for these sponsorships; what waits for a word is left out."""
    donors = {row.donor_id for row in rows}
    programmes = {row.programme_id for row in rows}
    balances = Balance.objects.filter(
        Q(account__kind=Account.Kind.CREDIT, account__donor__in=donors)
        | Q(account__kind=Account.Kind.FUND, account__programme__in=programmes),
        amount__gt=0,
    ).select_related("account__donor", "account__programme__donor")
    found: dict[Purse, int] = {}
    for balance in balances:
        account = balance.account
        owner = account.programme_id if account.kind == Account.Kind.FUND else account.donor_id
        if owner is not None:
            free = max(balance.amount - promised_elsewhere(account), 0)
            found[account.kind, owner] = free
    return found


def _spend(steps: Iterable[Step], money: dict[Purse, int]) -> Iterator[Step]:
    """Let each purse pay whole renewals in order, as far as it reaches: as the renewal does,
    nobody of a day is overtaken, and a fund pays months of the present budget year (P28)."""
    empty: set[tuple[Purse, date]] = set()
    for step in steps:
        purse = _purse(step.sponsorship)
        left = money.get(purse, 0)
        if step.is_asked or not step.total or not _may_draw(step, purse):
            yield step
        elif step.total > left or (purse, step.asked_on) in empty:
            empty.add((purse, step.asked_on))
            yield step
        else:
            money[purse] = left - step.total
            yield replace(step, from_credit=step.total)


def _may_draw(step: Step, purse: Purse) -> bool:
    after = add_months(first_of_month(step.first_day), step.months)
    return purse[0] == Account.Kind.CREDIT or after <= date(step.asked_on.year + 1, 1, 1)
