"""A programme's ceiling bounds what a renewal asks for or draws, by whole workers."""

from datetime import date
from typing import Any

import pytest

from contributions.models import Contribution, PriceCorrection, RenewalOutcome, Sponsorship
from contributions.models.cover import LIVE
from contributions.renewal_selectors import preview
from contributions.services import renewal_work
from contributions.services.renewing import renew_tonight
from tests.contributions.builders import few_prices
from tests.contributions.renewals import NIGHT, TODAY, YEAR, dry_programme, order_of
from tests.contributions.rows import buy, sponsored
from tests.contributions.test_spending import corrected
from tests.factories import EnrollmentFactory, OrderFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


def night() -> dict[str, int]:
    return renew_tonight(today=TODAY, now=NIGHT)


def asked_for() -> set[int]:
    rows = Contribution.everything.filter(status="promised")
    return set(rows.values_list("sponsorship", flat=True))


def refused() -> dict[int, str]:
    rows = RenewalOutcome.everything.filter(closed_at__isnull=True)
    return dict(rows.values_list("sponsorship", "reason"))


def cost(row: Sponsorship) -> int:
    """What the months of a sponsorship's programme cost, asked for or bought."""
    months = Contribution.everything.filter(
        sponsorship__programme=row.programme_id, status__in=LIVE
    )
    return sum(months.values_list("amount", flat=True))


def agrees_with(seen: Any, counts: dict[str, int]) -> bool:
    return (seen.invoiced, seen.refused) == (counts["workers"], counts["refused"])


@pytest.mark.parametrize(
    ("rest", "workers"), [(0, 0), (YEAR - 1, 0), (YEAR, 1), (2 * YEAR, 2), (3 * YEAR, 3)]
)
def test_whole_workers_are_asked_for_in_order_of_the_end_of_cover(rest, workers):
    rows = dry_programme(3 * YEAR + rest, workers=2)
    case = EnrollmentFactory(approved=True, order=rows[0].enrollment.order, months=12)
    first = sponsored(date(2025, 12, 28), 12, case=case)
    seen = preview(TODAY)
    assert agrees_with(seen, night())
    order = [first.pk, rows[0].pk, rows[1].pk]
    assert asked_for() == set(order[:workers])
    assert refused() == dict.fromkeys(order[workers:], "fund_dry")
    assert seen.reasons == ({"fund_dry": 3 - workers} if workers < 3 else {})


def test_what_a_corrected_tariff_gave_back_is_room_again():
    (row,) = dry_programme(2 * YEAR - 12, workers=1)
    assert preview(TODAY).reasons == {"fund_dry": 1}
    corrected(row, 1, NIGHT)
    assert PriceCorrection.objects.count() == 12
    assert agrees_with(preview(TODAY), night())
    assert asked_for() == {row.pk}


def test_other_programmes_know_no_ceiling():
    dry_programme(1)
    (free,) = order_of(1)
    assert agrees_with(preview(TODAY), night())
    assert asked_for() == {free.pk}


def test_who_cannot_be_renewed_takes_no_room():
    taken, free = dry_programme(3 * YEAR, workers=2)
    case = EnrollmentFactory(approved=True, months=1, of=taken.worker)
    sponsored(date(2027, 1, 1), 1, case=case, renews=False)
    assert agrees_with(preview(TODAY), night())
    assert asked_for() == {free.pk}
    assert refused() == {taken.pk: "other_payer"}


def test_months_that_came_to_be_before_the_ceiling_is_held_count(monkeypatch):
    """The preview saw room for two; somebody buys a year before the chunk holds the ceiling."""
    rows = dry_programme(4 * YEAR, workers=2)
    other = sponsored(
        date(2027, 1, 1),
        1,
        case=EnrollmentFactory(
            approved=True, months=1, order=OrderFactory(programme=rows[0].programme)
        ),
        renews=False,
    )
    # Its month is room that the preview must not have seen.
    Contribution.everything.filter(sponsorship=other).update(status="released", closed_at=NIGHT)
    hold_due = renewal_work.hold_due

    def hold_and_buy(*args: Any) -> str:
        buy(other, date(2027, 2, 1), 12)
        return hold_due(*args)

    monkeypatch.setattr(renewal_work, "hold_due", hold_and_buy)
    assert preview(TODAY).invoiced == 2
    assert night()["workers"] == 1
    assert asked_for() == {rows[0].pk}
    assert refused() == {rows[1].pk: "fund_dry"}
    assert cost(rows[0]) == 4 * YEAR
