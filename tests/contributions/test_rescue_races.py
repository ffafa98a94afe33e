"""Two donors and one worker, on both engines: one takes him, and no month is paid twice."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection

from bricks.clock import jakarta_date
from bricks.engine import is_postgres
from contributions import locks
from contributions.books import check_books
from contributions.models import Contribution, Sponsorship, TakeOver, WaitingPlace
from contributions.services import paying_himself, taking_over, waiting
from contributions.services.paying_himself import CannotPayHimself, pay_himself
from contributions.services.renewing import renew
from contributions.services.sponsoring import follow_up_approvals
from contributions.services.stopping import stop_sponsorship
from contributions.services.taking_over import PlaceTaken, Terms, choose
from payments.models import Invoice
from tests.contributions.builders import at, covered_worker, few_prices
from tests.contributions.test_handing_over import accepted, agreed
from tests.contributions.test_races import at_once
from tests.factories import NOW, OfficeAreaFactory, OfficeFactory, ProgrammeFactory, officer
from tests.races import Meeting
from workers.models import Enrollment
from workers.services import deciding

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)
    OfficeAreaFactory()
    few_prices()


def stopped() -> Sponsorship:
    row = covered_worker(months=1)
    stop_sponsorship(sponsorship=row, by=row.donor.members.get(role="owner").user, now=NOW)
    return row


def said(act: Callable[[], Any]) -> Any:
    """The result of an act, or the name of its refusal."""
    try:
        return act()
    except (PlaceTaken, CannotPayHimself) as error:
        return type(error).__name__


def two_choices(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two donors choose one place, and meet after both have seen that it is free."""
    row = stopped()
    place = waiting.join(worker=row.worker, how=WaitingPlace.How.PAGE, now=NOW)
    both = Meeting()
    open_cases = taking_over.open_cases

    def meet(**kwargs: Any) -> Any:
        both.wait()
        return open_cases(**kwargs)

    monkeypatch.setattr(taking_over, "open_cases", meet)
    programmes = [ProgrammeFactory() for _two in range(2)]
    acts = [
        partial(
            choose,
            places=[place],
            terms=Terms(programme, 12, Enrollment.Relation.NEIGHBOUR),
            by=programme.donor.members.get(role="owner").user,
            now=NOW,
        )
        for programme in programmes
    ]
    return at_once(*[partial(said, act) for act in acts])


def test_of_two_donors_who_choose_one_worker_the_second_is_told_so(monkeypatch):
    results = two_choices(monkeypatch)
    assert results.count("PlaceTaken") == 1
    assert TakeOver.everything.count() == 1


def test_without_the_lock_only_the_database_is_left_between_two_choices(monkeypatch):
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    results = two_choices(monkeypatch)
    errors = [result for result in results if isinstance(result, DatabaseError)]
    # On SQLite the transaction itself is the lock.
    assert len(errors) == (1 if is_postgres(connection) else 0)
    assert TakeOver.everything.count() == 1


def test_a_take_over_beside_a_renewal_asks_one_donor_for_each_month():
    row = covered_worker(months=1)
    taken = accepted(row)
    agreed(taken)
    later = at(row.paid_until - timedelta(days=3))
    case, by = Enrollment.everything.get(pk=taken.enrollment_id), officer(office=OfficeFactory())
    deciding.take(enrollment=case, officer=by, now=later)
    deciding.approve(enrollment=case, officer=by, sector="other", now=later, proof="call")
    at_once(
        partial(follow_up_approvals, now=later),
        partial(renew, today=jakarta_date(later), now=later),
    )
    follow_up_approvals(now=later)
    promised = Contribution.everything.filter(worker=row.worker, status="promised")
    assert set(promised.values_list("sponsorship__donor", flat=True)) == {taken.donor_id}
    assert promised.values("month").distinct().count() == promised.count()
    assert Sponsorship.everything.filter(worker=row.worker, renews=True).count() == 1
    assert check_books(now=later) == []


def test_two_presses_of_a_worker_make_one_invoice():
    row = stopped()
    before = Invoice.everything.count()
    act = partial(said, partial(pay_himself, worker=row.worker, months=3, now=NOW))
    results = at_once(act, act)
    assert results.count("AlreadyAsked") == 1
    assert Invoice.everything.count() == before + 1


def two_take_back(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A worker presses twice; the first has not committed when the second begins."""
    row = stopped()
    pay_himself(worker=row.worker, months=12, now=NOW)
    stop_locked, both = paying_himself.stop_locked, Meeting()

    def stop_and_wait(**more: Any) -> list[int]:
        ids = stop_locked(**more)
        both.wait()
        return ids

    monkeypatch.setattr(paying_himself, "stop_locked", stop_and_wait)
    act = partial(said, partial(paying_himself.take_back, worker=row.worker, now=NOW))
    return at_once(act, act)


def test_of_two_presses_one_takes_the_bill_back(monkeypatch):
    assert two_take_back(monkeypatch).count("NothingToTakeBack") == 1
    assert Sponsorship.everything.filter(end_reason="stopped").count() == 1


def test_without_the_lock_both_take_the_bill_back(monkeypatch):
    if not is_postgres(connection):
        pytest.skip("races need PostgreSQL: SQLite lets in one writer at a time")
    monkeypatch.setattr(locks, "lock_workers", lambda worker_ids: None)
    assert two_take_back(monkeypatch).count("NothingToTakeBack") == 0
