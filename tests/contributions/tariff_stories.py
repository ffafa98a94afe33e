"""Changes of tariff as head office makes them, on two brackets and three years."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from accounts.models import Role, User
from contributions.models import Tariff, TariffChange
from contributions.services import pricing
from contributions.services.tariff_changes import ChangePlan, change_tariffs, plan_change
from contributions.tariff_rows import Edit, TariffRows
from contributions.tariffs import ReliefRow, TariffRow
from tests.factories import NOW, TODAY, RoleFactory, UserFactory


def small_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two brackets and three years, so that the prices are rebuilt in a moment."""
    monkeypatch.setattr(pricing, "FIRST_MONTH", date(2026, 1, 1))
    monkeypatch.setattr(pricing, "LAST_MONTH", date(2028, 12, 1))
    load_small()


def load_small() -> None:
    """The laws of the first two brackets, and their prices."""
    pricing.load_laws()
    Tariff.objects.filter(bracket__gt=2).delete()
    pricing.rebuild_prices()


def head_office() -> User:
    found: User = UserFactory()
    RoleFactory(user=found, kind=Role.Kind.HEAD_OFFICE, office=None)
    return found


def relief_until(
    last: date, *, sector: str = "other", funding: str = "private", **fields: Any
) -> Edit:
    """The relief of a sector and funding, ending in another month."""
    rows = TariffRows.load().rows.values()
    before = next(
        row
        for row in rows
        if isinstance(row, ReliefRow) and (row.sector, row.funding) == (sector, funding)
    )
    return Edit(before, replace(before, last_month=last, **fields))


def new_tariff(first: date, *, bracket: int = 1, jkk: int = 10_000, jkm: int = 6_800) -> Edit:
    row = TariffRow(bracket, first, None, jkk, jkm, 20_000, "PP 9/2027")
    return Edit(None, row)


def plan(*edits: Edit, today: date = TODAY) -> ChangePlan:
    return plan_change(edits=edits, today=today)


def change(*edits: Edit, now: datetime = NOW, by: User | None = None) -> TariffChange:
    """What a preview showed and one confirmation wrote."""
    shown = plan(*edits, today=now.date())
    made = change_tariffs(
        content=shown.content(),
        seen=shown.seen,
        legal_basis="PP 9/2027",
        reason="masa diskon diperpanjang",
        by=by or head_office(),
        now=now,
    )
    assert made is not None
    return made
