"""Call-backs: drawn by lot with the approval, called by another person, and what follows."""

import uuid

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEvent, Role, ViewLog
from tests.contributions.builders import covered_worker, few_prices
from tests.factories import NOW, DonorMemberFactory, EnrollmentFactory, OfficeFactory, officer
from tests.workers.desk import again, held_case
from workers import standing
from workers.models import CallBack, Enrollment
from workers.services import calling, deciding
from workers.services.drawing import draw, is_drawn
from workers.services.holding import OwnCase, ReasonMissing

pytestmark = pytest.mark.django_db
PHONE = "6281234567001"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def supervisor(**who):
    return officer(Role.Kind.BRANCH_SUPERVISOR, **who)


def drawn(settings, **case):
    settings.CALL_BACK_PERCENT = 100
    approved = case.pop("enrollment", None) or EnrollmentFactory(approved=True, phone=PHONE, **case)
    return draw(case=approved, now=NOW)


def tell(call_back, outcome, **said):
    who = said.pop("caller", None) or supervisor()
    return calling.tell_outcome(call_back=call_back, caller=who, outcome=outcome, now=NOW, **said)


# --- the lot ----------------------------------------------------------------------------
def test_an_approval_is_drawn_in_its_own_transaction(settings):
    settings.CALL_BACK_PERCENT = 100
    case, holder = held_case()
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    call_back = CallBack.everything.get(enrollment=case)
    assert (call_back.decided_by, call_back.office) == (holder, case.office)
    # Five working days after Friday, 20 November.
    assert call_back.due_on.isoformat() == "2026-11-27"
    assert draw(case=again(case), now=NOW) == call_back, "one call for one case"


def test_nobody_is_drawn_at_nought_per_cent_and_a_rejection_never(settings):
    settings.CALL_BACK_PERCENT = 0
    case, holder = held_case()
    deciding.approve(enrollment=case, officer=holder, sector="other", now=NOW)
    settings.CALL_BACK_PERCENT = 100
    case, holder = held_case()
    deciding.reject(enrollment=case, officer=holder, reason="not_found", now=NOW)
    assert not CallBack.everything.exists()


def test_about_five_of_a_hundred_are_drawn_the_same_ones_each_time(settings):
    settings.CALL_BACK_PERCENT = 5
    cases = [Enrollment(uuid=uuid.UUID(int=k)) for k in range(4_000)]
    lots = [is_drawn(case) for case in cases]
    assert 140 <= sum(lots) <= 260
    assert [is_drawn(case) for case in cases] == lots


def test_who_has_not_the_key_cannot_foresee_the_lot(settings):
    settings.CALL_BACK_PERCENT = 50
    cases = [Enrollment(uuid=uuid.UUID(int=k)) for k in range(200)]
    lots = [is_drawn(case) for case in cases]
    settings.INDEX_KEY = "another-key-of-forty-characters-and-more"
    assert [is_drawn(case) for case in cases] != lots


# --- the call ---------------------------------------------------------------------------
def test_the_caller_sees_the_phone_and_the_look_is_logged(settings):
    call_back, who = drawn(settings), supervisor()
    assert calling.see_phone(call_back=call_back, caller=who, now=NOW) == PHONE
    look = ViewLog.objects.get(viewer=who)
    assert (look.what, look.object_id) == ("phone", str(call_back.enrollment_id))
    assert call_back.enrollment.number in look.reason


def test_who_decided_neither_calls_nor_tells_an_outcome(settings):
    boss = supervisor()
    call_back = drawn(settings, decided_by=boss)
    with pytest.raises(calling.DecidedIt):
        calling.see_phone(call_back=call_back, caller=boss, now=NOW)
    with pytest.raises(calling.DecidedIt):
        tell(call_back, "confirmed", caller=boss)
    rows = CallBack.everything.filter(pk=call_back.pk)
    with pytest.raises(IntegrityError, match="callback_by_another_person"), transaction.atomic():
        rows.update(called_by=boss, called_at=NOW, outcome="confirmed")
    assert not ViewLog.objects.exists()


def test_nobody_calls_about_a_case_of_his_own_donor(settings):
    call_back = drawn(settings)
    member = DonorMemberFactory(donor=call_back.enrollment.donor).user
    with pytest.raises(OwnCase):
        calling.see_phone(call_back=call_back, caller=member, now=NOW)


def test_a_worker_who_answers_well_settles_it_once(settings):
    call_back, who = drawn(settings), supervisor()
    tell(call_back, "confirmed", caller=who, note="Ibu rumah tangga, jualan")
    assert (call_back.outcome, call_back.called_by, call_back.tries) == ("confirmed", who, 1)
    audit = AuditEvent.objects.get(action="callback.told")
    assert audit.after == {"outcome": "confirmed", "tries": 1}
    with pytest.raises(calling.AlreadyCalled):
        tell(call_back, "problem", note="x")
    assert again(call_back.enrollment).frozen_at is None


def test_the_third_call_without_an_answer_counts_as_not_reached(settings):
    call_back = drawn(settings)
    for tries in (1, 2):
        tell(call_back, "unreached")
        assert (call_back.outcome, call_back.tries) == ("", tries)
    tell(call_back, "unreached")
    assert call_back.outcome == "unreached"
    tell(call_back, "confirmed")
    assert call_back.outcome == "confirmed", "who is reached later after all is reached"


def test_two_supervisors_who_tell_at_once_count_one_try(settings):
    call_back = drawn(settings)
    stale = CallBack.everything.get(pk=call_back.pk)
    tell(call_back, "unreached")
    with pytest.raises(calling.AlreadyCalled):
        tell(stale, "unreached")
    call_back.refresh_from_db()
    assert call_back.tries == 1


def test_a_problem_freezes_the_unpaid_case_and_needs_a_word(settings):
    call_back, who = drawn(settings), supervisor()
    with pytest.raises(ReasonMissing):
        tell(call_back, "problem", note=" ")
    tell(call_back, "problem", caller=who, note="Tidak kenal donatur")
    case = again(call_back.enrollment)
    assert (case.frozen_at, case.frozen_because) == (NOW, "call_back")
    assert standing.frozen_cases([case.pk]) == {case.pk}
    assert case.events.get(kind="frozen").actor == who


def test_a_problem_with_a_paid_case_is_kept_and_takes_nothing_away(settings):
    few_prices()
    call_back = drawn(settings, enrollment=covered_worker().enrollment)
    tell(call_back, "problem", note="Nomor orang lain")
    assert call_back.outcome == "problem"
    assert again(call_back.enrollment).frozen_at is None


# --- the pages -----------------------------------------------------------------------------
def test_the_list_shows_no_phone_and_the_late_ones_first(client, settings):
    late = drawn(settings)
    CallBack.everything.filter(pk=late.pk).update(due_on="2026-11-19")
    soon = drawn(settings)
    client.force_login(supervisor())
    response = client.get(reverse("call_backs"))
    page = response.content.decode()
    assert list(response.context["page"]) == [late, soon]
    assert "Lewat batas waktu" in page
    assert PHONE not in page


def test_the_page_of_a_call_shows_the_phone_and_keeps_the_outcome(client, settings):
    call_back = drawn(settings)
    client.force_login(supervisor())
    url = reverse("call_back", args=[call_back.uuid])
    assert PHONE in client.get(url).content.decode()
    empty = client.post(url, {"outcome": "problem", "note": ""})
    assert empty.status_code == 400
    assert "Tulis apa masalahnya." in empty.content.decode()
    done = client.post(url, {"outcome": "problem", "note": "Bukan ia"}, follow=True)
    assert "Hasil telepon sudah dicatat." in done.content.decode()
    assert again(call_back.enrollment).frozen_because == "call_back"
    problems = client.get(reverse("call_backs"), {"hasil": "problem"})
    assert list(problems.context["page"]) == [call_back]


def test_who_decided_is_led_back_with_a_sentence(client, settings):
    boss = supervisor()
    call_back = drawn(settings, decided_by=boss)
    client.force_login(boss)
    response = client.get(reverse("call_back", args=[call_back.uuid]), follow=True)
    page = response.content.decode()
    assert "Anda yang memutuskan kasus ini." in page
    assert PHONE not in page


def test_the_queries_of_the_list_do_not_grow(client, settings, django_assert_num_queries):
    client.force_login(supervisor())
    drawn(settings)
    client.get(reverse("call_backs"))
    with django_assert_num_queries(7):
        client.get(reverse("call_backs"))
    for _ in range(8):
        drawn(settings)
    with django_assert_num_queries(7):
        client.get(reverse("call_backs"))


def test_another_branchs_call_is_not_found(client, settings):
    call_back = drawn(settings)
    far = officer(Role.Kind.BRANCH_SUPERVISOR, office=OfficeFactory(code="TEST-LAIN"))
    client.force_login(far)
    assert client.get(reverse("call_back", args=[call_back.uuid])).status_code == 404


# --- a frozen case on its page -----------------------------------------------------------------
def frozen(settings):
    call_back = drawn(settings)
    tell(call_back, "problem", note="Tidak kenal donatur")
    return again(call_back.enrollment)


def test_a_frozen_case_is_plainly_visible(client, settings):
    case = frozen(settings)
    client.force_login(officer())
    queue = client.get(reverse("desk"), {"beku": "on"})
    assert [row.case for row in queue.context["rows"]] == [case]
    assert "Dibekukan" in client.get(reverse("desk")).content.decode()
    page = client.get(reverse("case", args=[case.uuid])).content.decode()
    assert "Temuan saat ditelepon ulang" in page
    assert "Catatan telepon: Tidak kenal donatur" in page
    assert reverse("case_thaw", args=[case.uuid]) not in page, "an officer does not lift it"


def test_a_supervisor_lifts_a_freeze_on_the_page(client, settings):
    case = frozen(settings)
    client.force_login(supervisor())
    url = reverse("case_thaw", args=[case.uuid])
    empty = client.post(url, {"thaw-note": ""}, follow=True)
    assert "Tulis apa yang ditemukan." in empty.content.decode()
    assert again(case).frozen_at is not None
    client.post(url, {"thaw-note": "Salah paham, sudah jelas"})
    assert again(case).frozen_at is None


def test_a_supervisor_takes_an_approval_back_on_the_page(client, settings):
    case = frozen(settings)
    client.force_login(supervisor())
    page = client.get(reverse("case", args=[case.uuid])).content.decode()
    url = reverse("case_annul", args=[case.uuid])
    assert url in page
    client.post(url, {"annul-reason": ""})
    assert again(case).status == "approved"
    done = client.post(url, {"annul-reason": "declined"}, follow=True).content.decode()
    assert again(case).status == "rejected"
    assert f"Persetujuan {case.number} dicabut." in done
    assert "Persetujuan dicabut" in done
