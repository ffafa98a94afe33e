"""The clock's jobs of one day, in the order in which the schedule runs them.

Which jobs there are, and when, is read from the schedule itself. A job that stands in
neither list is refused: nobody forgets to let the simulation play it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.conf import settings

from bricks.clock import JAKARTA
from contributions.services import (
    annulling,
    bridging,
    correcting,
    ending,
    expiring,
    lapsing,
    reminding,
    remitting,
    renewing,
    reversing,
    settling,
    spending,
    sponsoring,
    taking_over,
    waiting,
    waiting_replies,
    withholding,
)
from payments.services.events import process_events
from payments.services.snapshots import take_snapshots
from workers.services.living import note_birthdays

Work = Callable[[date, datetime], Mapping[str, int]]

PLAYED: dict[str, Work] = {
    "contributions.tasks.expire_approvals": lambda d, n: expiring.expire(today=d, now=n),
    "contributions.tasks.renew_coverage": lambda d, n: renewing.renew_tonight(today=d, now=n),
    "contributions.tasks.continue_renewal": lambda _d, n: renewing.continue_renewal(now=n),
    "contributions.tasks.follow_take_overs": lambda _d, n: taking_over.follow_take_overs(now=n),
    "contributions.tasks.grant_bridge_months": lambda d, n: bridging.grant_months(today=d, now=n),
    "contributions.tasks.take_waiting_replies": lambda _d, n: waiting_replies.take_up(now=n),
    "contributions.tasks.clear_waiting_list": lambda d, n: waiting.clear_list(today=d, now=n),
    "contributions.tasks.correct_late_prices": lambda d, n: correcting.correct_late_prices(
        today=d, now=n
    ),
    "contributions.tasks.lapse_sponsorships": lambda d, n: lapsing.lapse(today=d, now=n),
    "contributions.tasks.plan_reminders": lambda d, n: reminding.plan_reminders(today=d, now=n),
    "contributions.tasks.send_reminders": lambda _d, n: reminding.send_reminders(now=n),
    "contributions.tasks.remit_contributions": lambda d, n: remitting.remit(today=d, now=n),
    "contributions.tasks.answer_remittances": lambda _d, n: remitting.fetch_answers(now=n),
    "contributions.tasks.follow_up_approvals": lambda _d, n: sponsoring.follow_up_approvals(now=n),
    "contributions.tasks.allocate_payments": lambda _d, n: settling.allocate_payments(now=n),
    "contributions.tasks.spend_credit": lambda _d, n: spending.spend_credit(now=n),
    "contributions.tasks.undo_payments": lambda _d, n: reversing.undo_payments(now=n),
    "contributions.tasks.withhold_invoices": lambda d, n: withholding.withhold(today=d, now=n),
    "contributions.tasks.end_annulled": lambda d, n: annulling.end_annulled(today=d, now=n),
    "contributions.tasks.correct_prices": lambda d, n: correcting.correct_prices(today=d, now=n),
    "contributions.tasks.follow_up_events": lambda _d, n: ending.follow_up_events(now=n),
    "payments.tasks.process_events": lambda _d, n: process_events(now=n),
    "payments.tasks.take_snapshots": lambda d, n: take_snapshots(today=d, now=n),
    "workers.tasks.note_birthdays": lambda d, n: note_birthdays(today=d, now=n),
}

#: What the simulation leaves out, because nothing of it happens there, or it does it itself.
LEFT_OUT: dict[str, str] = {
    "payments.tasks.deliver_sandbox_webhooks": "the bank's word is fetched when it is given",
    "payments.tasks.poll_pending": "the bank's word is fetched when it is given",
    "payments.tasks.cancel_stale_charges": "an old charge may still be paid",
    "payments.tasks.send_refunds": "nobody asks for a refund",
    "contributions.tasks.make_certificates": "nobody asks for certificates",
    "contributions.tasks.delete_remittance_files": "the sandbox takes no files",
    "contributions.tasks.check_books": "the checks of each day prove them",
    "workers.tasks.run_bulk_decisions": "the branch approves one by one",
    "workers.tasks.follow_up_answers": "no check files",
    "workers.tasks.release_idle_cases": "no open cases",
    "workers.tasks.move_cases": "no office closes",
    "workers.tasks.take_replies": "nobody answers by digit",
    "workers.tasks.delete_check_files": "no check files",
    "workers.tasks.forget_abandoned": "no drafts",
    "notices.tasks.send_messages": "messages stay in the outbox",
    "notices.tasks.end_roles": "no deputies",
    "dashboards.tasks.rebuild_dashboards": "figures hang on no money",
}

#: What runs each minute or hour runs at NOON of days on which anything has happened: a bell
#: would have started it, and on other days it finds nothing. On Mondays it runs without a
#: bell. What time alone gives work has an hour of its own, every day.
NOON = time(12, 30)
HOURS = {
    "contributions.tasks.expire_approvals": time(0, 31),
    "contributions.tasks.answer_remittances": time(0, 31),
    "contributions.tasks.send_reminders": time(8, 10),
}
MONDAY = 0
#: Jobs after which the others have work at noon, as after what people do.
STIRRING = {
    "contributions.tasks.answer_remittances",
    "contributions.tasks.expire_approvals",
    "contributions.tasks.lapse_sponsorships",
    "contributions.tasks.remit_contributions",
}


class UnknownJob(Exception):
    """The schedule has a job that the simulation neither plays nor leaves out."""


@dataclass
class Clock:
    """A day's jobs; `before` and `after` are asked around each, with its task and instant."""

    before: Callable[[str, date, datetime], None] = lambda _task, _day, _now: None
    after: Callable[[str, date, datetime], None] = lambda _task, _day, _now: None
    #: Whether anything has happened since the last noon.
    stirred: bool = True
    plan: list[tuple[time, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.plan:
            self.plan = read_schedule(settings.CELERY_BEAT_SCHEDULE)

    def run(self, day: date, *, since: time, until: time) -> None:
        """Run what is due from `since` up to before `until` of a day."""
        bells_rang = self.stirred or day.weekday() == MONDAY
        if since <= NOON < until:
            self.stirred = False
        for at, task in self.plan:
            if since <= at < until and (at != NOON or bells_rang):
                self._do(task, day, datetime.combine(day, at, tzinfo=JAKARTA))

    def _do(self, task: str, day: date, now: datetime) -> None:
        self.before(task, day, now)
        counts = PLAYED[task](day, now)
        self.stirred |= task in STIRRING and any(counts.values())
        self.after(task, day, now)


def read_schedule(schedule: Mapping[str, Mapping[str, Any]]) -> list[tuple[time, str]]:
    """Return the times of a day with their tasks, in order. Raises UnknownJob.

    Jobs of a fixed time keep it; what runs each minute or hour has its HOURS, or runs at
    NOON in the order of the schedule.
    """
    plan: list[tuple[time, int, str]] = []
    for place, row in enumerate(schedule.values()):
        task, when = row["task"], row["schedule"]
        if task not in PLAYED and task not in LEFT_OUT:
            raise UnknownJob(task)
        if task in LEFT_OUT:
            continue
        if len(when.hour) == 1 and len(when.minute) == 1:
            plan.append((time(min(when.hour), min(when.minute)), place, task))
            continue
        plan.append((HOURS.get(task, NOON), place, task))
    return [(at, task) for at, _place, task in sorted(plan)]
