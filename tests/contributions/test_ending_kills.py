"""The job that follows up events dies at any moment: the next run ends what it began, once."""

import pytest

from contributions.books import check_books
from contributions.models import Contribution, Sponsorship
from contributions.services.ending import follow_up_events
from notices.models import Message
from payments.models import Posting
from tests.contributions.builders import covered_worker
from tests.contributions.test_kills import kill
from tests.factories import NOW, TODAY, officer
from workers.services import living

pytestmark = [
    pytest.mark.slow,
    pytest.mark.both_engines,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def _silent_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notices.bells._ring_now", lambda word: None)


@pytest.mark.parametrize(
    ("stage", "moment"),
    [
        ("_close", "after"),
        ("_return_months", "after"),
        ("_tell_end", "after"),
        ("follow_up_event", "after"),
        ("ask_again", "before"),
    ],
)
def test_an_event_is_followed_up_once(stage, moment):
    row = covered_worker()
    living.record_event(
        worker=row.worker,
        kind="left",
        happened_on=TODAY,
        said_by="worker",
        by=officer(),
        now=NOW,
    )
    kill("ending", "follow_up_events", stage, moment)
    follow_up_events(now=NOW)
    assert Sponsorship.everything.get().status == "ended"
    assert Contribution.everything.filter(status="paid").count() == 1
    assert Posting.objects.filter(kind="months_returned").count() == 1
    assert Message.objects.filter(kind="sponsorship_ended").count() == 1
    assert check_books(now=NOW) == []
