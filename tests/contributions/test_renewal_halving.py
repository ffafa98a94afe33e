"""What the database refuses is found by halving: the rest of the night's renewal goes on."""

from datetime import date

import pytest
from django.db import IntegrityError, connection

from bricks.engine import is_postgres
from contributions.models import Contribution, RenewalChunk, RenewalOutcome, RenewalRun
from contributions.services import renewing
from contributions.services.renewal_halving import halve
from contributions.services.renewal_work import ChunkRefused
from contributions.services.renewing import continue_renewal, renew
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import few_prices
from tests.contributions.renewals import NIGHT, TODAY, YEAR, give_credit, order_of
from tests.contributions.rows import sponsored
from tests.factories import EnrollmentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db

REFUSING = {
    True: """
CREATE FUNCTION refuse() RETURNS trigger AS 'BEGIN RAISE ''refused''; END' LANGUAGE plpgsql;
CREATE TRIGGER refuse_one BEFORE INSERT ON contributions_contribution
FOR EACH ROW WHEN (NEW.worker_id IN ({workers})) EXECUTE FUNCTION refuse()""",
    False: """
CREATE TRIGGER refuse_one BEFORE INSERT ON contributions_contribution
WHEN NEW.worker_id IN ({workers}) BEGIN SELECT RAISE(ABORT, 'refused'); END""",
}


@pytest.fixture(autouse=True)
def prices():
    few_prices()


def refuse(*sponsorships):
    """Let the database refuse every month of some workers, as broken data would."""
    workers = ", ".join(str(row.worker_id) for row in sponsorships)
    with connection.cursor() as cursor:
        cursor.execute(REFUSING[is_postgres(connection)].format(workers=workers))


def asked_of():
    rows = Contribution.everything.filter(status="promised")
    return set(rows.values_list("sponsorship", flat=True))


def test_one_that_the_database_refuses_stands_alone_and_the_rest_is_renewed():
    rows = [*order_of(3), *order_of(4), *order_of(2)]
    refuse(rows[4])
    renew(today=TODAY, now=NIGHT)
    assert asked_of() == {row.pk for row in rows} - {rows[4].pk}
    outcome = RenewalOutcome.everything.get()
    assert (outcome.sponsorship, outcome.reason) == (rows[4], "failed")
    assert RenewalRun.objects.get().finished_at


def test_the_next_night_tries_again_and_closes_what_failed():
    rows = order_of(2)
    refuse(rows[0])
    renew(today=TODAY, now=NIGHT)
    with connection.cursor() as cursor:
        on = " ON contributions_contribution" if is_postgres(connection) else ""
        cursor.execute(f"DROP TRIGGER refuse_one{on}")
    renew(today=TODAY, now=NIGHT)
    assert asked_of() == {row.pk for row in rows}
    assert RenewalOutcome.everything.get().closed_at


def test_each_donor_still_gets_one_message_and_pays_each_month_once():
    rows = [*order_of(5), *order_of(5)]
    give_credit(rows[0].donor, 5 * YEAR)
    refuse(rows[1], rows[8])
    renew(today=TODAY, now=NIGHT)
    bought = Contribution.everything.filter(posting__isnull=False, month__gte="2027-01-01")
    assert set(bought.values_list("sponsorship", flat=True)) == {
        row.pk for row in rows[:5] if row != rows[1]
    }
    assert asked_of() == {row.pk for row in rows[5:] if row != rows[8]}
    assert sum(Invoice.everything.values_list("total", flat=True)) == 4 * YEAR
    told = Message.objects.values_list("user", flat=True)
    assert len(told) == len(set(told)) == 2


def test_a_donor_with_several_programmes_is_halved_by_them():
    first = ProgrammeFactory(agreement=True)
    second = ProgrammeFactory(agreement=True, donor=first.donor, agreement_number="PKS/2/2026")
    rows = [*order_of(2, programme=first), *order_of(2, programme=second)]
    refuse(rows[0], rows[3])
    renew(today=TODAY, now=NIGHT)
    assert asked_of() == {rows[1].pk, rows[2].pk}
    assert RenewalOutcome.everything.filter(reason="failed").count() == 2


def test_what_is_refused_without_a_line_to_blame_is_raised(monkeypatch):
    order_of(1)

    def broken(*_args, **_kwargs):
        raise IntegrityError("beyond any line")

    monkeypatch.setattr("contributions.services.renewal_work.renew_lines", broken)
    with pytest.raises(ChunkRefused):
        renew(today=TODAY, now=NIGHT)
    assert RenewalRun.objects.get().finished_at is None


def test_a_chunk_that_another_process_finished_stays_whole():
    order_of(2)
    renew(today=TODAY, now=NIGHT)
    chunk = RenewalChunk.objects.get()
    assert halve(chunk)
    assert RenewalChunk.objects.get().lines == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_what_another_process_has_cut_or_refused_is_not_cut_again(workers):
    """Two were refused at the same chunk; the second finds it changed."""
    order_of(workers)
    run = RenewalRun.objects.create(kind="night", today=TODAY, started_at=NIGHT)
    while run.stage == RenewalRun.Stage.SPLIT:
        run = renewing._step(run, NIGHT)
    tried, tried_too = RenewalChunk.objects.get(), RenewalChunk.objects.get()
    assert halve(tried)
    cut = list(RenewalChunk.objects.values())
    assert halve(tried_too)
    assert list(RenewalChunk.objects.values()) == cut
    assert cut[0]["is_refused"] == (workers == 1)


def test_a_line_that_is_refused_is_refused_alone():
    """Who became due since, in the range that the chunk had, is not refused with it."""
    (row,) = order_of(1)
    run = RenewalRun.objects.create(kind="night", today=TODAY, started_at=NIGHT)
    while run.stage == RenewalRun.Stage.SPLIT:
        run = renewing._step(run, NIGHT)
    halve(RenewalChunk.objects.get())
    case = EnrollmentFactory(approved=True, order=row.enrollment.order)
    sponsored(date(2026, 1, 1), 12, case=case)
    continue_renewal(now=NIGHT)
    assert RenewalOutcome.everything.get().sponsorship == row
    assert renew(today=TODAY, now=NIGHT)["workers"] == 2
