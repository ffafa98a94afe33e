"""Chunks of a renewal: everything that is due in one of them, and every donor told once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from bricks.engine import is_postgres
from contributions.models import Contribution, RenewalChunk, RenewalRun, Sponsorship
from contributions.renewal_due import due_on
from contributions.renewal_selectors import preview
from contributions.services import renewal_plan, renewal_telling, renewal_work, renewing
from contributions.services.renewing import continue_renewal, renew_tonight
from donors.models import Programme
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import few_prices
from tests.contributions.renewals import NIGHT, TODAY, YEAR, give_credit, order_of
from tests.contributions.rows import sponsored
from tests.factories import DonorFactory, EnrollmentFactory, OrderFactory, ProgrammeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]


@pytest.fixture(autouse=True)
def _prices():
    few_prices()


def chunks_of_what_is_due() -> dict[int, list[int]]:
    """The numbers of the chunks that may have each sponsorship that is due."""
    found: dict[int, list[int]] = {pk: [] for pk in due_on(TODAY).values_list("pk", flat=True)}
    for chunk in RenewalChunk.objects.all():
        due = renewal_plan.due_rows(TODAY, renewal_plan.scope_of(chunk))
        for (pk,) in renewal_plan.select(f"SELECT s.id {due}"):
            found[pk].append(chunk.number)
    return found


def divided() -> RenewalRun:
    """A run whose work is cut into chunks, and nothing of it done."""
    run = RenewalRun.objects.create(kind="night", today=TODAY, started_at=NIGHT)
    while run.stage == RenewalRun.Stage.SPLIT:
        run = renewing._step(run, NIGHT)
    return run


@pytest.mark.parametrize("lines", [1, 2, 4, 100])
@pytest.mark.parametrize("donors", [2, 100])
def test_each_that_is_due_is_in_one_chunk_also_beside_a_donor_who_is_cut(
    monkeypatch, lines, donors
):
    for workers in (1, 3, 1, 1, 4, 2):
        order_of(workers)
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", 2)
    monkeypatch.setattr(renewal_plan, "_chunk_size", lambda _lines: lines)
    for name in ("DONORS", "DONORS_SQLITE"):
        monkeypatch.setattr(renewal_plan, name, donors)
    divided()
    assert [len(numbers) for numbers in chunks_of_what_is_due().values()] == [1] * 12
    assert sum(RenewalChunk.objects.values_list("lines", flat=True)) == 12
    assert renew_tonight(today=TODAY, now=NIGHT)["workers"] == 12
    assert RenewalChunk.objects.filter(told_at__isnull=True).count() == 0


def test_parts_of_a_donor_go_on_in_order_of_the_end_of_cover(monkeypatch):
    """Of five the three whose cover ends first are paid for, whoever was born first."""
    order = OrderFactory()
    rows = [
        sponsored(date(2025, 12, day), 12, case=EnrollmentFactory(approved=True, order=order))
        for day in (31, 29, 27, 28, 30)
    ]
    give_credit(rows[0].donor, 3 * YEAR)
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", 2)
    divided()
    assert set(RenewalChunk.objects.values_list("in_order", flat=True)) == {True}
    renew_tonight(today=TODAY, now=NIGHT)
    drawn = Contribution.everything.filter(posting__kind="credit_spent")
    assert set(drawn.values_list("sponsorship", flat=True)) == {
        rows[2].pk,
        rows[3].pk,
        rows[1].pk,
    }


def dear_before_cheap(**fields: Any) -> list[Sponsorship]:
    """Of one programme: a year whose cover ends first, and a month that ends a day later."""
    order = OrderFactory(**fields)
    year = EnrollmentFactory(approved=True, order=order, months=12)
    month = EnrollmentFactory(approved=True, order=order, months=1)
    return [
        sponsored(date(2025, 12, 20), 12, case=year),
        sponsored(date(2026, 11, 21), 1, case=month),
    ]


@pytest.mark.parametrize("lines", [1, 100])
def test_nobody_is_overtaken_by_one_whose_period_is_cheaper(monkeypatch, lines):
    rows = dear_before_cheap()
    give_credit(rows[0].donor, 16_800)
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", lines)
    assert preview(TODAY).drawn == 0
    counts = renew_tonight(today=TODAY, now=NIGHT)
    assert (counts["workers"], counts["from_credit"]) == (2, 0)


@pytest.mark.parametrize("lines", [1, 100])
def test_of_a_ceiling_the_cheaper_one_behind_gets_nothing_either(monkeypatch, lines):
    programme = ProgrammeFactory(agreement=True, funding="apbd")
    rows = dear_before_cheap(programme=programme)
    spent = Contribution.everything.filter(sponsorship__in=[row.pk for row in rows])
    ceiling = sum(spent.values_list("amount", flat=True)) + 16_800
    Programme.objects.filter(pk=programme.pk).update(ceiling=ceiling)
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", lines)
    assert preview(TODAY).reasons == {"fund_dry": 2}
    counts = renew_tonight(today=TODAY, now=NIGHT)
    assert (counts["workers"], counts["refused"]) == (0, 2)


def test_a_run_behind_midnight_asks_for_what_was_due_on_its_day():
    """What becomes due over night waits for its own night, which begins at once."""
    order = OrderFactory()
    for start in (date(2026, 1, 10), date(2026, 1, 11)):
        sponsored(start, 12, case=EnrollmentFactory(approved=True, order=order))
    divided()
    later = TODAY + timedelta(days=1)
    assert continue_renewal(now=NIGHT + timedelta(days=1))["workers"] == 1
    assert renew_tonight(today=later, now=NIGHT + timedelta(days=1))["workers"] == 1


def test_a_part_waits_for_the_one_before_it_only_where_they_share(monkeypatch):
    rich = order_of(4)
    # A programme whose number is that of a donor with credit shares nothing with him.
    programme = ProgrammeFactory(pk=rich[0].donor_id + 1_000)
    give_credit(DonorFactory(pk=programme.pk), YEAR)
    poor = order_of(4, programme=programme)
    give_credit(rich[0].donor, YEAR)
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", 2)
    run = divided()
    shares = dict(RenewalChunk.objects.values_list("number", "in_order"))
    assert shares == {1: True, 2: True, 3: False, 4: False}
    assert poor[0].donor_id > rich[0].donor_id
    RenewalChunk.objects.filter(number=1).update(number=9)
    numbers = []
    while chunk := renewal_work.claim(run):
        numbers.append(chunk.number)
        RenewalChunk.objects.filter(pk=chunk.pk).update(finished_at=NIGHT)
    assert numbers == [3, 4, 9, 2]


def test_a_donor_who_is_cut_has_several_invoices_and_one_message(monkeypatch):
    order_of(5)
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", 2)
    renew_tonight(today=TODAY, now=NIGHT)
    assert (RenewalChunk.objects.count(), Invoice.everything.count()) == (3, 3)
    message = Message.objects.get(kind="renewal_invoice")
    assert all(
        number in message.body for number in Invoice.everything.values_list("number", flat=True)
    )


def test_donors_of_a_chunk_are_told_some_at_a_time(monkeypatch):
    for _donor in range(3):
        order_of(1)
    size = "DONORS" if is_postgres(connection) else "DONORS_SQLITE"
    monkeypatch.setattr(renewal_telling, size, 2)
    steps = []
    tell = renewal_telling.tell

    def count(*args, **more):
        steps.append(Message.objects.count())
        return tell(*args, **more)

    monkeypatch.setattr(renewal_telling, "tell", count)
    renew_tonight(today=TODAY, now=NIGHT)
    assert steps[:3] == [0, 2, 3]
    assert Message.objects.count() == 3


def test_what_is_worked_off_but_untold_is_told_by_the_next_start(monkeypatch):
    order_of(1)
    order_of(2)
    with monkeypatch.context() as patch:
        patch.setattr(renewal_telling, "tell", lambda *_args, **_more: False)
        run = RenewalRun.objects.create(kind="night", today=TODAY, started_at=NIGHT)
        while run.stage != RenewalRun.Stage.TELL:
            while run.stage == RenewalRun.Stage.WORK and renewing.work_on(run, NIGHT):
                pass
            run = renewing._step(run, NIGHT)
    assert Message.objects.count() == 0
    renew_tonight(today=TODAY, now=NIGHT)
    assert Message.objects.count() == 2
    assert RenewalRun.objects.get().stage == RenewalRun.Stage.DONE
