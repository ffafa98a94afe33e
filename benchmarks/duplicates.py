"""Probable duplicates: many people against a registry ten times as large.

The people are made up: names by the frequency with which a few words fill Indonesian
lists, birth dates over 46 years with a heap on 1 January, villages in 500 regencies of
unequal size. One in twenty of those asked about is in the registry already, under
another NIK and spelt otherwise.
"""

import io
import random
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from time import perf_counter
from typing import Any

from django.db import connection

from bricks.engine import is_postgres
from bricks.secrets import seal
from regions.models import Area
from tests.factories import NOW, OccupationFactory
from workers.duplicate_selectors import REGENCY_DIGITS, Asked, likely_twins, twins_of
from workers.models import Enrollment, Worker
from workers.naming import name_key


def _words(text: str) -> list[str]:
    return text.split()


SEED = 2026
#: The registry holds so many workers per person asked about.
REGISTRY_TIMES = 10
TWIN_EVERY = 20
SAMPLE = 200
#: By default a tenth of what a province hands in: a million workers take minutes.
SIZE = 10_000
REGENCIES, VILLAGES_EACH = 500, 16
BORN_FROM, BORN_DAYS = date(1962, 1, 1), 46 * 365
BITE = 20_000
COLUMNS = _words(
    "uuid nik nik_index name name_key birth_date sex phone phone_index address address_index "
    "village_id occupation_id kpj created_at"
)
FIRST = _words(
    "Siti Muhammad Ahmad Nur Sri Budi Agus Dewi Eko Dwi Tri Rina Andi Abdul Ni I Endang Wahyu "
    "Joko Bambang Hendra Yuli Indah Fitri Ratna Slamet Wayan Made Ketut Nyoman Rahmat Yusuf Ali "
    "Hasan Umar Maria Yohanes Petrus Agustinus Lina Rosmaida Tumpal Sahat Asep Dedi Iwan Cecep "
    "Ujang Entin Kokom Sulastri Sumiati Sutrisno Suwarno Sukirman Suyanto Supriyadi Sumarni"
)
LAST = _words(
    "Hayati Aminah Aisyah Lestari Handayani Wulandari Rahayu Santoso Setiawan Saputra Wijaya "
    "Hidayat Rahman Hakim Kurniawan Nugroho Prasetyo Susanto Hartono Purnomo Widodo Utami "
    "Ningsih Astuti Maryani Suryani Hasanah Fauzi Ramadhan Firmansyah Syarifuddin Sudarma Arta "
    "Sinaga Siregar Nasution Sitompul Simanjuntak Lubis Harahap Tarigan Ginting Manurung Wenda "
    "Tabuni Kogoya Rumbiak Pattiasina Latuconsina Tuhuteru Mamonto Tumbelaka Rompas Lasut"
)
#: How one list spells what another spells otherwise.
SLIPS = (("u", "oe"), ("Muhammad", "M."), ("j", "dj"), ("y", "j"), (" ", ""), ("Ahmad", "Achmad"))


@dataclass(frozen=True)
class Someone:
    """One made-up person, as the columns of a worker."""

    nik_index: str
    name: str
    birth_date: date
    sex: str
    village_id: str


def run(people: int, say: Any) -> None:
    """Fill the database, ask once in each way, and say what it took."""
    villages = _villages()
    started = perf_counter()
    known = _fill(people * REGISTRY_TIMES, villages, people // TWIN_EVERY)
    asked = list(_asked(people, villages, known))
    _candidates(asked)
    say(
        f"{people:,} people, {people * REGISTRY_TIMES:,} workers ({connection.vendor}), made in"
        f" {perf_counter() - started:,.0f} s"
    )
    join_seconds, pairs = _bare_join()
    say(f"bare equality join, {pairs:,} pairs to weigh: {join_seconds:.1f} s")
    before, started = _peak(), perf_counter()
    twins = list(likely_twins([Asked.of(key, one) for key, one in enumerate(asked)]))
    seconds = perf_counter() - started
    found = {twin.key for twin in twins}
    say(
        f"likely_twins: {seconds:.1f} s, {people / seconds:,.0f} people/s,"
        f" {len(twins):,} pairs of {len(found):,} people"
    )
    hit = len(found & set(range(len(known))))
    say(f"of {len(known):,} who are in the registry under another NIK it finds {hit:,}")
    say(f"against the bare join: {seconds / join_seconds:.1f} times its time")
    each = _one_by_one(asked)
    say(
        f"against one by one ({SAMPLE} asked, {each * 1000:.1f} ms each):"
        f" {each * people / seconds:.1f} times faster"
    )
    say(f"memory: {before:,.0f} MB before, at most {_peak():,.0f} MB")


def _villages() -> list[str]:
    """Make 500 regencies of unequal size in ten provinces; return villages to draw from."""
    rows, drawn = [], []
    for number in range(REGENCIES):
        province, regency = f"{11 + number // 50}", f"{number % 50 + 1:02}"
        district = f"{province}{regency}01"
        codes = [province, province + regency, district]
        codes += [f"{district}{village:04}" for village in range(2001, 2001 + VILLAGES_EACH)]
        rows += [_area(code) for code in codes]
        drawn += codes[3:] * (1 + 40 // (number % 50 + 1))
    by_code = {row.code: row for row in rows}
    for length in (2, 4, 6, 10):
        Area.objects.bulk_create(
            [row for code, row in by_code.items() if len(code) == length], batch_size=BITE
        )
    OccupationFactory()
    return drawn


def _area(code: str) -> Area:
    level = {2: "province", 4: "regency", 6: "district", 10: "village"}[len(code)]
    above = {2: None, 4: code[:2], 6: code[:4], 10: code[:6]}[len(code)]
    name = f"Tempat {code}"
    return Area(
        code=code,
        level=level,
        parent_id=above,
        name=name,
        full_name=name,
        search_name=name.lower(),
        utc_offset=7,
    )


def _someone(dice: random.Random, villages: list[str], number: int) -> Someone:
    """Make up one person; the words at the head of a list are the frequent ones."""
    words = [FIRST[int(len(FIRST) * dice.random() ** 2)]]
    if dice.random() < 0.75:
        words.append(LAST[int(len(LAST) * dice.random() ** 1.5)])
    if dice.random() < 0.3:
        words.insert(1, FIRST[int(len(FIRST) * dice.random() ** 2)])
    born = BORN_FROM + timedelta(days=dice.randrange(BORN_DAYS))
    if dice.random() < 0.02:
        born = born.replace(month=1, day=1)
    return Someone(
        nik_index=sha256(str(number).encode()).hexdigest(),
        name=" ".join(words),
        birth_date=born,
        sex=dice.choice("LP"),
        village_id=dice.choice(villages),
    )


def _fill(count: int, villages: list[str], known: int) -> list[Someone]:
    """Write the registry; return the first ones, who will be asked about again."""
    dice = random.Random(SEED)  # noqa: S311 (made-up people)
    kept: list[Someone] = []
    for start in range(0, count, BITE):
        bite = [_someone(dice, villages, n) for n in range(start, min(start + BITE, count))]
        kept += bite[: known - len(kept)]
        _write(bite, start)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return kept


def _write(bite: list[Someone], start: int) -> None:
    sealed, made = seal("1671011708850001", purpose="worker.nik"), NOW.isoformat()
    rows = [
        (
            f"{start + n:032x}",
            sealed,
            one.nik_index,
            one.name,
            name_key(one.name),
            one.birth_date.isoformat(),
            one.sex,
            *("", "", "", ""),
            one.village_id,
            "asisten_rumah_tangga",
            "",
            made,
        )
        for n, one in enumerate(bite)
    ]
    _copy(Worker._meta.db_table, COLUMNS, rows)


def _copy(table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Write rows by COPY, or by one prepared statement on SQLite."""
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if is_postgres(connection):
            text = io.StringIO("\n".join("\t".join(map(str, row)) for row in rows) + "\n")
            cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", text)
        else:
            marks = ", ".join(["%s"] * len(columns))
            sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"
            cursor.executemany(sql, rows)


def _asked(people: int, villages: list[str], known: list[Someone]) -> Iterator[Someone]:
    """Those asked about: the known ones spelt otherwise, then strangers."""
    dice = random.Random(SEED + 1)  # noqa: S311 (made-up people)
    for number in range(people):
        index = sha256(f"asked {number}".encode()).hexdigest()
        if number < len(known):
            old, new = dice.choice(SLIPS)
            name = known[number].name
            yield replace(known[number], nik_index=index, name=name.replace(old, new, 1))
        else:
            yield replace(_someone(dice, villages, number), nik_index=index)


def _candidates(asked: list[Someone]) -> None:
    """Write those asked about into a table of their own, for the bare join."""
    rows = [
        (one.birth_date.isoformat(), name_key(one.name), one.village_id[:REGENCY_DIGITS])
        for one in asked
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE asked (birth_date date, name_key varchar(24), regency varchar(4))"
        )
    _copy("asked", ["birth_date", "name_key", "regency"], rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE asked")


def _bare_join() -> tuple[float, int]:
    """Count the pairs of equal keys and do nothing with them: the floor of any set-based way."""
    started = perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM asked a JOIN workers_worker w ON w.birth_date = a.birth_date"
        )
        pairs = cursor.fetchone()[0]
        # The regency as a column of its own, or the planner walks through every namesake.
        cursor.execute(
            "WITH w AS MATERIALIZED (SELECT name_key, substr(village_id, 1, 4) AS regency, "
            "birth_date FROM workers_worker) SELECT count(*) FROM asked a JOIN w "
            "ON w.name_key = a.name_key AND w.regency = a.regency AND w.birth_date <> a.birth_date"
        )
        pairs += cursor.fetchone()[0]
    return perf_counter() - started, pairs


def _one_by_one(asked: list[Someone]) -> float:
    """Ask for some of them as the page of a case does; return seconds for each."""
    sample = asked[:: max(1, len(asked) // SAMPLE)][:SAMPLE]
    cases = [
        Enrollment(
            pk=number,
            nik_index=one.nik_index,
            name=one.name,
            birth_date=one.birth_date,
            sex=one.sex,
            village_id=one.village_id,
        )
        for number, one in enumerate(sample)
    ]
    started = perf_counter()
    for case in cases:
        twins_of(case)
    return (perf_counter() - started) / len(cases)


def _peak() -> float:
    """The most memory that this process has held, in MB."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
