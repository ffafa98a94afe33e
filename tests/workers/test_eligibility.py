"""Eligibility and risk as a list of reasons: sector, wages, other payers, address, deaths."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from contributions.services.remitting import fetch_answers, remit
from donors.models import Donor
from tests.contributions.builders import covered_worker, few_prices
from tests.factories import (
    NOW,
    TODAY,
    AreaFactory,
    DonorFactory,
    EnrollmentFactory,
    OccupationFactory,
    OrderFactory,
    ProgrammeFactory,
    UserFactory,
    WorkerFactory,
    officer,
)
from tests.workers.desk import again, held_case, sound_case
from workers.checktexts import read_check
from workers.eligibility_selectors import ADDRESS_SHARED_BY
from workers.indexes import address_index
from workers.models import IncidentReport, WorkerEvent
from workers.services.checking import make_checks

pytestmark = pytest.mark.django_db


def check(case, kind, now=NOW):
    made = make_checks(enrollment=again(case), now=now)
    return next(check for check in made if check.kind == kind)


def sentence(case, kind):
    return read_check(check(case, kind), again(case), TODAY).sentence


# --- sector -----------------------------------------------------------------------------
def test_the_occupation_proposes_the_sector_and_the_branch_confirms_it():
    ojek = OccupationFactory(transport=True)
    case = sound_case(occupation=ojek)
    assert check(case, "sector").outcome == "ok"
    assert sentence(case, "sector") == "Transportasi menurut pekerjaan. Anda yang menetapkan."
    approved = EnrollmentFactory(approved=True, occupation=ojek)
    assert sentence(approved, "sector") == "Transportasi, ditetapkan cabang."


def test_a_sector_other_than_the_occupations_is_for_the_officers_eyes():
    case = sound_case(occupation=OccupationFactory(transport=True), sector="other")
    assert check(case, "sector").outcome == "note"
    assert sentence(case, "sector") == "Lainnya, padahal menurut pekerjaan Transportasi."


# --- no employee of the donor --------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "relation", "expected"),
    [
        ("company", "household", "note"),
        ("company", "service", "note"),
        ("government", "service", "note"),
        ("company", "programme", "ok"),
        ("village", "service", "ok"),
        ("person", "household", "ok"),
    ],
)
def test_who_may_be_paid_wages_by_the_donor_is_asked_about(kind, relation, expected):
    donor = DonorFactory(organisation=kind != "person", kind=kind)
    order = OrderFactory(programme=ProgrammeFactory(donor=donor))
    case = sound_case(order=order, relation=relation)
    assert check(case, "informal").outcome == expected


# --- somebody else pays --------------------------------------------------------------------
@pytest.fixture
def covered():
    """A worker for whom another donor has paid a year, from today on."""
    few_prices()
    return covered_worker()


def test_nobody_else_pays_for_a_new_worker():
    assert check(sound_case(), "other_payer").detail == {}


def test_months_of_another_payer_are_told_with_their_days(covered):
    case = sound_case(of=covered.worker)
    found = check(case, "other_payer")
    assert (found.outcome, found.detail["variant"]) == ("note", "waiting")
    assert (found.detail["from"], found.detail["until"]) == ("2026-11-20", "2027-11-19")
    assert [span["donor"] for span in found.detail["spans"]] == [covered.donor_id]
    assert sentence(case, "other_payer").startswith("Dibayar pihak lain, 20-11-2026 sampai")
    remit(today=TODAY, now=NOW)
    fetch_answers(now=NOW + timedelta(minutes=1))
    assert check(case, "other_payer").detail["variant"] == "accepted"


def test_months_that_are_over_are_only_told(covered):
    case = sound_case(of=covered.worker)
    found = check(case, "other_payer", now=NOW + timedelta(days=400))
    assert found.outcome == "info"


def test_ones_own_months_are_no_other_payers(covered):
    case = sound_case(of=covered.worker, order=OrderFactory(programme=covered.programme))
    assert check(case, "other_payer").outcome == "ok"


def test_the_branch_reads_who_pays_and_whoever_watches_does_not(covered):
    Donor.everything.filter(pk=covered.donor_id).update(name="PT Sawit Contoh")
    case, holder = held_case(of=covered.worker)
    make_checks(enrollment=case, now=NOW)
    pages = {}
    for viewer in (holder, officer("regional_admin", office=case.office.parent)):
        client = Client()
        client.force_login(viewer)
        pages[viewer] = client.get(f"/cabang/kasus/{case.uuid}/").content.decode()
    at_desk, watching = pages.values()
    assert "PT Sawit Contoh" in at_desk
    assert "PT Sawit Contoh" not in watching
    assert "Dibayar pihak lain, 20-11-2026" in watching


def test_a_fact_to_know_is_neither_fine_nor_to_look_at(covered):
    case, holder = held_case(of=covered.worker)
    make_checks(enrollment=case, now=NOW + timedelta(days=400))
    client = Client()
    client.force_login(holder)
    page = client.get(f"/cabang/kasus/{case.uuid}/").context["page"]
    assert "other_payer" in [line.kind for line in page.to_know]
    assert "other_payer" not in [line.kind for line in [*page.to_look_at, *page.fine]]
    assert not page.stops
    assert not page.needs_proof


# --- one address of many ------------------------------------------------------------------------
def test_one_address_of_many_workers_is_a_risk_reason():
    village = AreaFactory()
    lives = {"address": "Jl. Melati 3", "address_index": address_index("Jl. Melati 3", village.pk)}
    case = sound_case(**lives)
    for _other in range(ADDRESS_SHARED_BY - 1):
        EnrollmentFactory(**lives)
    EnrollmentFactory(**lives, status="rejected")
    assert check(case, "risk_address").outcome == "ok"
    EnrollmentFactory(**lives)
    assert check(case, "risk_address").detail == {"count": ADDRESS_SHARED_BY + 1}


def test_without_an_address_nobody_shares_one():
    EnrollmentFactory.create_batch(ADDRESS_SHARED_BY + 1)
    assert sentence(sound_case(), "risk_address") == "Tanpa alamat."


# --- deaths ---------------------------------------------------------------------------------------
def died(case, day=TODAY, **event):
    return WorkerEvent.everything.create(
        worker=case.worker,
        kind="died",
        happened_on=day,
        said_by="family",
        recorded_by=case.decided_by,
        recorded_at=NOW,
        **event,
    )


def death_reported(case, status):
    ruled = {"ruled_by": case.decided_by, "ruled_at": NOW} if status != "open" else {}
    return IncidentReport.everything.create(
        kind="death",
        status=status,
        worker=case.worker,
        name="Contoh",
        village=case.village,
        happened_on=TODAY,
        reporter_name="Contoh",
        reporter_phone="081200000001",
        reporter_relation="family",
        reported_at=NOW,
        office=case.office,
        due_on=TODAY,
        **ruled,
    )


@pytest.fixture
def lost():
    """A worker of a donor, and a new case of the same donor."""
    order = OrderFactory()
    return EnrollmentFactory(order=order, approved=True), sound_case(order=order)


def test_a_death_among_a_donors_few_workers_is_a_risk_reason(lost):
    dead, case = lost
    assert check(case, "risk_deaths").outcome == "ok"
    died(dead)
    found = check(case, "risk_deaths")
    assert (found.outcome, found.detail) == ("note", {"variant": "donor", "count": 1})


def test_a_confirmed_report_counts_an_open_or_refuted_one_does_not(lost):
    dead, case = lost
    death_reported(dead, "open")
    death_reported(dead, "refuted")
    assert check(case, "risk_deaths").outcome == "ok"
    death_reported(dead, "confirmed")
    assert check(case, "risk_deaths").detail["count"] == 1


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2026, 5, 20), "note"), (date(2026, 5, 19), "ok")]
)
def test_a_death_counts_for_six_months(lost, day, expected):
    dead, case = lost
    died(dead, day)
    assert check(case, "risk_deaths").outcome == expected


def test_a_death_recorded_by_mistake_does_not_count(lost):
    dead, case = lost
    died(dead, revoked_by=dead.decided_by, revoked_at=NOW)
    assert check(case, "risk_deaths").outcome == "ok"


def test_deaths_among_the_workers_of_one_recorder_count_across_donors():
    recorder = UserFactory()
    died(EnrollmentFactory(order=OrderFactory(created_by=recorder), approved=True))
    case = sound_case(order=OrderFactory(created_by=recorder))
    assert check(case, "risk_deaths").detail == {"variant": "recorder", "count": 1}
    assert check(sound_case(), "risk_deaths").outcome == "ok"


def test_as_many_deaths_as_are_usual_among_many_workers_are_no_reason(lost, monkeypatch):
    monkeypatch.setattr("workers.eligibility_selectors.WORKERS_PER_DEATH", 3)
    dead, case = lost
    died(dead)
    for _worker in range(2):
        EnrollmentFactory(order=dead.order, approved=True)
    assert check(case, "risk_deaths").outcome == "ok"


def test_each_risk_reason_asks_for_one_proof(lost):
    dead, _case = lost
    died(dead)
    case, holder = held_case(order=dead.order)
    make_checks(enrollment=case, now=NOW)
    client = Client()
    client.force_login(holder)
    assert client.get(f"/cabang/kasus/{case.uuid}/").context["page"].needs_proof


# --- what a donor may know (P8) -----------------------------------------------------------------
def government_order():
    """A sent case of a government under an agreement, and the browser of its maker."""
    programme = ProgrammeFactory(agreement=True)
    order = OrderFactory(programme=programme)
    client = Client()
    client.force_login(order.created_by)
    return order, client


def detail(client, order):
    return client.get(f"/donatur/pendaftaran/{order.uuid}/").content.decode()


def test_a_government_under_an_agreement_reads_until_when_without_the_payer(covered):
    order, client = government_order()
    EnrollmentFactory(order=order, of=covered.worker)
    page = detail(client, order)
    assert "Dibiayai sumber lain s.d. 19 November 2027." in page
    assert covered.donor.name not in page


def test_it_reads_so_only_once_the_case_lies_with_a_branch(covered):
    order, client = government_order()
    EnrollmentFactory(order=order, of=covered.worker, awaiting_consent=True)
    assert "sumber lain" not in detail(client, order)


def test_who_only_looks_on_for_a_government_does_not_read_it(covered):
    order, client = government_order()
    EnrollmentFactory(order=order, of=covered.worker)
    order.donor.members.update(role="viewer")
    assert "sumber lain" not in detail(client, order)


@pytest.mark.parametrize("kind", ["company", "village", "community"])
def test_no_other_donor_reads_it(covered, kind):
    donor = DonorFactory(organisation=True, kind=kind)
    programme = ProgrammeFactory(agreement=True, donor=donor, kind="csr", funding="csr")
    order = OrderFactory(programme=programme)
    EnrollmentFactory(order=order, of=covered.worker)
    client = Client()
    client.force_login(order.created_by)
    assert "sumber lain" not in detail(client, order)


def claim_of(worker):
    """What a donor claims of a worker, whether or not the registry has him."""
    return {
        "nik": worker.nik,
        "nik_index": worker.nik_index,
        "name": worker.name,
        "birth_date": worker.birth_date,
        "sex": worker.sex,
    }


def test_a_donors_pages_are_the_same_whether_or_not_the_nik_is_known_elsewhere(
    covered, django_assert_max_num_queries
):
    stranger = WorkerFactory.build(name="Joko Contoh", village=None, occupation=None)
    seen = []
    for worker in (covered.worker, stranger):
        worker.name = "Joko Contoh"
        order = OrderFactory()
        case = EnrollmentFactory(order=order, **claim_of(worker))
        make_checks(enrollment=case, now=NOW)
        client = Client()
        client.force_login(order.created_by)
        own = [order.number, str(order.uuid), str(case.uuid), order.donor.name]
        for url in ("/donatur/", f"/donatur/pendaftaran/{order.uuid}/"):
            client.get(url)
            with django_assert_max_num_queries(60) as asked:
                page = client.get(url).content.decode()
            assert "Joko Contoh" in page
            for text in [*own, worker.nik[-4:], order.created_by.name]:
                page = page.replace(text, "…")
            page = re.sub(r'(csrfmiddlewaretoken"|nonce=)[^>]*', "", page)
            seen.append((url[:9], len(asked), page))
    assert seen[:2] == seen[2:]


def test_the_questions_of_the_checks_are_as_many_whether_or_not_the_nik_is_known(
    covered, django_assert_max_num_queries
):
    counts = []
    for made in (sound_case(of=covered.worker), sound_case(name="Belum Dikenal")):
        case = again(made)
        with django_assert_max_num_queries(80) as asked:
            make_checks(enrollment=case, now=NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1]
