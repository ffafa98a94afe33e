"""The demo: every state of the journey, clean books, and the same each time."""

from collections import Counter
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Role, User
from bricks.clock import jakarta_date, noon
from contributions import books
from contributions.models import (
    BooksCheck,
    Contribution,
    CreditUse,
    LateMoney,
    ReminderDigest,
    RenewalAsk,
    RenewalOutcome,
    RenewalRun,
    Sponsorship,
)
from contributions.selectors import cover_statuses
from contributions.services.pricing import load_tariffs
from contributions.services.reminder_plan import load_reminder_plan
from dashboards.demo import cast, story
from dashboards.demo.loading import load_demo
from dashboards.models import AreaMonth
from payments import event_selectors, ledger
from payments.models import Account, Refund
from workers import nik
from workers.models import (
    Check,
    Enrollment,
    IncidentReport,
    Worker,
    WorkerChange,
    WorkerEvent,
)
from workers.services.occupations import load_occupations

TODAY = date(2026, 11, 21)
NOW = noon(TODAY)


@pytest.fixture
def facts(db, three_provinces, settings, tmp_path):
    settings.REMIT_AT_ONCE = True
    settings.MEDIA_ROOT = tmp_path
    load_tariffs()
    load_occupations()
    load_reminder_plan()


def states() -> dict[str, Counter]:
    return {
        "enrollment": Counter(Enrollment.everything.values_list("status", flat=True)),
        "sponsorship": Counter(Sponsorship.everything.values_list("status", "end_reason")),
        "contribution": Counter(Contribution.everything.values_list("status", flat=True)),
    }


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("facts")
def test_the_demo_shows_every_state_with_clean_books_and_can_be_loaded_twice(client):
    counts = load_demo(now=NOW)
    assert counts["workers"] > 100
    assert ReminderDigest.objects.filter(state="sent").exists()
    seen = states()
    assert seen["enrollment"].keys() >= {
        "awaiting_consent",
        "submitted",
        "in_review",
        "returned",
        "approved",
        "rejected",
        "expired",
    }
    assert seen["contribution"].keys() >= {"promised", "sent", "accepted", "rejected"}
    assert {status for status, _ in seen["sponsorship"]} == {
        "awaiting_payment",
        "active",
        "lapsed",
        "ended",
    }
    workers = Worker.everything.values_list("pk", flat=True)
    covers = cover_statuses(list(workers), today=TODAY).values()
    kinds = Counter((cover.kind, cover.arrears) for cover in covers)
    assert kinds.keys() >= {
        ("covered", 0),
        ("arrears", 1),
        ("arrears", 2),
        ("arrears", 3),
        ("ended", 0),
        ("awaiting_acceptance", 0),
        ("awaiting_payment", 0),
    }
    # Of the dead, the hired and those whose money a bank took back a person decides about
    # the months that BPJS has accepted.
    findings = books.check_books(now=NOW)
    assert [finding.kind for finding in findings] == ["reversal_waits", "parked"]
    assert not any(finding.is_grave for finding in findings)
    assert the_treasurers_find() == {
        "refunds": {"asked": 1, "confirmed": 1, "done": 1},
        "late": ["waiting", "waiting"],
        "bought with what was too much": True,
        "credit": True,
        "fund": 60_000,
        "events": 1,
        "proofs": [("night", True, 0)],
    }
    assert the_desk_shows() == {
        "twin": True,
        "changes": 1,
        "events": {"moved", "employee", "died"},
        "reports": {("accident", "open"), ("death", "open"), ("death", "confirmed")},
        "frozen": 1,
    }
    assert the_renewal_shows() == {
        "runs": {"night", "again"},
        "reasons": {"reported": 1, "fund_dry": 2},
        "drawn": True,
        "asked": True,
    }
    assert AreaMonth.objects.get(area="16", month=date(2026, 11, 1)).covered > 50
    assert load_demo(now=NOW) == {"workers": 0, "orders": 0}
    assert states() == seen
    everybody_signs_in(client)


def the_desk_shows() -> dict[str, object]:
    """What the registry and the desk have to show on the day of the demo."""
    twins = Check.objects.filter(kind="likely_twin", outcome="note", enrollment__status="submitted")
    return {
        "twin": twins.exists(),
        "changes": WorkerChange.everything.filter(status="proposed").count(),
        "events": set(WorkerEvent.everything.values_list("kind", flat=True)),
        "reports": set(IncidentReport.everything.values_list("kind", "status")),
        "frozen": Enrollment.everything.filter(frozen_at__isnull=False).count(),
    }


def the_renewal_shows() -> dict[str, object]:
    """What the pages of the renewal have to show on the day of the demo."""
    waiting = RenewalOutcome.everything.filter(closed_at__isnull=True)
    asks = RenewalAsk.objects.filter(run__kind="night")
    return {
        "runs": set(RenewalRun.objects.filter(today=TODAY).values_list("kind", flat=True)),
        "reasons": Counter(waiting.values_list("reason", flat=True)),
        "drawn": asks.filter(use__isnull=False).exists(),
        "asked": asks.filter(invoice__isnull=False).exists(),
    }


def the_treasurers_find() -> dict[str, object]:
    """What the rooms of the money have to show on the day of the demo."""
    of_rina = Account.objects.get(kind="credit", donor__name="Rina Kusuma")
    treasurer = User.objects.get(email="bendahara2@demo.example")
    return {
        "refunds": Counter(Refund.everything.values_list("status", flat=True)),
        "late": list(LateMoney.objects.values_list("status", flat=True)),
        "bought with what was too much": CreditUse.objects.filter(reason="overpaid").exists(),
        "credit": ledger.balance_of(of_rina) > 100_000,
        "fund": ledger.balance_of(Account.objects.get(kind="fund", programme__funding="apbdes")),
        "events": event_selectors.count_waiting(treasurer, NOW),
        "proofs": [
            (proof.occasion, proof.identity["holds"], proof.grave)
            for proof in BooksCheck.objects.all()
        ],
    }


def everybody_signs_in(client) -> None:
    for member in cast.STAFF:
        assert client.login(username=member.email, password=cast.PASSWORD)
    assert client.login(username=story.GIVERS[0].email, password=cast.PASSWORD)
    assert set(Role.objects.values_list("kind", flat=True)) == set(Role.Kind.values)
    assert User.objects.get(email=story.ORGANISATIONS[0].email).is_donor


def test_the_people_of_the_demo_have_well_formed_niks_and_are_always_the_same():
    crowd = cast.people(("167101", "167102"))
    first = [next(crowd) for _ in range(300)]
    again = cast.people(("167101", "167102"))
    assert first == [next(again) for _ in range(300)]
    assert len({person.nik for person in first}) == 300
    for person in first:
        read = nik.parse(person.nik, registered_on=jakarta_date(NOW))
        assert (read.birth_date, read.sex) == (person.birth_date, person.sex)
        assert not person.nik.endswith(("98", "99"))


def test_the_story_does_not_depend_on_the_day_of_the_year():
    for today in (date(2026, 1, 2), date(2026, 12, 31), date(2028, 2, 29)):
        days = [scene.days_ago for scene in story.scenes(today)]
        assert min(days) >= 1
        assert days == sorted(days, reverse=True)


def test_without_the_demo_setting_nothing_is_made_up(settings):
    settings.DEMO = False
    for name in ("load_demo", "demo_signins"):
        with pytest.raises(CommandError, match="DEMO is off"):
            call_command(name)


@pytest.mark.django_db
@pytest.mark.usefixtures("three_provinces")
def test_a_loading_that_was_cut_off_says_what_to_do():
    User.objects.create_user(cast.STAFF[0].email)
    with pytest.raises(CommandError, match="Remove the folder var/"):
        call_command("load_demo")


@pytest.mark.slow
@pytest.mark.usefixtures("facts")
def test_the_demo_loads_where_somebody_pays_on_the_first_of_a_month():
    """What that morning's jobs withdraw is no longer paid in the story."""
    assert load_demo(now=noon(date(2026, 11, 22)))["orders"] > 0
