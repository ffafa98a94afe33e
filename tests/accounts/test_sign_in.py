"""Getting in: by a code to an e-mail address or a phone, or by a password."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.homes import home_of
from accounts.models import Role, User
from accounts.services import create_account
from notices.models import Letter
from regions.models import KanwilProvince
from tests.factories import NOW, PASSWORD, KanwilFactory, ProvinceFactory, UserFactory, officer

pytestmark = pytest.mark.django_db

SIGN_UP = "/akun/signup/"
CODE = "/akun/login/code/"
CONFIRM = "/akun/login/code/confirm/"
LOGIN = "/akun/login/"


@pytest.fixture(autouse=True)
def _portal_mailbox(settings: Any) -> None:
    """Test runners of Django put another backend in the place of the portal's."""
    settings.EMAIL_BACKEND = "notices.mail.MailboxBackend"


def newest_letter() -> Letter:
    letter = Letter.objects.order_by("-pk").first()
    assert letter is not None
    return letter


def code_in(letter: Letter) -> str:
    found = re.search(r"\b\d{6}\b", letter.body)
    assert found, letter.body
    return found[0]


def signed_in(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_a_donor_signs_up_with_name_and_e_mail_and_a_code(client: Client) -> None:
    answer = client.post(SIGN_UP, {"name": "Rina Contoh", "contact": "Rina@Contoh.example"})
    assert answer.status_code == 302
    assert signed_in(client) is None

    letter = newest_letter()
    assert letter.address == "rina@contoh.example"
    answer = client.post(answer["Location"], {"code": code_in(letter)})

    assert answer.status_code == 302
    user = signed_in(client)
    assert user is not None
    assert (user.name, user.email, user.language) == ("Rina Contoh", "rina@contoh.example", "id")
    assert not user.has_usable_password()


def test_a_donor_signs_up_by_phone_and_has_no_e_mail(client: Client) -> None:
    answer = client.post(SIGN_UP, {"name": "Rina Contoh", "contact": "0812-3456-7890"})
    assert answer["Location"] == "/akun/phone/verify/"
    letter = newest_letter()
    assert letter.address == "+6281234567890"

    client.post(answer["Location"], {"code": code_in(letter)})

    user = signed_in(client)
    assert user is not None
    assert user.email is None
    assert user.phone == "+6281234567890"
    assert user.phone_verified_at is not None


def test_the_same_phone_signs_in_again_in_another_spelling(client: Client) -> None:
    user = UserFactory(phone="+6281234567890", phone_verified_at=NOW)
    client.post(CODE, {"contact": "62 812 3456 7890"})
    client.post(CONFIRM, {"code": code_in(newest_letter())})
    assert signed_in(client) == user


def test_a_code_signs_in_and_proves_the_address(client: Client) -> None:
    user = create_account(email="a@contoh.example", name="A", now=NOW)
    client.post(CODE, {"contact": "A@contoh.example"})
    client.post(CONFIRM, {"code": code_in(newest_letter())})
    assert signed_in(client) == user
    assert user.emailaddress_set.get().verified


def test_a_wrong_code_is_refused_three_times_and_then_for_good(client: Client) -> None:
    create_account(email="a@contoh.example", name="A", now=NOW)
    client.post(CODE, {"contact": "a@contoh.example"})
    right = code_in(newest_letter())
    wrong = f"{(int(right) + 1) % 1_000_000:06}"

    answer = client.post(CONFIRM, {"code": wrong})
    assert "Kode tidak cocok" in answer.content.decode()
    client.post(CONFIRM, {"code": wrong})
    client.post(CONFIRM, {"code": wrong})
    client.post(CONFIRM, {"code": right})

    assert signed_in(client) is None


def test_an_unknown_address_gets_the_same_answer(client: Client) -> None:
    create_account(email="known@contoh.example", name="A", now=NOW)
    known = client.post(CODE, {"contact": "known@contoh.example"})
    unknown = Client().post(CODE, {"contact": "unknown@contoh.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert not re.search(r"\b\d{6}\b", newest_letter().body)


@pytest.mark.parametrize(
    "contact", ["known@contoh.example", "0812-3456-7890"], ids=["e-mail", "phone"]
)
def test_signing_up_again_betrays_no_account(client: Client, contact: str) -> None:
    first = client.post(SIGN_UP, {"name": "A", "contact": "new@contoh.example"})
    if contact.startswith("0"):
        first = Client().post(SIGN_UP, {"name": "A", "contact": "0812-0000-1111"})
    UserFactory(email="known@contoh.example", phone="+6281234567890", phone_verified_at=NOW)
    users = User.objects.count()

    again = Client().post(SIGN_UP, {"name": "B", "contact": contact})

    assert (again.status_code, again["Location"]) == (first.status_code, first["Location"])
    assert User.objects.count() == users
    assert not re.search(r"\b\d{6}\b", newest_letter().body)


@pytest.mark.parametrize("login", ["a@contoh.example", "0812 3456 7890"], ids=["e-mail", "phone"])
def test_a_password_signs_in_by_e_mail_or_phone(client: Client, login: str) -> None:
    user = create_account(
        email="a@contoh.example",
        name="A",
        password=PASSWORD,
        phone="+6281234567890",
        verified=True,
        now=NOW,
    )
    client.post(LOGIN, {"login": login, "password": PASSWORD})
    assert signed_in(client) == user


def test_a_wrong_password_is_refused_with_a_way_out(client: Client) -> None:
    create_account(email="a@contoh.example", name="A", password=PASSWORD, verified=True, now=NOW)
    answer = client.post(LOGIN, {"login": "a@contoh.example", "password": "salah-sekali"})
    assert answer.status_code == 200
    assert "masuk dengan kode" in answer.content.decode()
    assert signed_in(client) is None


@pytest.mark.parametrize(
    "contact",
    ["", "rina", "12345", "' OR 1=1 --", "a@b", "0" * 3_000],
    ids=["nothing", "a-name", "few-digits", "sql", "half-an-address", "very-long"],
)
def test_what_is_no_address_is_refused_with_a_sentence(client: Client, contact: str) -> None:
    answer = client.post(SIGN_UP, {"name": "Rina", "contact": contact})
    assert answer.status_code == 200
    assert answer.context["form"].errors["contact"]
    assert not User.objects.exists()


def test_without_sms_only_e_mail_is_asked_for(client: Client, settings: Any) -> None:
    settings.PHONE_SIGN_IN = False
    answer = client.post(CODE, {"contact": "0812-3456-7890"})
    assert "alamat e-mail" in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "home"),
    [
        ("branch_officer", "desk"),
        ("branch_supervisor", "desk"),
        ("regional_admin", "dashboard"),
        ("head_office", "jobs"),
        ("treasurer", "treasury"),
    ],
)
def test_each_role_begins_on_its_own_page(client: Client, kind: str, home: str) -> None:
    try:
        expected = reverse(home)
    except NoReverseMatch:
        expected = "/"
    assert home_of(officer(kind)) == expected


@pytest.mark.parametrize("kind", Role.Kind.values)
def test_nobody_begins_before_a_closed_door(client: Client, kind: str) -> None:
    KanwilProvince.objects.create(office=KanwilFactory(), province=ProvinceFactory())
    person = officer(kind)
    client.force_login(person)
    assert client.get(home_of(person)).status_code == 200


def test_a_donor_begins_with_his_orders() -> None:
    assert home_of(UserFactory()) == "/donatur/"


def test_signing_in_returns_to_the_page_that_was_asked_for(client: Client) -> None:
    create_account(email="a@contoh.example", name="A", password=PASSWORD, verified=True, now=NOW)
    answer = client.post(
        LOGIN, {"login": "a@contoh.example", "password": PASSWORD, "next": "/donatur/daftar/"}
    )
    assert answer["Location"] == "/donatur/daftar/"


def test_signing_in_never_leaves_the_portal(client: Client) -> None:
    create_account(email="a@contoh.example", name="A", password=PASSWORD, verified=True, now=NOW)
    answer = client.post(
        LOGIN,
        {"login": "a@contoh.example", "password": PASSWORD, "next": "https://elsewhere.example/"},
    )
    assert "elsewhere" not in answer["Location"]


def test_a_forgotten_password_is_set_anew_by_a_letter(client: Client) -> None:
    create_account(email="a@contoh.example", name="A", password=PASSWORD, verified=True, now=NOW)
    client.post("/akun/password/reset/", {"email": "a@contoh.example"})
    path = re.search(r"/akun/password/reset/key/\S+", newest_letter().body)
    assert path
    page = client.get(path[0], follow=True)
    assert page.status_code == 200
    new = "kata-sandi-yang-baru-sekali"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    client.post(LOGIN, {"login": "a@contoh.example", "password": new})
    assert signed_in(client) is not None
