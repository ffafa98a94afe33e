"""The branch's look-up: own workers only, no oracle, every look written down (P1, P3, P8)."""

import logging
from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, ViewLog
from accounts.tokens import create_token
from bricks.clock import JAKARTA, noon
from contributions.models import Contribution
from tests.dashboards import world
from tests.factories import TODAY, DonorFactory, OfficeFactory, nik_of, officer
from tests.workers.reports import reported

pytestmark = pytest.mark.django_db
URL = "/api/v1/coverage-check/"
UNKNOWN = nik_of(date(1980, 5, 5), "L", 4321)


@pytest.fixture
def here(places):
    return OfficeFactory()


@pytest.fixture
def sari(here):
    """An officer of the branch."""
    return officer(office=here)


@pytest.fixture
def joko(here):
    """A worker of that branch, covered from 1 March to 31 May 2026 and from 1 October on."""
    joko = world.worker(name="Joko Susilo")
    promise = world.sponsorship(joko, office=here)
    world.buy(promise, date(2026, 3, 1), 3)
    world.buy(promise, date(2026, 10, 1), 12)
    return joko


@pytest.fixture
def elsewhere(here):
    """A worker with cover whom another branch serves."""
    other = OfficeFactory(code="TEST-MUARA-ENIM", name="Kantor Cabang Muara Enim")
    siti = world.worker(world.MUARA_ENIM, name="Siti Aminah")
    world.buy(world.sponsorship(siti, office=other), date(2026, 3, 1), 12)
    return siti


@pytest.fixture
def ask(call):
    def asker(user, nik, day="2026-11-20", **more):
        return call(URL, user, body={"nik": nik, "date": day}, **more)

    return asker


# --- what is answered -------------------------------------------------------------------------
def test_a_day_inside_accepted_cover_is_covered(ask, sari, joko):
    response = ask(sari, joko.nik, "2026-05-31")
    assert response.status_code == 200
    assert response.json() == {
        "covered": True,
        "status": "covered",
        "message": "Perlindungan berlaku pada tanggal ini.",
        "date": "2026-05-31",
        "covered_from": "2026-03-01",
        "covered_until": "2026-05-31",
        "since": None,
    }


@pytest.mark.parametrize(
    ("day", "covered", "status"),
    [
        ("2026-02-28", False, "never"),
        ("2026-03-01", True, "covered"),
        ("2026-06-01", "branch_decides", "arrears"),
        ("2026-08-31", "branch_decides", "arrears"),
        ("2026-09-01", False, "ended"),
        ("2026-10-01", True, "covered"),
        ("2026-11-20", True, "covered"),
    ],
)
def test_arrears_are_left_to_the_branch_and_the_rest_is_a_fact(ask, joko, day, covered, status):
    answer = ask(officer(), joko.nik, day).json()
    assert (answer["covered"], answer["status"]) == (covered, status)


@pytest.mark.parametrize(
    ("day", "covered", "status"),
    [
        ("2026-02-28", "branch_decides", "reported"),
        ("2026-05-31", True, "covered"),
        ("2026-06-01", "branch_decides", "reported"),
        ("2026-09-01", "branch_decides", "reported"),
        ("2026-11-20", True, "covered"),
    ],
)
def test_after_a_report_whatever_is_not_covered_is_left_to_the_branch(
    ask, joko, day, covered, status
):
    reported(joko, kind="accident")
    answer = ask(officer(), joko.nik, day).json()
    assert (answer["covered"], answer["status"]) == (covered, status)
    assert "tidak" not in answer["message"]


def test_paid_months_that_wait_for_acceptance_are_left_to_the_branch(ask, sari, here):
    siti = world.worker()
    world.buy(world.sponsorship(siti, office=here), TODAY, 12, status="sent")
    answer = ask(sari, siti.nik).json()
    assert (answer["covered"], answer["status"]) == ("branch_decides", "awaiting_acceptance")
    assert ask(sari, siti.nik, "2026-11-19").json()["covered"] is False


def test_the_day_on_which_cover_began_is_told_to_the_minute(ask, sari, joko):
    at = datetime(2026, 10, 1, 14, 2, tzinfo=JAKARTA)
    first = Contribution.everything.filter(worker=joko, covered_from=date(2026, 10, 1))
    first.update(starts_at=at)
    since = ask(sari, joko.nik, "2026-10-01").json()["since"]
    assert datetime.fromisoformat(since) == at
    assert ask(sari, joko.nik, "2026-10-02").json()["since"] is None


def test_no_answer_says_that_somebody_is_not_protected(ask, sari, joko):
    for day in ("2026-02-01", "2026-06-15", "2026-09-15"):
        message = ask(sari, joko.nik, day).json()["message"].lower()
        assert "tidak terlindungi" not in message
        assert "tidak dilindungi" not in message


def test_a_nik_may_be_sent_in_its_groups(ask, sari, joko):
    grouped = " ".join(joko.nik[i : i + 4] for i in range(0, 16, 4))
    assert ask(sari, grouped).json()["covered"] is True


def test_the_officer_of_a_branch_asks_about_its_sub_branches(ask, sari, here):
    below = OfficeFactory(code="TEST-KCP", name="KCP", kind="kcp", parent=here)
    ahmad = world.worker()
    world.buy(world.sponsorship(ahmad, office=below), TODAY, 3)
    assert ask(sari, ahmad.nik).json()["covered"] is True
    other_way = officer(office=below)
    above = world.worker()
    world.sponsorship(above, office=here)
    assert ask(other_way, above.nik).status_code == 404


# --- no oracle ----------------------------------------------------------------------------------
def test_another_branchs_worker_and_an_unknown_nik_are_answered_alike(ask, sari, elsewhere, joko):
    answers = []
    token = create_token(user=sari, now=noon(TODAY))
    ask(None, UNKNOWN, token=token)
    for nik in (UNKNOWN, elsewhere.nik):
        with CaptureQueriesContext(connection) as work:
            response = ask(None, nik, token=token)
        statements = [query["sql"] for query in work if "SAVEPOINT" not in query["sql"]]
        kinds = [statement.split(" FROM ")[0].split("VALUES")[0] for statement in statements]
        answers.append((response.status_code, response.json(), kinds))
    assert answers[0] == answers[1]
    status, body, _kinds = answers[0]
    assert status == 404
    assert body["error"] == {
        "code": "nothing_found",
        "message": "Tidak ada pekerja dengan NIK ini di wilayah cabang Anda.",
    }


# --- who may ask ----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["donor", "treasurer", "regional_admin", "head_office", "auditor"])
def test_only_the_branch_may_ask(ask, joko, kind):
    user = DonorFactory().person if kind == "donor" else officer(kind)
    response = ask(user, joko.nik)
    assert response.status_code == 403
    assert response.json()["error"] == {
        "code": "branch_only",
        "message": "Hanya petugas cabang yang boleh bertanya di sini.",
    }
    assert not ViewLog.objects.exists()


def test_a_supervisor_may_ask(ask, joko, here):
    assert ask(officer("branch_supervisor", office=here), joko.nik).status_code == 200


def test_an_officer_whose_role_has_ended_may_not(ask, sari, joko):
    sari.roles.update(ended_at=noon(TODAY))
    assert ask(sari, joko.nik).status_code == 403


def test_an_officer_who_is_also_a_donor_sees_no_more_by_that(ask, sari, elsewhere):
    donor = DonorFactory(person=sari, owner=sari)
    case = world.sponsorship(elsewhere, office=OfficeFactory(code="TEST-MUARA-ENIM")).enrollment
    type(case).everything.filter(pk=case.pk).update(donor=donor)
    assert ask(sari, elsewhere.nik).status_code == 404


def test_without_a_token_nothing_is_asked(ask, joko):
    assert ask(None, joko.nik).status_code == 401


# --- bad input ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("nik", "sentence"),
    [
        ("", "kosong"),
        ("16710117088500", "kurang dari 16 angka"),
        ("167101170885000122", "lebih dari 16 angka"),
        ("16710117O8850001", "hanya berisi angka"),
        ("1671013508850001", "bukan tanggal lahir"),
        ("1,67101E+15", "terpotong oleh Excel"),
        (1671011708850001, "sebagai teks"),
        ("1671011708850001' OR '1'='1", "hanya berisi angka"),
        ("9" * 5000, "40"),
        (None, ""),
        (["1671011708850001"], "sebagai teks"),
    ],
    ids=[
        "empty",
        "short",
        "long",
        "letter",
        "no-date",
        "spreadsheet",
        "number",
        "sql",
        "endless",
        "null",
        "list",
    ],
)
def test_a_wrong_nik_is_refused_with_a_reason_and_not_quoted(ask, sari, nik, sentence):
    response = ask(sari, nik)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["message"]) == ("invalid", "Ada isian yang perlu diperbaiki.")
    assert sentence in " ".join(error["fields"]["nik"])
    if isinstance(nik, str) and nik:
        assert nik not in response.content.decode()


@pytest.mark.parametrize("day", ["2026-11-21", "1850-01-01", "20-11-2026", "", "besok", None, 5])
def test_a_wrong_day_is_refused_with_a_reason(ask, sari, joko, day):
    response = ask(sari, joko.nik, day)
    assert response.status_code == 400
    assert response.json()["error"]["fields"]["date"][0]
    assert not ViewLog.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "{}"])
def test_a_body_that_is_no_question_is_refused(call, sari, body):
    response = call(URL, sari, body=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_a_form_is_no_json(client, sari, joko):
    token = create_token(user=sari, now=noon(TODAY))
    response = client.post(
        URL, {"nik": joko.nik, "date": "2026-11-20"}, headers={"Authorization": f"Token {token}"}
    )
    assert response.status_code == 415
    assert response.json()["error"]["code"] == "unsupported_media_type"


def test_a_nik_in_the_address_is_not_read(call, sari, joko):
    response = call(f"{URL}?nik={joko.nik}&date=2026-11-20", sari, body={})
    assert response.status_code == 400
    assert call(URL, sari).status_code == 405


# --- what is kept ---------------------------------------------------------------------------------
def test_every_look_is_written_down_without_the_nik(ask, sari, joko, elsewhere, caplog):
    caplog.set_level(logging.DEBUG)
    ask(sari, joko.nik, "2026-05-31")
    log = ViewLog.objects.get()
    assert (log.viewer, log.object_type, log.object_id) == (sari, "workers.worker", str(joko.pk))
    assert (log.what, log.reason) == ("cover", "API, 2026-05-31")

    ask(sari, elsewhere.nik)
    ask(sari, UNKNOWN)
    events = AuditEvent.objects.filter(action="cover.nothing_found", actor=sari)
    assert events.count() == 2
    assert ViewLog.objects.count() == 1

    kept = " ".join(str(row) for row in AuditEvent.objects.values()) + caplog.text
    for nik in (joko.nik, elsewhere.nik, UNKNOWN):
        assert nik not in kept


def test_too_many_questions_are_asked_to_wait(ask, sari, joko, monkeypatch):
    monkeypatch.setattr(
        "rest_framework.throttling.ScopedRateThrottle.THROTTLE_RATES", {"coverage-check": "2/min"}
    )
    token = create_token(user=sari, now=noon(TODAY))
    answers = [ask(None, joko.nik, token=token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    error = answers[2].json()["error"]
    assert error["code"] == "throttled"
    assert "Coba lagi dalam" in error["message"]
    assert int(answers[2]["Retry-After"]) > 0


def test_the_door_has_a_limit_of_its_own(settings):
    assert settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["coverage-check"] == "60/min"
    assert reverse("api_coverage_check") == URL
