"""What every page that shows a worker's cover may say: in arrears never "protected", and
after a report never "not protected" nor that it is over (P3)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from contributions.models import Sponsorship
from tests.contributions.builders import few_prices
from tests.contributions.rows import at, sponsored
from tests.factories import EnrollmentFactory, OfficeAreaFactory, RoleFactory
from tests.workers.persons import opened_by_print
from tests.workers.reports import reported

pytestmark = pytest.mark.django_db
#: Covered until 31 July: the second unpaid month has begun.
START, TODAY = date(2026, 7, 1), date(2026, 9, 10)

Reader = Callable[[Sponsorship], User]


def donor(row: Sponsorship) -> User:
    return row.donor.person


def officer(row: Sponsorship) -> User:
    return RoleFactory(kind=Role.Kind.BRANCH_OFFICER, office=row.enrollment.office).user


def head(row: Sponsorship) -> User:
    return RoleFactory(kind=Role.Kind.HEAD_OFFICE, office=None).user


Page = tuple[str, str, Reader | None, dict[str, str]]
#: Each page with its reader, and which id of the sponsorship its address bears.
PAGES: list[Page] = [
    ("public_card", "worker", None, {}),
    ("sponsorship", "row", donor, {}),
    ("sponsorships", "", donor, {}),
    ("sponsorship_control", "row", donor, {}),
    ("sponsorships_control", "", donor, {}),
    ("hand_over", "row", donor, {}),
    ("renewals_ahead", "", donor, {}),
    ("ending_donor", "", donor, {"kapan": "t2"}),
    ("timeline", "worker", donor, {}),
    ("timeline", "worker", officer, {}),
    ("ending_soon", "", officer, {"kapan": "t2"}),
    ("worker", "worker", officer, {}),
    ("case", "case", officer, {}),
    ("sponsorship", "row", officer, {}),
    ("worker", "worker", head, {}),
]
PROTECTED = re.compile(r"\b(ter|di)lindungi\b")
#: What would take the verdict from the branch, and the words of the arrears' clock.
NOT_PROTECTED = re.compile(
    r"\b(tidak|belum|tak)( lagi)? (ter|di)lindungi\b|tunggakan \d"
    r"|perlindungan(nya)? (putus|berakhir)"
)


@pytest.fixture
def row() -> Sponsorship:
    OfficeAreaFactory()
    few_prices()
    return sponsored(START, 1, case=EnrollmentFactory(approved=True, months=1))


@pytest.fixture(autouse=True)
def today(db: None) -> Any:
    cache.clear()
    with time_machine.travel(at(TODAY), tick=False):
        yield


def words_of(html: str) -> str:
    """The page's own words: without its title, what is chosen from, and tags."""
    main = html[html.index("<main") : html.index("</main>")]
    for hidden in ("select", "script", "h1"):
        main = re.sub(rf"<{hidden}\b.*?</{hidden}>", " ", main, flags=re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", " ", main).split()).lower()
    # The heading over the past days of a printed timeline.
    return words.replace("hari-hari yang terlindungi, disahkan", "")


def read(client: Client, row: Sponsorship, page_asked: Page) -> str:
    name, which, reader, asked = page_asked
    ids = {"row": row.uuid, "worker": row.worker.uuid, "case": row.enrollment.uuid}
    if reader is not None:
        client.force_login(reader(row))
    answer = client.get(reverse(name, args=[ids[which]] if which else []), asked)
    assert answer.status_code == 200
    return words_of(answer.content.decode())


def said_by_all(client: Client, row: Sponsorship) -> dict[str, str]:
    """What each page says, by its name and its reader's."""
    return {
        f"{name} for {reader.__name__ if reader else 'anybody'}": read(
            client, row, (name, which, reader, asked)
        )
        for name, which, reader, asked in PAGES
    }


def test_in_arrears_no_page_says_protected(client, row):
    for name, said in said_by_all(client, row).items():
        assert not PROTECTED.search(said), f"{name}: {said}"


@pytest.mark.parametrize("kind", ["accident", "death"])
def test_after_a_report_no_page_says_not_protected(client, row, kind):
    reported(row.worker, kind=kind, now=at(TODAY))
    for name, said in said_by_all(client, row).items():
        assert not NOT_PROTECTED.search(said), f"{name}: {said}"
        assert not PROTECTED.search(said), f"{name}: {said}"


@pytest.mark.parametrize("is_reported", [False, True])
def test_the_worker_himself_reads_neither(row, is_reported):
    if is_reported:
        reported(row.worker, kind="accident", now=at(TODAY))
    client = opened_by_print(row.enrollment)
    said = words_of(client.get(reverse("person")).content.decode())
    assert not PROTECTED.search(said), said
    assert not NOT_PROTECTED.search(said), said


def test_the_words_that_are_looked_for_are_those_of_cover(client):
    """The same pages say it of who is covered: the search is not blind."""
    OfficeAreaFactory()
    few_prices()
    row = sponsored(TODAY, 1, case=EnrollmentFactory(approved=True, months=1))
    for which in PAGES[:2]:
        assert PROTECTED.search(read(client, row, which))
    assert NOT_PROTECTED.search("pekerja tidak lagi dilindungi, tunggakan 2 bulan")
