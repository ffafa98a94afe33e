"""Rows for the roof's tests, made without the services below: any state, however odd."""

from datetime import date, datetime, timedelta
from typing import Any

from bricks.clock import JAKARTA
from bricks.months import add_months, first_of_month, period_of, run_end
from contributions.models import Contribution, Coverage, Remittance, Sponsorship
from payments.models import Posting
from tests.factories import (
    NOW,
    AreaFactory,
    EnrollmentFactory,
    KanwilFactory,
    OfficeFactory,
    OrderFactory,
    ProvinceFactory,
    RegencyFactory,
    WorkerFactory,
)
from workers.models import Order

PALEMBANG, MUARA_ENIM, PANGKALPINANG = "1671", "1603", "1971"
VILLAGES = {PALEMBANG: "1671011007", MUARA_ENIM: "1603011001", PANGKALPINANG: "1971011001"}


def areas() -> None:
    """Make two provinces with three regencies, and their Kanwil."""
    ProvinceFactory(code="16", name="Sumatera Selatan", population=9_064_690)
    ProvinceFactory(code="19", name="Kepulauan Bangka Belitung", population=1_549_562)
    RegencyFactory(code=PALEMBANG, name="Kota Palembang")
    RegencyFactory(code=MUARA_ENIM, name="Kabupaten Muara Enim")
    RegencyFactory(code=PANGKALPINANG, name="Kota Pangkalpinang")
    kanwil = KanwilFactory()
    for code in ("16", "19"):
        kanwil.kanwil_provinces.get_or_create(province_id=code)


def worker(regency: str = PALEMBANG, **more: Any) -> Any:
    code = VILLAGES[regency]
    return WorkerFactory(village=AreaFactory(code=code), **more)


def sponsorship(of: Any, *, submitted_at: datetime = NOW, **more: Any) -> Sponsorship:
    """A case of the worker, approved, and the promise that follows from it."""
    order = more.pop("order", None) or Order.everything.first() or OrderFactory()
    case = EnrollmentFactory(
        approved=True,
        of=of,
        village=of.village,
        office=more.pop("office", None) or OfficeFactory(),
        order=order,
        decided_by=order.created_by,
        submitted_at=submitted_at,
    )
    return Sponsorship.everything.create(
        enrollment=case,
        worker=of,
        donor=case.donor,
        programme=case.programme,
        status=more.pop("status", Sponsorship.Status.AWAITING_PAYMENT),
        months=12,
        bracket=1,
        sector="other",
        funding="private",
        created_at=submitted_at,
        **more,
    )


def buy(
    promise: Sponsorship, start: date, months: int, *, status: str = "accepted", paid_at: Any = None
) -> None:
    """Months of a run from `start`, in one state; accepted ones make cover."""
    paid_at = paid_at or datetime(start.year, start.month, start.day, 9, tzinfo=JAKARTA)
    posting, _ = Posting.objects.get_or_create(
        key="bought", defaults={"kind": "months_bought", "posted_at": NOW}
    )
    handed_over = status in {"sent", "accepted"}
    remittance = None
    if handed_over:
        remittance, _ = Remittance.everything.get_or_create(
            core="sandbox", defaults={"day": start, "made_at": NOW, "lines": 1, "total": 1}
        )
    for k in range(months):
        first, last = period_of(start, k)
        Contribution.everything.create(
            worker=promise.worker,
            sponsorship=promise,
            month=add_months(first_of_month(start), k),
            status=status,
            bracket=1,
            jkk=5000,
            jkm=3400,
            legal_basis="PP 50/2025",
            covered_from=first,
            covered_until=last,
            posting=posting,
            remittance=remittance,
            paid_at=paid_at,
            sent_at=paid_at if handed_over else None,
            accepted_at=paid_at + timedelta(days=1) if status == "accepted" else None,
        )
    if status == "reversed":
        return
    Sponsorship.everything.filter(pk=promise.pk).update(
        run_start=start, run_months=months, paid_until=run_end(start, months)
    )
    if status == "accepted":
        cover(promise.worker, start, run_end(start, months))


def cover(of: Any, first: date, last: date) -> Coverage:
    return Coverage.objects.create(worker=of, covered_from=first, covered_until=last)
