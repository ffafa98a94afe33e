"""An officer's day at the desk: twenty cases in one sitting, by keyboard.

Among them one that goes back and comes again, one that looks like somebody whom the
registry knows, and one that a colleague takes first.
"""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from bricks import clock
from donors.models import Programme
from regions.models import Area
from regions.selectors import default_office_for
from tests.browser.stage import VILLAGE, Stage
from tests.browser.visiting import Person
from tests.factories import (
    ConsentFactory,
    DonorFactory,
    EnrollmentFactory,
    OrderFactory,
    ProgrammeFactory,
    UserFactory,
    WorkerFactory,
)
from workers.models import DuplicateRuling, Enrollment, EnrollmentEvent
from workers.services.checking import make_checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = [
    "Agus Salim",
    "Bambang Irawan",
    "Cahyo Utomo",
    "Dedi Kurnia",
    "Eko Prasetyo",
    "Fajar Hidayat",
    "Gunawan Wibisono",
    "Hendra Lesmana",
    "Soewarno",
    "Jaka Tingkir",
    "Kusnadi",
    "Lukman Hakim",
    "Mulyono",
    "Nanang Kosim",
    "Otong Sutisna",
    "Parmin",
    "Rudi Hartono",
    "Slamet Riyadi",
    "Tarjo",
    "Umar Bakri",
]
BACK, TWIN, TAKEN = "Eko Prasetyo", "Soewarno", "Mulyono"
BORN = date(1979, 4, 12)


def hand_in(number: int, name: str, programme: Programme) -> Enrollment:
    """Hand a sound case to the branch of the village; the first one came in longest ago."""
    now, village = clock.now(), Area.objects.get(code=VILLAGE)
    case: Enrollment = EnrollmentFactory(
        order=OrderFactory(programme=programme),
        name=name,
        serial=number + 1,
        sex="L",
        birth_date=BORN if name == TWIN else date(1980, 1, 1) + timedelta(days=37 * number),
        village=village,
        occupation_id="asisten_rumah_tangga",
        office=default_office_for(village_code=VILLAGE),
        submitted_at=now - timedelta(minutes=60 - number),
        due_on=clock.jakarta_date(now) + timedelta(days=3),
    )
    ConsentFactory(enrollment=case)
    make_checks(enrollment=case, now=now)
    return case


def approve(officer: Person) -> None:
    officer.page.keyboard.press("2")
    officer.key("a")
    assert "disetujui" in officer.text()


def give_back(officer: Person, case: Enrollment) -> None:
    """Return the case because its NIK differs from the KTP."""
    officer.page.keyboard.press("k")
    officer.page.get_by_label("NIK tidak sama dengan KTP.").check()
    officer.page.locator("[name=return-note]").fill("Angka terakhir kurang jelas di foto.")
    officer.press("Kembalikan")
    assert f"Kasus {case.number} dikembalikan" in officer.text()


def repair(donor: Person, case: Enrollment) -> None:
    """Find what came back, read why beside the field, and hand it in again."""
    donor.go(f"/donatur/pendaftaran/{case.order.uuid}/")
    donor.click("Perbaiki")
    assert "NIK tidak sama dengan KTP." in donor.text()
    assert "Angka terakhir kurang jelas" in donor.text()
    donor.page.get_by_label("NIK").fill("1671041708850001")
    donor.page.get_by_label("Tanggal lahir").fill("17-08-1985")
    donor.press("Kirim")
    assert Enrollment.everything.get(pk=case.pk).status == Enrollment.Status.SUBMITTED


def test_twenty_cases_in_one_sitting(stage: Stage) -> None:
    """The queue empties, and nothing is decided twice or forgotten."""
    rina = UserFactory(name="Rina Contoh")
    programme = ProgrammeFactory(donor=DonorFactory(person=rina))
    WorkerFactory(name="Suwarno", birth_date=BORN, sex="L", village_id=VILLAGE)
    cases = {name: hand_in(number, name, programme) for number, name in enumerate(NAMES)}
    officer, colleague = stage.staff("branch_officer"), stage.staff("branch_officer")
    donor = stage.person().enter_as(rina)

    # Both stand before the same case; the colleague takes it, and decides it.
    contested = cases[TAKEN]
    officer.go(f"/cabang/kasus/{contested.uuid}/")
    colleague.go(f"/cabang/kasus/{contested.uuid}/")
    colleague.key("s")
    officer.key("s")
    assert "sedang dipegang" in officer.text()
    approve(colleague)

    officer.go("/cabang/")
    for name in [name for name in NAMES if name != TAKEN]:
        officer.key("n")
        expect(officer.page.get_by_role("heading", level=1)).to_have_text(name)
        if name == TWIN:
            assert "Suwarno" in officer.text()
            officer.press("Orang yang berbeda")
        if name == BACK:
            give_back(officer, cases[name])
            repair(donor, cases[name])
            # It has kept its age and its thread, so it is the next one.
            officer.key("n")
            expect(officer.page.get_by_role("heading", level=1)).to_have_text(name)
            assert "Diperbaiki donatur" in officer.text()
        approve(officer)
    officer.go("/cabang/")
    assert "Semua kasus sudah diputuskan" in officer.text()

    decided = Enrollment.everything.filter(pk__in=[case.pk for case in cases.values()])
    assert set(decided.values_list("status", flat=True)) == {Enrollment.Status.APPROVED}
    approvals = EnrollmentEvent.objects.filter(enrollment__in=decided, kind="approved")
    assert approvals.count() == len(NAMES)
    assert DuplicateRuling.objects.get().verdict == DuplicateRuling.Verdict.DIFFERENT
