"""The walk over files: each is opened as everybody, and bears only rows of his scope.

`tests/test_permissions.py` walks every address with everybody.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.urls import reverse

from accounts.audit import record, record_view
from dashboards.services import rebuild_dashboards
from tests.aftermath import not_renewed
from tests.contributions.builders import covered_worker
from tests.doors import ROWS
from tests.doors.shapes import MEMBERS
from tests.factories import NOW, TODAY, EnrollmentFactory
from tests.people import EVERYBODY, NOBODY, World, undone
from workers.models import Enrollment

NEAR = ("officer", "supervisor", "treasurer", "regional", "auditor")
FAR = tuple(f"far_{person}" for person in NEAR)
#: Every file of rows that leaves the portal, and who gets it.
FILES = {
    "dashboard_csv": {"regional", "auditor", "far_regional", "far_auditor", "head"},
    "branch_figures_csv": {*NEAR, *FAR, "head"} - {"treasurer", "far_treasurer"},
    "renewal_outcomes_csv": {*NEAR, *FAR, "head"} - {"treasurer", "far_treasurer"},
    "view_log_csv": {"supervisor", "auditor", "far_supervisor", "far_auditor", "head"},
    "audit_log_csv": {"supervisor", "auditor", "far_supervisor", "far_auditor", "head"},
    # Facts that everybody may know; head office takes them away to correct them.
    "offices_csv": {"head"},
    "holidays_csv": {"head"},
    "tariffs_csv": {"head"},
    "tariff_table_csv": {*EVERYBODY},
    # Sums of the whole portal.
    "proof_csv": set(EVERYBODY),
    "ledger_account_csv": {"treasurer", "auditor", "far_treasurer", "far_auditor", "head"},
}
#: Without rows of an office or of people.
PUBLIC_FILES = {
    "offices_csv",
    "holidays_csv",
    "tariffs_csv",
    "tariff_table_csv",
    "proof_csv",
    "ledger_account_csv",
}
LISTS = ("api_sponsorships", "api_invoices")
#: What begins a formula, and where a number with its sign ends.
FORMULA = re.compile(r"[=+\-@\t\r\n](?!\d+$)")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Everybody, and a case at the far branch with which as much was done."""
    with django_db_blocker.unblock(), undone():
        with time_machine.travel(NOW, tick=False):
            built = World()
            far = built.users["far_officer"]
            built.far_case = EnrollmentFactory(
                office=built.far_office, in_review=True, taken_by=far, name="=Ucok", serial=900
            )
            abroad = covered_worker(office=built.far_office, decided_by=far, serial=906)
            not_renewed(abroad, built.renewal)
            for case, viewer in ((built.held, built.users["officer"]), (built.far_case, far)):
                at = {"obj": case, "now": NOW, "office": case.office}
                record_view(viewer=viewer, what="nik", reason="=1+1", **at)
                record(action="enrollment.taken", actor=viewer, **at)
            rebuild_dashboards(today=TODAY, now=NOW)
        yield built


@pytest.fixture(autouse=True)
def _moment(world: World, db: None) -> Iterator[None]:
    with time_machine.travel(NOW.replace(minute=5), tick=False):
        yield


def fetched(world: World, name: str, person: str) -> HttpResponse:
    row = ROWS[name][0] if isinstance(ROWS[name], list) else ROWS[name]
    with undone():
        return world.ask(person, "get", reverse(name, args=row.at(world)), api=row.api)


def table_of(answer: HttpResponse) -> list[list[str]]:
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def is_table(answer: HttpResponse) -> bool:
    return answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")


def marks(world: World) -> tuple[set[str], set[str]]:
    """What stands for the near and for the far branch in a file."""
    near = {world.office.name, world.kanwil.name, world.held.number, "Sumatera Selatan"}
    far = {world.far_office.name, world.far_kanwil.name, world.far_case.number, "Sumatera Utara"}
    return near, far | {"Far_Officer", "Far_Supervisor"}


def test_every_file_of_rows_is_in_the_list(world: World) -> None:
    """A new export is found by what it answers to head office, and to a supervisor."""
    served = {
        name
        for name, rows in ROWS.items()
        if (rows[0] if isinstance(rows, list) else rows).get
        for person in ("head", "supervisor")
        if is_table(fetched(world, name, person))
    }
    assert served == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_served_to_those_of_the_list_and_never_empty(world: World, name: str) -> None:
    tables = {person: fetched(world, name, person) for person in EVERYBODY}
    assert {person for person, answer in tables.items() if is_table(answer)} == FILES[name]
    for person in FILES[name]:
        assert len(table_of(tables[person])) > 1, person


@pytest.mark.parametrize("name", sorted(set(FILES) - PUBLIC_FILES))
def test_a_file_bears_only_rows_of_the_readers_scope(world: World, name: str) -> None:
    near, far = marks(world)
    seen = {}
    for person in FILES[name]:
        text = fetched(world, name, person).content.decode()
        seen[person] = {mark for mark in near | far if mark in text}
    for person, found in seen.items():
        if person in NEAR:
            assert found & near, person
            assert not found & far, person
        elif person in FAR:
            assert found & far, person
            assert not found & near, person
    assert seen["head"] & near
    assert seen["head"] & far


@pytest.mark.parametrize("name", FILES)
def test_a_file_bears_no_nik_no_name_of_a_worker_and_no_formula(world: World, name: str) -> None:
    names = {case.name for case in Enrollment.everything.exclude(name="")}
    for person in FILES[name]:
        rows = table_of(fetched(world, name, person))
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if any(nik in cell for nik in world.niks)]
        assert not [cell for cell in cells if any(name in cell for name in names)]
        assert not [cell for cell in cells if FORMULA.match(cell)]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_for_programs_bears_only_rows_of_its_owner(world: World, name: str) -> None:
    mark = {
        "api_sponsorships": str(world.covered.uuid),
        "api_invoices": world.invoice.number,
    }[name]
    answers = {person: fetched(world, name, person) for person in EVERYBODY if person != NOBODY}
    texts = {person: answer.content.decode() for person, answer in answers.items()}
    assert {person for person, text in texts.items() if mark in text} == set(MEMBERS)
    assert not [text for text in texts.values() if any(nik in text for nik in world.niks)]
