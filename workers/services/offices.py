"""Head office's changes of the table of offices: every one is judged, written and audited.

All of them go one way (`rewrite`): the table is locked, read, changed as a value, judged
by its rules (`regions.office_table`), written, and each office that changed leaves a
line in the audit log. They stand on this floor because the audit log and the cases of
an office lie above the table itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from bricks.tables import read_table
from regions.models import KanwilProvince, Office, OfficeArea, OfficeException
from regions.naming import plain
from regions.office_csv import COLUMNS, plan_offices
from regions.office_table import Change, Row, Serves, Table, changes, current_table, faults
from regions.office_words import place_names, say_fault

Edit = Callable[[Table], None]
#: A code is the portal's own: kind and city, with a number where that is taken.
LONGEST_CODE = 26


class CannotChangeOffice(Exception):
    """A change of the table is not possible; its sentence is fit for head office."""

    sentence: ClassVar[str | Promise] = _("Perubahan ini tidak dapat dilakukan.")

    def __str__(self) -> str:
        return " ".join(str(part) for part in self.args) or str(self.sentence)


class OfficesChanged(CannotChangeOffice):
    """Somebody else has changed what the editor was looking at."""

    sentence = _("Data kantor baru saja diubah orang lain. Periksa lagi, lalu ulangi.")


class BreaksRule(CannotChangeOffice):
    """The table would break one of its rules; the sentences say which."""


class TakenByAnother(CannotChangeOffice):
    """The district or village has an office already; once it is seen, it can move."""

    def __init__(self, former: str) -> None:
        super().__init__(_("Wilayah ini sekarang milik kantor lain. Tekan lagi untuk memindahkan."))
        self.former = former


# --- the one way ---------------------------------------------------------------------
def rewrite(
    *, edit: Edit, by: User, now: datetime, office: Office | None = None, seen: int | None = None
) -> list[Change]:
    """Change the table by `edit`, and return what changed.

    `seen` is the version of `office` that the editor had before him. Nothing changes
    where another has changed it since (OfficesChanged) or a rule breaks (BreaksRule).
    The same edit once more changes nothing, and writes nothing.
    """
    try:
        with transaction.atomic():
            lock_offices()
            if office is not None and seen is not None:
                check_seen(office, seen)
            old = current_table()
            new = old.copy()
            edit(new)
            broken = faults(old, new)
            if broken:
                names = place_names({fault.area for fault in broken})
                raise BreaksRule(*(say_fault(fault, names) for fault in broken))
            found = changes(old, new)
            _write(old, new, {change.office for change in found})
            _audit(found, new={*new.offices} - {*old.offices}, by=by, now=now)
            return found
    except IntegrityError:
        # Two defaults for one regency, a code or a province twice: the database has the
        # last word where two write at once.
        raise OfficesChanged from None


def lock_offices() -> None:
    """Let one writer at a time change the table: all offices, in order of id."""
    list(Office.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def check_seen(office: Office, seen: int) -> None:
    """Raise OfficesChanged unless the office is as the editor saw it."""
    if not Office.objects.filter(pk=office.pk, version=seen).exists():
        raise OfficesChanged


def _write(old: Table, new: Table, touched: set[str]) -> None:
    """Bring the rows from the old table to the new one; new parents come first."""
    fresh = {code: row for code, row in new.offices.items() if code not in old.offices}
    for code, row in sorted(fresh.items(), key=lambda item: (item[1].kind, item[0])):
        own = asdict(row)
        parent = _pk(own.pop("parent"))
        Office.objects.create(code=code, parent_id=parent, version=1, **own)
    for code in sorted(touched & {*old.offices}):
        values: dict[str, Any] = asdict(new.offices[code])
        values["parent"] = _pk(values["parent"])
        if new.offices[code].is_open:
            values["successor"] = None
        Office.objects.filter(code=code).update(**values, version=F("version") + 1)
    pks = dict(Office.objects.filter(code__in=touched).values_list("code", "pk"))
    for province, office in new.provinces.items():
        if old.provinces.get(province) != office:
            KanwilProvince.objects.update_or_create(
                province_id=province, defaults={"office_id": pks[office]}
            )
    _write_areas(old, new, pks)
    _write_exceptions(old, new, pks)


def _write_areas(old: Table, new: Table, pks: dict[str, int]) -> None:
    """Take areas and defaults away before giving them, so that no regency has two."""
    for office, regency in old.areas.keys() - new.areas.keys():
        OfficeArea.objects.filter(office=pks[office], regency=regency).delete()
    differing = [key for key, how in new.areas.items() if old.areas.get(key) != how]
    for office, regency in sorted(differing, key=lambda key: new.areas[key].is_default):
        OfficeArea.objects.update_or_create(
            office_id=pks[office], regency_id=regency, defaults=asdict(new.areas[office, regency])
        )


def _write_exceptions(old: Table, new: Table, pks: dict[str, int]) -> None:
    OfficeException.objects.filter(area__in=old.exceptions.keys() - new.exceptions.keys()).delete()
    for area, office in new.exceptions.items():
        if old.exceptions.get(area) != office:
            OfficeException.objects.update_or_create(
                area_id=area, defaults={"office_id": pks[office]}
            )


def _audit(found: Iterable[Change], *, new: set[str], by: User, now: datetime) -> None:
    told: dict[str, list[Change]] = {}
    for change in found:
        told.setdefault(change.office, []).append(change)
    offices = {office.code: office for office in Office.objects.filter(code__in=told)}
    for code, parts in told.items():
        record(
            action="office.created" if code in new else "office.changed",
            obj=offices[code],
            now=now,
            actor=by,
            office=offices[code],
            before={part.key: part.before for part in parts if part.before},
            after={part.key: part.after for part in parts if part.after},
        )


def _pk(code: str) -> int | None:
    return Office.objects.get(code=code).pk if code else None


# --- an office -------------------------------------------------------------------------
def create_office(*, row: Row, by: User, now: datetime) -> Office:
    """Open a branch or sub-branch below its parent; areas come afterwards.

    Its code is made of kind and city. Raises BreaksRule, OfficesChanged.
    """
    made: list[str] = []

    def edit(table: Table) -> None:
        made.append(_free_code(row, table))
        table.offices[made[0]] = row

    rewrite(edit=edit, by=by, now=now)
    return Office.objects.get(code=made[0])


def _free_code(row: Row, table: Table) -> str:
    stem = f"{row.kind} {plain(row.city)}".upper().replace(" ", "-")[:LONGEST_CODE]
    codes = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(table.offices) + 2))
    return next(code for code in codes if code not in table.offices)


def change_office(*, office: Office, row: Row, seen: int, by: User, now: datetime) -> list[Change]:
    """Change name, kind, parent, city, address and phone; open or closed stays.

    Raises OfficesChanged, BreaksRule.
    """

    def edit(table: Table) -> None:
        row.is_open = table.offices[office.code].is_open
        table.offices[office.code] = row

    return rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


# --- its areas -------------------------------------------------------------------------
def take_province(
    *, kanwil: Office, province: str, former: str, seen: int, by: User, now: datetime
) -> list[Change]:
    """Let a Kanwil oversee a province, which leaves the `former` one (a code, or "").

    Raises OfficesChanged (also where another than `former` has it by now), BreaksRule.
    """

    def edit(table: Table) -> None:
        _check_former(table.provinces.get(province, ""), former, kanwil)
        table.provinces[province] = kanwil.code

    return rewrite(edit=edit, by=by, now=now, office=kanwil, seen=seen)


def serve(
    *, office: Office, regency: str, is_configured: bool, seen: int, by: User, now: datetime
) -> list[Change]:
    """Let an office serve a regency, as its default where it has no office yet.

    Where it serves it already, only whether that is settled changes. Raises
    OfficesChanged, BreaksRule.
    """

    def edit(table: Table) -> None:
        known = table.areas.get((office.code, regency))
        is_default = known.is_default if known else not table.default_of(regency)
        table.areas[office.code, regency] = Serves(is_default, is_configured)

    return rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


def make_default(
    *, office: Office, regency: str, former: str, seen: int, by: User, now: datetime
) -> list[Change]:
    """Make an office the default of a regency that it serves; the `former` one keeps serving.

    That also settles who serves it. Raises OfficesChanged (also where another than
    `former` is the default by now), BreaksRule.
    """

    def edit(table: Table) -> None:
        held = table.default_of(regency)
        _check_former(held, former, office)
        if (office.code, regency) not in table.areas:
            raise OfficesChanged
        if held:
            table.areas[held, regency].is_default = False
        table.areas[office.code, regency] = Serves(is_default=True, is_configured=True)

    return rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


def settle(
    *, office: Office, regency: str, is_configured: bool, seen: int, by: User, now: datetime
) -> list[Change]:
    """Say whether it is settled that the office serves a regency, or still "belum diatur".

    Raises OfficesChanged, also where the office no longer serves it.
    """

    def edit(table: Table) -> None:
        if (office.code, regency) not in table.areas:
            raise OfficesChanged
        table.areas[office.code, regency].is_configured = is_configured

    return rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


def stop_serving(
    *, office: Office, regency: str, seen: int, by: User, now: datetime
) -> list[Change]:
    """Take a regency from an office. Raises BreaksRule for its default or only office."""

    def edit(table: Table) -> None:
        table.areas.pop((office.code, regency), None)

    return rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


def take_area(
    *, office: Office, area: str, former: str, seen: int, by: User, now: datetime
) -> list[Change]:
    """Let an office take a district or village, whoever is the default of its regency.

    Raises TakenByAnother where another has it and `former` does not name that one.
    """

    def edit(table: Table) -> None:
        held = table.exceptions.get(area, "")
        if held not in ("", former, office.code):
            raise TakenByAnother(held)
        table.exceptions[area] = office.code

    return rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


def give_back(*, office: Office, area: str, seen: int, by: User, now: datetime) -> list[Change]:
    """Let a district or village go with its regency again; once more changes nothing."""

    def edit(table: Table) -> None:
        if table.exceptions.get(area) == office.code:
            del table.exceptions[area]

    return rewrite(edit=edit, by=by, now=now, office=office, seen=seen)


# --- many at once ----------------------------------------------------------------------
def import_offices(*, content: bytes, seen: str, by: User, now: datetime) -> list[Change]:
    """Do what the preview of a file showed, all of it or nothing.

    `seen` is the fingerprint of the table that the preview was made from. What is so
    already changes nothing. Raises UnreadableFile, BreaksRule (the file has problems),
    OfficesChanged.
    """
    lines = read_table(content, COLUMNS)

    def edit(table: Table) -> None:
        plan = plan_offices(lines, table)
        if plan.problems:
            raise BreaksRule(plan.problems[0].sentence)
        if plan.steps and table.fingerprint != seen:
            raise OfficesChanged
        wanted = plan.wanted
        table.offices, table.provinces = wanted.offices, wanted.provinces
        table.areas, table.exceptions = wanted.areas, wanted.exceptions

    return rewrite(edit=edit, by=by, now=now)


def _check_former(held: str, former: str, office: Office) -> None:
    if held not in (former, office.code):
        raise OfficesChanged
