"""The branch sees whom messages do not reach, and nobody of another branch."""

import pytest
from django.urls import reverse

from accounts.models import User, phone_index
from notices.models import Message
from notices.outcomes import handle_failures
from tests.factories import NOW, EnrollmentFactory, OfficeFactory, RoleFactory, WorkerFactory
from tests.notices.builders import not_delivered
from tests.workers.desk import held_case
from workers import unreached

pytestmark = pytest.mark.django_db
PHONE = "+6281234567890"


@pytest.fixture
def branch() -> tuple[User, Message]:
    """An officer, and a message to the phone of a worker of his branch."""
    case, officer = held_case()
    worker = WorkerFactory(phone=PHONE, phone_index=phone_index(PHONE), name="Siti Contoh")
    EnrollmentFactory(order=case.order, office=case.office, worker=worker, approved=True, serial=9)
    return officer, not_delivered(phone=PHONE, fault="no_whatsapp", kind="worker_hello")


def test_the_branch_reads_who_what_why_and_what_to_do(branch, client):
    officer, message = branch
    not_delivered(phone=PHONE, fault="no_whatsapp")
    client.force_login(officer)
    page = client.get(reverse("failed_messages")).content.decode()
    assert "Siti Contoh" in page
    assert "tidak memakai WhatsApp" in page
    assert "2 pesan" in page
    assert PHONE not in page
    assert client.post(reverse("failed_message_handled", args=[message.uuid])).status_code == 302
    assert "Siti Contoh" not in client.get(reverse("failed_messages")).content.decode()
    message.refresh_from_db()
    assert (message.status, message.handled_by) == ("failed", officer)


def test_a_donor_of_the_branch_is_listed_by_name_and_address(branch):
    officer, _message = branch
    donor = EnrollmentFactory(office=officer.offices("branch_officer")[0]).donor
    user = donor.person
    not_delivered(user=user)
    [newest, _worker] = unreached.unreached(officer)
    assert newest.newest.user == user
    assert newest.newest.about == "Kuitansi Anda"


def test_a_donor_whose_mail_fails_is_shown_with_his_phone(branch, client):
    officer, _message = branch
    user = EnrollmentFactory(office=officer.offices("branch_officer")[0]).donor.person
    user.keep_phone("+6281333444555")
    user.save()
    not_delivered(user=user)
    client.force_login(officer)
    assert "0813-3344-4555" in client.get(reverse("failed_messages")).content.decode()


def test_a_phone_of_a_case_that_nobody_has_approved_leads_to_the_case(branch, client):
    officer, _message = branch
    other = "+6281333444555"
    case = EnrollmentFactory(
        office=officer.offices("branch_officer")[0],
        in_review=True,
        phone=other,
        phone_index=phone_index(other),
        serial=11,
    )
    not_delivered(phone=other, kind="worker_hello")
    client.force_login(officer)
    page = client.get(reverse("failed_messages")).content.decode()
    assert reverse("case", args=[case.uuid]) in page
    assert "Pekerja belum disetujui" in page
    assert case.number in page
    assert other not in page


def test_another_branch_s_receivers_and_head_office_s_faults_are_not_listed(branch):
    officer, message = branch
    far = RoleFactory(office=OfficeFactory(code="ZZZ"), kind="branch_officer").user
    assert unreached.unreached(far) == []
    not_delivered(phone=PHONE, fault="template")
    [row] = unreached.unreached(officer)
    assert (row.newest, row.count) == (message, 1)


def test_seen_to_twice_changes_nothing(branch):
    officer, message = branch
    assert handle_failures(message=message, by=officer, now=NOW) == 1
    assert handle_failures(message=message, by=officer, now=NOW) == 0


def test_the_list_costs_the_same_for_many(branch, django_assert_max_num_queries):
    officer, _message = branch
    for _ in range(5):
        not_delivered(phone=PHONE)
    with django_assert_max_num_queries(9):
        unreached.unreached(officer)
