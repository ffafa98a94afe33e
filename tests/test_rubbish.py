"""Rubbish at every door: a sentence and a 4xx, or the same page again, and never a crash.

What a wrong answer is told stands in the tests of its form. Here every form of every
page, every question in an address and every open part of a path is filled with what
nobody should send. A crash raises in the test's own client, so reaching the end is the
test; an answer that nobody planned for fails it too.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import resolve, reverse

from accounts.homes import home_of
from tests.factories import NOW
from tests.people import NOBODY, World, links_of, undone

MOMENT = NOW.replace(minute=5)
#: A NUL breaks PostgreSQL, a long number its integers, the rest those who trust a form.
RUBBISH = {
    "nul": "\x00",
    "sql": "1'; DROP TABLE workers_worker; --",
    "markup": "<script>alert(1)</script>",
    "negative": "-3",
    "huge number": "9" * 400,
    "arabic digits": "١٢",
    "superscript": "²",
    "not a number": "nan",
    "emoji": "\U0001f600",
    "year 1850": "1850-01-01",
    "far year": "9999-12-31",
    "uuid of nobody": "00000000-0000-4000-8000-000000000000",
    "a megabyte": "a" * 1_000_000,
}
FILLERS = ("owner", "officer", "supervisor", "head", NOBODY)
#: What can be asked in an address; names that forms on the page do not give away.
QUESTIONS = {
    "front": ["page"],
    "quote": ["months", "workers", "sector", "income", "jht", "funding", "start"],
    "price_line": ["months", "sector", "income", "jht", "funding"],
    "help_accident": ["desa", "kode"],
    "village_search": ["nama", "village_teks", "village", "q"],
    "area_children": ["nama", "village_provinsi", "village_kabupaten", "village_kecamatan", "kode"],
    "mailbox": ["untuk"],
    "account_login": ["next"],
    "orders": ["page"],
    "invoices": ["page"],
    "report_new": ["kartu", "pekerja"],
    "reports": ["page", "daftar"],
    "sponsorships": ["page"],
    "desk": [
        *("page", "cari", "status", "saya", "terlambat", "kantor", "beku", "tempat"),
        *("donatur", "pemeriksaan", "mendesak"),
    ],
    "desk_held": ["page"],
    "check_files": ["page"],
    "consents_missing": ["page"],
    "bulk_list": ["page"],
    "call_backs": ["page", "hasil"],
    "branch_figures": ["per", "kantor"],
    "branch_figures_csv": ["per", "kantor"],
    "offices": ["cari", "jenis", "provinsi", "celah"],
    "office_gaps": ["page"],
    "holidays": ["tahun"],
    "view_log": ["page", "dari", "sampai", "orang", "kantor", "nomor"],
    "audit_log": ["page", "dari", "sampai", "orang", "kantor", "nomor"],
    "view_log_csv": ["dari", "sampai", "orang", "kantor", "nomor"],
    "audit_log_csv": ["dari", "sampai", "orang", "kantor", "nomor"],
    "dashboard": ["provinsi"],
    "dashboard_csv": ["provinsi"],
}
ASKERS = {
    "reports": "officer",
    "desk": "officer",
    "desk_held": "supervisor",
    "check_files": "officer",
    "consents_missing": "officer",
    "bulk_list": "officer",
    "call_backs": "supervisor",
    "branch_figures": "head",
    "branch_figures_csv": "head",
    "offices": "head",
    "office_gaps": "head",
    "holidays": "head",
    "view_log": "supervisor",
    "audit_log": "head",
    "view_log_csv": "auditor",
    "audit_log_csv": "supervisor",
    "dashboard": "head",
    "dashboard_csv": "head",
}
#: Addresses with a part that takes any text.
OPEN_PATHS = {
    "pay_link": NOBODY,
    "pay_link_start": NOBODY,
    "worker_link": NOBODY,
    "worker_link_refuse": NOBODY,
    "dashboard_ending": "head",
}
INPUT = re.compile(r'<(?:input|select|textarea|button)\b[^>]*?\bname="([^"]+)"')
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Build everybody and everything once; every request below is undone."""
    with django_db_blocker.unblock(), undone():
        with time_machine.travel(NOW, tick=False):
            built = World()
        yield built


@pytest.fixture(autouse=True)
def _undone(world: World, db: None) -> Iterator[None]:
    with time_machine.travel(MOMENT, tick=False):
        yield


def asked(world: World, person: str, method: str, url: str, data: dict[str, str]) -> int:
    """Send something and return the status; nothing of it stays."""
    with undone():
        answer = world.ask(person, method, url, data)
        assert b"<script>alert(1)" not in answer.content
        return answer.status_code


def forms_of(world: World, person: str) -> dict[str, set[str]]:
    """Find every form that a person can send, by its address, with the names of its fields."""
    start = "/" if person == NOBODY else home_of(world.users[person])
    waiting, seen, found = [start], {start}, dict[str, set[str]]()
    while waiting:
        url = waiting.pop()
        with undone():
            answer = world.ask(person, "get", url)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = answer.content.decode()
        for head, body in FORM.findall(page):
            action = re.search(r'action="([^"]+)"', head)
            if 'method="post"' in head:
                names = set(INPUT.findall(body)) - {"csrfmiddlewaretoken"}
                found.setdefault(action[1] if action else url, set()).update(names)
        fresh = set(links_of(page)) - seen
        seen |= fresh
        waiting += sorted(fresh)
    return found


def one_of_each(forms: dict[str, set[str]]) -> dict[str, set[str]]:
    """Of forms that differ in the row alone that they speak of, the first."""
    chosen = {}
    for url, names in forms.items():
        kind = resolve(url.partition("?")[0]).url_name, frozenset(names)
        chosen.setdefault(kind, (url, names))
    return dict(chosen.values())


@pytest.mark.parametrize("person", FILLERS)
def test_no_form_breaks_on_rubbish(world: World, person: str) -> None:
    forms = one_of_each(forms_of(world, person))
    assert len(forms) > 3
    for url, names in forms.items():
        for kind, value in RUBBISH.items():
            status = asked(world, person, "post", url, dict.fromkeys(names, value))
            assert status in {200, 204, 302, 400, 404, 409, 413, 429}, f"{kind} at {url}"


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_in_an_address_breaks_a_page(world: World, name: str) -> None:
    url, person = reverse(name), ASKERS.get(name, "owner")
    for kind, value in RUBBISH.items():
        short = value[:4_000]  # longer addresses end before they reach the portal
        for question in QUESTIONS[name]:
            status = asked(world, person, "get", url, {question: short})
            assert status in {200, 302, 400, 404}, f"{kind} as {question} at {url}"


@pytest.mark.parametrize("name", OPEN_PATHS)
def test_no_part_of_a_path_breaks_a_page(world: World, name: str) -> None:
    for kind, value in RUBBISH.items():
        url = reverse(name, args=[value[:4_000].replace("/", "")])
        for method in ("get", "post"):
            status = asked(world, OPEN_PATHS[name], method, url, {})
            assert status in {404, 405}, f"{kind} at {name}"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"nik": null}', b'{"nik": {"a": 1}, "date": []}']
    + [
        f'{{"nik": "{nik}", "date": "{day}"}}'.encode()
        for nik, day in [
            ("\\u0000", "2026-11-20"),
            ("1671014203890005", "0000-00-00"),
            ("1671014203890005", "1850-01-01"),
            ("1671014203890005", "9999-12-31"),
            ("9" * 5_000, "2026-11-20"),
        ]
    ],
)
def test_the_api_answers_rubbish_in_its_own_shape(world: World, client: Any, body: bytes) -> None:
    token = {"authorization": f"Token {world.tokens['officer']}"}
    url = reverse("api_coverage_check")
    answer = client.post(url, body, content_type="application/json", headers=token)
    assert answer.status_code in {400, 404}
    assert answer.json()["error"]["message"]
