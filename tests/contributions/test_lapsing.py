"""A sponsorship ends after three unpaid months, when it is stopped, or when it is over."""

from datetime import date

import pytest

from contributions.models import CalendarDay, Coverage, Sponsorship
from contributions.selectors import cover_status
from contributions.services.lapsing import lapse
from contributions.services.stopping import (
    CannotResume,
    CannotStop,
    resume_sponsorship,
    stop_sponsorship,
)
from notices.models import Message
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def calendar():
    """The days on which these stories end, with the same day three months on."""
    for day, later in [
        (date(2026, 9, 1), date(2026, 12, 1)),
        (date(2026, 11, 30), date(2027, 2, 28)),
    ]:
        CalendarDay.objects.update_or_create(
            day=day,
            defaults={
                "plus_1": later,
                "plus_2": later,
                "plus_3": later,
                "plus_6": later,
                "plus_12": later,
            },
        )


def run(today: date) -> dict[str, int]:
    return lapse(today=today, now=at(today, 2))


def state(sponsorship) -> tuple[str, str]:
    sponsorship.refresh_from_db()
    return sponsorship.status, sponsorship.end_reason


def test_covered_until_31_august_it_lapses_on_1_december_and_not_before():
    sponsorship = sponsored(date(2026, 8, 1), 1)
    assert run(date(2026, 11, 30)) == {"ended": 0, "lapsed": 0}
    assert run(date(2026, 12, 1)) == {"ended": 0, "lapsed": 1}
    assert state(sponsorship) == ("lapsed", "arrears")


def test_head_office_may_set_how_many_unpaid_months_end_it(settings):
    settings.ARREARS_MONTHS = 1
    CalendarDay.objects.filter(day=date(2026, 9, 1)).update(plus_1=date(2026, 10, 1))
    row = sponsored(date(2026, 8, 1), 1)
    assert lapse(today=date(2026, 9, 30), now=at(date(2026, 9, 30)))["lapsed"] == 0
    status = cover_status(row.worker, today=date(2026, 9, 30))
    assert (status.kind, status.arrears) == ("arrears", 1)
    assert lapse(today=date(2026, 10, 1), now=at(date(2026, 10, 1)))["lapsed"] == 1
    assert cover_status(row.worker, today=date(2026, 10, 1)).kind == "ended"


def test_a_missed_day_is_caught_up_and_a_second_run_finds_nothing():
    sponsored(date(2026, 8, 1), 1)
    assert run(date(2026, 12, 9))["lapsed"] == 1
    assert run(date(2026, 12, 9))["lapsed"] == 0
    assert Message.objects.filter(kind="sponsorship_arrears").count() == 1


def test_a_run_that_ended_on_29_november_lapses_at_the_end_of_february():
    sponsorship = sponsored(date(2026, 10, 30), 1)
    assert sponsorship.paid_until == date(2026, 11, 29)
    assert run(date(2027, 2, 27))["lapsed"] == 0
    assert run(date(2027, 2, 28))["lapsed"] == 1


def test_lapse_leaves_the_cover_that_was_paid():
    sponsored(date(2026, 8, 1), 1)
    run(date(2026, 12, 1))
    assert Coverage.objects.get().covered_until == date(2026, 8, 31)


def test_a_parked_sponsorship_is_left_to_a_person():
    sponsorship = sponsored(date(2026, 8, 1), 1, parked_at=at(date(2026, 9, 1)))
    assert run(date(2026, 12, 1))["lapsed"] == 0
    assert state(sponsorship) == ("active", "")


def test_a_stopped_sponsorship_runs_to_its_last_paid_day_and_ends_then():
    sponsorship = sponsored(date(2026, 8, 1), 1)
    user = UserFactory()
    stop_sponsorship(sponsorship=sponsorship, by=user, now=at(date(2026, 8, 10)))
    assert run(date(2026, 8, 31))["ended"] == 0
    assert run(date(2026, 9, 1))["ended"] == 1
    assert state(sponsorship) == ("ended", "stopped")
    with pytest.raises(CannotStop):
        stop_sponsorship(sponsorship=sponsorship, by=user, now=at(date(2026, 9, 2)))


def test_a_stop_can_be_taken_back_while_it_runs():
    sponsorship = sponsored(date(2026, 8, 1), 1)
    user = UserFactory()
    stop_sponsorship(sponsorship=sponsorship, by=user, now=at(date(2026, 8, 10)))
    resume_sponsorship(sponsorship=sponsorship, by=user, now=at(date(2026, 8, 11)))
    sponsorship.refresh_from_db()
    assert sponsorship.renews
    with pytest.raises(CannotResume):
        resume_sponsorship(sponsorship=sponsorship, by=user, now=at(date(2026, 8, 12)))


def test_a_stop_is_not_taken_back_once_another_donor_renews_for_the_worker():
    first = sponsored(date(2026, 8, 1), 1)
    user = UserFactory()
    stop_sponsorship(sponsorship=first, by=user, now=at(date(2026, 8, 10)))
    sponsored(date(2026, 9, 1), 1, case=EnrollmentFactory(approved=True, months=1, of=first.worker))
    with pytest.raises(CannotResume):
        resume_sponsorship(sponsorship=first, by=user, now=at(date(2026, 8, 12)))


def test_a_sponsorship_that_was_never_paid_ends_at_once_when_stopped():
    sponsorship = sponsored(date(2026, 8, 1), 1)
    Sponsorship.everything.filter(pk=sponsorship.pk).update(status="awaiting_payment")
    stop_sponsorship(sponsorship=sponsorship, by=UserFactory(), now=at(date(2026, 8, 10)))
    assert state(sponsorship) == ("ended", "stopped")


def test_one_that_does_not_renew_ends_with_its_last_day():
    sponsorship = sponsored(date(2026, 8, 1), 1, renews=False)
    assert run(date(2026, 9, 1)) == {"ended": 1, "lapsed": 0}
    assert state(sponsorship) == ("ended", "finished")
