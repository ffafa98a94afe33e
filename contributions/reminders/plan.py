"""The plan of reminders: its defaults, and which days of ending a milestone reaches today.

Domain reference 9, scaled by the period of payment: who pays monthly is written to at most
twice before the end, the invoice counted, and once after it. Of budgets and fixed dates
(P19) owner, branch and Kanwil hear before the end, and within the limit of three months.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bricks.months import ONE_DAY
from contributions.models import About, Audience, ReminderStep

#: Kinds of messages (settings.NOTICE_GROUPS says by which group they are switched off).
DONOR_KIND = "reminder"
WORKER_KIND = "worker_reminder"
LIST_KIND = "weekly_list"
#: The invoice's own message, which the renewal writes: shown in the plan, not sent by it.
INVOICE_KIND = "renewal"

#: A milestone that went by unsaid is not said any more so many days later.
STALE_DAYS = 31

_LONG = (-14, -7, -1, 0, 7, 30, 60, 83)
_DONOR = {1: (-3, 7), 2: (-14, -3, 7, 30), 3: _LONG, 6: _LONG, 12: _LONG}
_INVOICE = {1: -15, 2: -30, 3: -30, 6: -30, 12: -30}
_WORKER = {1: (-3,), 2: (-7, 0), 3: (-7, 0), 6: (-7, 0), 12: (-7, 0)}
#: Without periods: who, from which day, how many days.
_OTHERS = (
    (Audience.DONOR, About.PRICE, -30, DONOR_KIND),
    (Audience.OWNER, About.PROGRAMME, -60, DONOR_KIND),
    (Audience.OWNER, About.PROGRAMME, 7, DONOR_KIND),
    (Audience.OWNER, About.PROGRAMME, 60, DONOR_KIND),
    (Audience.BRANCH, About.WEEK, 0, LIST_KIND),
)


@dataclass(frozen=True)
class Window:
    """The obligations whose newest milestone today is this one: those whose day lies after
    `after` and on `until` at the latest. `months` is the period, 0 for any."""

    months: int
    days: int
    after: date
    until: date


def default_steps() -> list[ReminderStep]:
    """Return the plan as it is delivered; head office switches and moves its steps."""
    steps = [
        ReminderStep(audience=Audience.DONOR, about=About.COVER, months=m, days=d, kind=kind)
        for m in _DONOR
        for d, kind in [(_INVOICE[m], INVOICE_KIND), *((d, DONOR_KIND) for d in _DONOR[m])]
    ]
    steps += [
        ReminderStep(
            audience=Audience.WORKER, about=About.COVER, months=m, days=d, kind=WORKER_KIND
        )
        for m, days in _WORKER.items()
        for d in days
    ]
    # Off until head office wants it: cover ended unpaid, and the worker may pay (P17).
    steps += [
        ReminderStep(
            audience=Audience.WORKER,
            about=About.COVER,
            months=m,
            days=7,
            kind=WORKER_KIND,
            is_active=False,
        )
        for m in _WORKER
    ]
    steps += [
        ReminderStep(audience=audience, about=about, days=days, kind=kind)
        for audience, about, days, kind in _OTHERS
    ]
    return steps


def windows(
    steps: Iterable[ReminderStep], *, audience: str, about: str, today: date
) -> list[Window]:
    """Return one window per active step of an audience, none of which overlap.

    A step before the day is not said after it where one that follows will be said then.
    """
    days: dict[int, list[int]] = {}
    for step in steps:
        sent = step.is_active and step.kind != INVOICE_KIND
        if sent and step.audience == audience and step.about == about:
            days.setdefault(step.months, []).append(step.days)
    return [w for months, found in sorted(days.items()) for w in _ladder(months, found, today)]


def _ladder(months: int, days: Sequence[int], today: date) -> list[Window]:
    ordered = sorted(set(days))
    nexts: list[int | None] = [*ordered[1:], None]
    found = []
    for this, following in zip(ordered, nexts, strict=True):
        until = today - timedelta(days=this)
        oldest = until - timedelta(days=STALE_DAYS) - ONE_DAY
        after = oldest if following is None else max(oldest, today - timedelta(days=following))
        if this < 0 < (following or 0):
            after = max(after, today - ONE_DAY)
        found.append(Window(months, this, after, until))
    return found
