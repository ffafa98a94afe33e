"""Balances of shared accounts come from a snapshot and what moved since."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bricks.clock import end_of_jakarta_day
from payments import books, ledger
from payments.models import Account, Posting, Snapshot
from payments.services.snapshots import take_snapshots
from tests.factories import NOW, TODAY, DonorFactory

pytestmark = pytest.mark.django_db

Kind = Account.Kind
DAY = timedelta(days=1)
#: Three in the morning, when the job runs.
NIGHT = end_of_jakarta_day(TODAY) + timedelta(hours=3)
TOMORROW = TODAY + DAY


@pytest.fixture
def clearing():
    return ledger.account(Kind.CLEARING, gateway="sandbox")


@pytest.fixture
def holding():
    return ledger.account(Kind.HOLDING, donor=DonorFactory())


def put(clearing, holding, amount, when):
    key = f"{amount} {when}"
    line = [(clearing, holding, amount)]
    return ledger.post(key=key, kind="in", now=when, transfers=line)


def test_a_balance_is_the_newest_snapshot_and_what_moved_since(clearing, holding):
    put(clearing, holding, 100, NOW)
    # Between the end of the day and the job.
    put(clearing, holding, 20, NIGHT - timedelta(hours=1))
    assert take_snapshots(today=TOMORROW, now=NIGHT) == {"snapshots": 1}
    put(clearing, holding, 3, NIGHT)
    assert Snapshot.objects.get().amount == 100
    assert ledger.balance_of(clearing) == 123


def test_what_is_written_late_under_an_earlier_time_is_not_lost(clearing, holding):
    put(clearing, holding, 100, NOW)
    take_snapshots(today=TOMORROW, now=NIGHT)
    put(clearing, holding, 5, NOW)
    assert ledger.balance_of(clearing) == 105
    take_snapshots(today=TOMORROW + DAY, now=NIGHT + DAY)
    assert [s.amount for s in Snapshot.objects.order_by("day")] == [100, 105]
    assert ledger.balance_of(clearing) == ledger.from_transfers(clearing) == 105
    assert not books.snapshots_wrong().exists()


def test_missed_days_are_made_up_for_and_none_is_written_twice(clearing, holding):
    put(clearing, holding, 100, NOW)
    take_snapshots(today=TOMORROW, now=NIGHT)
    put(clearing, holding, 7, NOW + 2 * DAY)
    assert take_snapshots(today=TODAY + 4 * DAY, now=NIGHT + 3 * DAY) == {"snapshots": 3}
    assert [s.amount for s in Snapshot.objects.order_by("day")] == [100, 100, 107, 107]
    assert take_snapshots(today=TODAY + 4 * DAY, now=NIGHT + 3 * DAY) == {"snapshots": 0}


def test_the_balance_reads_no_history(clearing, holding, django_assert_num_queries):
    """It adds what the snapshot says, even where the snapshot lies; the proof finds the lie."""
    put(clearing, holding, 100, NOW)
    take_snapshots(today=TOMORROW, now=NIGHT)
    Snapshot.objects.update(amount=1_000)
    with django_assert_num_queries(5):
        assert ledger.balance_of(clearing) == 1_000
    assert list(books.snapshots_wrong()) == [clearing]


moments = st.lists(st.tuples(st.integers(0, 96), st.integers(1, 10**9), st.booleans()), max_size=12)


@given(moments)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_posted_when_snapshots_and_transfers_agree(clearing, holding, moments):
    Snapshot.objects.all().delete()
    for hours, amount, sleeps in moments:
        when = NOW + timedelta(hours=hours)
        key = f"in {Posting.objects.count()}"
        ledger.post(key=key, kind="in", now=when, transfers=[(clearing, holding, amount)])
        if sleeps:
            take_snapshots(today=TODAY + (1 + hours // 24) * DAY, now=NIGHT + 9 * DAY)
        assert ledger.balance_of(clearing) == ledger.from_transfers(clearing)
    assert not books.snapshots_wrong().exists()
