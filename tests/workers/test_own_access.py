"""The codes of the worker's own page: who gets one, what it opens, how often it is guessed."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, ViewLog, phone_index
from notices.models import Message
from tests.factories import (
    NOW,
    DonorFactory,
    DonorMemberFactory,
    EnrollmentFactory,
    UserFactory,
    WorkerFactory,
    officer,
)
from tests.workers.persons import PHONE, case_with_phone, codes_sent, of_phone, worker_with_phone
from workers import person_selectors
from workers.models import Enrollment, EnrollmentEvent, PersonCode
from workers.person_selectors import Person, cases_of, worker_of
from workers.services import own_access
from workers.services.holding import OwnCase
from workers.services.own_access import (
    AskedTooOften,
    CaseOver,
    NobodyYet,
    NotHisBirthDate,
    WrongCode,
    open_by_phone,
    open_by_print,
    print_code,
    send_code,
)

pytestmark = pytest.mark.django_db
OTHER = "+6281111111111"
SOON = NOW + timedelta(minutes=14)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def ask(born: date, *, phone: str = PHONE, now=NOW) -> own_access.Asked:
    return send_code(phone=phone, birth_date=born, now=now)


# --- to a phone -----------------------------------------------------------------------
def test_a_worker_gets_a_code_that_opens_his_page_once():
    worker = worker_with_phone()
    asked = ask(worker.birth_date)
    code = codes_sent()[0]
    row = open_by_phone(asked=asked, code=code, now=SOON)
    assert row.nik_index == worker.nik_index
    assert own_access.person_of(code=row.uuid, now=SOON) == Person(
        worker.nik_index, phone_index(PHONE)
    )
    with pytest.raises(WrongCode):
        open_by_phone(asked=asked, code=code, now=SOON)


def test_the_code_is_not_kept_and_the_preview_names_nobody():
    worker = worker_with_phone(name="Joko Susilo")
    ask(worker.birth_date)
    assert codes_sent()[0] not in str(PersonCode.objects.values().get())
    assert "Joko" not in Message.objects.get().body


def test_two_people_of_one_phone_get_a_code_each_by_their_short_names():
    first = worker_with_phone(name="Joko Susilo")
    second = worker_with_phone(name="Siti Aminah", birth_date=first.birth_date)
    asked = ask(first.birth_date)
    codes = dict(re.findall(r"(\d{6}): (.+)", Message.objects.get().body))
    assert sorted(codes.values()) == ["Joko S.", "Siti A."]
    of_second = next(code for code, name in codes.items() if name == "Siti A.")
    assert open_by_phone(asked=asked, code=of_second, now=SOON).nik_index == second.nik_index


def test_a_phone_of_many_people_of_one_birthday_gets_no_code():
    """More codes at once would be guessed sooner; the branch prints one."""
    first = worker_with_phone()
    for _more in range(3):
        worker_with_phone(birth_date=first.birth_date)
    ask(first.birth_date)
    assert not codes_sent()
    assert "kantor cabang" in Message.objects.get().body


def test_a_code_ends_after_fifteen_minutes():
    asked = ask(worker_with_phone().birth_date)
    with pytest.raises(WrongCode):
        open_by_phone(asked=asked, code=codes_sent()[0], now=NOW + timedelta(minutes=15))


def test_three_wrong_guesses_end_a_code():
    asked = ask(worker_with_phone().birth_date)
    code = codes_sent()[0]
    for _guess in range(3):
        with pytest.raises(WrongCode):
            open_by_phone(asked=asked, code=wrong(code), now=SOON)
    with pytest.raises(WrongCode):
        open_by_phone(asked=asked, code=code, now=SOON)


def test_only_the_newest_code_works():
    worker = worker_with_phone()
    older = ask(worker.birth_date)
    newer = ask(worker.birth_date, now=NOW + timedelta(minutes=1))
    first, second = codes_sent()
    with pytest.raises(WrongCode):
        open_by_phone(asked=older, code=first, now=SOON)
    assert open_by_phone(asked=newer, code=second, now=SOON)


def test_who_asks_with_a_wrong_birth_date_takes_no_code_away():
    worker = worker_with_phone()
    asked = ask(worker.birth_date)
    code = codes_sent()[0]
    ask(date(1950, 1, 1), now=NOW + timedelta(minutes=1))
    assert open_by_phone(asked=asked, code=code, now=SOON)


def test_a_code_is_guessed_only_where_it_was_asked_for():
    worker = worker_with_phone()
    ask(worker.birth_date)
    elsewhere = ask(date(1950, 1, 1), phone=OTHER)
    with pytest.raises(WrongCode):
        open_by_phone(asked=elsewhere, code=codes_sent()[0], now=SOON)


def test_a_phone_asks_three_times_an_hour_known_or_not():
    worker = worker_with_phone()
    for born, phone in ((worker.birth_date, PHONE), (date(1950, 1, 1), OTHER)):
        for minute in range(3):
            ask(born, phone=phone, now=NOW + timedelta(minutes=minute))
        with pytest.raises(AskedTooOften):
            ask(born, phone=phone, now=NOW + timedelta(minutes=4))
        assert ask(born, phone=phone, now=NOW + timedelta(minutes=61))


def test_a_known_and_an_unknown_phone_ask_the_database_the_same():
    """No oracle, by time either: the statements are the same, one by one (P8)."""
    worker = worker_with_phone()
    shapes = []
    for born, phone in ((worker.birth_date, PHONE), (date(1950, 1, 1), OTHER)):
        with CaptureQueriesContext(connection) as asked:
            ask(born, phone=phone)
        shapes.append([re.sub(r"'[^']*'|\d+", "?", q["sql"])[:60] for q in asked.captured_queries])
    assert shapes[0] == shapes[1]
    assert PersonCode.objects.filter(nik_index="").count() == 1


def test_an_unknown_phone_reads_so_itself_and_no_guess_opens_anything():
    asked = ask(date(1950, 1, 1))
    assert "tidak dapat dikirim" in Message.objects.get().body
    for code in ("000000", "123456", ""):
        with pytest.raises(WrongCode):
            open_by_phone(asked=asked, code=code, now=SOON)


def test_a_decoy_opens_nothing_even_when_its_code_is_right(monkeypatch):
    monkeypatch.setattr("workers.codes.draw_digits", lambda: "424242")
    asked = ask(date(1950, 1, 1))
    with pytest.raises(WrongCode):
        open_by_phone(asked=asked, code="424242", now=SOON)


def test_to_the_phone_of_one_who_is_reported_dead_no_code_goes(monkeypatch):
    worker = worker_with_phone()
    monkeypatch.setattr("workers.services.own_access.is_silent_phone", lambda index: True)
    ask(worker.birth_date)
    assert not Message.objects.exists()
    assert not PersonCode.objects.exclude(nik_index="").exists()


# --- what a code opens ------------------------------------------------------------------
def test_a_donor_s_own_number_in_a_case_opens_that_case_and_nothing_else():
    """Whoever enters another's NIK with his own phone learns nothing of others (P8)."""
    worker = worker_with_phone()
    paid = EnrollmentFactory(of=worker, approved=True)
    mine = EnrollmentFactory(of=worker, **of_phone(OTHER))
    by_donor = Person(worker.nik_index, phone_index(OTHER))
    assert (worker_of(by_donor), list(cases_of(by_donor))) == (None, [mine])
    by_worker = Person(worker.nik_index, phone_index(PHONE))
    assert (worker_of(by_worker), set(cases_of(by_worker))) == (worker, {paid, mine})


def test_a_phone_by_which_a_donor_of_his_signs_in_does_not_open_the_registry():
    donor = DonorFactory(person=UserFactory(phone=PHONE))
    worker = worker_with_phone()
    EnrollmentFactory(of=worker, approved=True, order__programme__donor=donor)
    person = Person(worker.nik_index, phone_index(PHONE))
    assert worker_of(person) is None
    assert worker_of(Person(worker.nik_index)) == worker


def test_a_case_opens_before_the_registry_knows_anybody():
    case = case_with_phone()
    asked = ask(case.birth_date)
    row = open_by_phone(asked=asked, code=codes_sent()[0], now=SOON)
    person = own_access.person_of(code=row.uuid, now=SOON)
    assert person is not None
    assert list(cases_of(person)) == [case]
    assert person_selectors.name_of(person).startswith("Siti")


# --- printed ----------------------------------------------------------------------------
def test_a_printed_code_opens_with_the_birth_date_as_often_as_wanted():
    case = EnrollmentFactory()
    code = print_code(enrollment=case, by=officer(), now=NOW)
    for shape in (code, code.lower(), code.replace("-", " ")):
        row = open_by_print(code=shape, birth_date=case.birth_date, now=NOW + timedelta(days=29))
        assert row.nik_index == case.nik_index
    with pytest.raises(WrongCode):
        open_by_print(code=code, birth_date=case.birth_date, now=NOW + timedelta(days=30))


def test_a_printed_code_ends_after_three_wrong_birth_dates_in_a_row():
    case = EnrollmentFactory()
    code = print_code(enrollment=case, by=officer(), now=NOW)
    for born in (date(1950, 1, 1), date(1950, 1, 2), case.birth_date):
        if born == case.birth_date:
            assert open_by_print(code=code, birth_date=born, now=NOW)
        else:
            with pytest.raises(WrongCode):
                open_by_print(code=code, birth_date=born, now=NOW)
    for day in range(1, 4):
        with pytest.raises(WrongCode):
            open_by_print(code=code, birth_date=date(1950, 1, day), now=NOW)
    with pytest.raises(WrongCode):
        open_by_print(code=code, birth_date=case.birth_date, now=NOW)


def test_a_new_printed_code_ends_the_old_one_and_whoever_is_in_by_it():
    case, by = EnrollmentFactory(), officer()
    old = print_code(enrollment=case, by=by, now=NOW)
    row = open_by_print(code=old, birth_date=case.birth_date, now=NOW)
    print_code(enrollment=case, by=by, now=NOW)
    assert own_access.person_of(code=row.uuid, now=NOW) is None
    with pytest.raises(WrongCode):
        open_by_print(code=old, birth_date=case.birth_date, now=NOW)


def test_printing_is_logged_like_a_look_at_the_data():
    case, by = EnrollmentFactory(), officer()
    code = print_code(enrollment=case, by=by, now=NOW)
    look = ViewLog.objects.get()
    assert (look.viewer, look.what, look.office) == (by, "person_code", case.office)
    event = AuditEvent.objects.get()
    assert (event.action, event.office) == ("enrollment.person_code", case.office)
    assert EnrollmentEvent.objects.get(kind="person_code").actor == by
    kept = str(PersonCode.objects.values().get())
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_nobody_prints_a_code_in_his_own_case_or_for_nobody():
    by = officer()
    EnrollmentEvent.objects.create(
        enrollment=(case := EnrollmentFactory()), at=NOW, actor=by, kind="family_declared"
    )
    with pytest.raises(OwnCase):
        print_code(enrollment=case, by=by, now=NOW)
    empty = EnrollmentFactory(awaiting_consent=True, nik="", nik_index="")
    with pytest.raises(NobodyYet):
        print_code(enrollment=empty, by=by, now=NOW)


@pytest.mark.parametrize("status", ["rejected", "withdrawn", "expired"])
def test_for_a_case_that_came_to_nothing_no_code_is_printed(status):
    with pytest.raises(CaseOver):
        print_code(enrollment=EnrollmentFactory(status=status), by=officer(), now=NOW)


def test_for_a_claim_with_another_birth_date_than_the_registry_s_no_code_is_printed():
    claim = EnrollmentFactory(of=WorkerFactory(), birth_date=date(1970, 5, 6))
    with pytest.raises(NotHisBirthDate):
        print_code(enrollment=claim, by=officer(), now=NOW)
    assert not PersonCode.objects.exists()


@pytest.mark.parametrize("tie", ["donor", "family"])
def test_nobody_prints_a_code_for_a_worker_who_is_his_own_in_another_case(tie):
    by, worker = officer(), WorkerFactory()
    own = EnrollmentFactory(of=worker, approved=True)
    if tie == "donor":
        DonorMemberFactory(donor=own.donor, user=by)
    else:
        EnrollmentEvent.objects.create(enrollment=own, at=NOW, actor=by, kind="family_declared")
    with pytest.raises(OwnCase):
        print_code(enrollment=EnrollmentFactory(of=worker), by=by, now=NOW)


def test_a_claimed_birth_date_opens_no_page_of_one_whom_the_registry_knows():
    worker = WorkerFactory()
    code = print_code(enrollment=EnrollmentFactory(of=worker), by=officer(), now=NOW)
    claimed = date(1970, 5, 6)
    EnrollmentFactory(of=worker, birth_date=claimed)
    with pytest.raises(WrongCode):
        open_by_print(code=code, birth_date=claimed, now=NOW)
    assert open_by_print(code=code, birth_date=worker.birth_date, now=NOW)


def test_the_birth_date_of_an_ended_claim_opens_nothing_beside_an_open_case():
    case = EnrollmentFactory()
    code = print_code(enrollment=case, by=officer(), now=NOW)
    claimed = date(1970, 5, 6)
    same = {"nik": case.nik, "nik_index": case.nik_index}
    EnrollmentFactory(**same, birth_date=claimed, status="rejected")
    with pytest.raises(WrongCode):
        open_by_print(code=code, birth_date=claimed, now=NOW)
    Enrollment.everything.filter(pk=case.pk).update(status="withdrawn")
    assert open_by_print(code=code, birth_date=case.birth_date, now=NOW)


@pytest.mark.parametrize("code", ["", "ABCD", "ABCD-EFGH-JK", "1' OR 1=1", "\x00", "A" * 10_000])
def test_other_codes_open_nothing(code):
    EnrollmentFactory()
    with pytest.raises(WrongCode):
        open_by_print(code=code, birth_date=date(1989, 3, 2), now=NOW)
