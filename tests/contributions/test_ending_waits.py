"""An event that waits for BPJS's file, and one revoked when time has gone by."""

from datetime import date, timedelta

import pytest

from contributions.books import check_books
from contributions.core import CoreUnavailable
from contributions.core.sandbox import SandboxCore
from contributions.models import Sponsorship
from contributions.services import ending
from contributions.services.ending import follow_up_events
from contributions.services.lapsing import lapse
from contributions.services.pricing import fill_calendar
from contributions.services.remitting import fetch_answers, remit
from tests.contributions.builders import at, bought, covered_worker, few_prices
from tests.contributions.test_ending import LATER, again, billed_order_of, happens, revoked
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch):
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def test_months_wait_while_nobody_knows_whether_bpjs_has_their_file(monkeypatch):
    """The core took the file, and its answer was lost: the same file goes out again."""
    row = covered_worker()
    took = SandboxCore.send

    def lost(self, **file):
        took(self, **file)
        raise CoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(SandboxCore, "send", lost)
        remit(today=TODAY, now=NOW)
    happens(row.worker)
    assert not any(follow_up_events(now=LATER).values())
    assert len(bought(row)) == 12
    assert [f.kind for f in check_books(now=NOW + timedelta(hours=2))] == ["event"]
    remit(today=TODAY, now=LATER)
    assert follow_up_events(now=LATER)["returned_months"] == 11
    fetch_answers(now=LATER + timedelta(minutes=1))
    kinds = {f.kind: f.count for f in check_books(now=LATER)}
    assert kinds == {"accepted_after_reversal": 11}


def test_in_arrears_it_goes_on_until_the_day_on_which_it_would_have_lapsed():
    few_prices()
    fill_calendar()
    row = covered_worker(months=1)
    event = happens(row.worker)
    follow_up_events(now=LATER)
    last_day = at(date(2027, 3, 19))
    revoked(event, last_day)
    assert follow_up_events(now=last_day)["resumed"] == 1
    assert (again(row).status, again(row).end_reason) == ("active", "")
    assert lapse(today=last_day.date(), now=last_day)["lapsed"] == 0
    assert lapse(today=date(2027, 3, 20), now=at(date(2027, 3, 20)))["lapsed"] == 1


def test_a_stopped_one_is_over_with_its_last_paid_day():
    row = covered_worker(months=1)
    Sponsorship.everything.update(renews=False, stopped_at=NOW)
    event = happens(row.worker)
    follow_up_events(now=LATER)
    after = at(date(2026, 12, 20))
    revoked(event, after)
    assert follow_up_events(now=after)["resumed"] == 0


def test_an_approval_that_comes_after_the_event_ends_with_it():
    row = covered_worker()
    happens(row.worker)
    follow_up_events(now=LATER)
    queued = billed_order_of(row.worker)
    assert queued.status != "ended"
    assert follow_up_events(now=LATER)["ended"] == 1
    assert (again(queued).status, again(queued).end_reason) == ("ended", "left")
    assert not any(follow_up_events(now=LATER).values())


def test_what_waits_is_asked_by_its_partial_index_alone():
    sql = str(ending._waiting().query)
    assert " OR " not in sql
    assert "followed_up_at" in sql.split("WHERE")[1]
