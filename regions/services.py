"""Loading of the reference data. Idempotent; what head office has changed stays."""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction

from bricks.engine import is_postgres
from regions import files
from regions.bulk import insert_rows
from regions.models import Area, Holiday, KanwilProvince, Office, OfficeArea, VillageName
from regions.naming import village_keys

# On SQLite one writer holds the whole file, so a portal in use gets small bites with
# pauses between them (house section 7). A first load has nobody who waits.
BITE = 500
PAUSE_SECONDS = 0.05
LARGE_BITE = 5_000
SPELLING_COLUMNS = ("village_id", "district_id", "key", "rank")
UPDATED_FIELDS = [
    "parent" if name == "parent_id" else name for name in files.AreaRow._fields if name != "code"
]

T = TypeVar("T")


class UnknownProvince(ValueError):
    """A province code that the files do not know."""


class OfficesDoNotFit(ValueError):
    """The office files contradict themselves, or leave a regency without an office."""


@dataclass(frozen=True)
class Loaded:
    """How many rows of one kind the files hold, and how many of them were written."""

    read: int
    written: int


def load_areas(*, province_codes: Collection[str] | None = None) -> dict[str, Loaded]:
    """Bring the areas (of these provinces) and the spellings of villages up to the files.

    Only rows that differ are written, so a second run writes nothing. An area that
    the files no longer know stays, because workers live in it. Returns the counts by
    level, and those of the spellings under "spellings". Writes in many short
    transactions: broken off, it is simply run again. Raises UnknownProvince.
    """
    rows = files.read_areas(province_codes)
    missing = set(province_codes or ()) - {row.code for row in rows}
    if missing:
        raise UnknownProvince(", ".join(sorted(missing)))
    stored = Area.objects.values_list(*files.AreaRow._fields)
    bite = LARGE_BITE if is_postgres(connection) or not stored[:1] else BITE
    known = {values[0]: values for values in stored.iterator(chunk_size=5_000)}
    changed = [row for row in rows if known.get(row.code) != tuple(row)]
    # Parents come first: bites are transactions of their own, and each must be whole.
    changed.sort(key=lambda row: len(row.code))
    for part in _bites([row for row in changed if row.code not in known], bite):
        insert_rows(Area, files.AreaRow._fields, part)
    for part in _bites([row for row in changed if row.code in known], bite):
        Area.objects.bulk_update(
            [Area(**row._asdict()) for row in part], UPDATED_FIELDS, batch_size=BITE
        )
    counts = {
        level: Loaded(
            read=sum(row.level == level for row in rows),
            written=sum(row.level == level for row in changed),
        )
        for level in Area.Level.values
    }
    villages = [row for row in rows if row.level == Area.Level.VILLAGE]
    return {**counts, "spellings": _load_spellings(villages, bite)}


def _load_spellings(villages: Sequence[files.AreaRow], bite: int) -> Loaded:
    """Make the keys of these villages what their names say."""
    wanted = {(row.code, row.code[:6], *key) for row in villages for key in village_keys(row.name)}
    codes = {row.code for row in villages}
    stored = {
        tuple(values): pk
        for pk, *values in VillageName.objects.values_list("pk", *SPELLING_COLUMNS).iterator(
            chunk_size=5_000
        )
        if values[0] in codes
    }
    stale = [pk for values, pk in stored.items() if values not in wanted]
    new = sorted(wanted - stored.keys())
    for part in _bites(stale, bite):
        VillageName.objects.filter(pk__in=part).delete()
    for part in _bites(new, bite):
        insert_rows(VillageName, SPELLING_COLUMNS, part)
    return Loaded(read=len(wanted), written=len(new) + len(stale))


def _bites(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the rows in slices, each inside a transaction of its own."""
    for start in range(0, len(rows), size):
        if start and size == BITE:
            time.sleep(PAUSE_SECONDS)
        with transaction.atomic():
            yield rows[start : start + size]


@transaction.atomic
def load_offices() -> dict[str, Loaded]:
    """Add the offices, their provinces and the regencies they serve.

    Rows that exist are left as they are, and a regency that has any office keeps
    exactly those: head office's table counts, not the files. Provinces and regencies
    that are not loaded are passed over. Raises OfficesDoNotFit.
    """
    offices = files.read_offices()
    _check_kinds(offices)
    by_code = {office.code: office for office in Office.objects.all()}
    written = 0
    for row in offices:
        if row.code not in by_code:
            by_code[row.code] = Office.objects.create(
                code=row.code,
                name=row.name,
                kind=row.kind,
                parent=by_code[row.parent] if row.parent else None,
                city=row.city,
            )
            written += 1
    return {
        "offices": Loaded(read=len(offices), written=written),
        "kanwil_provinces": _load_kanwil_provinces(offices, by_code),
        "office_areas": _load_office_areas(by_code),
    }


def _check_kinds(offices: Iterable[files.OfficeRow]) -> None:
    """Refuse a branch that does not hang on a Kanwil, or a sub-branch not on a branch."""
    kinds = {office.code: office.kind for office in offices}
    above = {"kanwil": None, "kc": "kanwil", "kcp": "kc"}
    wrong = [o.code for o in offices if kinds.get(o.parent) != above[o.kind]]
    if wrong:
        raise OfficesDoNotFit(f"wrong office above: {', '.join(wrong)}")


def _load_kanwil_provinces(
    offices: Iterable[files.OfficeRow], by_code: dict[str, Office]
) -> Loaded:
    rows = [(row.code, province) for row in offices for province in row.provinces]
    loaded = set(Area.objects.filter(level=Area.Level.PROVINCE).values_list("code", flat=True))
    taken = set(KanwilProvince.objects.values_list("province_id", flat=True))
    new = [
        KanwilProvince(office=by_code[code], province_id=province)
        for code, province in rows
        if province in loaded - taken
    ]
    KanwilProvince.objects.bulk_create(new)
    return Loaded(read=len(rows), written=len(new))


def _load_office_areas(by_code: dict[str, Office]) -> Loaded:
    rows = files.read_office_areas()
    loaded = set(Area.objects.filter(level=Area.Level.REGENCY).values_list("code", flat=True))
    unserved = loaded - {row.regency for row in rows if row.is_default}
    if unserved:
        raise OfficesDoNotFit(f"regencies without an office: {', '.join(sorted(unserved))}")
    taken = set(OfficeArea.objects.values_list("regency_id", flat=True))
    new = [
        OfficeArea(
            office=by_code[row.office],
            regency_id=row.regency,
            is_default=row.is_default,
            is_configured=row.is_configured,
        )
        for row in rows
        if row.regency in loaded - taken
    ]
    OfficeArea.objects.bulk_create(new)
    return Loaded(read=len(rows), written=len(new))


@transaction.atomic
def load_holidays() -> Loaded:
    """Add the holidays of the years that have none yet; the others are head office's."""
    rows = files.read_holidays()
    filled = {day.year for day in Holiday.objects.values_list("date", flat=True)}
    new = [Holiday(date=day, name=name) for day, name in rows if day.year not in filled]
    Holiday.objects.bulk_create(new)
    return Loaded(read=len(rows), written=len(new))
