"""Accepted months join into spans of cover, and gaps split them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributions.models import Contribution, Coverage
from contributions.services.covering import rebuild_coverage, spans_of
from tests.contributions.rows import at, buy, sponsored

DAY = date(2026, 1, 31)


def spans(worker) -> list[tuple[date, date]]:
    rows = Coverage.objects.filter(worker=worker).order_by("covered_from")
    return [(row.covered_from, row.covered_until) for row in rows]


@pytest.mark.django_db
def test_twelve_months_from_31_january_are_one_span_until_30_january():
    sponsorship = sponsored(DAY, 12)
    assert spans(sponsorship.worker) == [(DAY, date(2027, 1, 30))]


@pytest.mark.django_db
def test_a_day_without_cover_splits_the_span():
    sponsorship = sponsored(date(2026, 1, 10), 1)
    buy(sponsorship, date(2026, 2, 11), 1)
    assert spans(sponsorship.worker) == [
        (date(2026, 1, 10), date(2026, 2, 9)),
        (date(2026, 2, 11), date(2026, 3, 10)),
    ]


@pytest.mark.django_db
def test_paid_months_are_no_cover_until_accepted():
    sponsorship = sponsored(DAY, 3, status=Contribution.Status.PAID)
    assert spans(sponsorship.worker) == []


@pytest.mark.django_db
def test_a_month_that_is_undone_takes_its_cover_back():
    sponsorship = sponsored(date(2026, 1, 10), 3)
    middle = Contribution.everything.get(sponsorship=sponsorship, month=date(2026, 2, 1))
    middle.status = Contribution.Status.REVERSED
    middle.save()
    rebuild_coverage(worker_ids=[sponsorship.worker_id])
    assert spans(sponsorship.worker) == [
        (date(2026, 1, 10), date(2026, 2, 9)),
        (date(2026, 3, 10), date(2026, 4, 9)),
    ]


@pytest.mark.django_db
def test_rebuilding_what_is_right_changes_nothing():
    sponsorship = sponsored(DAY, 3)
    kept = Coverage.objects.get().pk
    assert rebuild_coverage(worker_ids=[sponsorship.worker_id]) == 0
    assert Coverage.objects.get().pk == kept


@pytest.mark.django_db
def test_cover_starts_at_the_minute_of_the_first_payment():
    sponsored(DAY, 3)
    assert Coverage.objects.get().starts_at == at(DAY)


periods = st.tuples(st.integers(0, 400), st.integers(1, 31)).map(
    lambda p: (DAY + timedelta(days=p[0]), DAY + timedelta(days=p[0] + p[1] - 1), None)
)


@given(st.lists(periods, max_size=12))
def test_spans_cover_exactly_the_days_of_their_months(months):
    def days(pairs):
        return {
            first + timedelta(days=k)
            for first, last, *_ in pairs
            for k in range((last - first).days + 1)
        }

    found = spans_of(months)
    assert days((s.covered_from, s.covered_until) for s in found) == days(months)
    for before, after in pairwise(found):
        assert after.covered_from > before.covered_until + timedelta(days=1)
