"""What came to nothing is forgotten, as the consent text promises."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from notices.models import JobRun
from tests.factories import NOW, EnrollmentFactory
from tests.workers.journey import Donor, places, who
from workers.models import Enrollment, Order
from workers.services.forgetting import forget_abandoned
from workers.tasks import forget_abandoned as task

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=91)


@pytest.fixture(autouse=True)
def _place_and_time(settings: Any, tmp_path: Path) -> Any:
    settings.MEDIA_ROOT = tmp_path
    places()
    with time_machine.travel(NOW, tick=False):
        yield


def sent(**first: str) -> Donor:
    donor = Donor().start()
    donor.fill(who(**first))
    if not first:
        donor.prove()
    donor.send()
    return donor


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_draft_is_forgotten_with_its_photo(tmp_path: Path) -> None:
    donor = Donor().start()
    donor.fill()
    donor.prove()
    assert forget_abandoned(now=NOW + timedelta(days=89)) == {"drafts": 0, "cases": 0}
    assert forget_abandoned(now=LATER) == {"drafts": 1, "cases": 0}
    assert (donor.order.status, donor.order.draft) == (Order.Status.DISCARDED, "")
    assert not files(tmp_path)


def test_a_withdrawn_case_keeps_its_number_and_loses_its_data(tmp_path: Path) -> None:
    donor = sent()
    case = donor.case
    donor.client.post(f"/donatur/perbaiki/{case.uuid}/tarik/")
    assert forget_abandoned(now=LATER)["cases"] == 1
    case.refresh_from_db()
    assert (case.status, case.nik, case.nik_index, case.name) == ("withdrawn", "", "", "")
    assert (case.birth_date, case.phone, case.village) == (None, "", None)
    assert not case.evidence.exists()
    assert not files(tmp_path)
    assert case.events.last().kind == "forgotten"
    donor.client.force_login(donor.user)
    page = donor.client.get(f"/donatur/pendaftaran/{case.order.uuid}/").content.decode()
    assert case.number in page


def test_a_case_that_waits_for_ever_expires_and_is_forgotten() -> None:
    case = sent(way="link").case
    assert forget_abandoned(now=LATER)["cases"] == 1
    case.refresh_from_db()
    assert (case.status, case.name) == (Enrollment.Status.EXPIRED, "")


def test_what_goes_on_is_not_forgotten() -> None:
    case = sent().case
    EnrollmentFactory(approved=True)
    assert forget_abandoned(now=LATER) == {"drafts": 0, "cases": 0}
    case.refresh_from_db()
    assert case.name == "Joko Contoh"


def test_running_it_again_changes_nothing() -> None:
    sent(way="link")
    forget_abandoned(now=LATER)
    assert forget_abandoned(now=LATER + timedelta(days=200)) == {"drafts": 0, "cases": 0}


def test_the_clock_and_the_hand_do_the_same() -> None:
    sent(way="link")
    task()
    assert JobRun.objects.get(job="forget_abandoned").counts == {"drafts": 0, "cases": 0}
    call_command("forget_abandoned", "--today", "2027-03-01")
    assert Enrollment.everything.get().status == Enrollment.Status.EXPIRED
