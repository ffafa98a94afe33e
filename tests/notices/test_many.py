"""Many messages at once are those that single ones would be, in few statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext as _

from donors.models import DonorMember
from donors.telling import DonorLetter, tell_donor, tell_donors
from notices import bells, preferences, services
from notices.models import Message
from notices.services import Draft
from tests.factories import NOW, DonorFactory, UserFactory

pytestmark = pytest.mark.django_db
COLUMNS = [
    field.name for field in Message._meta.concrete_fields if field.name not in ("id", "uuid")
]


def receivers():
    """One by e-mail, one by phone, one abroad in English, one who wants no reminders."""
    phoned = UserFactory(email=None, phone="+6281234567890")
    unwilling = UserFactory()
    preferences.keep_choices(user=unwilling, wanted=[], now=NOW)
    return [UserFactory(), phoned, UserFactory(language="en", utc_offset=9), unwilling]


def drafts(users, kind="reminder"):
    later = NOW + timedelta(hours=3)
    return [
        Draft(f"k:{user.pk}", kind, user, "Kabar", f"Untuk {user.pk}.", later if n % 2 else None)
        for n, user in enumerate(users)
    ]


def rows():
    kept = Message.objects.order_by("dedupe_key")
    return [[getattr(row, name) for name in COLUMNS] for row in kept]


@pytest.fixture
def rung(monkeypatch):
    words = []
    monkeypatch.setattr(bells, "ring", words.append)
    return words


@pytest.mark.parametrize("kind", ["reminder", "invoice_ready"])
def test_many_messages_are_the_rows_that_singles_are(kind, rung):
    asked = drafts(receivers(), kind)
    for draft in asked:
        services.post_message(
            key=draft.key,
            kind=draft.kind,
            user=draft.user,
            subject=draft.subject,
            body=draft.body,
            now=NOW,
            not_before=draft.not_before,
        )
    singles = rows()
    Message.objects.all().delete()
    rung.clear()
    assert services.post_many(asked, now=NOW) == 4
    assert rows() == singles
    assert rung == ["message_posted"]


def test_what_was_posted_before_stays_as_it_was(rung):
    first, *others = drafts(receivers())
    services.post_many([first], now=NOW)
    before = rows()
    again = Draft(first.key, "other", first.user, "Lain", "Lain.")
    rung.clear()
    assert services.post_many([again], now=NOW) == 0
    assert (rows(), rung) == (before, [])
    assert services.post_many([again, *others], now=NOW) == 3
    assert services.post_many([], now=NOW) == 0


def test_forty_messages_need_no_more_statements_than_two():
    counts = set()
    for number in (2, 40):
        asked = drafts([UserFactory() for _ in range(number)])
        with CaptureQueriesContext(connection) as queries:
            services.post_many(asked, now=NOW)
        # SQLite takes so few parameters that Django cuts the insert into pieces.
        counts.add(sum("INSERT" not in query["sql"] for query in queries))
    assert len(counts) == 1
    assert counts.pop() <= 7


# --- telling donors ----------------------------------------------------------------------


def text(user):
    return _("Kabar"), f"{user.language}: {user.name}"


def donors_with_payers():
    """Two donors: one with owner and payer, of whom one reads English, and one with nobody
    but a viewer and a payer who left."""
    donor, silent = DonorFactory(), DonorFactory()
    member = DonorMember.objects.create
    member(donor=donor, user=UserFactory(), role="owner", joined_at=NOW)
    member(donor=donor, user=UserFactory(language="en"), role="payer", joined_at=NOW)
    member(donor=silent, user=UserFactory(), role="viewer", joined_at=NOW)
    member(donor=silent, user=UserFactory(), role="payer", joined_at=NOW, left_at=NOW)
    return donor, silent


def test_donors_are_told_as_each_would_be(django_assert_max_num_queries):
    donor, silent = donors_with_payers()
    for one in (donor, silent):
        tell_donor(donor=one, key=f"t:{one.pk}", kind="renewed", text=text, now=NOW)
    singles = rows()
    Message.objects.all().delete()
    letters = [DonorLetter(one.pk, f"t:{one.pk}", "renewed", text) for one in (donor, silent)]
    with django_assert_max_num_queries(6):
        told = tell_donors(letters, now=NOW)
    assert told == len(singles)
    assert rows() == singles
    assert {row.body.split(":")[0] for row in Message.objects.filter(user__language="en")} == {"en"}
    assert tell_donors(letters, now=NOW) == 0
