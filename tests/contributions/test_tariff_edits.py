"""Head office's changes as rows: any sequence of them leaves SQL and the Python rule agreed."""

from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEvent
from bricks.months import add_months, months_from
from bricks.tables import read_table
from contributions.models import Relief, Tariff, TariffChange, TariffMonth
from contributions.services import tariff_changes
from contributions.services.pricing import rebuild_prices
from contributions.services.tariff_changes import (
    CannotChangeTariff,
    LeavesGap,
    NothingChanges,
    RowTaken,
    TariffsChanged,
    change_tariffs,
    plan_change,
)
from contributions.tariff_csv import COLUMNS, plan_tariffs, write_tariffs
from contributions.tariff_rows import Edit, TariffRows, changed_cells
from contributions.tariffs import NoTariff, ReliefRow, TariffRow, TariffTable
from donors.models import Funding
from tests.contributions.tariff_stories import (
    change,
    head_office,
    load_small,
    new_tariff,
    plan,
    relief_until,
    small_tables,
)
from tests.factories import NOW, TODAY
from workers.models import Sector

pytestmark = pytest.mark.django_db
FIRST, MONTHS = date(2026, 1, 1), 36


@pytest.fixture(autouse=True)
def _tables(monkeypatch):
    small_tables(monkeypatch)


def by_rule(table: TariffTable | None = None) -> set:
    """What the Python rule says of every cell that SQL joins."""
    table, cells = table or TariffTable.load(), set()
    for month, bracket, sector, funding in product(
        months_from(FIRST, MONTHS), table.brackets, Sector.values, Funding.values
    ):
        try:
            price = table.price(
                month=month, bracket=bracket, sector=sector, funding=funding, jht=True
            )
        except NoTariff:
            continue
        cells.add((month, bracket, sector, funding, price.jkk, price.jkm, price.jht))
    return cells


def stored() -> set:
    names = ("month", "bracket_id", "sector", "funding", "jkk", "jkm", "jht")
    return set(TariffMonth.objects.values_list(*names))


def differing(old: TariffTable, new: TariffTable) -> set:
    """The cells that cost something else, found month by month."""
    return by_rule(new) - by_rule(old)


def months_of(cells) -> set:
    """The months of cells one by one, as far as the stored prices go."""
    return {
        (month, cell.bracket, cell.sector, cell.funding, cell.jkk, cell.jkm, cell.jht)
        for cell in cells
        for month in months_from(FIRST, MONTHS)
        if cell.first_month <= month <= cell.last_month
    }


months = st.integers(0, MONTHS - 1).map(lambda k: add_months(FIRST, k))
amounts = st.integers(100, 50_000)
tariffs = st.builds(
    lambda bracket, first, jkk, jkm, jht: TariffRow(bracket, first, None, jkk, jkm, jht, "x"),
    st.integers(1, 2),
    months,
    amounts,
    amounts,
    st.integers(0, 50_000),
)
reliefs = st.builds(
    lambda sector, funding, first, more, percent: ReliefRow(
        sector, funding, first, add_months(first, more), percent, "y"
    ),
    st.sampled_from(Sector.values),
    st.sampled_from(Funding.values),
    months,
    st.integers(0, 14),
    st.integers(1, 100),
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(tariffs | reliefs, min_size=1, max_size=5), st.data())
def test_after_any_sequence_of_edits_every_stored_price_is_that_of_the_rule(rows, data):
    Tariff.objects.all().delete()
    Relief.objects.all().delete()
    load_small()
    for after in rows:
        held = TariffRows.load()
        befores = [row for row in held.rows.values() if type(row) is type(after)]
        before = data.draw(st.none() | st.sampled_from(befores)) if befores else None
        try:
            made = change(Edit(before, after))
        except CannotChangeTariff:
            continue
        assert stored() == by_rule()
        # What the change touched is found again from its rows alone.
        edits = [Edit.read(told) for told in made.rows]
        now = TariffRows.load()
        found = changed_cells(held, now, edits, today=TODAY)
        assert found == changed_cells(now.without(edits), now, edits, today=TODAY)
        assert months_of(found.cells) == differing(held.table(), now.table())


def test_a_change_is_one_row_with_its_law_its_reason_and_who_made_it():
    by = head_office()
    made = change(relief_until(date(2027, 3, 1)), by=by)
    assert made.rows == [
        {
            "table": "relief",
            "before": {
                "sector": "other",
                "funding": "private",
                "first_month": "2026-04-01",
                "last_month": "2026-12-01",
                "percent_due": 50,
                "legal_basis": "PP 50/2025",
            },
            "after": {
                "sector": "other",
                "funding": "private",
                "first_month": "2026-04-01",
                "last_month": "2027-03-01",
                "percent_due": 50,
                "legal_basis": "PP 50/2025",
            },
        }
    ]
    assert (made.made_by, made.legal_basis, made.followed_up_at) == (by, "PP 9/2027", None)
    event = AuditEvent.objects.get(action="tariff.changed")
    assert (event.actor, event.after["reason"]) == (by, "masa diskon diperpanjang")


def test_a_preview_of_tables_that_have_changed_is_refused():
    shown = plan(relief_until(date(2027, 3, 1)))
    change(new_tariff(date(2028, 1, 1)))
    with pytest.raises(TariffsChanged):
        confirm(shown)
    assert TariffChange.objects.count() == 1


def confirm(shown):
    return change_tariffs(
        content=shown.content(),
        seen=shown.seen,
        legal_basis="PP 9/2027",
        reason="uji",
        by=head_office(),
        now=NOW,
    )


def test_the_second_of_two_clicks_changes_nothing():
    shown = plan(relief_until(date(2027, 3, 1)))
    assert confirm(shown) is not None
    assert confirm(shown) is None
    assert TariffChange.objects.count() == AuditEvent.objects.count() == 1


def test_what_is_so_already_or_begins_with_another_row_is_refused():
    with pytest.raises(NothingChanges):
        plan(relief_until(date(2026, 12, 1)))
    with pytest.raises(RowTaken):
        plan(new_tariff(date(2016, 1, 1), jkk=11_000))


def test_a_row_that_would_leave_a_month_without_price_is_refused():
    row = TariffRows.load().rows["tariff", 1, date(2016, 1, 1)]
    later = TariffRow(1, date(2027, 1, 1), None, 10_000, 6_800, 20_000, "x")
    with pytest.raises(LeavesGap, match="Golongan 1 tidak akan punya tarif untuk Januari 2016"):
        plan_change(edits=[Edit(row, later)], today=TODAY)


def test_nothing_is_written_when_a_step_fails(monkeypatch):
    def fail() -> None:
        raise RuntimeError

    shown = plan(relief_until(date(2027, 3, 1)))
    monkeypatch.setattr(tariff_changes, "rebuild_prices", fail)
    with pytest.raises(RuntimeError):
        confirm(shown)
    assert not TariffChange.objects.exists()
    assert Relief.objects.filter(last_month=date(2027, 3, 1), sector="other").count() == 0


def test_the_file_of_all_tariffs_changes_nothing_and_a_new_table_adds_its_rows():
    rows = TariffRows.load()
    text = write_tariffs(rows)
    same = plan_tariffs(read_table(text.encode(), COLUMNS), rows)
    assert (same.edits, same.problems, same.unchanged) == ([], [], 2)
    new = text.replace("01-01-2016", "01-01-2028").replace("6800", "7000")
    edits = plan_tariffs(read_table(new.encode(), COLUMNS), rows).edits
    change(*edits)
    assert rebuild_prices().written == 0
    assert stored() == by_rule()
    table = TariffTable.load()
    asked = {"bracket": 1, "sector": "other", "funding": "apbd", "jht": False}
    assert table.price(month=date(2027, 12, 1), **asked).total == 16_800
    assert table.price(month=date(2028, 1, 1), **asked).total == 17_000


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("34;01-2027;;10000;6800;20000;x", "golongan"),
        ("1;13-2027;;10000;6800;20000;x", "dari_bulan"),
        ("1;01-2027;12-2026;10000;6800;20000;x", "sampai_bulan"),
        ("1;01-2027;;10,5;6800;20000;x", "jkk"),
        ("1;01-2027;;10000;0;20000;x", "jkm"),
        ("1;01-2027;;10000;6800;;x", "jht"),
        ("1;01-2027;;10000;6800;20000;", "dasar_hukum"),
        (f"1;01-2027;;10000;6800;20000;{'x' * 59}", "dasar_hukum"),
    ],
)
def test_a_bad_row_of_a_file_names_its_column(cells, column):
    text = f"{';'.join(COLUMNS)}\n1;01-2028;;10000;6800;20000;x\n{cells}\n"
    read = plan_tariffs(read_table(text.encode(), COLUMNS), TariffRows.load())
    assert [(problem.number, problem.column) for problem in read.problems] == [(3, column)]
