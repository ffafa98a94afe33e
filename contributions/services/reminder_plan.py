"""Head office's plan of reminders: loaded once, then switched and moved by hand."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from contributions.models import About, ReminderStep
from contributions.reminders.plan import INVOICE_KIND, default_steps

DAYS_OF_WEEK = 7


class CannotChangeStep(Exception):
    """The step is the invoice's own, or another step stands on that day already."""

    def __str__(self) -> str:
        return str(_("Langkah ini tidak dapat diubah begitu: sudah ada langkah di hari itu."))


class CannotBeSaid(CannotChangeStep):
    """No day of planning ever reaches that step."""

    def __init__(self, about: str) -> None:
        """Name the day from which the step counts."""
        super().__init__()
        self.about = about

    def __str__(self) -> str:
        if self.about == About.WEEK:
            return str(_("Daftar mingguan dikirim 0 sampai 6 hari sesudah hari Senin."))
        return str(_("Harga baru hanya dapat diberitahukan sebelum mulai berlaku."))


def load_reminder_plan() -> int:
    """Load the plan where there is none yet; return how many steps were written.

    Idempotent: a plan that head office has changed stays as it is.
    """
    if ReminderStep.objects.exists():
        return 0
    steps = default_steps()
    ReminderStep.objects.bulk_create(steps, ignore_conflicts=True)
    return len(steps)


def change_step(
    *, step: ReminderStep, days: int, is_active: bool, by: User, now: datetime
) -> ReminderStep:
    """Move a step to another day, or switch it on or off; audited.

    Raises CannotChangeStep, CannotBeSaid.

    What was told already is not told again: an obligation hears only of later milestones.
    """
    with transaction.atomic():
        row = ReminderStep.objects.select_for_update().get(pk=step.pk)
        before = {"days": row.days, "is_active": row.is_active}
        same = ReminderStep.objects.filter(
            audience=row.audience, about=row.about, months=row.months, days=days
        ).exclude(pk=row.pk)
        if row.kind == INVOICE_KIND or same.exists():
            raise CannotChangeStep
        if not _can_be_said(row.about, days):
            raise CannotBeSaid(row.about)
        row.days, row.is_active = days, is_active
        row.save(update_fields=["days", "is_active"])
        after = {"days": days, "is_active": is_active}
        if after != before:
            audit.record(
                action="reminder.step_changed",
                obj=row,
                actor=by,
                now=now,
                before=before,
                after=after,
            )
    return row


def _can_be_said(about: str, days: int) -> bool:
    """As the constraint `reminderstep_can_be_said`: a week has seven days from its Monday,
    and of a price only the end of the old one is foretold."""
    if about == About.WEEK:
        return 0 <= days < DAYS_OF_WEEK
    return about != About.PRICE or days <= 0
