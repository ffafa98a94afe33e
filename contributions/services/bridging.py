"""The bridge fund grants months (P39): one per worker and year, the nearest to loss first.

Who is near the end, and who may not be helped, is `contributions.bridge_needs`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bricks.months import ONE_DAY
from bricks.templatetags.house import tanggal
from contributions import locks
from contributions.bridge_needs import (
    Need,
    bought_periods,
    near_ids,
    needs_of,
    open_fund,
    reasons_against,
)
from contributions.models import (
    BridgeFund,
    BridgeGrant,
    BridgeOutcome,
    Contribution,
    Sponsorship,
)
from contributions.runs import Plan, plan
from contributions.services.billing import price_of
from contributions.services.buying import write_deals
from contributions.services.crediting import hold_balance
from contributions.services.offering import Deal, Line, Offer
from contributions.tariffs import NoTariff, Price, TariffTable
from donors.models import Programme
from payments import ledger
from payments.models import Account
from workers.services.continuing import open_bridged_cases
from workers.services.telling import tell_worker

GRANTED = "bridge_granted"
CHUNK = 500
Reason = BridgeOutcome.Reason
Refusal = tuple[Need, str]


@dataclass(frozen=True)
class Help:
    """One month for one worker, as it would be paid; its sponsorship is not saved yet."""

    need: Need
    sponsorship: Sponsorship
    plan: Plan
    price: Price


def grant_months(*, today: date, now: datetime) -> dict[str, int]:
    """Pay one month for each worker near the end, the nearest first, while the fund lasts.

    Nothing is paid while the fund is closed. Whole months only; once one no longer fits,
    nobody behind it is served. Whoever gets none keeps a reason (`BridgeOutcome`). Each
    chunk is one transaction; idempotent, also beside another run, a payment or a closing.
    Returns counts: granted, refused, and the rupiah paid.
    """
    counts = {"granted": 0, "refused": 0, "rupiah": 0}
    fund = open_fund()
    ids = near_ids(today=today) if fund else []
    refused: list[int] = []
    for start in range(0, len(ids), CHUNK):
        if fund is None:
            break
        with transaction.atomic():
            helped, others = _chunk(fund, ids[start : start + CHUNK], today, now)
        refused += [need.former.worker_id for need, _reason in others]
        counts["granted"] += len(helped)
        counts["rupiah"] += sum(one.price.total for one in helped)
    counts["refused"] = len(refused)
    open_rows = BridgeOutcome.everything.filter(closed_at__isnull=True)
    open_rows.exclude(worker__in=refused).update(closed_at=now)
    return counts


def _chunk(
    fund: BridgeFund, ids: Collection[int], today: date, now: datetime
) -> tuple[list[Help], list[Refusal]]:
    """Decide and write one chunk, reading everything again beneath the locks."""
    rows = Sponsorship.everything.filter(pk__in=ids)
    locks.lock_workers(rows.values_list("worker", flat=True))
    account = ledger.account(Account.Kind.BRIDGE)
    # Runs that start at once wait here for each other, and a closing for both.
    money = hold_balance(account)
    if open_fund() != fund or fund.programme is None:
        return [], []
    offers, refused = _offers(fund.programme, needs_of(ids, today=today), today, now)
    helped: list[Help] = []
    for place, one in enumerate(offers):
        if one.price.total > money:
            refused += [(late.need, Reason.FUND_DRY.value) for late in offers[place:]]
            break
        money -= one.price.total
        helped.append(one)
    if helped:
        _write(fund, helped, account, today, now)
    _keep_reasons(refused, today)
    return helped, refused


def _offers(
    programme: Programme, needs: Sequence[Need], today: date, now: datetime
) -> tuple[list[Help], list[Refusal]]:
    """Plan one month for each need that nothing speaks against; the rest with its reason."""
    reasons = reasons_against(needs, today=today)
    bought = bought_periods({need.former.worker_id for need in needs})
    table = TariffTable.load()
    offers: list[Help] = []
    refused: list[Refusal] = []
    for need in needs:
        reason = reasons.get(need.former.pk)
        if reason is not None:
            refused.append((need, reason))
            continue
        planned = plan(day=today, months=1, others=bought[need.former.worker_id])
        if planned.start != max(need.paid_until + ONE_DAY, today):
            refused.append((need, Reason.MONTH_TAKEN.value))
            continue
        row = _sponsorship(programme, need.former, now)
        try:
            price = price_of(row, planned.months[0], table)
        except NoTariff:
            refused.append((need, Reason.NO_TARIFF.value))
            continue
        offers.append(Help(need, row, planned, price))
    return offers, refused


def _sponsorship(programme: Programme, former: Sponsorship, now: datetime) -> Sponsorship:
    """Build (not save) the fund's own sponsorship of one month: it does not renew."""
    return Sponsorship(
        worker=former.worker,
        donor_id=programme.donor_id,
        programme=programme,
        status=Sponsorship.Status.AWAITING_PAYMENT,
        months=1,
        bracket=former.bracket,
        sector=former.sector,
        funding=programme.funding,
        renews=False,
        created_at=now,
    )


# --- what is written ---------------------------------------------------------------------
def _write(
    fund: BridgeFund, helped: Sequence[Help], account: Account, today: date, now: datetime
) -> None:
    """Write cases, sponsorships, the posting, months and grants, and tell the workers."""
    formers = [one.need.former for one in helped]
    if fund.programme is None:
        raise TypeError("the database lets no fund be open without its programme")
    cases = open_bridged_cases(
        programme=fund.programme, formers=[row.enrollment for row in formers], now=now
    )
    for one, case in zip(helped, cases, strict=True):
        one.sponsorship.enrollment = case
    Sponsorship.everything.bulk_create([one.sponsorship for one in helped])
    posting = ledger.post(
        # A worker is helped once a year: the first of them makes the key this fact's own.
        key=f"bridge:{today.year}:{helped[0].need.former.worker_id}",
        kind=GRANTED,
        now=now,
        transfers=[
            (account, ledger.account(Account.Kind.PAYABLE), sum(one.price.total for one in helped))
        ],
    )
    offers = [Offer(Line(one.sponsorship, ()), one.plan, (one.price,)) for one in helped]
    deals = [Deal(offer, 1) for offer in offers]
    write_deals(deals, posting=posting, paid_at=now, now=now)
    months = dict(Contribution.everything.filter(posting=posting).values_list("sponsorship", "pk"))
    BridgeGrant.everything.bulk_create(
        BridgeGrant(
            fund=fund,
            worker=one.need.former.worker,
            office=one.need.office,
            year=today.year,
            former=one.need.former,
            contribution_id=months[one.sponsorship.pk],
            loses_on=one.need.loses_on,
            granted_at=now,
        )
        for one in helped
    )
    for one in helped:
        period = one.plan.periods[0]
        tell_worker(
            worker=one.need.former.worker,
            key=f"bridged:{months[one.sponsorship.pk]}",
            kind="bridged",
            body=_told(period.covered_from, period.covered_until),
            now=now,
        )


def _told(first: date, last: date) -> str:
    """Tell him what happened and what to do; no amount, and nothing he owes."""
    return _(
        "Satu bulan iuran Anda dibayar dana talangan: %(first)s sampai %(last)s.\n"
        "Ini bukan utang. Anda tidak perlu membayar apa pun kembali.\n"
        "Hanya sekali setahun. Minta sponsor lain ke cabang atau telepon 175."
    ) % {"first": tanggal(first), "last": tanggal(last)}


def _keep_reasons(refused: Sequence[Refusal], today: date) -> None:
    """Keep one open outcome per worker: who had one keeps its first day."""
    known = {
        row.worker_id: row
        for row in BridgeOutcome.everything.filter(
            worker__in=[need.former.worker_id for need, _reason in refused],
            closed_at__isnull=True,
        )
    }
    new, changed = [], []
    for need, reason in refused:
        row = known.get(need.former.worker_id)
        if row is None:
            row = BridgeOutcome(worker=need.former.worker, first_seen=today)
            new.append(row)
        else:
            changed.append(row)
        row.former, row.office = need.former, need.office
        row.reason, row.loses_on = reason, need.loses_on
        row.last_seen = max(today, row.first_seen)
    BridgeOutcome.everything.bulk_create(new)
    fields = ["former", "office", "reason", "loses_on", "last_seen"]
    BridgeOutcome.everything.bulk_update(changed, fields, batch_size=CHUNK)
