"""The branch's desk of refused and late months: fixed, sent again, credited, or waited for."""

from datetime import date, timedelta

import pytest

from bricks.clock import jakarta_date
from contributions import refused
from contributions.models import Contribution, Remittance
from contributions.services import remitting
from tests.contributions.remitted import LATER, NOON, answered, handed_over, months_of, no
from tests.factories import DonorMemberFactory, OfficeFactory, officer
from workers.models import Enrollment
from workers.services import changing

pytestmark = pytest.mark.django_db
TODAY = jakarta_date(LATER)
URL = "/cabang/ditolak/"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk():
    """An officer, and the refused months of a worker of his branch."""
    office = OfficeFactory()
    remittance = handed_over(months=3, office=office)
    answered(remittance, [no(month) for month in months_of(remittance)])
    return officer(office=office), months_of(remittance)


def group(by):
    [row] = refused.refused_rows(by, refused.refused_groups(by), today=TODAY)
    return row


def correct(by, month, *, approve: bool):
    """A correction of the worker's name, applied by a colleague or waiting for him."""
    change = changing.propose(
        worker=month.worker,
        values={"name": "Nama Benar"},
        reason="KTP",
        said_by="worker",
        by=by,
        now=LATER,
    )
    if approve:
        colleague = officer(office=Enrollment.everything.get(worker=month.worker).office)
        changing.approve(change=change, by=colleague, now=LATER)


def test_the_months_of_a_worker_stand_together_with_reason_and_remittance(desk, client):
    by, months = desk
    row = group(by)
    assert (row.group["months"], row.group["core_reason"]) == (3, "NIK tidak cocok")
    assert row.group["remittance"] == Remittance.everything.get().number
    client.force_login(by)
    page = client.get(URL).content.decode()
    assert f"/pekerja/{months[0].worker.uuid}" in page
    assert "Perbaiki data" in page


def test_after_the_correction_all_his_months_go_out_again(desk, client):
    by, months = desk
    correct(by, months[0], approve=True)
    assert group(by).corrected_at == LATER
    client.force_login(by)
    client.post(f"{URL}{months[0].pk}/", {"act": "resend"})
    assert set(Contribution.everything.values_list("status", flat=True)) == {"paid"}
    assert remitting._free().count() == 3


def test_while_a_correction_waits_nothing_is_sent_again(desk):
    by, months = desk
    correct(by, months[0], approve=False)
    assert group(by).waiting is not None
    with pytest.raises(remitting.ChangeWaits):
        remitting.resend_rejected(contribution=months[0], by=by, now=LATER, whole=True)


def test_credit_gives_all_his_months_back_at_once(desk):
    by, months = desk
    remitting.credit_rejected(contribution=months[0], by=by, now=LATER, whole=True)
    assert set(Contribution.everything.values_list("status", flat=True)) == {"reversed"}
    assert not refused.refused_groups(by).exists()


def test_a_month_that_another_donor_bought_meanwhile_is_only_credited(desk):
    by, months = desk
    first = months[0]
    other = Contribution.everything.get(pk=first.pk)
    other.pk, other.status = None, "paid"
    other.remittance, other.sent_at = None, None
    other.save(force_insert=True)
    with pytest.raises(remitting.MonthTaken):
        remitting.resend_rejected(contribution=first, by=by, now=LATER)
    assert remitting.resend_rejected(contribution=first, by=by, now=LATER, whole=True) == 2


def test_late_months_stand_there_with_their_age_and_remittance(client):
    remittance = handed_over(months=3)
    by = officer(office=remittance.office)
    day = date(2026, 11, 27)
    [row] = refused.late_rows(refused.late_groups(by, today=day), today=day)
    assert (row["months"], row["number"], row["days"]) == (3, remittance.number, 4)
    assert not refused.late_groups(by, today=jakarta_date(NOON + timedelta(days=2))).exists()


def test_the_questions_do_not_grow_with_the_desk(desk, client, django_assert_max_num_queries):
    by, _months = desk
    for _ in range(4):
        more = handed_over(months=1, office=by.offices("branch_officer")[0])
        answered(more, [no(month) for month in months_of(more)])
    client.force_login(by)
    with django_assert_max_num_queries(20):
        page = client.get(URL)
    assert page.content.decode().count("Kirim ulang</button>") == 5


def test_a_donor_who_is_officer_elsewhere_cannot_decide_on_his_own_months(desk, client):
    _by, months = desk
    elsewhere = officer(office=OfficeFactory(code="LAIN"))
    DonorMemberFactory(donor=months[0].sponsorship.donor, user=elsewhere)
    client.force_login(elsewhere)
    assert client.post(f"{URL}{months[0].pk}/", {"act": "credit"}).status_code == 404
    assert not refused.refused_groups(elsewhere).exists()
