"""Reminders before and after cover ends: planned in the morning, sent by day.

The plan is data (ReminderStep). What each part promises stands with it:
`services.planning_reminders` and `services.sending_reminders`.
"""

from datetime import date, datetime

from contributions.services.planning_reminders import plan_reminders
from contributions.services.sending_reminders import send_reminders, still_true

__all__ = ["plan_reminders", "remind", "send_reminders", "still_true"]


def remind(*, today: date, now: datetime) -> dict[str, int]:
    """Plan the reminders of a day and send what is due by now. Idempotent."""
    plan_reminders(today=today, now=now)
    return send_reminders(now=now)
