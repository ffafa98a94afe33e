"""The pages on which a donor rules his sponsorships and reads what comes next."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from contributions import ahead, not_renewed
from contributions.control_page import renewing_of
from contributions.models import RenewalOutcome, RenewalRun, Sponsorship
from contributions.services.renewing import renew
from contributions.services.stopping import stop_sponsorship
from contributions.wishes import seen
from donors.models import DonorMember
from payments import ledger
from tests.contributions.builders import few_prices
from tests.contributions.rows import at, sponsored
from tests.factories import (
    DonorFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    OrderFactory,
    UserFactory,
)
from tests.workers.reports import reported

pytestmark = pytest.mark.django_db
START, TODAY = date(2026, 8, 1), date(2026, 8, 10)


@pytest.fixture(autouse=True)
def today(db):
    few_prices()
    with time_machine.travel(at(TODAY), tick=False):
        yield


@pytest.fixture
def order():
    return OrderFactory()


@pytest.fixture
def rows(order):
    return [one(order), one(order)]


def one(order, months: int = 1) -> Sponsorship:
    return sponsored(
        START, months, case=EnrollmentFactory(order=order, approved=True, months=months)
    )


@pytest.fixture
def donor(client, rows):
    client.force_login(rows[0].donor.person)
    return rows[0].donor


def control(row) -> str:
    return reverse("sponsorship_control", args=[row.uuid])


def post(client, row, **data):
    row.refresh_from_db()
    return client.post(control(row), {"word": seen([row]), **data})


# --- one ------------------------------------------------------------------------------------
def test_the_next_renewal_is_shown_with_its_day_both_dates_and_price(client, rows, donor):
    page = client.get(control(rows[0])).content.decode()
    assert "16 Agustus 2026" in page
    assert "1 Sep 2026 – 30 Sep 2026" in page
    assert "Rp\xa08.400" in page


def test_a_rise_of_the_price_is_told_with_its_reason(client, order, donor):
    row = sponsored(
        date(2026, 7, 1), 6, case=EnrollmentFactory(order=order, approved=True, months=6)
    )
    page = client.get(control(row)).content.decode()
    assert "Diskon pemerintah berakhir 31 Desember 2026" in page


def test_a_last_day_is_named_and_taken_back(client, rows, donor):
    post(client, rows[0], wish="stop_later", periods="2")
    assert "31 Oktober 2026" in client.get(control(rows[0])).content.decode()
    post(client, rows[0], wish="go_on")
    rows[0].refresh_from_db()
    assert rows[0].stops_on is None


def test_a_stale_form_answers_409_and_nothing_is_done(client, rows, donor):
    word = seen([rows[0]])
    post(client, rows[0], wish="period", months="6")
    answer = client.post(control(rows[0]), {"word": word, "wish": "stop"})
    assert answer.status_code == 409
    assert "Keadaannya sudah berubah" in answer.content.decode()
    rows[0].refresh_from_db()
    assert rows[0].stopped_at is None


def test_a_wish_without_its_choice_is_refused_with_a_sentence(client, rows, donor):
    assert post(client, rows[0], wish="period").status_code == 400
    assert post(client, rows[0], wish="nonsense").status_code == 400


def test_the_new_price_is_shown_before_it_is_taken(client, rows, donor):
    page = client.get(control(rows[0]), {"income": "1.000.000", "jht": "on"}).content.decode()
    assert "Rp\xa028.400" in page
    rows[0].refresh_from_db()
    assert not rows[0].jht
    post(client, rows[0], wish="bracket", income="1.000.000", jht="on")
    rows[0].refresh_from_db()
    assert rows[0].jht


def test_who_only_looks_and_a_stranger_change_nothing(client, rows):
    viewer = DonorMemberFactory(donor=rows[0].donor, role=DonorMember.Role.VIEWER).user
    for user in (viewer, DonorFactory().person):
        client.force_login(user)
        assert client.get(control(rows[0])).status_code == 404
        assert post(client, rows[0], wish="stop").status_code == 404
        asked = {"rows": [rows[0].uuid], "wish": "stop", "word": seen([rows[0]])}
        assert client.post(reverse("sponsorships_control_do"), asked).status_code == 404
    rows[0].refresh_from_db()
    assert rows[0].stopped_at is None


# --- many ------------------------------------------------------------------------------------
def test_many_are_shown_first_and_changed_then(client, rows, donor):
    asked = {"rows": [row.uuid for row in rows], "wish": "period", "months": "6"}
    page = client.post(reverse("sponsorships_control_check"), asked)
    assert "Dari 1 bulan menjadi 6 bulan" in page.content.decode()
    assert not Sponsorship.everything.filter(months=6).exists()
    done = {**asked, "word": page.context["word"]}
    client.post(reverse("sponsorships_control_do"), done)
    assert Sponsorship.everything.filter(months=6).count() == 2
    # The same form once more, as after the back button.
    assert client.post(reverse("sponsorships_control_do"), done).status_code == 302


def test_many_that_changed_meanwhile_are_shown_again(client, rows, donor):
    asked = {"rows": [row.uuid for row in rows], "wish": "stop", "word": seen(rows)}
    post(client, rows[0], wish="period", months="6")
    assert client.post(reverse("sponsorships_control_do"), asked).status_code == 409
    assert not Sponsorship.everything.filter(stopped_at__isnull=False).exists()


def test_nobody_ticked_is_a_sentence(client, rows, donor):
    answer = client.post(reverse("sponsorships_control_check"), {"wish": "stop"})
    assert answer.status_code == 400
    assert "Pilih paling sedikit satu pekerja" in answer.content.decode()


# --- what comes next ---------------------------------------------------------------------------
def test_twelve_months_are_summed_by_the_month_of_the_invoice(client, rows, donor):
    page = client.get(reverse("renewals_ahead")).content.decode()
    assert "Rp\xa016.800" in page
    sums = ahead.by_month(ahead.steps_ahead(renewing_of(donor), today=TODAY), today=TODAY)
    assert [row.workers for row in sums] == [2] * 12 + [0]
    # Half price until December, the full one from January (PP 50/2025).
    assert [row.total for row in sums][:5] == [16_800, 16_800, 16_800, 16_800, 33_600]


def test_the_forecast_asks_what_the_renewal_asks(rows, donor):
    step = ahead.next_step(rows[0], today=date(2026, 8, 16))
    renew(today=date(2026, 8, 16), now=at(date(2026, 8, 16)))
    asked = ahead.next_step(rows[0], today=date(2026, 8, 16))
    assert asked.is_asked
    assert (step.first_day, step.last_day, step.total) == (
        asked.first_day,
        asked.last_day,
        asked.total,
    )


def test_credit_pays_whole_workers_in_order(rows, donor):
    credit = ledger.account("credit", donor=donor)
    clearing = ledger.account("clearing", gateway="sandbox")
    ledger.post(key="t", kind="test", now=at(TODAY), transfers=[(clearing, credit, 10_000)])
    steps = ahead.steps_ahead(renewing_of(donor), today=TODAY, months=1)
    assert [step.from_credit for step in steps] == [8_400, 0]


def test_nothing_is_foretold_beyond_the_last_day(client, rows, donor):
    post(client, rows[0], wish="stop_later", periods="2")
    steps = ahead.steps_ahead(renewing_of(donor), today=TODAY)
    assert len([s for s in steps if s.sponsorship.pk == rows[0].pk]) == 2


def test_pages_cost_no_query_more_for_more_workers(client, order, donor, django_assert_num_queries):
    for _ in range(3):
        one(order)
    with django_assert_num_queries(19):
        client.get(reverse("renewals_ahead"))


# --- what is not renewed ----------------------------------------------------------------------
def refuse(row: Sponsorship, reason: str) -> None:
    run = RenewalRun.objects.create(kind="night", today=TODAY, started_at=at(TODAY))
    RenewalOutcome.everything.create(
        sponsorship=row,
        run=run,
        paid_until=row.paid_until,
        reason=reason,
        first_seen=TODAY,
        last_seen=TODAY,
    )


def test_every_reason_of_a_run_is_said_to_the_donor_in_his_words():
    reasons = {reason for reason in RenewalOutcome.Reason.values if reason}
    assert set(not_renewed.REFUSED) == reasons


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda row: refuse(row, "other_payer"), "sudah dibayar donatur lain"),
        (lambda row: refuse(row, "fund_dry"), "Pagu program tidak cukup"),
        (lambda row: reported(row.worker, kind="death"), "Cabang sedang memeriksa keadaan"),
        (lambda row: stop_sponsorship(sponsorship=row, by=UserFactory(), now=at(TODAY)), "Dihen"),
        (lambda row: change(row, parked_at=at(TODAY)), "Cabang sedang memeriksa sponsor ini"),
        (lambda row: change(row, renews=False), "Sudah ada sponsor lain"),
    ],
)
def test_what_is_not_renewed_is_shown_with_its_reason_and_not_foretold(
    client, rows, donor, how, said
):
    how(rows[0])
    page = client.get(reverse("renewals_ahead"))
    assert said in page.content.decode()
    assert [one.sponsorship.pk for one in page.context["ending"]] == [rows[0].pk]
    assert {step.sponsorship.pk for step in page.context["steps"]} == {rows[1].pk}
    assert client.get(control(rows[0])).context["page"].step is None


def test_the_control_page_says_why_no_renewal_comes(client, rows, donor):
    refuse(rows[0], "no_tariff")
    assert "Tarif bulan itu belum ada" in client.get(control(rows[0])).content.decode()


def test_the_control_page_leads_to_the_hand_over_and_names_what_a_gap_costs(client, rows, donor):
    page = client.get(control(rows[0])).content.decode()
    assert reverse("hand_over", args=[rows[0].uuid]) in page
    # Covered until 31 August; begun anew on 2 September, full on 2 December.
    assert "JKM penuh lagi paling cepat 2 Des 2026" in page
    reported(rows[0].worker, kind="death")
    page = client.get(control(rows[0])).content.decode()
    assert reverse("hand_over", args=[rows[0].uuid]) not in page


def change(row: Sponsorship, **fields: object) -> None:
    Sponsorship.everything.filter(pk=row.pk).update(**fields)
