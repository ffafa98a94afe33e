"""The switch between Indonesian and English."""

import pytest
from django.test import Client

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def language_of(client: Client, **extra: str) -> str:
    return client.get("/akun/login/", **extra)["Content-Language"]


def test_a_stranger_reads_indonesian_whatever_his_browser_says(client: Client) -> None:
    assert language_of(client, headers={"accept-language": "en-GB,en"}) == "id"


def test_a_stranger_switches_to_english(client: Client) -> None:
    client.post("/bahasa/", {"language": "en", "next": "/akun/login/"})
    assert language_of(client) == "en"


def test_a_user_keeps_his_language_in_every_browser(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    client.post("/bahasa/", {"language": "en", "next": "/"})
    user.refresh_from_db()
    assert user.language == "en"

    elsewhere = Client()
    elsewhere.force_login(user)
    assert elsewhere.get("/akun/password/set/")["Content-Language"] == "en"


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)
    client.post("/bahasa/", {"language": "'; DROP TABLE", "next": "/"})
    user.refresh_from_db()
    assert user.language == "id"


def test_the_switch_never_leaves_the_portal(client: Client) -> None:
    answer = client.post("/bahasa/", {"language": "en", "next": "https://elsewhere.example/"})
    assert "elsewhere" not in answer["Location"]
