"""One night with everything in it: what is asked for, drawn, refused or left, and why; the
preview says the same before, and a second start finds nothing to do."""

from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bricks.months import period_of
from contributions.books import check_books
from contributions.models import (
    Contribution,
    RenewalChunk,
    RenewalOutcome,
    RenewalRun,
    Sponsorship,
    TariffMonth,
)
from contributions.renewal_selectors import preview
from contributions.services.renewing import continue_renewal, renew, renew_tonight
from donors.models import Donor
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import few_prices
from tests.contributions.renewals import (
    NIGHT,
    TODAY,
    YEAR,
    dry_programme,
    give_credit,
    order_of,
    picture,
    small_chunks,
)
from tests.contributions.rows import buy, sponsored
from tests.factories import EnrollmentFactory, OrderFactory, UserFactory
from tests.workers.reports import reported
from workers.models import Enrollment, Said, WorkerEvent

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]
#: A month of 2027, and one of December, while the relief lasts.
MONTH, DECEMBER = 16_800, 8_400
FROM_DECEMBER = DECEMBER + 11 * MONTH
#: What became of a sponsorship: a word, months and rupiah, or the reason.
Fate = tuple[Any, ...]


@pytest.fixture(autouse=True)
def _prices(db: None) -> None:
    few_prices()


@dataclass
class Told:
    """A sponsorship of the story, and what must become of it."""

    row: Sponsorship
    fate: Fate


def ends(day: date, order: Any, months: int = 12, **fields: Any) -> Sponsorship:
    """A sponsorship whose bought months end on a day."""
    start = date(day.year - (months == 12), day.month - (months == 1), day.day) + timedelta(1)
    case = EnrollmentFactory(approved=True, order=order, months=months)
    return sponsored(start, months, case=case, **fields)


def happens(row: Sponsorship, kind: str) -> None:
    told = {"happened_on": TODAY, "said_by": Said.FAMILY, "recorded_by": UserFactory()}
    WorkerEvent.everything.create(worker=row.worker, kind=kind, recorded_at=NIGHT, **told)


def story() -> dict[str, Told]:
    """Everybody's renewal of one night."""
    return {**with_credit(), **with_wishes(), **of_people(), **of_data()}


def with_credit() -> dict[str, Told]:
    """Credit for a year and a month: the year whose cover ends first is drawn, and nobody
    overtakes the next one, however cheap."""
    order = OrderFactory()
    later, first, cheap = (
        ends(date(2026, 12, 21), order),
        ends(date(2026, 12, 20), order),
        ends(date(2026, 12, 22), order, months=1),
    )
    give_credit(first.donor, YEAR + MONTH)
    dry = dry_programme(2 * YEAR + YEAR, workers=2)
    return {
        "first": Told(first, ("drawn", 12, FROM_DECEMBER)),
        "later": Told(later, ("asked", 12, FROM_DECEMBER)),
        "cheap": Told(cheap, ("asked", 1, DECEMBER)),
        "room": Told(dry[0], ("asked", 12, YEAR)),
        "no room": Told(dry[1], ("refused", "fund_dry")),
    }


def with_wishes() -> dict[str, Told]:
    """Donors who end it: at once, later, on a day that is reached."""
    three, reached, stopped = order_of(3)
    Sponsorship.everything.filter(pk=three.pk).update(stops_on=period_of(date(2026, 1, 1), 14)[1])
    Sponsorship.everything.filter(pk=reached.pk).update(stops_on=reached.paid_until)
    Sponsorship.everything.filter(pk=stopped.pk).update(renews=False)
    order = OrderFactory()
    return {
        "three months more": Told(three, ("asked", 3, 3 * MONTH)),
        "its day is reached": Told(reached, ("left",)),
        "stopped": Told(stopped, ("left",)),
        "in the window": Told(ends(date(2026, 12, 25), order, months=1), ("asked", 1, DECEMBER)),
        "before it": Told(ends(date(2026, 12, 26), order, months=1), ("left",)),
        "over": Told(ends(date(2026, 10, 31), order), ("asked", 12, FROM_DECEMBER)),
    }


def of_people() -> dict[str, Told]:
    """Workers for whom nothing is asked."""
    kinds = ["died", "employee", "left", "reported", "frozen"]
    rows = order_of(len(kinds))
    for row, kind in zip(rows, kinds, strict=True):
        if kind == "reported":
            reported(row.worker)
        elif kind == "frozen":
            Enrollment.everything.filter(pk=row.enrollment_id).update(
                frozen_at=NIGHT, frozen_because="not_me"
            )
        else:
            happens(row, kind)
    return {kind: Told(row, ("refused", kind)) for row, kind in zip(rows, kinds, strict=True)}


def of_data() -> dict[str, Told]:
    """What is bought already, has no price, or contradicts itself."""
    taken, beyond = order_of(2)
    case = EnrollmentFactory(approved=True, months=1, of=taken.worker)
    sponsored(date(2027, 3, 1), 1, case=case, renews=False)
    buy(beyond, date(2027, 2, 1), 1)
    case = EnrollmentFactory(approved=True, months=12, sector="transport")
    ojek = sponsored(date(2026, 1, 1), 12, case=case)
    TariffMonth.objects.filter(sector="transport", month=date(2027, 6, 1)).delete()
    return {
        "other payer": Told(taken, ("refused", "other_payer")),
        "beyond its run": Told(beyond, ("refused", "conflict")),
        "no tariff": Told(ojek, ("refused", "no_tariff")),
    }


def fate(row: Sponsorship, before: set[int]) -> Fate:
    """What became of a sponsorship, by the months and outcomes in the database."""
    reasons = RenewalOutcome.everything.filter(sponsorship=row, closed_at__isnull=True)
    for reason in reasons.values_list("reason", flat=True):
        return "refused", reason
    months = Contribution.everything.filter(sponsorship=row).exclude(pk__in=before)
    for status, word in (("promised", "asked"), ("paid", "drawn")):
        amounts = list(months.filter(status=status).values_list("amount", flat=True))
        if amounts:
            return word, len(amounts), sum(amounts)
    return ("left",)


def night() -> dict[str, int]:
    return renew_tonight(today=TODAY, now=NIGHT)


def grave() -> list[tuple[str, int]]:
    found = [finding for finding in check_books(now=NIGHT) if finding.is_grave]
    return [(finding.kind, finding.count) for finding in found]


def month_ids() -> set[int]:
    return set(Contribution.everything.values_list("pk", flat=True))


# --- the night ---------------------------------------------------------------------------
@pytest.mark.parametrize("chunk", [3, 500], ids=["in many chunks", "in one"])
def test_everybody_ends_as_the_rules_say(monkeypatch, chunk):
    small_chunks(monkeypatch, chunk)
    people = story()
    before, was = month_ids(), grave()
    assert [kind for kind, _count in was] == ["run"]  # the one that contradicts itself
    counts = night()
    assert {name: fate(told.row, before) for name, told in people.items()} == {
        name: told.fate for name, told in people.items()
    }
    fates = [told.fate for told in people.values()]
    asked = [one for one in fates if one[0] == "asked"]
    assert counts["workers"] == len(asked)
    assert counts["from_credit"] == 12
    assert counts["refused"] == sum(one[0] == "refused" for one in fates)
    assert sum(Invoice.everything.values_list("total", flat=True)) == sum(one[2] for one in asked)
    assert (RenewalChunk.objects.count() > 1) == (chunk == 3)
    assert grave() == was


def test_what_contradicts_itself_is_parked_and_nothing_else_is():
    people = story()
    night()
    parked = Sponsorship.everything.filter(parked_at__isnull=False)
    assert list(parked) == [people["beyond its run"].row]
    assert parked.get().parked_reason
    # It is not due any more, and waits for a person all the same.
    renew(today=TODAY + timedelta(days=1), now=NIGHT + timedelta(days=1))
    waiting = RenewalOutcome.everything.filter(closed_at__isnull=True)
    assert waiting.get(sponsorship=people["beyond its run"].row).reason == "conflict"


def test_a_donor_has_one_invoice_a_programme_and_one_message():
    people = story()
    night()
    invoices = list(Invoice.everything.values_list("donor", flat=True))
    assert len(invoices) == len(set(invoices))
    asked = Donor.everything.filter(pk__in=invoices)
    told = list(Message.objects.values_list("user", flat=True))
    assert len(told) == len(set(told))
    assert set(asked.values_list("person", flat=True)) - {None} <= set(told)
    assert {"renewal_invoice"} == set(Message.objects.values_list("kind", flat=True))
    lines = Contribution.everything.filter(status="promised").values("invoice", "sponsorship")
    most = Invoice.everything.get(total=FROM_DECEMBER + DECEMBER, donor=people["later"].row.donor)
    assert lines.filter(invoice=most).distinct().count() == 2


# --- before and after ----------------------------------------------------------------------
def test_the_preview_and_the_dry_run_agree_with_the_night_and_write_nothing():
    people = story()
    was = picture()
    with CaptureQueriesContext(connection) as asked:
        seen = preview(TODAY)
        said = StringIO()
        call_command("renew_coverage", "--dry-run", today=TODAY.isoformat(), stdout=said)
    assert all(query["sql"].lstrip().startswith(("SELECT", "WITH")) for query in asked)
    assert picture() == was
    assert not RenewalRun.objects.exists()
    fates = [told.fate for told in people.values()]
    of = {word: [one for one in fates if one[0] == word] for word in ("asked", "drawn", "refused")}
    assert (seen.invoiced, seen.drawn) == (len(of["asked"]), len(of["drawn"]))
    assert seen.invoiced_price == sum(one[2] for one in of["asked"])
    assert seen.drawn_price == sum(one[2] for one in of["drawn"])
    assert seen.reasons == {reason: 1 for _word, reason in of["refused"]}
    assert seen.due == sum(len(some) for some in of.values())
    assert seen.donors[0].price == 2 * FROM_DECEMBER + DECEMBER
    lines = said.getvalue().splitlines()
    assert lines[0] == f"due on {TODAY}: {seen.due}"
    assert f"cannot be renewed: {seen.refused}" in lines
    assert {f"  {reason}: 1" for reason in seen.reasons} <= set(lines)


def test_a_second_start_finds_nothing_to_do():
    story()
    night()
    was, runs = picture(), RenewalRun.objects.count()
    assert sum(night().values()) == 0
    assert sum(continue_renewal(now=NIGHT).values()) == 0
    assert RenewalRun.objects.count() == runs
    # Asked for again by hand: what is refused is refused still, and nobody is asked twice.
    again = renew(today=TODAY, now=NIGHT)
    assert (again["workers"], again["from_credit"], again["invoices"]) == (0, 0, 0)
    now = picture()
    assert {**now, "outcomes": None, "messages": None} == {
        **was, "outcomes": None, "messages": None
    }  # fmt: skip
    assert [row[:2] for row in now["outcomes"]] == [row[:2] for row in was["outcomes"]]
    assert now["messages"] == was["messages"]


def test_what_is_met_is_closed_by_the_next_run():
    people = story()
    night()
    WorkerEvent.everything.filter(kind="left").update(revoked_at=NIGHT, revoked_by=UserFactory())
    Sponsorship.everything.filter(pk=people["no tariff"].row.pk).update(renews=False)
    renew(today=TODAY, now=NIGHT)
    open_ones = RenewalOutcome.everything.filter(closed_at__isnull=True)
    left = {told.row.pk for told in people.values() if told.fate[0] == "refused"}
    left -= {people["left"].row.pk, people["no tariff"].row.pk}
    assert set(open_ones.values_list("sponsorship", flat=True)) == left
    assert fate(people["left"].row, set())[0] == "asked"


def test_an_outcome_keeps_since_when_it_waits():
    (row,) = dry_programme(YEAR, workers=1)
    night()
    with time_machine.travel(NIGHT + timedelta(days=1), tick=False):
        renew_tonight(today=TODAY + timedelta(days=1), now=NIGHT + timedelta(days=1))
    outcome = RenewalOutcome.everything.get()
    assert (outcome.sponsorship, outcome.first_seen, outcome.last_seen) == (
        row,
        TODAY,
        TODAY + timedelta(days=1),
    )


def test_the_books_find_who_is_left_out_and_nobody_else():
    people = story()
    night()
    later = NIGHT + timedelta(days=1, hours=6)
    renew_tonight(today=TODAY + timedelta(days=1), now=NIGHT + timedelta(days=1))
    assert "unrenewed" not in {finding.kind for finding in check_books(now=later)}
    RenewalOutcome.everything.filter(sponsorship=people["died"].row).delete()
    (found,) = [one for one in check_books(now=later) if one.kind == "unrenewed"]
    assert (found.count, found.is_grave) == (1, False)
    assert str(people["died"].row.pk) in found.sentence
