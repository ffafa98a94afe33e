"""The price of a month, and the tables that SQL reads it from (domain reference 1.2, 1.4, 10)."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bricks.months import add_months
from contributions.models import CalendarDay, Relief, Tariff, TariffMonth
from contributions.quotes import BadQuote, quote
from contributions.services import pricing
from contributions.tariffs import NoTariff, Price, ReliefRow, TariffRow, TariffTable
from workers.models import Occupation


def read(name: str) -> list[dict[str, str]]:
    """Read one of the data files."""
    with (pricing.DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def table() -> TariffTable:
    """The tariffs of the files, without a database."""
    return TariffTable(
        lower_bounds=[(int(r["number"]), int(r["lower_bound"])) for r in read("brackets.csv")],
        tariffs=[
            TariffRow(
                int(r["bracket"]),
                date.fromisoformat(r["first_month"] + "-01"),
                None,
                int(r["jkk"]),
                int(r["jkm"]),
                int(r["jht"]),
                r["legal_basis"],
            )
            for r in read("tariffs.csv")
        ],
        reliefs=[
            ReliefRow(
                r["sector"],
                r["funding"],
                date.fromisoformat(r["first_month"] + "-01"),
                date.fromisoformat(r["last_month"] + "-01"),
                int(r["percent_due"]),
                r["legal_basis"],
            )
            for r in read("reliefs.csv")
        ],
    )


# Rows of the printed table: number, income, (JKK + JKM, with JHT, half).
PRINTED = [
    (1, 1_000_000, (16_800, 36_800, 8_400)),
    (2, 1_200_000, (18_800, 42_800, 9_400)),
    (9, 2_600_000, (32_800, 84_800, 16_400)),
    (10, 2_950_000, (36_300, 95_300, 18_150)),
    (14, 4_950_000, (56_300, 155_300, 28_150)),
    (20, 7_950_000, (86_300, 245_300, 43_150)),
    (21, 8_700_000, (93_800, 267_800, 46_900)),
    (33, 20_700_000, (213_800, 627_800, 106_900)),
]


@pytest.mark.parametrize(("number", "income", "printed"), PRINTED)
def test_each_bracket_costs_what_is_printed(table, number, income, printed):
    two, three, half = printed
    assert table.bracket_for(income) == number
    asked = {"bracket": number, "sector": "other"}
    month = date(2025, 5, 1)
    assert table.price(month=month, funding="private", jht=False, **asked).total == two
    assert table.price(month=month, funding="private", jht=True, **asked).total == three
    halved = table.price(month=date(2026, 5, 1), funding="private", jht=False, **asked)
    assert halved.total == half
    assert halved.full == two


def test_there_are_33_brackets_of_one_and_two_per_cent(table):
    assert table.brackets == list(range(1, 34))
    for row, bracket in zip(read("tariffs.csv"), read("brackets.csv"), strict=True):
        assert int(row["jkk"]) * 100 == int(bracket["reference_income"])
        assert int(row["jht"]) * 50 == int(bracket["reference_income"])
        assert int(row["jkm"]) == 6_800


@pytest.mark.parametrize(
    ("income", "number"),
    [
        (0, 1),
        (1_099_500, 1),
        (1_100_000, 2),
        (3_000_000, 10),
        (5_000_000, 14),
        (20_200_000, 33),
        (10**12, 33),
    ],
)
def test_a_bracket_is_found_by_its_lower_bound(table, income, number):
    assert table.bracket_for(income) == number


def test_a_negative_income_has_no_bracket(table):
    with pytest.raises(NoTariff):
        table.bracket_for(-1)


def test_jkk_is_that_of_the_bracket_and_not_of_the_income(table):
    price = table.price(
        month=date(2025, 1, 1),
        bracket=table.bracket_for(3_000_000),
        sector="other",
        funding="private",
        jht=False,
    )
    assert price.jkk == 29_500


def test_a_month_before_the_first_tariff_has_no_price(table):
    with pytest.raises(NoTariff):
        table.price(
            month=date(2015, 12, 1), bracket=1, sector="other", funding="private", jht=False
        )


def test_of_two_tariffs_that_hold_the_newer_counts():
    old = TariffRow(1, date(2016, 1, 1), None, 10_000, 6_800, 20_000, "old")
    new = TariffRow(1, date(2028, 1, 1), None, 11_000, 7_000, 20_000, "new")
    table = TariffTable(lower_bounds=[(1, 0)], tariffs=[new, old], reliefs=[])
    asked = {"bracket": 1, "sector": "other", "funding": "private", "jht": False}
    assert table.price(month=date(2027, 12, 1), **asked) == Price(10_000, 6_800, 0, "old", 16_800)
    assert table.price(month=date(2028, 1, 1), **asked).total == 18_000


def test_relief_halves_jkk_and_jkm_but_never_jht(table):
    price = table.price(
        month=date(2026, 12, 1), bracket=1, sector="other", funding="private", jht=True
    )
    assert (price.jkk, price.jkm, price.jht) == (5_000, 3_400, 20_000)
    assert price.full == 36_800
    assert price.legal_basis == "PP 44/2015, PP 46/2015; PP 50/2025"


@pytest.mark.parametrize(
    ("sector", "month", "half"),
    [
        ("transport", date(2025, 12, 1), False),
        ("transport", date(2026, 1, 1), True),
        ("transport", date(2027, 3, 1), True),
        ("transport", date(2027, 4, 1), False),
        ("other", date(2026, 3, 1), False),
        ("other", date(2026, 4, 1), True),
        ("other", date(2026, 12, 1), True),
        ("other", date(2027, 1, 1), False),
    ],
)
def test_relief_holds_in_its_own_months_of_each_sector(table, sector, month, half):
    price = table.price(month=month, bracket=1, sector=sector, funding="private", jht=False)
    assert price.total == (8_400 if half else 16_800)


@pytest.mark.parametrize("funding", ["apbd", "apbn", "apbdes", "dbh"])
@pytest.mark.parametrize("sector", ["transport", "other"])
def test_public_money_pays_the_full_price(table, sector, funding):
    price = table.price(
        month=date(2026, 11, 1), bracket=1, sector=sector, funding=funding, jht=False
    )
    assert price.total == 16_800


# (start, months, sector, funding), total: domain reference 1.4
QUOTES = [
    ((date(2026, 11, 20), 12, "other", "private"), 184_800),
    ((date(2026, 11, 20), 12, "other", "csr"), 184_800),
    ((date(2026, 11, 20), 12, "transport", "private"), 159_600),
    ((date(2026, 11, 20), 12, "transport", "apbd"), 201_600),
    ((date(2026, 11, 20), 12, "other", "apbd"), 201_600),
    ((date(2026, 3, 1), 6, "other", "private"), 58_800),
    ((date(2024, 2, 29), 12, "transport", "private"), 201_600),
    ((date(2025, 1, 31), 12, "other", "private"), 201_600),
]


@pytest.mark.parametrize(("asked", "total"), QUOTES)
def test_a_quote_adds_up_over_a_change_of_price(table, asked, total):
    start, months, sector, funding = asked
    answer = quote(start=start, months=months, sector=sector, funding=funding, table=table)
    assert answer.total == total
    assert len(answer.lines) == months
    assert sum(group.subtotal for group in answer.groups) == total


def test_budgets_of_the_acceptance_table(table):
    year = quote(
        start=date(2024, 1, 1), months=12, sector="other", funding="apbd", table=table
    ).total
    assert 10_000 * year == 2_016_000_000
    assert 10_000 * year - 2_000_000_000 == 16_000_000
    assert divmod(2_000_000_000, year) == (9_920, 128_000)
    assert 10_000 * year * 11 // 12 == 1_848_000_000
    assert 2_000_000_000 // 16_800 == 119_047
    assert 20_000 * year == 4_032_000_000


def test_a_quote_says_why_each_month_costs_what_it_costs(table):
    answer = quote(
        start=date(2026, 11, 20), months=3, sector="other", funding="private", table=table
    )
    assert [line.reason for line in answer.lines] == [
        "Diskon pemerintah 50 % (PP 50/2025)",
        "Diskon pemerintah 50 % (PP 50/2025)",
        "Harga penuh",
    ]
    assert [group.count for group in answer.groups] == [2, 1]
    public = quote(start=date(2026, 11, 20), months=1, sector="other", funding="apbd", table=table)
    assert public.lines[0].reason == "Dibayar APBD: harga penuh"


def test_the_periods_of_a_quote_are_counted_from_its_start(table):
    answer = quote(
        start=date(2026, 1, 31), months=12, sector="other", funding="private", table=table
    )
    assert answer.lines[0].covered_until == date(2026, 2, 27)
    assert answer.lines[1].month == date(2026, 2, 1)
    assert answer.covered_until == date(2027, 1, 30)


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": 0},
        {"months": -3},
        {"months": 121},
        {"sector": "taksi"},
        {"funding": "hibah"},
        {"start": date(9999, 12, 1)},
    ],
)
def test_a_senseless_quote_is_refused_with_a_sentence(table, wrong):
    asked = {"start": date(2026, 11, 1), "months": 12, "sector": "other", "funding": "private"}
    with pytest.raises(BadQuote, match=r"\w+ .*\."):
        quote(**{**asked, **wrong}, table=table)


# --- loaded ----------------------------------------------------------------------
@pytest.mark.django_db
def test_loading_twice_writes_once():
    first = pricing.load_tariffs()
    assert first["brackets"].written == first["tariffs"].written == 33
    assert first["reliefs"].written == 4
    again = pricing.load_tariffs()
    assert {name: count.written for name, count in again.items()} == dict.fromkeys(again, 0)


@pytest.mark.django_db
def test_every_price_in_sql_is_that_of_the_python_rule():
    pricing.load_tariffs()
    table = TariffTable.load()
    cells = 0
    for row in TariffMonth.objects.all().iterator(5_000):
        price = table.price(
            month=row.month,
            bracket=row.bracket_id,
            sector=row.sector,
            funding=row.funding,
            jht=True,
        )
        assert (row.jkk, row.jkm, row.jht) == (price.jkk, price.jkm, price.jht)
        assert row.legal_basis == price.legal_basis
        cells += 1
    assert cells == 33 * 96 * 2 * 6


@pytest.mark.django_db
def test_every_day_of_the_calendar_agrees_with_the_month_arithmetic():
    pricing.fill_calendar()
    days = list(CalendarDay.objects.order_by("day"))
    assert (days[0].day, days[-1].day) == (date(2015, 1, 1), date(2045, 12, 31))
    assert len(days) == (days[-1].day - days[0].day).days + 1
    for row in days:
        for step in (1, 2, 3, 6, 12):
            assert getattr(row, f"plus_{step}") == add_months(row.day, step)


@pytest.mark.django_db
def test_a_correction_by_head_office_survives_and_reaches_the_prices():
    pricing.load_tariffs()
    Tariff.objects.filter(bracket=33).update(jkk=208_000)
    Relief.objects.create(
        sector="other",
        funding="apbdes",
        first_month=date(2026, 4, 1),
        last_month=date(2026, 12, 1),
        percent_due=50,
        legal_basis="PP 50/2025",
    )
    assert pricing.load_tariffs()["tariffs"].written == 0
    assert Tariff.objects.get(bracket=33).jkk == 208_000
    cell = TariffMonth.objects.get(
        bracket=33, month=date(2026, 5, 1), sector="other", funding="apbdes"
    )
    assert (cell.jkk, cell.jkm) == (104_000, 3_400)


@pytest.mark.django_db
def test_the_command_loads_jobs_and_tariffs():
    out = StringIO()
    call_command("load_tariffs", stdout=out)
    assert Occupation.objects.get(code="ojek_daring").sector == "transport"
    assert Occupation.objects.get(code="asisten_rumah_tangga").sector == "other"
    assert "brackets" in out.getvalue()
    Occupation.objects.filter(code="tukang_becak").update(sector="other", name="Becak")
    call_command("load_tariffs", stdout=out)
    job = Occupation.objects.get(code="tukang_becak")
    assert (job.sector, job.name) == ("other", "Tukang becak")


@pytest.mark.django_db
def test_the_quote_command_prints_a_line_a_month_and_the_total_last():
    pricing.load_laws()
    out = StringIO()
    call_command("quote", "--from", "2026-11", "--sector", "transport", stdout=out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 13
    assert lines[0].startswith("November 2026")
    assert "Rp 8.400" in lines[0]
    assert "159.600" in lines[-1]
    out = StringIO()
    asked = ["--from", "2026-11", "--months", "1", "--income", "3.000.000", "--jht"]
    call_command("quote", *asked, stdout=out)
    assert "Rp 77.150" in out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        ["--from", "2026-13"],
        ["--from", "November"],
        ["--from", "2026-11", "--months", "-3"],
        ["--from", "2026-11", "--months", "banyak"],
        ["--from", "2026-11", "--sector", "laut"],
        ["--from", "2026-11", "--funding", "hibah"],
        ["--from", "2026-11", "--income", "1,5 juta"],
        ["--from", "1850-01"],
    ],
)
def test_bad_input_is_answered_with_a_sentence(wrong):
    pricing.load_laws()
    with pytest.raises(CommandError, match=r"\w+ .*[.)]") as refused:
        call_command("quote", *wrong)
    assert refused.value.returncode != 0


@pytest.mark.django_db
def test_without_tariffs_the_command_says_what_to_do():
    with pytest.raises(CommandError, match="load_tariffs"):
        call_command("quote", "--from", "2026-11")
