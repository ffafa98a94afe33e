"""The supervisor opens an organisation in the browser."""

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from donors.models import Donor, Programme
from tests.factories import NOW, OfficeFactory, RoleFactory, UserFactory, officer

pytestmark = pytest.mark.django_db
URL = "/cabang/donatur/baru/"


@pytest.fixture(autouse=True)
def _time() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def supervisor() -> User:
    return officer("branch_supervisor")


@pytest.fixture
def browser(supervisor: User) -> Client:
    client = Client()
    client.force_login(supervisor)
    return client


def letter(**changed: Any) -> dict[str, Any]:
    return {
        "key": uuid4(),
        "office": OfficeFactory().pk,
        "kind": "government",
        "name": "Pemerintah Kota Contoh",
        "tax_number": "01.234.567.8-901.000",
        "letter_reference": "12/SETDA/2026",
        "funding": "apbd",
        "programme_name": "Pekerja rentan 2026",
        "agreement_number": "PKS/1/2026",
        "fixed_from": "01-12-2026",
        "fixed_until": "30-11-2027",
        "ceiling": "50.000.000",
        "public_task": "on",
        "owner_name": "Dinas Contoh",
        "owner_email": "dinas@contoh.example",
        **changed,
    }


def test_the_letter_becomes_a_donor_with_its_programme(browser: Client) -> None:
    answer = browser.post(URL, letter(), follow=True)
    page = answer.content.decode()
    assert "Sudah kami terima: Pemerintah Kota Contoh dibuka" in page
    assert "PKS/1/2026" in page
    programme = Programme.objects.get()
    assert (programme.kind, programme.funding) == ("government", "apbd")
    assert (programme.ceiling, programme.public_task) == (50_000_000, True)
    assert (str(programme.fixed_from), str(programme.fixed_until)) == ("2026-12-01", "2027-11-30")
    assert Donor.everything.get().tax_number == "0012345678901000"


def test_pressing_twice_opens_one(browser: Client) -> None:
    asked = letter()
    for _press in range(2):
        assert browser.post(URL, asked)["Location"] == "/cabang/donatur/"
    assert Donor.everything.count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "person"}, "kind"),
        ({"kind": "company"}, "funding"),
        ({"agreement_number": ""}, "agreement_number"),
        ({"fixed_until": ""}, "fixed_until"),
        ({"fixed_until": "01-01-2020"}, "fixed_until"),
        ({"fixed_from": "31-02-2026"}, "fixed_from"),
        ({"ceiling": "-5"}, "ceiling"),
        ({"ceiling": "0"}, "ceiling"),
        ({"ceiling": "9" * 30}, "ceiling"),
        ({"tax_number": "12345"}, "tax_number"),
        ({"kind": "community", "funding": "private"}, "public_task"),
        ({"owner_email": "bukan alamat"}, "owner_email"),
        ({"name": "a" * 3_000}, "name"),
        ({"office": "999999"}, "office"),
        ({"key": "x"}, "key"),
    ],
    ids=lambda value: str(value)[:24].replace(" ", "-") if isinstance(value, str) else "with",
)
def test_a_wrong_answer_is_refused_beside_its_question(
    browser: Client, changed: dict[str, Any], field: str
) -> None:
    answer = browser.post(URL, letter(**changed))
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not Donor.everything.exists()


def test_an_officers_address_owns_no_donor(browser: Client) -> None:
    officer("branch_officer", email="petugas@contoh.example")
    answer = browser.post(URL, letter(owner_email="petugas@contoh.example"))
    assert answer.status_code == 400
    assert "milik petugas" in answer.content.decode()


def test_another_branch_is_not_offered(browser: Client, supervisor: User) -> None:
    other = OfficeFactory(code="TEST-LAIN", name="KC Lain")
    assert browser.post(URL, letter(office=other.pk)).status_code == 400
    RoleFactory(user=supervisor, kind="branch_supervisor", office=other)
    assert browser.post(URL, letter(office=other.pk)).status_code == 302


def test_the_list_shows_the_own_branchs_donors_only(browser: Client) -> None:
    browser.post(URL, letter())
    stranger = officer("branch_supervisor", office=OfficeFactory(code="TEST-LAIN"))
    client = Client()
    client.force_login(stranger)
    assert "Belum ada donatur organisasi" in client.get("/cabang/donatur/").content.decode()


@pytest.mark.parametrize("kind", ["branch_officer", "regional_admin", "head_office", None])
def test_nobody_else_opens_donors(kind: str | None) -> None:
    client = Client()
    client.force_login(officer(kind) if kind else UserFactory())
    assert client.get(URL).status_code == 403
    assert client.get("/cabang/donatur/").status_code == 403
