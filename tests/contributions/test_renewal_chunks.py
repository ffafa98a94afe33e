"""Chunks of a renewal: every line in one of them, and every donor told once."""

import pytest
from django.db import connection

from bricks.engine import is_postgres
from contributions.models import RenewalChunk, RenewalLine, RenewalRun
from contributions.services import renewal_plan, renewal_telling, renewing
from contributions.services.renewing import renew_tonight
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import few_prices
from tests.contributions.renewals import NIGHT, TODAY, order_of

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]


@pytest.fixture(autouse=True)
def _prices():
    few_prices()


def chunks_of_lines() -> dict[int, list[int]]:
    """The numbers of the chunks that have each line."""
    found: dict[int, list[int]] = {
        pk: [] for pk in RenewalLine.objects.values_list("pk", flat=True)
    }
    asked = "SELECT l.id FROM contributions_renewalline l WHERE "
    for chunk in RenewalChunk.objects.all():
        for (pk,) in renewal_plan.select(asked + renewal_plan.lines_of(chunk)):
            found[pk].append(chunk.number)
    return found


@pytest.mark.parametrize("lines", [1, 2, 4, 100])
def test_each_line_is_in_one_chunk_also_beside_a_donor_who_is_cut(monkeypatch, lines):
    for workers in (1, 3, 1, 1, 4, 2):
        order_of(workers)
    monkeypatch.setattr(renewal_plan, "INVOICE_LINES", 2)
    monkeypatch.setattr(renewal_plan, "_chunk_size", lambda _lines: lines)
    renew_tonight(today=TODAY, now=NIGHT)
    assert [len(numbers) for numbers in chunks_of_lines().values()] == [1] * 12
    assert RenewalChunk.objects.filter(told_at__isnull=True).count() == 0


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
