"""The next invoice goes out before cover ends, once, at the price of its months."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contributions.models import Contribution, TariffMonth
from contributions.services.renewing import renew
from donors.models import Donor
from notices.models import Message
from payments.models import Invoice
from tests.contributions.builders import few_prices
from tests.contributions.rows import at, buy, sponsored
from tests.factories import DonorFactory, EnrollmentFactory, OrderFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def prices():
    few_prices()


def run(today: date) -> dict[str, int]:
    return renew(today=today, now=at(today, 1))


def promised() -> list[tuple[date, int]]:
    rows = Contribution.everything.filter(status="promised").order_by("month")
    return [(row.month, row.amount) for row in rows]


def test_a_year_is_renewed_thirty_days_before_its_end_and_not_earlier():
    sponsorship = sponsored(date(2026, 1, 1), 12)
    assert sponsorship.paid_until == date(2026, 12, 31)
    assert run(date(2026, 11, 30))["invoices"] == 0
    assert run(date(2026, 12, 1))["workers"] == 1
    invoice = Invoice.everything.get()
    assert (invoice.total, invoice.purpose) == (12 * 16_800, "renewal")
    assert promised()[0] == (date(2027, 1, 1), 16_800)
    assert promised()[-1] == (date(2027, 12, 1), 16_800)


def test_a_month_is_renewed_fifteen_days_before_its_end():
    sponsored(date(2026, 11, 1), 1, case=EnrollmentFactory(approved=True, months=1))
    assert run(date(2026, 11, 14))["invoices"] == 0
    assert run(date(2026, 11, 15))["invoices"] == 1


def test_a_second_run_and_the_next_days_ask_for_nothing_more():
    sponsored(date(2026, 1, 1), 12)
    run(date(2026, 12, 1))
    assert run(date(2026, 12, 1))["invoices"] == 0
    assert run(date(2026, 12, 20))["invoices"] == 0
    assert Message.objects.filter(kind="renewal_invoice").count() == 1


def test_one_donor_gets_one_invoice_and_one_message_for_all_workers():
    order = OrderFactory()
    for _ in range(3):
        sponsored(date(2026, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order))
    assert run(date(2026, 12, 1)) == {
        "invoices": 1,
        "workers": 3,
        "from_credit": 0,
        "covered_by_other": 0,
        "withheld": 0,
        "without_tariff": 0,
        "refused": 0,
    }
    assert Invoice.everything.get().total == 3 * 12 * 16_800
    assert Message.objects.filter(kind="renewal_invoice").count() == 1


def test_the_invoice_expires_at_the_end_of_its_first_month():
    sponsored(date(2026, 1, 20), 12)
    run(date(2026, 12, 25))
    expires = Invoice.everything.get().expires_at
    assert expires == at(date(2027, 2, 1), 0)


def test_prices_follow_the_law_of_each_month_and_the_message_says_why():
    sponsored(
        date(2026, 10, 20),
        1,
        case=EnrollmentFactory(approved=True, months=3),
        price=(5_000, 3_400),
    )
    run(date(2026, 11, 10))
    assert promised() == [
        (date(2026, 11, 1), 8_400),
        (date(2026, 12, 1), 8_400),
        (date(2027, 1, 1), 16_800),
    ]
    assert (
        "Diskon pemerintah berakhir 31 Desember 2026: Rp 8.400 menjadi Rp 16.800 sebulan."
        in Message.objects.get().body.replace("\xa0", " ")
    )


def test_a_tariff_that_was_raised_is_said_with_its_law_and_no_relief_is_blamed():
    TariffMonth.objects.filter(month__gte=date(2027, 3, 1)).update(
        jkk=12_000, legal_basis="PP 9/2027"
    )
    order = OrderFactory()
    for sector in ("other", "other", "transport"):
        case = EnrollmentFactory(approved=True, order=order, sector=sector)
        paid = (5_000, 3_400) if sector == "transport" else (10_000, 6_800)
        sponsored(date(2026, 2, 1), 12, case=case, price=paid)
    run(date(2027, 1, 5))
    body = Message.objects.get().body.replace("\xa0", " ")
    assert "Tarif berubah (PP 9/2027): Rp 16.800 menjadi Rp 18.800 sebulan." in body
    assert "Begitu untuk 2 dari 3 pekerja yang iurannya naik." in body
    assert "Diskon" not in body


def test_a_price_that_stays_is_not_spoken_of():
    sponsored(date(2026, 1, 1), 12)
    run(date(2026, 12, 1))
    assert "menjadi" not in Message.objects.get().body


def test_after_a_gap_the_next_months_begin_with_the_present_one():
    sponsored(date(2026, 8, 1), 1, case=EnrollmentFactory(approved=True, months=3))
    run(date(2026, 11, 10))
    assert [month for month, _ in promised()] == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]


def test_a_month_that_another_payer_bought_is_not_asked_for():
    mine = sponsored(date(2026, 1, 1), 12)
    other = sponsored(
        date(2027, 1, 1),
        1,
        case=EnrollmentFactory(approved=True, months=1, of=mine.worker),
        renews=False,
    )
    assert other.worker == mine.worker
    assert run(date(2026, 12, 1))["covered_by_other"] == 1
    assert not Invoice.everything.exists()


@pytest.mark.parametrize(
    "fields",
    [{"renews": False}, {"parked_at": at(date(2026, 11, 1))}],
    ids=["stopped", "parked"],
)
def test_what_was_stopped_or_parked_is_left_alone(fields):
    sponsored(date(2026, 1, 1), 12, **fields)
    assert run(date(2026, 12, 1))["invoices"] == 0


def test_an_agreement_with_a_last_day_is_not_renewed_by_itself():
    programme = ProgrammeFactory(
        agreement=True, fixed_from=date(2026, 1, 1), fixed_until=date(2026, 12, 31)
    )
    case = EnrollmentFactory(approved=True, order=OrderFactory(programme=programme))
    sponsored(date(2026, 1, 1), 12, case=case)
    assert run(date(2026, 12, 1))["invoices"] == 0


def test_a_missing_tariff_stops_nobody_else_and_is_reported():
    sponsored(date(2026, 1, 1), 12)
    case = EnrollmentFactory(approved=True, sector="transport")
    sponsored(date(2026, 1, 1), 12, case=case)
    TariffMonth.objects.filter(sector="transport", month=date(2027, 6, 1)).delete()
    counts = run(date(2026, 12, 1))
    assert (counts["invoices"], counts["without_tariff"], counts["refused"]) == (1, 1, 1)
    assert Invoice.everything.count() == 1


def test_renewal_costs_the_same_number_of_queries_for_two_workers_and_for_twenty():
    queries = []
    for year, workers in [(2026, 2), (2027, 20)]:
        order = OrderFactory()
        for _ in range(workers):
            sponsored(date(year, 1, 1), 12, case=EnrollmentFactory(approved=True, order=order))
        with CaptureQueriesContext(connection) as asked:
            assert run(date(year, 12, 1))["workers"] == workers
        queries.append(len(asked))
    assert queries[0] == queries[1] < 125


def test_the_promise_bears_its_legal_basis_and_its_worker():
    sponsorship = sponsored(date(2026, 1, 1), 12)
    run(date(2026, 12, 1))
    row = Contribution.everything.filter(status="promised").first()
    assert row.worker_id == sponsorship.worker_id
    assert "PP 44/2015" in row.legal_basis
    assert Donor.everything.get(pk=sponsorship.donor_id) == Invoice.everything.get().donor


def test_a_run_bought_further_is_renewed_from_its_new_end():
    sponsorship = sponsored(date(2026, 1, 1), 12)
    buy(sponsorship, date(2027, 1, 1), 12)
    sponsorship.run_months, sponsorship.paid_until = 24, date(2027, 12, 31)
    sponsorship.save()
    assert run(date(2026, 12, 1) + timedelta(days=10))["invoices"] == 0


def test_two_programmes_of_one_donor_are_asked_for_apart():
    donor = DonorFactory(organisation=True)
    for agreement, funding in [({}, "private"), ({"agreement": True}, "apbd")]:
        programme = ProgrammeFactory(**agreement, donor=donor, funding=funding)
        case = EnrollmentFactory(approved=True, order=OrderFactory(programme=programme))
        sponsored(date(2026, 1, 1), 12, case=case)
    assert run(date(2026, 12, 1))["invoices"] == 2
    for invoice in Invoice.everything.all():
        lines = Contribution.everything.filter(invoice=invoice)
        assert lines.values("sponsorship__programme").distinct().count() == 1
