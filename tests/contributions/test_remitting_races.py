"""Two at once: answers brought in twice, a file against a reversal, two who confirm."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from bricks.engine import is_postgres
from contributions.books import check_books
from contributions.models import Contribution, Coverage, Remittance
from contributions.services import accepting, answer_files, remitting, ruling
from contributions.services.reversing import StillSending, undo_payment
from notices.models import Message
from payments.models import Posting
from tests.contributions.builders import balance, billed_order, pay, reverse
from tests.contributions.remitted import (
    LATER,
    MONDAY,
    NOON,
    brought_in,
    handed_over,
    months_of,
    treasurer,
    yes,
)
from tests.contributions.test_ruling import KEPT, RULED, UNDONE, propose, taken_back
from tests.payments.test_races import PATIENCE, together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not is_postgres(connection),
        reason="races need PostgreSQL: SQLite lets in one writer at a time",
    ),
]


@pytest.fixture(autouse=True)
def _quiet(settings, tmp_path):
    settings.BELL_TASKS = dict.fromkeys(settings.BELL_TASKS, ())
    settings.MEDIA_ROOT = tmp_path


def apply_twice():
    remittance = handed_over(months=3)
    file = brought_in(remittance, [yes(month) for month in months_of(remittance)])
    together(
        *[lambda: answer_files.apply(file=file, by=file.imported_by, now=LATER) for _ in range(2)]
    )
    file.refresh_from_db()
    return file


def test_a_file_applied_twice_at_once_counts_once():
    assert apply_twice().accepted == 3
    assert Coverage.objects.count() == 1
    assert Message.objects.filter(kind="cover_accepted").count() == 1


def test_without_the_lock_both_would_take_the_same_lines(monkeypatch):
    both_are_here = Barrier(2)
    monkeypatch.setattr(accepting, "lock_workers", lambda _ids: both_are_here.wait(PATIENCE))
    chunk, read = accepting.Contribution.everything.bulk_update, Barrier(2)

    def after_both_have_read(rows, columns):
        if columns == ["core_receipt"]:
            read.wait(PATIENCE)
        return chunk(rows, columns)

    monkeypatch.setattr(Contribution.everything, "bulk_update", after_both_have_read)
    assert apply_twice().accepted != 3


@pytest.fixture
def taken_payment():
    payment = pay(billed_order(months=3), NOON)
    return reverse(payment, LATER)


def undo(payment):
    try:
        return undo_payment(payment_id=payment.pk, now=LATER)
    except StillSending:
        return None


def test_a_month_is_undone_or_sent_and_never_both(taken_payment):
    together(
        lambda: remitting.remit(today=MONDAY, now=LATER, core="files"),
        lambda: undo(taken_payment),
    )
    [status] = set(Contribution.everything.values_list("status", flat=True))
    remittances = list(Remittance.everything.values_list("lines", flat=True))
    assert (status, remittances) in [("paid", [3]), ("reversed", [])]
    assert [found for found in check_books(now=LATER) if found.is_grave] == []


def test_without_the_lock_a_file_would_bear_months_whose_money_is_gone(taken_payment, monkeypatch):
    counted = remitting.total_worth

    def undone_meanwhile(months):
        total = counted(months)
        other = Thread(target=lambda: (undo(taken_payment), connection.close()))
        other.start()
        other.join(PATIENCE)
        return total

    monkeypatch.setattr(remitting, "lock_workers", lambda _ids: None)
    monkeypatch.setattr(remitting, "total_worth", undone_meanwhile)
    remitting.claim_paid_months(today=MONDAY, now=LATER, core="files")
    assert Remittance.everything.get().lines == 3
    assert not Contribution.everything.filter(remittance__isnull=False).exists()


@pytest.mark.parametrize("outcome", [KEPT, UNDONE])
def test_of_two_who_confirm_one_wins(outcome):
    payment = taken_back()
    made = propose(payment, outcome)
    people = [treasurer(payment.invoice.office) for _ in range(2)]
    results = together(
        *[lambda by=by: ruling.confirm(ruling=made, by=by, now=RULED) for by in people]
    )
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "RulingDecided"]
    assert Posting.objects.filter(key=f"reversed:{payment.pk}").count() == 1
    assert balance("clearing") == 0
    assert [found for found in check_books(now=RULED) if found.is_grave] == []
