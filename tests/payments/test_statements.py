"""Taking statements in: whole, once, without a day missing (P37)."""

from datetime import timedelta

import pytest

from contributions.books import check_books
from payments import books
from payments.models import BankLine, BankStatement, Posting
from payments.services import statements
from payments.services.statements import AlreadyImported, Contradicts, GapUnexplained
from payments.statements.base import BadStatement
from tests.factories import NOW, TODAY
from tests.payments.banking import (
    YESTERDAY,
    bank_account,
    in_bank,
    in_suspense,
    statement,
    taken_in,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def account():
    return bank_account()


def test_what_came_in_waits_in_suspense_and_what_went_out_for_its_meaning(account):
    taken_in(account, statement((100, "masuk"), (-30, "biaya"), (50, "masuk lagi"), opening=7))
    assert (in_bank(account), in_suspense()) == (150, 150)
    assert list(BankLine.objects.order_by("pk").values_list("side", "amount", "status")) == [
        ("in", 100, "open"),
        ("out", 30, "open"),
        ("in", 50, "open"),
    ]
    assert books.check_ledger() == []


def test_a_statement_that_does_not_sum_or_leaves_its_days_names_its_line():
    with pytest.raises(BadStatement, match="di luar masa"):
        statement((5, "x", TODAY), first=YESTERDAY)


def test_the_same_file_twice_is_told_and_changes_nothing(account):
    taken_in(account, statement((100, "a")), digest="d" * 64)
    with pytest.raises(AlreadyImported):
        taken_in(account, statement((100, "a")), digest="d" * 64)
    assert (BankStatement.objects.count(), in_suspense()) == (1, 100)


def test_overlapping_days_bring_known_lines_once_and_equal_ones_by_their_count(account):
    taken_in(account, statement((10, "pulsa"), (10, "pulsa"), opening=5))
    longer = statement(
        (10, "PULSA "), (10, "pul sa"), (10, "pulsa"), (20, "baru", TODAY), opening=5, last=TODAY
    )
    made = taken_in(account, longer)
    assert (made.lines, made.known_lines, in_suspense()) == (4, 2, 50)


def test_a_missing_day_is_named_and_needs_a_reason(account):
    taken_in(account, statement((10, "a"), first=YESTERDAY - 3 * DAY))
    later = statement((5, "b"), opening=10)
    plan = statements.plan_import(account=account, statement=later, digest="x", now=NOW)
    [gap] = plan.gaps
    assert (gap.first, gap.last) == (YESTERDAY - 2 * DAY, YESTERDAY - DAY)
    with pytest.raises(GapUnexplained):
        taken_in(account, later)
    assert taken_in(account, later, gap_reason="Bank libur").gap_reason == "Bank libur"


def test_days_that_were_missing_can_follow_if_their_balances_fit_on_both_sides(account):
    taken_in(account, statement((10, "a"), first=YESTERDAY - 2 * DAY))
    taken_in(account, statement((5, "c"), opening=30), gap_reason="menyusul")
    middle = YESTERDAY - DAY
    with pytest.raises(Contradicts, match="Saldo akhir"):
        taken_in(account, statement((19, "b"), opening=10, first=middle))
    taken_in(account, statement((20, "b"), opening=10, first=middle))
    assert in_suspense() == 35


@pytest.mark.parametrize(
    ("later", "sentence"),
    [
        (statement((5, "b"), opening=11), "Saldo awal"),
        (statement((10, "lain"), opening=0, first=YESTERDAY - DAY), "tidak ada di berkas"),
        (statement((1, "esok"), first=TODAY, last=TODAY + DAY), "belum terjadi"),
    ],
)
def test_a_statement_that_contradicts_is_refused_whole(account, later, sentence):
    taken_in(account, statement((10, "a"), first=YESTERDAY - DAY))
    with pytest.raises(Contradicts, match=sentence):
        taken_in(account, later)
    assert in_suspense() == 10


def test_no_line_is_added_to_a_day_that_was_whole(account):
    first = YESTERDAY - DAY
    taken_in(account, statement((10, "a", first), (5, "b", YESTERDAY), first=first, last=YESTERDAY))
    with pytest.raises(Contradicts, match="Baris 3"):
        taken_in(account, statement((10, "a", first), (7, "selundup", first), first=first))


def test_a_period_typed_too_long_does_not_close_the_days_without_lines(account):
    day = [TODAY - n * DAY for n in range(10)]
    taken_in(account, statement((10, "a", day[9]), (5, "b", day[6]), first=day[9], last=day[4]))
    late, later = (7, "c", day[5]), (3, "d", day[1])
    with pytest.raises(Contradicts, match="sudah lengkap"):
        taken_in(account, statement(late, opening=15, first=day[5], last=day[5]))
    with pytest.raises(Contradicts, match="Saldo awal"):
        taken_in(account, statement(later, opening=22, first=day[3], last=day[1]))
    taken_in(account, statement(late, later, opening=15, first=day[5], last=day[1]))
    again = ((10, "a", day[9]), (5, "b", day[6]), late, later)
    assert taken_in(account, statement(*again, first=day[9], last=TODAY)).known_lines == 4
    assert (in_suspense(), check_books(now=NOW)) == (25, [])


def test_a_failure_in_the_middle_leaves_nothing(account, monkeypatch):
    def broken(**_):
        raise RuntimeError

    monkeypatch.setattr(statements, "match_lines", broken)
    with pytest.raises(RuntimeError):
        taken_in(account, statement((10, "a")))
    assert not BankStatement.objects.exists()
    assert not Posting.objects.exists()


def test_a_statement_of_many_lines_costs_as_many_queries_as_one_of_few(
    account, django_assert_max_num_queries
):
    many = statement(*[(n + 1, f"baris {n}") for n in range(1_000)])
    with django_assert_max_num_queries(60):
        taken_in(account, many)
    assert in_suspense() == 500_500
