"""Every clock job and every bell on one page, in clock order.

A bell is a word that a door rings after commit (`notices.bells.ring`); it starts
the named tasks at once. The clock rings the same tasks, so that a lost bell
costs at most a minute. Times are Asia/Jakarta.
"""

from celery.schedules import crontab

BELLS: dict[str, tuple[str, ...]] = {}

CLOCK: dict[str, dict[str, object]] = {}

__all__ = ["BELLS", "CLOCK", "crontab"]
