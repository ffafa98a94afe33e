"""A donor rules his sponsorships: he stops later, changes period and bracket, goes on."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent
from contributions.models import Contribution, Sponsorship
from contributions.services.controlling import StateChanged, TooMany, carry_out
from contributions.services.going_on import next_offers
from contributions.services.lapsing import lapse
from contributions.services.renewing import renew
from contributions.services.stopping import stop_sponsorship
from contributions.stops import fitted, months_asked, stop_days
from contributions.wishes import Kind, No, Wish, seen
from payments.models import Invoice
from tests.contributions.builders import few_prices, pay, settle
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, UserFactory

pytestmark = pytest.mark.django_db
START = date(2026, 8, 1)
DURING = at(date(2026, 8, 20))


@pytest.fixture(autouse=True)
def prices(db):
    few_prices()


@pytest.fixture
def monthly():
    """Covered until 31 August, a month at a time."""
    return sponsored(START, 1)


def do(sponsorship, wish: Wish, *, now=DURING, word: str | None = None):
    sponsorship.refresh_from_db()
    outcome = carry_out(
        sponsorship_ids=[sponsorship.pk],
        wish=wish,
        word=seen([sponsorship]) if word is None else word,
        by=sponsorship.donor.person,
        now=now,
    )
    sponsorship.refresh_from_db()
    return outcome


def later(periods: int = 1) -> Wish:
    return Wish(Kind.STOP_LATER, periods=periods)


def refusal(sponsorship, wish: Wish, **more) -> No:
    return do(sponsorship, wish, **more).refused[sponsorship.pk]


# --- the last day ----------------------------------------------------------------------
def test_the_last_day_is_the_end_of_a_later_period(monthly):
    assert do(monthly, later(2)).changed == (monthly.pk,)
    assert monthly.stops_on == date(2026, 10, 31)
    assert monthly.renews


def test_the_days_that_may_be_named_are_counted_from_the_start_of_the_run():
    row = sponsored(date(2026, 1, 31), 1, case=EnrollmentFactory(approved=True, months=1))
    assert [day for _count, day in stop_days(row)][:2] == [date(2026, 3, 30), date(2026, 4, 29)]


def test_what_is_asked_never_goes_beyond_the_last_day():
    row = sponsored(START, 1, case=EnrollmentFactory(approved=True, months=3))
    do(row, later())
    assert row.stops_on == date(2026, 11, 30)
    row.run_months, row.paid_until = 3, date(2026, 10, 31)
    assert months_asked(row, today=date(2026, 10, 20)) == 1
    row.save()
    offer = next_offers([row], now=at(date(2026, 10, 20)))[0]
    assert [period.covered_until for period in offer.plan.periods] == [date(2026, 11, 30)]


def test_paid_up_to_the_last_day_it_is_stopped_and_then_ends(monthly):
    do(monthly, later())
    renew(today=date(2026, 8, 20), now=DURING)
    pay(Invoice.everything.get(), at(date(2026, 8, 25)))
    monthly.refresh_from_db()
    assert monthly.paid_until == monthly.stops_on == date(2026, 9, 30)
    lapse(today=date(2026, 9, 20), now=at(date(2026, 9, 20)))
    monthly.refresh_from_db()
    assert monthly.stopped_at
    assert not monthly.renews
    assert lapse(today=date(2026, 10, 1), now=at(date(2026, 10, 1)))["ended"] == 1
    monthly.refresh_from_db()
    assert monthly.end_reason == "stopped"


def test_a_last_day_that_goes_by_unpaid_ends_it_as_well(monthly):
    do(monthly, later())
    assert lapse(today=date(2026, 9, 30), now=at(date(2026, 9, 30)))["ended"] == 0
    assert lapse(today=date(2026, 10, 1), now=at(date(2026, 10, 1)))["ended"] == 1


def test_a_run_that_begins_anew_keeps_the_last_day_within_it(monthly):
    do(monthly, later(3))
    assert monthly.stops_on == date(2026, 11, 30)
    renew(today=date(2026, 8, 20), now=DURING)
    pay(Invoice.everything.get(), at(date(2026, 9, 10)))
    monthly.refresh_from_db()
    assert monthly.run_start == date(2026, 9, 10)
    # The last month of the new run that does not end after 30 November.
    assert monthly.stops_on == date(2026, 11, 9)


def test_the_last_day_is_never_before_what_is_bought():
    assert fitted(date(2026, 9, 30), date(2026, 9, 10), 1) == date(2026, 10, 9)
    assert fitted(date(2026, 9, 30), None, 0) is None


def test_the_database_keeps_the_last_day_within_a_run(monthly):
    with pytest.raises(IntegrityError), transaction.atomic():
        Sponsorship.everything.filter(pk=monthly.pk).update(stops_on=START)


def test_in_arrears_no_last_day_is_named(monthly):
    assert refusal(monthly, later(), now=at(date(2026, 9, 5))) == No.ARREARS


def test_the_wish_is_taken_back_and_it_goes_on(monthly):
    do(monthly, later())
    do(monthly, Wish(Kind.GO_ON))
    assert monthly.stops_on is None
    assert do(monthly, Wish(Kind.GO_ON)).same == (monthly.pk,)


def test_a_stopped_one_may_go_on_for_one_more_period(monthly):
    stop_sponsorship(sponsorship=monthly, by=UserFactory(), now=DURING)
    do(monthly, later())
    assert monthly.renews
    assert monthly.stops_on == date(2026, 9, 30)


def test_a_stop_now_takes_the_place_of_a_later_one(monthly):
    do(monthly, later())
    do(monthly, Wish(Kind.STOP))
    assert monthly.stops_on is None
    assert monthly.stopped_at


def test_another_donor_who_renews_keeps_it_from_going_on(monthly):
    stop_sponsorship(sponsorship=monthly, by=UserFactory(), now=DURING)
    sponsored(
        date(2026, 9, 1), 1, case=EnrollmentFactory(approved=True, months=1, of=monthly.worker)
    )
    assert refusal(monthly, Wish(Kind.GO_ON)) == No.TAKEN


# --- period and bracket -------------------------------------------------------------------
def test_another_period_withdraws_the_open_invoice_and_asks_anew(monthly):
    renew(today=date(2026, 8, 20), now=DURING)
    do(monthly, Wish(Kind.PERIOD, months=6))
    renew(today=date(2026, 8, 20), now=DURING)
    assert [i.status for i in Invoice.everything.order_by("pk")] == ["void", "open"]
    promised = Contribution.everything.filter(sponsorship=monthly, status="promised")
    assert promised.count() == 6


def test_a_higher_bracket_counts_from_the_next_unpaid_month(monthly):
    paid = list(Contribution.everything.filter(sponsorship=monthly).values_list("pk", "amount"))
    do(monthly, Wish(Kind.BRACKET, bracket=1, jht=True))
    renew(today=date(2026, 8, 20), now=DURING)
    promised = Contribution.everything.get(sponsorship=monthly, status="promised")
    assert promised.jht == 20_000
    before = Contribution.everything.filter(pk__in=[pk for pk, _amount in paid])
    assert list(before.values_list("pk", "amount")) == paid


def test_an_unknown_bracket_is_refused(monthly):
    assert refusal(monthly, Wish(Kind.BRACKET, bracket=77)) == No.NO_PRICE


def test_a_period_that_does_not_fit_the_last_day_is_refused(monthly):
    do(monthly, later(4))
    assert refusal(monthly, Wish(Kind.PERIOD, months=3)) == No.PLANNED


def test_a_stopped_one_changes_nothing_else(monthly):
    stop_sponsorship(sponsorship=monthly, by=UserFactory(), now=DURING)
    assert refusal(monthly, Wish(Kind.PERIOD, months=6)) == No.STOPPED


def test_an_agreement_is_not_the_donors_to_change(monthly):
    programme = monthly.programme
    programme.fixed_from, programme.fixed_until = START, date(2026, 12, 31)
    programme.save()
    assert refusal(monthly, Wish(Kind.PERIOD, months=6)) == No.AGREED


# --- twice, stale, many -------------------------------------------------------------------
def test_a_double_click_does_nothing_twice(monthly):
    word = seen([monthly])
    wish = Wish(Kind.PERIOD, months=6)
    do(monthly, wish)
    assert do(monthly, wish, word=word).same == (monthly.pk,)
    assert AuditEvent.objects.filter(action="sponsorship.period_changed").count() == 1


def test_a_stale_form_changes_nothing(monthly):
    word = seen([monthly])
    do(monthly, Wish(Kind.PERIOD, months=6))
    with pytest.raises(StateChanged):
        do(monthly, later(), word=word)
    assert monthly.stops_on is None


def test_many_are_done_at_once_and_who_cannot_is_named(django_assert_max_num_queries):
    rows = [sponsored(START, 1) for _ in range(5)]
    rows[0].parked_at = DURING
    rows[0].save()
    with django_assert_max_num_queries(30):
        outcome = carry_out(
            sponsorship_ids=[row.pk for row in rows],
            wish=Wish(Kind.PERIOD, months=6),
            word=seen(rows),
            by=rows[0].donor.person,
            now=DURING,
        )
    assert outcome.refused == {rows[0].pk: No.PARKED}
    assert len(outcome.changed) == 4


def test_too_many_at_once_are_refused(monthly):
    with pytest.raises(TooMany):
        carry_out(
            sponsorship_ids=range(501),
            wish=Wish(Kind.STOP),
            word="",
            by=monthly.donor.person,
            now=DURING,
        )


def test_money_on_its_way_for_a_withdrawn_invoice_is_not_lost(monthly):
    renew(today=date(2026, 8, 20), now=DURING)
    invoice = Invoice.everything.get()
    do(monthly, Wish(Kind.PERIOD, months=6))
    settle(invoice, at(date(2026, 8, 21)))
    pay(Invoice.everything.latest("pk"), at(date(2026, 8, 22)))
    monthly.refresh_from_db()
    assert monthly.paid_until > date(2026, 8, 31)
