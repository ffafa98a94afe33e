"""Rows of a sponsorship that has run for a while, with money behind every month.

Stories that begin at the donor's order go through the services; tests of the clock
start here, at a worker whose months are bought.
"""

from datetime import date, datetime, time
from itertools import count
from typing import Any

from bricks.clock import JAKARTA
from bricks.months import first_of_month, period_of, run_end
from contributions.models import Contribution, Remittance, Sponsorship
from contributions.services.covering import rebuild_coverage
from payments import ledger
from payments.models import Account
from tests.factories import EnrollmentFactory
from workers.models import Enrollment

_serial = count(1)


def at(day: date, hour: int = 10) -> datetime:
    """An instant of a business day in Jakarta."""
    return datetime.combine(day, time(hour), tzinfo=JAKARTA)


def sponsored(
    start: date,
    months: int = 12,
    *,
    case: Enrollment | None = None,
    status: str = Contribution.Status.ACCEPTED,
    price: tuple[int, int] = (10_000, 6_800),
    **fields: Any,
) -> Sponsorship:
    """An active sponsorship whose run began on `start`, with `months` months bought.

    Its donor's money went through the books: clearing, holding, payable.
    """
    case = case or EnrollmentFactory(approved=True, months=months)
    worker = case.worker
    sponsorship = Sponsorship.everything.create(
        enrollment=case,
        worker=worker,
        donor=case.donor,
        programme=case.programme,
        months=case.months,
        bracket=1,
        sector=case.sector,
        funding=case.programme.funding,
        run_start=start,
        run_months=months,
        paid_until=run_end(start, months),
        created_at=at(start),
        **{"status": Sponsorship.Status.ACTIVE, **fields},
    )
    buy(sponsorship, start, months, status=status, price=price)
    return sponsorship


def buy(
    sponsorship: Sponsorship,
    start: date,
    months: int,
    *,
    status: str = Contribution.Status.ACCEPTED,
    price: tuple[int, int] = (10_000, 6_800),
) -> list[Contribution]:
    """Months of a run from `start`, in a state, with their posting and remittance."""
    jkk, jkm = price
    now, total = at(start), (jkk + jkm) * months
    holding = ledger.account(Account.Kind.HOLDING, donor=sponsorship.donor)
    posting = ledger.post(
        key=f"rows:{next(_serial)}:{sponsorship.pk}",
        kind="months_bought",
        now=now,
        transfers=[
            (ledger.account(Account.Kind.CLEARING, gateway="sandbox"), holding, total),
            (holding, ledger.account(Account.Kind.PAYABLE), total),
        ],
    )
    sent = status in {"sent", "accepted", "rejected"}
    remittance = (
        Remittance.everything.create(
            day=start,
            made_at=now,
            lines=months,
            total=total,
            core="sandbox",
            core_reference=f"ROWS-{posting.pk}",
            sent_at=now,
            answered_at=now,
        )
        if sent
        else None
    )
    rows = []
    for k in range(months):
        covered_from, covered_until = period_of(start, k)
        rows.append(
            Contribution.everything.create(
                worker=sponsorship.worker,
                sponsorship=sponsorship,
                month=first_of_month(covered_from),
                status=status,
                bracket=1,
                jkk=jkk,
                jkm=jkm,
                legal_basis="PP 44/2015",
                covered_from=covered_from,
                covered_until=covered_until,
                starts_at=now if k == 0 else None,
                posting=posting,
                remittance=remittance,
                paid_at=now,
                sent_at=now if sent else None,
                accepted_at=now if status == "accepted" else None,
            )
        )
    rebuild_coverage(worker_ids=[sponsorship.worker_id])
    return rows
