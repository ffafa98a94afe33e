"""Loading the tariffs, and filling the two tables that SQL joins for prices and months."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction

from bricks.months import add_months, months_between, months_from
from contributions.models import CalendarDay, IncomeBracket, Relief, Tariff, TariffMonth
from contributions.tariffs import NoTariff, Price, TariffTable
from donors.models import Funding
from regions.bulk import insert_rows
from workers.models import Sector

DATA = Path(__file__).resolve().parent.parent / "data"
#: The months for which SQL finds a price, and the days for which it finds a month later.
FIRST_MONTH, LAST_MONTH = date(2024, 1, 1), date(2031, 12, 1)
FIRST_DAY, LAST_DAY = date(2015, 1, 1), date(2045, 12, 31)
STEPS = (1, 2, 3, 6, 12)
PRICE_COLUMNS = ("bracket_id", "month", "sector", "funding", "jkk", "jkm", "jht", "legal_basis")
CALENDAR_COLUMNS = ("day", *(f"plus_{step}" for step in STEPS))


@dataclass(frozen=True)
class Loaded:
    """How many rows there should be, and how many of them were written now."""

    read: int
    written: int


@transaction.atomic
def load_tariffs() -> dict[str, Loaded]:
    """Add missing brackets, tariffs and reliefs, and bring the derived tables up to them.

    Rows that exist stay as they are: what head office has corrected survives. A
    second run writes nothing.
    """
    return {**load_laws(), "prices": rebuild_prices(), "days": fill_calendar()}


@transaction.atomic
def load_laws() -> dict[str, Loaded]:
    """Add missing brackets, tariffs and reliefs alone; the Python rule needs no more."""
    return {
        "brackets": _add_missing(IncomeBracket, _brackets(), key=("number",)),
        "tariffs": _add_missing(Tariff, _tariffs(), key=("bracket_id", "first_month")),
        "reliefs": _add_missing(Relief, _reliefs(), key=("sector", "funding", "first_month")),
    }


@transaction.atomic
def rebuild_prices() -> Loaded:
    """Bring `TariffMonth` up to the Python rule, by deleting and inserting what differs.

    To be called in the transaction that changes a tariff or a relief.
    """
    wanted = set(_prices(TariffTable.load()))
    stored = {
        values[:-1]: values[-1]
        for values in TariffMonth.objects.values_list(*PRICE_COLUMNS, "pk").iterator(5_000)
    }
    stale = [pk for values, pk in stored.items() if values not in wanted]
    for start in range(0, len(stale), 500):
        TariffMonth.objects.filter(pk__in=stale[start : start + 500]).delete()
    new = sorted(wanted - stored.keys())
    insert_rows(TariffMonth, PRICE_COLUMNS, new)
    return Loaded(read=len(wanted), written=len(new) + len(stale))


@transaction.atomic
def fill_calendar() -> Loaded:
    """Add the missing days to the calendar table."""
    stored = set(CalendarDay.objects.values_list("day", flat=True))
    days = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))
    new = [(day, *(add_months(day, step) for step in STEPS)) for day in days if day not in stored]
    insert_rows(CalendarDay, CALENDAR_COLUMNS, new)
    return Loaded(read=len(stored) + len(new), written=len(new))


def _prices(table: TariffTable) -> Iterator[tuple[Any, ...]]:
    for month in months_from(FIRST_MONTH, months_between(FIRST_MONTH, LAST_MONTH) + 1):
        for bracket in table.brackets:
            for sector in Sector.values:
                for funding in Funding.values:
                    try:
                        price = table.price(
                            month=month, bracket=bracket, sector=sector, funding=funding, jht=True
                        )
                    except NoTariff:
                        continue
                    yield bracket, month, sector, funding, *_parts(price)


def _parts(price: Price) -> tuple[int, int, int, str]:
    return price.jkk, price.jkm, price.jht, price.legal_basis


def _add_missing(
    model: type[models.Model], rows: list[dict[str, Any]], *, key: tuple[str, ...]
) -> Loaded:
    manager = model._default_manager
    stored = set(manager.values_list(*key))
    new = [row for row in rows if tuple(row[name] for name in key) not in stored]
    manager.bulk_create(model(**row) for row in new)
    return Loaded(read=len(rows), written=len(new))


def _read(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _month(text: str) -> date | None:
    return date.fromisoformat(f"{text}-01") if text else None


def _brackets() -> list[dict[str, Any]]:
    return [{name: int(value) for name, value in row.items()} for row in _read("brackets.csv")]


def _tariffs() -> list[dict[str, Any]]:
    return [
        {
            "bracket_id": int(row["bracket"]),
            "first_month": _month(row["first_month"]),
            "last_month": _month(row["last_month"]),
            "jkk": int(row["jkk"]),
            "jkm": int(row["jkm"]),
            "jht": int(row["jht"]),
            "legal_basis": row["legal_basis"],
        }
        for row in _read("tariffs.csv")
    ]


def _reliefs() -> list[dict[str, Any]]:
    return [
        {
            "sector": row["sector"],
            "funding": row["funding"],
            "first_month": _month(row["first_month"]),
            "last_month": _month(row["last_month"]),
            "percent_due": int(row["percent_due"]),
            "legal_basis": row["legal_basis"],
        }
        for row in _read("reliefs.csv")
    ]
