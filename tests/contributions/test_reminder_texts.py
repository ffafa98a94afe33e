"""The words of every reminder, kept as files that people review.

After a change of words: `REWRITE_TEXTS=1 pytest tests/contributions/test_reminder_texts.py`,
then read what changed.
"""

import os
from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.utils import translation

from contributions.own_page import SelfPay
from contributions.price_changes import PriceChange
from contributions.reminders import texts
from contributions.reminders.facts import Due, Ending, Facts
from contributions.reminders.lists import WeekCounts
from contributions.reminders.worker_texts import worker_text
from donors.models import Programme
from payments.models import Invoice
from regions.models import Office

FILES = Path(__file__).parent / "reminder_texts"
TODAY = date(2026, 12, 24)
END = date(2026, 12, 31)
OVER = date(2026, 11, 30)
ONE = [Invoice(pk=1, number="INV-2026-000001")]
MANY = [Invoice(pk=n, number=f"INV-2026-00000{n}") for n in (1, 2, 3, 4)]
PROGRAMME = Programme(name="Pekerja rentan 2026", fixed_until=END, uuid=UUID(int=1))
CHANGE = PriceChange(8_400, 16_800, "PP 44/2015", END)

USERS = {
    "donor_before": Facts(due=[Due("Joko C.", END)], invoices=ONE),
    "donor_before_many": Facts(due=[Due("Joko C.", END)] * 7, invoices=MANY),
    "donor_after": Facts(due=[Due("Joko C.", OVER)], invoices=ONE),
    "donor_after_many": Facts(
        due=[Due("Joko C.", OVER)] * 4 + [Due("Wati S.", END)] * 3, invoices=ONE
    ),
    "donor_price": Facts(prices=Counter({CHANGE: 3})),
    "owner_programme": Facts(
        ending=[Ending(PROGRAMME, 120, END, date(2027, 3, 31), is_over=False)]
    ),
    "owner_unpaid": Facts(ending=[Ending(PROGRAMME, 40, OVER, date(2027, 2, 28), is_over=True)]),
    "branch_week": Facts(
        weeks=[(Office(name="Kantor Cabang Palembang"), WeekCounts(soon=14, over=3, stage=2))]
    ),
}
WORKERS = {
    "worker_not_yet": SelfPay("not_yet", until=END),
    "worker_stage": SelfPay("stage", until=END),
    "worker_link": SelfPay(
        "link", until=END, url="https://portal.test/bayar/x/", total=201_600, may_wait=True
    ),
    "worker_self": SelfPay(
        "self",
        until=END,
        choices=((12, SimpleNamespace(total=201_600)), (1, SimpleNamespace(total=16_800))),
        may_wait=True,
    ),
    "worker_branch": SelfPay("branch", until=OVER),
}
DEARER = Counter({CHANGE: 1})


@pytest.fixture(autouse=True)
def _addresses(settings, monkeypatch):
    settings.PUBLIC_URL = "https://portal.test"
    link = SimpleNamespace(pay_url=lambda bill: f"https://portal.test/bayar/{bill.pk}/")
    monkeypatch.setattr(texts, "pay_url", link.pay_url)


def agree(name: str, text: str) -> None:
    file = FILES / f"{name}.txt"
    if os.environ.get("REWRITE_TEXTS"):
        file.write_text(text + "\n", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text + "\n"


@pytest.mark.parametrize("name", USERS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_what_a_user_reads_is_what_was_reviewed(name, language):
    known = os.environ.get("REWRITE_TEXTS") or (FILES / f"{name}.{language}.txt").exists()
    if language == "en" and not known:
        pytest.skip("not translated yet")
    with translation.override(language):
        subject, body = texts.donor_letter(USERS[name], today=TODAY)
    agree(f"{name}.{language}", f"{subject}\n---\n{body}")


@pytest.mark.parametrize("name", WORKERS)
def test_what_a_worker_reads_is_what_was_reviewed(name):
    agree(f"{name}.id", worker_text(WORKERS[name], today=TODAY))


def test_who_pays_for_himself_reads_why_it_gets_dearer():
    agree("worker_price.id", worker_text(None, today=TODAY, prices=DEARER))


@pytest.mark.parametrize("name", USERS)
def test_the_first_lines_bear_nothing_private(name):
    with translation.override("id"):
        subject, body = texts.donor_letter(USERS[name], today=TODAY)
    first = f"{subject} {body.splitlines()[0]}"
    for private in ("Joko", "Wati", "Rp", "tunggak", "belum dibayar"):
        assert private not in first


def test_no_message_says_unprotected():
    for name in USERS:
        with translation.override("id"):
            body = texts.donor_letter(USERS[name], today=TODAY)[1].lower()
        assert "tidak dilindungi" not in body
        assert "tidak terlindungi" not in body
    assert all(
        "tidak dilindungi" not in worker_text(pay, today=TODAY).lower() for pay in WORKERS.values()
    )
