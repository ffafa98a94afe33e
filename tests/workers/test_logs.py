"""The two logs on their pages: whose rows, how named, how narrowed down, how handed out."""

import ast
import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit import record, record_view
from accounts.models import Role, ViewLog
from contributions.services.looking_up import look_up_cover
from tests.architecture import calls, sources, tree_of
from tests.factories import (
    NOW,
    EnrollmentFactory,
    KanwilFactory,
    OfficeFactory,
    UserFactory,
    officer,
)
from workers import log_selectors, log_texts
from workers.log_subjects import worker_number
from workers.services import exporting_logs

pytestmark = pytest.mark.django_db
SUPERVISOR, AUDITOR, HEAD = (
    Role.Kind.BRANCH_SUPERVISOR,
    Role.Kind.AUDITOR,
    Role.Kind.HEAD_OFFICE,
)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def look(obj, *, office=None, viewer=None, at=NOW, what="nik, phone", reason="uji"):
    viewer = viewer or UserFactory()
    return record_view(viewer=viewer, obj=obj, what=what, reason=reason, now=at, office=office)


def act(obj, *, office=None, actor=None, at=NOW, action="enrollment.taken", **told):
    return record(action=action, obj=obj, now=at, actor=actor, office=office, **told)


def shown(client, user, name="view_log", **asked):
    client.force_login(user)
    response = client.get(reverse(name), asked)
    assert response.status_code == 200
    return [line.row for line in response.context["rows"]]


def table(client, user, name="view_log_csv", **asked):
    client.force_login(user)
    response = client.get(reverse(name), asked)
    assert response.status_code == 200
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))[1:]


# --- whose --------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "write"), [("view_log", look), ("audit_log", act)])
def test_each_reads_the_rows_of_his_offices(client, name, write):
    branch = OfficeFactory()
    sub = OfficeFactory(code="TEST-KCP", kind="kcp", parent=branch)
    far = OfficeFactory(code="TEST-LAIN", parent=KanwilFactory(code="TEST-KANWIL-2"))
    case = EnrollmentFactory()
    own, below, elsewhere, nowhere = (
        write(case, office=office) for office in (branch, sub, far, None)
    )
    kanwil = branch.parent

    def seen(kind, office):
        return set(shown(client, officer(kind, office=office), name))

    assert seen(SUPERVISOR, branch) == {own, below}
    assert seen(SUPERVISOR, sub) == {below}
    assert seen(AUDITOR, branch) == {own, below}
    assert seen(AUDITOR, kanwil) == {own, below}
    assert seen(AUDITOR, far) == {elsewhere}
    assert seen(AUDITOR, None) == {own, below, elsewhere}
    assert seen(HEAD, None) == {own, below, elsewhere, nowhere}


@pytest.mark.parametrize("name", ["view_log", "audit_log", "view_log_csv", "audit_log_csv"])
@pytest.mark.parametrize(
    "kind", [Role.Kind.BRANCH_OFFICER, Role.Kind.TREASURER, Role.Kind.REGIONAL_ADMIN]
)
def test_others_do_not_read_the_logs(client, name, kind):
    client.force_login(officer(kind))
    assert client.get(reverse(name)).status_code == 403


def test_a_look_at_a_worker_by_his_nik_lies_with_the_branch_that_has_his_case(client):
    case = EnrollmentFactory(approved=True)
    viewer = officer(office=case.office)
    look_up_cover(viewer=viewer, nik=case.worker.nik, day=NOW.date(), now=NOW)
    assert ViewLog.objects.get().office == case.office
    assert [row.viewer for row in shown(client, officer(SUPERVISOR, office=case.office))] == [
        viewer
    ]


# --- how named ------------------------------------------------------------------------------
def test_a_case_is_named_by_its_number_and_leads_to_it(client):
    case = EnrollmentFactory()
    look(case, office=case.office)
    reader = officer(SUPERVISOR, office=case.office)
    client.force_login(reader)
    page = client.get(reverse("view_log")).content.decode()
    assert case.number in page
    assert reverse("case", args=[case.uuid]) in page
    assert case.name not in page
    assert case.nik not in page
    assert "NIK dan nomor HP" in page


def test_a_case_that_went_to_another_branch_is_named_without_a_link(client):
    case = EnrollmentFactory()
    look(case, office=OfficeFactory(code="TEST-LAIN"))
    reader = officer(SUPERVISOR, office=OfficeFactory(code="TEST-LAIN"))
    client.force_login(reader)
    page = client.get(reverse("view_log")).content.decode()
    assert case.number in page
    assert reverse("case", args=[case.uuid]) not in page


def test_a_worker_is_named_by_his_number_and_never_by_his_name(client):
    case = EnrollmentFactory(approved=True)
    act(case.worker, office=case.office, action="worker.changed", personal={"name": ["A", "B"]})
    client.force_login(officer(SUPERVISOR, office=case.office))
    page = client.get(reverse("audit_log")).content.decode()
    assert worker_number(case.worker.pk) in page
    assert case.worker.name not in page
    assert "tersegel" in page


def test_what_is_sealed_is_not_even_read(client, django_assert_num_queries):
    case = EnrollmentFactory()
    act(case, office=case.office, personal={"name": ["Wati Rahasia", "Watik Rahasia"]})
    reader = officer(SUPERVISOR, office=case.office)
    client.force_login(reader)
    page = client.get(reverse("audit_log")).content.decode()
    assert "Rahasia" not in page
    row = log_selectors.acts_for(reader).get()
    assert "personal" in row.get_deferred_fields()


def test_before_and_after_stand_in_words(client):
    case = EnrollmentFactory()
    holder = UserFactory(name="Sari Contoh")
    act(
        case,
        office=case.office,
        actor=holder,
        before={"status": "submitted", "holder": None},
        after={"status": "in_review", "holder": holder.pk, "changed": ["name", "phone"]},
    )
    client.force_login(officer(SUPERVISOR, office=case.office))
    response = client.get(reverse("audit_log"))
    told = {str(d.label): (d.before, d.after) for d in response.context["rows"][0].details}
    assert told == {
        "Status": ("Menunggu pemeriksaan cabang", "Sedang diperiksa cabang"),
        "Pemegang": ("", "Sari Contoh"),
        "Data yang berubah": ("", "Nama, Nomor HP"),
    }
    assert "Diambil" in response.content.decode()


def said_in_source() -> set[str]:
    """The actions that the source writes word for word, those of a case by their kind."""
    found = set()
    for path in sources():
        for call, name in calls(tree_of(path)):
            written = {k.arg: k.value for k in call.keywords if isinstance(k.value, ast.Constant)}
            verb = name.rpartition(".")[2]
            if verb == "record" and "action" in written:
                found.add(written["action"].value)
            if verb == "tell_thread" and "kind" in written:
                found.add(f"enrollment.{written['kind'].value}")
    return found


def test_every_action_has_words():
    assert len(said_in_source()) > 20
    assert said_in_source() - set(log_texts.ACTIONS) == set(), "name them in workers.log_texts"


# --- how narrowed down ------------------------------------------------------------------------
def test_the_newest_come_first_and_older_ones_by_asking_for_their_days(client):
    case = EnrollmentFactory()
    old, new, newest = (
        look(case, office=case.office, at=NOW - timedelta(days=days)) for days in (40, 3, 0)
    )
    reader = officer(SUPERVISOR, office=case.office)
    assert shown(client, reader) == [newest, new]
    assert shown(client, reader, dari="01-10-2026") == [newest, new, old]
    assert shown(client, reader, sampai="17-11-2026", dari="17-11-2026") == [new]


def test_a_day_is_one_of_jakarta(client):
    case = EnrollmentFactory()
    late = NOW.replace(hour=23, minute=59)
    row = look(case, office=case.office, at=late)
    reader = officer(SUPERVISOR, office=case.office)
    assert shown(client, reader, dari="20-11-2026", sampai="20-11-2026") == [row]
    assert shown(client, reader, dari="21-11-2026", sampai="21-11-2026") == []


def test_the_rows_of_one_person(client):
    case = EnrollmentFactory()
    one, other = officer(office=case.office), officer(office=case.office)
    mine = look(case, office=case.office, viewer=one)
    look(case, office=case.office, viewer=other)
    reader = officer(SUPERVISOR, office=case.office)
    assert shown(client, reader, orang=one.uuid) == [mine]


def test_only_people_of_the_own_offices_can_be_asked_for(client):
    case = EnrollmentFactory()
    stranger = officer(office=OfficeFactory(code="TEST-LAIN"))
    look(case, office=case.office, viewer=stranger)
    reader = officer(SUPERVISOR, office=case.office)
    assert shown(client, reader, orang=stranger.uuid) == []
    assert stranger not in log_selectors.people_of(reader)


def test_the_rows_of_one_number_with_what_belongs_to_the_case(client):
    case, other = EnrollmentFactory(approved=True), EnrollmentFactory()
    of_case = look(case, office=case.office)
    of_order = look(case.order, office=case.office)
    of_worker = look(case.worker, office=case.office)
    look(other, office=case.office)
    reader = officer(SUPERVISOR, office=case.office)
    assert set(shown(client, reader, nomor=case.number)) == {of_case, of_order}
    assert set(shown(client, reader, nomor=case.order.number.lower())) == {of_case, of_order}
    assert shown(client, reader, nomor=worker_number(case.worker.pk)) == [of_worker]
    assert shown(client, reader, nomor="D-26999999") == []


@pytest.mark.parametrize("text", ["1671011708850001", "Joko Contoh", "1671 0117 0885 0001"])
def test_neither_nik_nor_name_is_searched_for(client, text):
    case = EnrollmentFactory()
    look(case, office=case.office)
    client.force_login(officer(SUPERVISOR, office=case.office))
    response = client.get(reverse("view_log"), {"nomor": text})
    assert response.context["rows"] == []
    assert "jangan NIK" in response.content.decode()


def test_a_page_costs_the_same_whatever_its_length(client, django_assert_num_queries):
    reader = officer(SUPERVISOR, office=OfficeFactory())
    office = reader.live_roles[0].office

    def fill(count):
        for _ in range(count):
            case = EnrollmentFactory(approved=True, office=office)
            look(case, office=office)
            look(case.worker, office=office)
            told = {"before": {"holder": UserFactory().pk}, "after": {"office": office.pk}}
            act(case, office=office, actor=UserFactory(), **told)
            act(case.worker, office=office, action="worker.changed")

    def cost(name):
        client.force_login(reader)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    fill(1)
    names = ("view_log", "audit_log", "view_log_csv", "audit_log_csv")
    few = [cost(name) for name in names]
    fill(6)
    assert [cost(name) for name in names] == few
    assert max(few) < 20


# --- how handed out -------------------------------------------------------------------------
def test_a_file_bears_what_the_page_shows_and_is_a_look_itself(client):
    case = EnrollmentFactory()
    look(case, office=case.office, reason="telepon")
    look(EnrollmentFactory(), office=OfficeFactory(code="TEST-LAIN"))
    reader = officer(SUPERVISOR, office=case.office)
    rows = table(client, reader)
    assert [row[3] for row in rows] == [case.number]
    assert rows[0][0] == "2026-11-20 10:00:00"
    export = ViewLog.objects.get(viewer=reader)
    assert (export.what, export.office) == ("view_log", case.office)
    assert export.reason == "21-10-2026 s.d. 20-11-2026, 1 baris"
    assert shown(client, reader)[0] == export


def test_the_file_of_actions_bears_no_personal_value(client):
    case = EnrollmentFactory()
    act(
        case,
        office=case.office,
        before={"status": "returned"},
        after={"status": "submitted", "changed": ["name"]},
        personal={"name": ["Wati Rahasia", "Watik Rahasia"]},
    )
    rows = table(client, officer(SUPERVISOR, office=case.office), "audit_log_csv")
    assert rows[0][4:6] == [
        "Status: Perlu diperbaiki",
        "Status: Menunggu pemeriksaan cabang; Data yang berubah: Nama",
    ]
    assert "Rahasia" not in str(rows)
    assert ViewLog.objects.get().what == "audit_log"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(client, start):
    case = EnrollmentFactory()
    viewer = UserFactory(name=f"{start}cmd")
    look(case, office=case.office, viewer=viewer, reason=f"{start}1+1")
    rows = table(client, officer(SUPERVISOR, office=case.office))
    assert (rows[0][1], rows[0][4]) == (f"'{start}cmd", f"'{start}1+1")


def test_too_long_a_file_is_refused_with_a_sentence(client, monkeypatch):
    monkeypatch.setattr(exporting_logs, "MOST_ROWS", 1)
    case = EnrollmentFactory()
    look(case, office=case.office)
    look(case, office=case.office)
    client.force_login(officer(SUPERVISOR, office=case.office))
    response = client.get(reverse("view_log_csv"), follow=True)
    assert "Lebih dari 1 baris" in response.content.decode()
    assert not ViewLog.objects.filter(what="view_log").exists()
