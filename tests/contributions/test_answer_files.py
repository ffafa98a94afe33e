"""BPJS's acceptance file: read line by line, applied once, however often it comes."""

import io
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from contributions.books import check_books
from contributions.core.answers import NoHeading
from contributions.models import AnswerFile, Contribution, Coverage, Remittance
from contributions.services import accepting, answer_files, remitting, reversing
from contributions.services.answer_files import preview
from notices.models import Message
from tests.contributions.builders import billed_order, pay, reverse
from tests.contributions.remitted import (
    COLUMNS,
    LATER,
    MONDAY,
    NOON,
    answered,
    brought_in,
    handed_over,
    months_of,
    no,
    ready,
    table,
    treasurer,
    yes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def statuses(remittance: Remittance) -> list[str]:
    return [month.status for month in months_of(remittance)]


def grave() -> list[str]:
    return [found.sentence for found in check_books(now=LATER) if found.is_grave]


def test_nothing_is_applied_before_the_preview_is_confirmed():
    remittance = handed_over(months=2)
    first, second = months_of(remittance)
    file = brought_in(remittance, [yes(first), no(second)])
    assert preview(file=file).counts == {"accepted": 1, "rejected": 1}
    assert statuses(remittance) == ["sent", "sent"]
    answer_files.apply(file=file, by=file.imported_by, now=LATER)
    assert statuses(remittance) == ["accepted", "rejected"]
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.core_receipt, first.worker.kpj) == (f"B-{first.pk}", "01234567890")
    assert second.core_reason == "NIK tidak cocok"
    assert Coverage.objects.get().covered_until == date(2026, 12, 22)
    assert grave() == []


def test_a_partial_answer_leaves_the_rest_waiting_until_it_comes():
    remittance = handed_over(months=3)
    months = months_of(remittance)
    answered(remittance, [yes(months[0])])
    remittance.refresh_from_db()
    assert (statuses(remittance), remittance.answered_at) == (["accepted", "sent", "sent"], None)
    answered(remittance, [yes(month) for month in months])
    remittance.refresh_from_db()
    assert (set(statuses(remittance)), remittance.answered_at) == ({"accepted"}, LATER)


def test_the_same_file_again_is_the_same_row_and_changes_nothing():
    remittance = handed_over()
    lines = [yes(month) for month in months_of(remittance)]
    done = answered(remittance, lines)
    again = answered(remittance, lines)
    assert again == done
    assert AnswerFile.objects.get().accepted == 3
    assert Message.objects.filter(kind="cover_accepted").count() == 1


def test_the_donor_is_told_once_per_file():
    remittance = handed_over(months=2)
    first, second = months_of(remittance)
    answered(remittance, [yes(first)])
    answered(remittance, [yes(first), yes(second)])
    assert Message.objects.filter(kind="cover_accepted").count() == 2


def test_every_line_says_what_it_would_do():
    remittance, other = handed_over(months=6), handed_over(months=1)
    one, two, three, four = months_of(remittance)[:4]
    [foreign] = months_of(other)
    answered(remittance, [yes(one), no(two)])
    number = remittance.number
    lines = [
        yes(one),
        no(one),
        yes(two),
        no(two),
        yes(foreign),
        (number, 999_999, "diterima", "01234567890", "B", ""),
        (number, three.pk, "mungkin", "", "", ""),
        (number, four.pk, "diterima", "", "B-1", ""),
        (number, "x", "ditolak", "", "", "salah"),
        ("", "", "", "", "", ""),
    ]
    kinds = {}
    for line in lines[:-1]:
        [told] = preview(file=brought_in(remittance, [line])).lines
        kinds[str(line[1]), line[2]] = told.kind
    assert list(kinds.values()) == [
        "known",
        "disputed",
        "disputed",
        "known",
        "other",
        "unknown",
        "faulty",
        "faulty",
        "faulty",
    ]


def test_a_contradiction_is_shown_and_changes_nothing():
    remittance = handed_over(months=1)
    [month] = months_of(remittance)
    answered(remittance, [yes(month)])
    file = brought_in(remittance, [no(month)])
    assert file.disputed == 1
    with pytest.raises(answer_files.NothingToApply):
        answer_files.apply(file=file, by=file.imported_by, now=LATER)
    assert statuses(remittance) == ["accepted"]


def test_a_line_twice_in_one_file_is_applied_by_neither():
    remittance = handed_over(months=1)
    [month] = months_of(remittance)
    file = brought_in(remittance, [yes(month), no(month)])
    assert preview(file=file).counts == {"faulty": 2}


def test_a_month_sent_again_is_no_longer_answered_by_the_old_file(settings):
    settings.REMIT_AT_ONCE = True
    remittance = handed_over(months=1)
    [month] = months_of(remittance)
    answered(remittance, [no(month)])
    month.refresh_from_db()
    remitting.resend_rejected(contribution=month, by=treasurer(remittance.office), now=LATER)
    remitting.remit(today=MONDAY, now=LATER, core="files")
    [told] = preview(file=brought_in(remittance, [yes(month)])).lines
    assert told.kind == "other"


@pytest.mark.parametrize("kind", ["semicolon", "comma", "workbook"])
def test_each_kind_of_table_is_read(kind):
    remittance = handed_over(months=2)
    lines = [yes(month) for month in months_of(remittance)]
    content = {
        "semicolon": lambda: table(lines),
        "comma": lambda: table(lines, ","),
        "workbook": lambda: workbook(lines),
    }[kind]()
    file = answer_files.receive(
        remittance=remittance, content=content, sender=treasurer(remittance.office), now=LATER
    )
    assert preview(file=file).counts == {"accepted": 2}


def workbook(lines) -> bytes:
    book = Workbook()
    book.active.append(COLUMNS)
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_table_of_something_else_is_refused():
    remittance = handed_over()
    with pytest.raises(NoHeading):
        answer_files.receive(
            remittance=remittance,
            content=b"nama;umur\nA;3\n",
            sender=treasurer(remittance.office),
            now=LATER,
        )


def test_what_was_not_handed_over_cannot_be_answered():
    remittance = ready()
    with pytest.raises(answer_files.NotHandedOver):
        brought_in(remittance, [])


def test_the_answers_of_the_sandbox_come_by_themselves():
    pay(billed_order(), NOON)
    remitting.remit(today=MONDAY, now=NOON)
    with pytest.raises(answer_files.AnswersByThemselves):
        brought_in(Remittance.everything.get(), [])


def test_the_word_on_a_month_whose_money_went_back_is_kept():
    payment = pay(billed_order(months=1), NOON)
    remitting.remit(today=MONDAY, now=NOON, core="files")
    remittance = Remittance.everything.get()
    [month] = months_of(remittance)
    Contribution.everything.filter(pk=month.pk).update(status="sent", sent_at=NOON)
    Remittance.everything.update(core_reference=remittance.number, sent_at=NOON)
    reverse(payment, LATER)
    reversing.undo_payments(now=LATER)
    remittance.refresh_from_db()
    assert answered(remittance, [yes(month)]).accepted == 0
    assert not Coverage.objects.exists()
    assert "accepted_after_reversal" in {found.kind for found in check_books(now=LATER)}


def test_a_run_that_dies_between_two_chunks_is_finished_by_the_same_file(monkeypatch):
    monkeypatch.setattr(accepting, "CHUNK", 2)
    remittance = handed_over(workers=5, months=1)
    lines = [yes(month) for month in months_of(remittance)]
    file = brought_in(remittance, lines)
    apply_chunk, done = accepting._apply_chunk, []

    def dying(*args, **more):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(apply_chunk(*args, **more))
        return done[-1]

    with monkeypatch.context() as patch:
        patch.setattr(accepting, "_apply_chunk", dying)
        with pytest.raises(KeyboardInterrupt):
            answer_files.apply(file=file, by=file.imported_by, now=LATER)
    assert sorted(statuses(remittance)) == ["accepted"] * 4 + ["sent"]
    again = answered(remittance, lines)
    assert again == file
    assert (again.accepted, set(statuses(remittance))) == (5, {"accepted"})
    assert Message.objects.filter(kind="cover_accepted").count() == 5
    assert grave() == []


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_mix_of_answers_in_any_order_gives_the_same_cover(data, tmp_path):
    """Each line has one fate; files bear any of the lines, any number of times."""
    remittance = handed_over(workers=2, months=3)
    months = months_of(remittance)
    fates = {month.pk: data.draw(st.booleans()) for month in months}
    lines = [yes(month) if fates[month.pk] else no(month) for month in months]
    files = data.draw(st.lists(st.lists(st.sampled_from(lines), unique=True), max_size=5))
    for chosen in [*files, data.draw(st.permutations(lines))]:
        file = brought_in(remittance, chosen) if chosen else None
        if file and preview(file=file).answers:
            answer_files.apply(file=file, by=file.imported_by, now=LATER)
    covered = set()
    for span in Coverage.objects.filter(worker__in={month.worker_id for month in months}):
        days = range(span.covered_from.toordinal(), span.covered_until.toordinal() + 1)
        covered |= {(span.worker_id, day) for day in days}
    for month in months:
        for day in (month.covered_from, month.covered_until):
            assert ((month.worker_id, day.toordinal()) in covered) == fates[month.pk]
    assert grave() == []
