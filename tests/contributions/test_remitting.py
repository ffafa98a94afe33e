"""Paid months go to the core on business days; its word makes or refuses cover."""

from datetime import date, timedelta

import pytest

from contributions.core import CoreUnavailable
from contributions.core.sandbox import SandboxCore
from contributions.models import Contribution, Coverage, Remittance, SandboxCoreFile
from contributions.services import remitting
from notices.models import Message
from payments import ledger
from payments.models import Account
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, officer
from workers.models import Enrollment

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 11, 20)
NOON = at(FRIDAY, 12)
LATER = NOON + timedelta(minutes=1)
REFUSED, SLOW = "1671014203890099", "1671014203890098"


@pytest.fixture(autouse=True)
def business_days(settings):
    settings.REMIT_AT_ONCE = False


def paid(months: int = 3, nik: str | None = None):
    more = {"nik": nik} if nik else {}
    case: Enrollment = EnrollmentFactory(approved=True, months=months, **more)
    return sponsored(FRIDAY, months, case=case, status=Contribution.Status.PAID)


def statuses() -> set[str]:
    return set(Contribution.everything.values_list("status", flat=True))


def test_all_paid_months_go_out_at_once_on_a_business_day():
    paid(months=12)
    counts = remitting.remit(today=FRIDAY, now=NOON)
    assert counts == {"remittances": 1, "months": 12, "ready": 0, "unreachable": 0}
    assert statuses() == {"sent"}
    remittance = Remittance.everything.get()
    assert (remittance.lines, remittance.total) == (12, 12 * 16_800)


def test_nothing_goes_out_on_a_saturday_and_monday_catches_up():
    paid()
    saturday, monday = FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=3)
    assert remitting.remit(today=saturday, now=at(saturday))["months"] == 0
    assert remitting.remit(today=monday, now=at(monday))["months"] == 3


def test_a_second_run_sends_nothing_more():
    paid()
    remitting.remit(today=FRIDAY, now=NOON)
    assert remitting.remit(today=FRIDAY, now=LATER)["months"] == 0
    assert SandboxCoreFile.objects.count() == 1


def test_acceptance_makes_cover_and_tells_the_donor_once():
    sponsorship = paid()
    remitting.remit(today=FRIDAY, now=NOON)
    assert not Coverage.objects.exists()
    assert remitting.fetch_answers(now=LATER)["accepted"] == 3
    span = Coverage.objects.get(worker=sponsorship.worker)
    assert (span.covered_from, span.covered_until) == (FRIDAY, date(2027, 2, 19))
    sponsorship.worker.refresh_from_db()
    assert len(sponsorship.worker.kpj) == 11
    assert Message.objects.filter(kind="cover_accepted").count() == 1
    assert remitting.fetch_answers(now=LATER)["accepted"] == 0


def test_the_core_answers_only_after_its_delay(settings):
    settings.SANDBOX_CORE_DELAY_SECONDS = 60
    paid()
    remitting.remit(today=FRIDAY, now=NOON)
    assert remitting.fetch_answers(now=NOON + timedelta(seconds=59))["accepted"] == 0
    assert remitting.fetch_answers(now=NOON + timedelta(seconds=60))["accepted"] == 3


def test_a_refused_month_keeps_the_reason_and_makes_no_cover():
    paid(nik=REFUSED)
    remitting.remit(today=FRIDAY, now=NOON)
    assert remitting.fetch_answers(now=LATER)["rejected"] == 3
    assert set(Contribution.everything.values_list("core_reason", flat=True)) == {"NIK tidak cocok"}
    assert not Coverage.objects.exists()


def test_a_slow_line_is_answered_after_three_days_and_the_file_stays_open_until_then():
    paid(nik=SLOW)
    paid()
    remitting.remit(today=FRIDAY, now=NOON)
    assert remitting.fetch_answers(now=LATER)["accepted"] == 3
    assert Remittance.everything.get().answered_at is None
    remitting.fetch_answers(now=NOON + timedelta(days=3))
    assert Remittance.everything.get().answered_at == NOON + timedelta(days=3)
    assert statuses() == {"accepted"}


def test_a_core_out_of_reach_gets_the_same_file_later(monkeypatch):
    paid()

    def closed(self, **given):
        raise CoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(SandboxCore, "send", closed)
        assert remitting.remit(today=FRIDAY, now=NOON)["unreachable"] == 1
    assert statuses() == {"paid"}
    assert remitting.remit(today=FRIDAY, now=LATER) == {
        "remittances": 1,
        "months": 3,
        "ready": 0,
        "unreachable": 0,
    }
    assert Remittance.everything.count() == 1


def test_a_crash_after_the_core_took_the_file_sends_no_second_file(monkeypatch):
    paid()

    def die(**given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(remitting, "mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            remitting.remit(today=FRIDAY, now=NOON)
    remitting.remit(today=FRIDAY, now=LATER)
    assert SandboxCoreFile.objects.count() == 1
    assert statuses() == {"sent"}


def test_a_refused_month_can_be_sent_again():
    sponsorship = paid(months=1, nik=REFUSED)
    remitting.remit(today=FRIDAY, now=NOON)
    remitting.fetch_answers(now=LATER)
    month = Contribution.everything.get(sponsorship=sponsorship)
    remitting.resend_rejected(contribution=month, by=officer(), now=LATER)
    with pytest.raises(remitting.NotRejected):
        remitting.resend_rejected(contribution=month, by=officer(), now=LATER)
    assert remitting.remit(today=FRIDAY, now=LATER)["months"] == 1


def test_a_refused_month_becomes_credit_once():
    sponsorship = paid(months=1, nik=REFUSED)
    remitting.remit(today=FRIDAY, now=NOON)
    remitting.fetch_answers(now=LATER)
    month = Contribution.everything.get(sponsorship=sponsorship)
    remitting.credit_rejected(contribution=month, by=officer(), now=LATER)
    with pytest.raises(remitting.NotRejected):
        remitting.credit_rejected(contribution=month, by=officer(), now=LATER)
    credit = ledger.account(Account.Kind.CREDIT, donor=sponsorship.donor)
    assert ledger.balance_of(credit) == 16_800
    assert ledger.balance_of(ledger.account(Account.Kind.PAYABLE)) == 0


def test_the_file_at_the_core_is_sealed():
    sponsorship = paid()
    remitting.remit(today=FRIDAY, now=NOON)
    raw = SandboxCoreFile.objects.extra(select={"raw": "content"}).values_list("raw", flat=True)
    assert sponsorship.worker.nik not in raw.get()
    assert sponsorship.worker.nik in SandboxCoreFile.objects.get().content
