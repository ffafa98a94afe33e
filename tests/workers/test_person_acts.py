"""What a worker does on his own page: each step once, and another's case is a 404."""

from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from tests.contributions.builders import covered_worker
from tests.factories import (
    NOW,
    TODAY,
    DonorFactory,
    EnrollmentFactory,
    OfficeAreaFactory,
    UserFactory,
    WorkerFactory,
    registered,
)
from tests.workers.desk import again
from tests.workers.persons import (
    PHONE,
    case_with_phone,
    of_phone,
    opened_by_phone,
    opened_by_print,
    worker_with_phone,
)
from workers.models import (
    Consent,
    Enrollment,
    EnrollmentEvent,
    PersonCode,
    WorkerChange,
    WorkerEvent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Any:
    cache.clear()
    OfficeAreaFactory()
    with time_machine.travel(NOW, tick=False):
        yield


def press(client: Client, name: str, case: Enrollment) -> str:
    answer = client.post(reverse(name, args=[case.uuid]), follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def kinds(case: Enrollment) -> list[str]:
    lines = EnrollmentEvent.objects.filter(enrollment=case).exclude(kind="person_code")
    return list(lines.order_by("pk").values_list("kind", flat=True))


# --- yes --------------------------------------------------------------------------------
def test_agreeing_hands_the_case_to_the_branch_once():
    case = EnrollmentFactory(awaiting_consent=True)
    client = opened_by_print(case)
    assert f"no. {case.number}" in press(client, "person_agree", case)
    press(client, "person_agree", case)
    assert again(case).status == "submitted"
    consent = Consent.objects.get(enrollment=case)
    assert (consent.channel, consent.recorded_by, consent.given_at) == ("page", None, NOW)
    assert kinds(case) == ["agreed"]


def test_the_consent_by_the_page_satisfies_the_branch_s_check():
    case = EnrollmentFactory(awaiting_consent=True)
    press(opened_by_print(case), "person_agree", case)
    assert case.checks.get(kind="consent").outcome == "ok"


def test_a_case_that_lacks_data_or_was_refused_takes_no_yes():
    case = EnrollmentFactory(awaiting_consent=True, sex="")
    press(opened_by_print(case), "person_agree", case)
    assert again(case).status == "awaiting_consent"
    assert not Consent.objects.exists()


def test_the_donor_s_own_phone_agrees_to_nothing_and_a_printed_code_does():
    donor = DonorFactory(person=UserFactory(phone=PHONE))
    case = case_with_phone(awaiting_consent=True, order__programme__donor=donor)
    assert "HP ini milik donatur" in press(opened_by_phone(case), "person_agree", case)
    assert again(case).status == "awaiting_consent"
    assert not Consent.objects.exists()
    press(opened_by_print(case), "person_agree", case)
    assert again(case).status == "submitted"


def test_the_phone_of_another_s_donor_agrees():
    DonorFactory(person=UserFactory(phone=PHONE))
    case = case_with_phone(awaiting_consent=True)
    press(opened_by_phone(case), "person_agree", case)
    assert again(case).status == "submitted"


# --- by which code ------------------------------------------------------------------------
ACTS = {
    "person_agree": ("enrollment.agreed", {"awaiting_consent": True}, {}),
    "person_refuse": ("enrollment.declined", {}, {}),
    "person_not_me": ("enrollment.frozen", {"approved": True}, {}),
    "person_wrong": ("enrollment.correction_wanted", {}, {"wrong": ["name"]}),
    "person_correct": ("worker_change.proposed", {"approved": True}, {"phone": "081200000077"}),
    "person_leave": ("worker_event.recorded", {"approved": True}, {}),
}


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("printed", [True, False])
def test_the_audit_log_keeps_who_printed_the_code_by_which_it_was_done(name, printed):
    action, trait, data = ACTS[name]
    case = EnrollmentFactory(of=worker_with_phone(), **trait)
    client = (opened_by_print if printed else opened_by_phone)(case)
    args = [] if name in {"person_correct", "person_leave"} else [case.uuid]
    assert client.post(reverse(name, args=args), data).status_code == 302
    after = AuditEvent.objects.get(action=action).after
    by = PersonCode.objects.get().issued_by_id
    assert (after.get("code"), after.get("printed_by")) == ("printed" if printed else None, by)
    assert (by is not None) == printed


# --- no ---------------------------------------------------------------------------------
@pytest.mark.parametrize("trait", ["awaiting_consent", "in_review", "returned"])
def test_refusing_ends_an_undecided_case(trait):
    case = EnrollmentFactory(**{trait: True})
    client = opened_by_print(case)
    press(client, "person_refuse", case)
    press(client, "person_refuse", case)
    assert again(case).status == "withdrawn"
    assert kinds(case) == ["declined"]


def test_a_decided_case_is_not_refused():
    case = EnrollmentFactory(approved=True)
    assert "175" in press(opened_by_print(case), "person_refuse", case)
    assert again(case).status == "approved"


def test_not_me_freezes_an_unpaid_case():
    case = EnrollmentFactory(approved=True)
    client = opened_by_print(case)
    press(client, "person_not_me", case)
    press(client, "person_not_me", case)
    assert again(case).frozen_because == "not_me"
    assert kinds(case) == ["frozen"]


def test_not_me_of_a_paid_case_leads_to_the_branch():
    case = covered_worker().enrollment
    assert "cabang" in press(opened_by_print(case), "person_not_me", case)
    assert not again(case).frozen_at


# --- what is wrong ------------------------------------------------------------------------
def test_what_is_wrong_in_an_undecided_case_is_named_to_the_branch_without_values():
    case = EnrollmentFactory()
    client = opened_by_print(case)
    url = reverse("person_wrong", args=[case.uuid])
    for _twice in range(2):
        assert client.post(url, {"wrong": ["name", "nik"]})["Location"] == reverse("person")
    line = EnrollmentEvent.objects.get(kind="correction_wanted")
    assert line.note == "Nama, NIK"
    assert client.post(url, {}).status_code == 400


def test_a_registered_worker_proposes_what_is_right():
    case = EnrollmentFactory(approved=True)
    client = opened_by_print(case)
    url = reverse("person_correct")
    assert client.post(url, {}).status_code == 400
    assert client.post(url, {"phone": "0812-3456-7890"})["Location"] == reverse("person")
    change = WorkerChange.everything.get()
    assert (change.said_by, change.proposed_by, change.fields) == ("worker", None, ["phone"])
    again_ = client.post(url, {"phone": "0812-3456-7891"})
    assert again_.status_code == 400
    assert "menunggu" in again_.content.decode()


def test_who_is_not_registered_has_nothing_to_correct_or_to_leave():
    client = opened_by_print(EnrollmentFactory())
    for name in ("person_correct", "person_leave"):
        assert client.get(reverse(name)).status_code == 404
        assert client.post(reverse(name)).status_code == 404


# --- leaving ------------------------------------------------------------------------------
def test_leaving_says_what_is_lost_and_is_recorded_once():
    sponsorship = covered_worker()
    client = opened_by_print(sponsorship.enrollment)
    page = client.get(reverse("person_leave")).content.decode()
    assert "19 November 2027" in page
    assert "3 bulan" in page
    for _twice in range(2):
        assert client.post(reverse("person_leave"))["Location"] == reverse("person")
    event = WorkerEvent.everything.get()
    assert (event.kind, event.said_by, event.happened_on) == ("left", "worker", TODAY)
    assert event.recorded_by is None


# --- nobody else's ---------------------------------------------------------------------------
def test_another_s_case_is_not_there():
    client = opened_by_print(EnrollmentFactory())
    other = EnrollmentFactory(awaiting_consent=True)
    for name in ("person_agree", "person_refuse", "person_not_me", "person_wrong"):
        assert client.post(reverse(name, args=[other.uuid])).status_code == 404
    assert again(other).status == "awaiting_consent"
    assert not kinds(other)


def test_a_case_with_the_phone_of_a_donor_opens_no_other_case():
    worker = WorkerFactory(**of_phone("+6281111111111"))
    paid = EnrollmentFactory(of=worker, approved=True)
    client = opened_by_print(paid)
    assert client.post(reverse("person_not_me", args=[paid.uuid])).status_code == 302
    assert registered(paid) == worker
