"""Each branch hands over its own months, all of them on the same business day."""

from datetime import date, timedelta

import pytest

from contributions.core import CoreUnavailable
from contributions.core.sandbox import SandboxCore
from contributions.models import Contribution, Remittance
from contributions.services import remitting
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, KanwilFactory, OfficeFactory

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)
NOON = at(MONDAY, 12)


@pytest.fixture
def offices():
    kanwil = KanwilFactory()
    return [
        OfficeFactory(code=f"KC-{name.upper()}", name=f"Kantor Cabang {name}", parent=kanwil)
        for name in ("Palembang", "Lahat")
    ]


def paid(office, months=2):
    case = EnrollmentFactory(approved=True, months=months, office=office)
    return sponsored(MONDAY, months, case=case, status=Contribution.Status.PAID)


def test_every_branch_gets_a_remittance_of_its_own_with_its_number(offices):
    palembang, lahat = offices
    paid(palembang), paid(palembang), paid(lahat, months=12)
    assert remitting.remit(today=MONDAY, now=NOON)["months"] == 16
    found = Remittance.everything.order_by("number").values_list("number", "office", "lines")
    assert list(found) == [
        ("STR-2026-11-23-KC-LAHAT-1", lahat.pk, 12),
        ("STR-2026-11-23-KC-PALEMBANG-1", palembang.pk, 4),
    ]


def test_a_second_one_of_the_day_counts_on(offices):
    paid(offices[0])
    remitting.remit(today=MONDAY, now=NOON)
    paid(offices[0])
    remitting.remit(today=MONDAY, now=NOON + timedelta(hours=3))
    assert Remittance.everything.latest("pk").number == "STR-2026-11-23-KC-PALEMBANG-2"


def test_the_months_of_a_closed_branch_are_its_successors(offices):
    old, new = offices
    paid(old), paid(new)
    old.is_open, old.successor = False, new
    old.save()
    remitting.remit(today=MONDAY, now=NOON)
    remittance = Remittance.everything.get()
    assert (remittance.office, remittance.lines) == (new, 4)


def test_a_long_list_becomes_several_files(offices, monkeypatch):
    monkeypatch.setattr(remitting, "FILE_LINES", 3)
    paid(offices[0], months=3), paid(offices[0], months=2)
    remitting.remit(today=MONDAY, now=NOON)
    assert list(Remittance.everything.order_by("pk").values_list("lines", flat=True)) == [3, 2]


def test_one_branch_out_of_reach_holds_up_no_other(offices, monkeypatch):
    palembang, lahat = offices
    paid(palembang), paid(lahat)
    send = SandboxCore.send

    def flaky(self, *, remittance, **given):
        if Remittance.everything.get(uuid=remittance).office == palembang:
            raise CoreUnavailable
        return send(self, remittance=remittance, **given)

    monkeypatch.setattr(SandboxCore, "send", flaky)
    counts = remitting.remit(today=MONDAY, now=NOON)
    assert (counts["months"], counts["unreachable"]) == (2, 1)


def test_the_questions_do_not_grow_with_the_months(offices, django_assert_max_num_queries):
    for _ in range(12):
        paid(offices[0], months=12)
    with django_assert_max_num_queries(40):
        remitting.remit(today=MONDAY, now=NOON)
