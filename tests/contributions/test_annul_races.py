"""An approval that is taken back in the instant in which its money comes, on both engines."""

from functools import partial
from typing import Any

import pytest
from django.db import connection

from accounts.models import Role
from bricks.engine import is_postgres
from contributions.books import check_books
from contributions.models import Allocation
from contributions.services import settling
from contributions.services.annulling import end_annulled
from tests.contributions.builders import billed_order, settle, sponsorships_of
from tests.factories import NOW, TODAY, officer
from tests.races import Meeting
from tests.workers.test_deciding_races import at_once
from workers.services import freezing
from workers.services.holding import fresh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


def race(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[Any]]:
    """Annul a case and allocate its money at once, each held between asking and writing
    until both have asked, or one stands behind a lock."""
    both_have_asked = Meeting()

    def held_back(ask: Any) -> Any:
        def ask_and_wait(*args: Any) -> Any:
            answer = ask(*args)
            both_have_asked.wait()
            return answer

        return ask_and_wait

    invoice = billed_order()
    [sponsorship] = sponsorships_of(invoice)
    payment = settle(invoice, NOW)
    boss = officer(Role.Kind.BRANCH_SUPERVISOR)
    monkeypatch.setattr(freezing, "_is_paid", held_back(freezing._is_paid))
    monkeypatch.setattr(settling, "deal_out", held_back(settling.deal_out))
    case = sponsorship.enrollment
    results = at_once(
        partial(freezing.annul, enrollment=case, by=boss, now=NOW, reason="declined"),
        partial(settling.allocate_payment, payment_id=payment.pk, now=NOW),
    )
    end_annulled(today=TODAY, now=NOW)
    return fresh(case), results


def test_either_the_months_are_bought_or_the_approval_is_taken_back(monkeypatch):
    case, (annulled, allocation) = race(monkeypatch)
    assert isinstance(allocation, Allocation)
    if case.status == "rejected":
        assert (allocation.months, allocation.reason) == (0, "refused")
    else:
        assert allocation.months == 12
        assert isinstance(annulled, freezing.CannotAnnul)
    assert check_books(now=NOW) == []


@pytest.mark.skipif(
    not is_postgres(connection), reason="SQLite's transactions stand one behind the other"
)
def test_without_the_lock_months_are_bought_for_a_rejected_case(monkeypatch):
    monkeypatch.setattr(freezing, "_beneath_the_lock", fresh)
    case, (_annulled, allocation) = race(monkeypatch)
    assert (case.status, allocation.months) == ("rejected", 12)
    assert "approval" in {finding.kind for finding in check_books(now=NOW)}
