"""Head office's changes of the holidays. They count for days that are reckoned from now on:
the day on which a case is due stays as the donor was told."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks.tables import read_table
from regions.holiday_csv import COLUMNS, current_days, fingerprint, plan_holidays
from regions.models import Holiday


class CannotChangeHoliday(Exception):
    """A change of the holidays is not possible; its sentence is fit for head office."""

    sentence: ClassVar[str | Promise] = _("Perubahan ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return str(self.sentence)


class HolidayTaken(CannotChangeHoliday):
    """The day is a holiday already, under another name."""

    sentence = _("Tanggal ini sudah ada di daftar.")


class HolidaysChanged(CannotChangeHoliday):
    """Somebody else has changed what the editor was looking at."""

    sentence = _("Hari libur baru saja diubah orang lain. Periksa lagi, lalu ulangi.")


class FileNotReady(CannotChangeHoliday):
    """The file has problems that the preview shows."""

    sentence = _("Berkas ini masih punya kesalahan. Perbaiki, lalu unggah lagi.")


def add_holiday(*, day: date, name: str, by: User, now: datetime) -> None:
    """Enter a holiday; the same once more changes nothing. Raises HolidayTaken."""
    with transaction.atomic():
        holiday, made = Holiday.objects.get_or_create(date=day, defaults={"name": name})
        if made:
            _audit(holiday, "added", "", name, by, now)
        elif holiday.name != name:
            raise HolidayTaken


def rename_holiday(*, day: date, former: str, name: str, by: User, now: datetime) -> None:
    """Call a holiday otherwise, if it is still called `former`. Raises HolidaysChanged."""
    with transaction.atomic():
        if Holiday.objects.filter(date=day, name=former).update(name=name) != 1:
            raise HolidaysChanged
        if name != former:
            _audit(Holiday(date=day), "renamed", former, name, by, now)


def remove_holiday(*, day: date, former: str, by: User, now: datetime) -> None:
    """Take a holiday away, if it is still called `former`. Raises HolidaysChanged."""
    with transaction.atomic():
        gone, _each = Holiday.objects.filter(date=day, name=former).delete()
        if gone != 1:
            raise HolidaysChanged
        _audit(Holiday(date=day), "removed", former, "", by, now)


def import_holidays(*, content: bytes, seen: str, by: User, now: datetime) -> int:
    """Do what the preview of a file showed, all of it or nothing; return how many days changed.

    `seen` is the fingerprint of the table that the preview was made from. What is so
    already changes nothing. Raises UnreadableFile, FileNotReady, HolidaysChanged.
    """
    try:
        with transaction.atomic():
            days = current_days()
            plan = plan_holidays(read_table(content, COLUMNS), days, this_year=now.year)
            if plan.problems:
                raise FileNotReady
            if plan.steps and fingerprint(days) != seen:
                raise HolidaysChanged
            for step in plan.steps:
                held = Holiday.objects.filter(date=step.day, name=step.before)
                if step.before and not step.after:
                    done = held.delete()[0]
                elif step.before:
                    done = held.update(name=step.after)
                else:
                    done = bool(Holiday.objects.create(date=step.day, name=step.after))
                if done != 1:
                    raise HolidaysChanged
                kind = {"new": "added", "changed": "renamed", "removed": "removed"}[step.kind]
                _audit(Holiday(date=step.day), kind, step.before, step.after, by, now)
            return len(plan.steps)
    except IntegrityError:
        raise HolidaysChanged from None


def _audit(  # noqa: PLR0917
    holiday: Holiday, kind: str, before: str, after: str, by: User, now: datetime
) -> None:
    record(
        action=f"holiday.{kind}",
        obj=holiday,
        now=now,
        actor=by,
        before={"name": before} if before else {},
        after={"name": after} if after else {},
    )
