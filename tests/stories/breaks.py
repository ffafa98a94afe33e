"""What is broken on purpose in a simulation's world, each with who must find it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import Count, F, QuerySet

from accounts.models import User
from bricks.clock import jakarta_date
from bricks.months import add_months, first_of_month
from contributions.models import (
    Contribution,
    Coverage,
    HandOver,
    Reminder,
    ReminderDigest,
    RenewalOutcome,
    Sponsorship,
    TakeOver,
    TariffMonth,
)
from contributions.services.reminding import plan_reminders, send_reminders
from dashboards.simulation.owed import PLAN, RENEW, SEND, Watch
from dashboards.simulation.world import World, at
from notices.models import Message
from notices.services import post_message
from payments.models import Account, Balance, Payment, Posting, Transfer
from workers.models import Enrollment

EVENING, MORNING, SENDING = time(18), time(4, 10), time(8, 10)


# --- rows, which the checks of each day find -------------------------------------------------
def drop_a_month(world: World, day: date) -> None:
    Contribution.everything.filter(pk=_accepted_today(day).pk).update(status="released")


def cover_without_money(world: World, day: date) -> None:
    cover = Coverage.objects.filter(worker=_accepted_today(day).worker_id).first()
    Coverage.objects.create(
        worker_id=cover.worker_id,
        covered_from=cover.covered_until + timedelta(days=40),
        covered_until=cover.covered_until + timedelta(days=50),
    )


def cover_that_ended_goes_on(world: World, day: date) -> None:
    covered = Coverage.objects.filter(covered_from__lte=day).values("worker")
    worker = next(
        w.pk
        for w in world.registry.known.values()
        if w.pk not in set(covered.values_list("worker", flat=True))
    )
    Coverage.objects.create(worker_id=worker, covered_from=day, covered_until=day)


def begins_before_its_money(world: World, day: date) -> None:
    row = _accepted_today(day)
    Contribution.everything.filter(pk=row.pk).update(
        covered_from=jakarta_date(row.paid_at) - timedelta(days=1)
    )


def lapse_one_who_paid(world: World, day: date) -> None:
    row = _running(day)
    Sponsorship.everything.filter(pk=row.pk).update(
        status="lapsed", ended_at=at(day, EVENING), end_reason="arrears"
    )


def end_one_who_did_not_stop(world: World, day: date) -> None:
    row = _running(day)
    Sponsorship.everything.filter(pk=row.pk).update(
        status="ended", ended_at=at(day, EVENING), end_reason="stopped"
    )


def forget_to_lapse(world: World, day: date) -> None:
    row = _running(day)
    old = day - timedelta(days=200)
    Sponsorship.everything.filter(pk=row.pk).update(run_start=old, paid_until=old)


def ask_after_a_stop(world: World, day: date) -> None:
    promised = Contribution.everything.filter(status="promised", sponsorship__status="active")
    Sponsorship.everything.filter(pk=promised.first().sponsorship_id).update(
        renews=False, stopped_at=at(day, EVENING)
    )


def leave_a_promise_on_a_closed_invoice(world: World, day: date) -> None:
    row = Contribution.everything.filter(status="promised").first()
    paid = Contribution.everything.filter(invoice__status="paid").first()
    Contribution.everything.filter(pk=row.pk).update(invoice=paid.invoice)


def forget_a_payment(world: World, day: date) -> None:
    Payment.everything.filter(status="settled").update(followed_up_at=None)


def lose_money_on_its_way(world: World, day: date) -> None:
    world.received["lost"] = 1_000_000
    world.taken_back["lost"] = 999_999


def spend_what_is_not_there(world: World, day: date) -> None:
    refunds, _made = Account.objects.get_or_create(kind="refunds")
    payable = Account.objects.get(kind="payable")
    Transfer.objects.create(
        posting=Posting.objects.latest("pk"), debit=refunds, credit=payable, amount=10**9
    )


def buy_a_day_twice(world: World, day: date) -> None:
    accepted = Contribution.everything.filter(status="accepted")
    more = accepted.order_by().values("worker").annotate(rows=Count("pk")).filter(rows__gt=1)
    worker = more.order_by("worker").values_list("worker", flat=True)[0]
    first, second = accepted.filter(worker=worker).order_by("covered_from")[:2]
    accepted.filter(pk=second.pk).update(covered_from=first.covered_until)


def run_on_with_no_month_at_all(world: World, day: date) -> None:
    Contribution.everything.filter(sponsorship=_running(day)).update(status="released")


def run_further_than_paid(world: World, day: date) -> None:
    row = _running(day)
    Sponsorship.everything.filter(pk=row.pk).update(paid_until=row.paid_until + timedelta(days=1))


def go_on_past_the_last_day(world: World, day: date) -> None:
    row = _running(day)
    Sponsorship.everything.filter(pk=row.pk).update(stops_on=row.paid_until - timedelta(days=1))


def ask_for_another_period(world: World, day: date) -> None:
    row = _asked()
    Sponsorship.everything.filter(pk=row.pk).update(months=1 if row.months > 1 else 12)


def ask_of_another_bracket(world: World, day: date) -> None:
    _asked_months().update(bracket=3 - _asked().bracket)


def ask_for_savings_that_nobody_wished(world: World, day: date) -> None:
    _asked_months().update(jht=0 if _asked().jht else 20_000)


def forget_a_take_over(world: World, day: date) -> None:
    _pass_on(world, at(day - timedelta(days=90), EVENING))


def leave_the_former_donor_going_on(world: World, day: date) -> None:
    _pass_on(world, at(day, MORNING), former_stopped_at=at(day, EVENING))


def take_over_with_a_gap(world: World, day: date) -> None:
    row = Contribution.everything.filter(status="accepted").earliest("covered_from", "pk")
    Contribution.everything.filter(pk=row.pk).update(
        covered_from=jakarta_date(row.paid_at) + timedelta(days=2)
    )
    taken = _pass_on(world, at(day, MORNING), closed_at=at(day, EVENING), outcome="paid")
    taken.worker, taken.enrollment = row.worker, row.sponsorship.enrollment
    taken.save()


def keep_another_balance(world: World, day: date) -> None:
    Balance.objects.update(amount=F("amount") + 1)


BREAKS: dict[Callable[[World, date], None], str] = {
    drop_a_month: "months_have_money",
    cover_without_money: "cover_is_what_was_accepted",
    cover_that_ended_goes_on: "pages_say_what_was_accepted",
    begins_before_its_money: "months_have_money",
    lapse_one_who_paid: "nobody_lapsed_who_paid",
    end_one_who_did_not_stop: "nobody_lapsed_who_paid",
    forget_to_lapse: "nobody_runs_on_unpaid",
    ask_after_a_stop: "nobody_asked_after_a_stop",
    leave_a_promise_on_a_closed_invoice: "nobody_asked_after_a_stop",
    forget_a_payment: "no_money_lies_about",
    lose_money_on_its_way: "money_is_somewhere",
    spend_what_is_not_there: "no_balance_is_negative",
    buy_a_day_twice: "no_month_twice",
    run_further_than_paid: "runs_follow_their_months",
    run_on_with_no_month_at_all: "runs_follow_their_months",
    go_on_past_the_last_day: "wishes_are_kept",
    ask_for_another_period: "wishes_are_kept",
    ask_of_another_bracket: "wishes_are_kept",
    ask_for_savings_that_nobody_wished: "wishes_are_kept",
    forget_a_take_over: "passing_on_leaves_no_gap",
    leave_the_former_donor_going_on: "passing_on_leaves_no_gap",
    take_over_with_a_gap: "passing_on_leaves_no_gap",
    keep_another_balance: "books_agree",
}
#: Three months after the first day; on a first of a month the books are proved.
BEGIN, LAST_DAY = date(2026, 12, 1), date(2027, 3, 1)


def _accepted_today(day: date) -> Contribution:
    return Contribution.everything.filter(
        status="accepted", covered_from__lte=day, covered_until__gte=day
    ).earliest("pk")


def _running(day: date) -> Sponsorship:
    return Sponsorship.everything.filter(status="active", renews=True, paid_until__gt=day).earliest(
        "pk"
    )


def _asked() -> Sponsorship:
    return Sponsorship.everything.filter(
        status="active", run_start__isnull=False, contributions__status="promised"
    ).earliest("pk")


def _asked_months() -> QuerySet[Contribution]:
    return Contribution.everything.filter(sponsorship=_asked(), status="promised")


def _pass_on(world: World, when: datetime, **fields: Any) -> TakeOver:
    """Write a take-over as if a donor had accepted another one's link."""
    former = _running(jakarta_date(when))
    giver = world.givers[0]
    offer = HandOver.everything.create(
        sponsorship=former,
        made_by=giver.user,
        made_at=when,
        expires_at=when + timedelta(days=1),
        used_at=when,
    )
    free = Enrollment.everything.exclude(pk__in=TakeOver.everything.values("enrollment"))
    return TakeOver.everything.create(
        worker=former.worker,
        former=former,
        donor=giver.donor,
        enrollment=free.latest("pk"),
        hand_over=offer,
        chosen_by=giver.user,
        chosen_at=when,
        **fields,
    )


# --- reminders and renewal, by the oracle that stands beside them ----------------------------
def lose_a_reminder(day: date) -> list[str]:
    """The planner does not run."""
    return _planned(day, lambda _now: None)


def repeat_a_reminder(day: date) -> list[str]:
    """A milestone is planned that was not reached, or that a later one has followed."""

    def again(now: datetime) -> None:
        plan_reminders(today=jakarta_date(now), now=now)
        row = Reminder.objects.filter(about="cover").latest("pk")
        row.pk, row.days = None, row.days - 2
        row.save()

    return _planned(day, again)


def _planned(day: date, work: Callable[[datetime], None]) -> list[str]:
    watch = Watch()
    for ahead in range(1, 30):
        tomorrow = day + timedelta(days=ahead)
        now = at(tomorrow, MORNING)
        watch.before(PLAN, tomorrow, now)
        if watch.owed:
            work(now)
            watch.after(PLAN, tomorrow, now)
            return watch.broken
    return []


def remind_one_who_paid(day: date) -> list[str]:
    """What was planned is said although nothing is asked any more."""

    def forget_what_is_asked() -> None:
        Contribution.everything.filter(status="promised").update(status="released")

    return _said(day, forget_what_is_asked, told=True)


def keep_a_reminder_back(day: date) -> list[str]:
    """What was planned is dealt with and not said."""
    return _said(day, lambda: None, told=False)


def _said(day: date, meanwhile: Callable[[], None], *, told: bool) -> list[str]:
    watch = Watch()
    for ahead in range(1, 30):
        tomorrow = day + timedelta(days=ahead)
        plan_reminders(today=tomorrow, now=at(tomorrow, MORNING))
        planned = Reminder.objects.filter(about="cover", audience="donor", closed_at=None)
        if planned.exists():
            now = at(tomorrow, SENDING)
            meanwhile()
            watch.before(SEND, tomorrow, now)
            planned.update(closed_at=now, told_at=now if told else None)
            watch.after(SEND, tomorrow, now)
            return watch.broken
    return []


def tell_not_everybody(day: date) -> list[str]:
    """What was said is nobody's digest."""

    def lose_digests() -> None:
        ReminderDigest.objects.update(state="dropped", message=None, closed_at=at(day, EVENING))

    return _said(day, lose_digests, told=True)


def tell_somebody_nothing(day: date) -> list[str]:
    """A digest is sent of which nothing was planned."""
    day += timedelta(days=1)
    watch, now = Watch(), at(day, SENDING)
    watch.before(SEND, day, now)
    user = User.objects.earliest("pk")
    message = post_message(
        key="x", kind="reminder", user=user, subject="x", body="x", now=at(day, EVENING)
    )
    ReminderDigest.objects.update_or_create(
        user=user,
        day=day,
        defaults={
            "since": day,
            "not_before": now,
            "state": "sent",
            "message": message,
            "closed_at": now,
        },
    )
    watch.after(SEND, day, now)
    return watch.broken


def hide_a_dearer_price(day: date) -> list[str]:
    """Prices rise next month, and nobody plans to say so."""
    last = add_months(first_of_month(day), 1)
    TariffMonth.objects.filter(month=last).update(jkk=F("jkk") + 1_000)
    return [line for line in _planned(day, lambda _now: None) if "'price'" in line]


def remind_twice_a_day(day: date) -> list[str]:
    watch = Watch()
    for ahead in range(1, 30):
        tomorrow = day + timedelta(days=ahead)
        now = at(tomorrow, SENDING)
        plan_reminders(today=tomorrow, now=at(tomorrow, MORNING))
        watch.before(SEND, tomorrow, now)
        send_reminders(now=now)
        sent = Message.objects.filter(kind="reminder", created_at=now)
        if sent.exists():
            row = sent.latest("pk")
            row.pk, row.uuid, row.dedupe_key = None, uuid4(), f"{row.dedupe_key}:again"
            row.save()
            watch.after(SEND, tomorrow, now)
            return watch.broken
    return []


def leave_one_without_an_outcome(day: date) -> list[str]:
    promised = Contribution.everything.filter(status="promised", sponsorship__status="active")
    promised.update(status="released")
    RenewalOutcome.everything.update(closed_at=at(day, EVENING))
    watch = Watch()
    watch.after(RENEW, day, at(day, EVENING))
    return watch.broken


WATCHED: dict[Callable[[date], list[str]], str] = {
    lose_a_reminder: "reminder lost",
    repeat_a_reminder: "reminder not owed",
    remind_one_who_paid: "was said",
    keep_a_reminder_back: "was not said",
    tell_not_everybody: "has no digest of what was said",
    tell_somebody_nothing: "has a digest of nothing",
    hide_a_dearer_price: "reminder lost",
    remind_twice_a_day: "times a day",
    leave_one_without_an_outcome: "0 invoices and the reason None",
}
