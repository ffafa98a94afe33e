"""Tokens for the API: shown once, kept as a hash, withdrawn by their owner alone."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from knox.models import AuthToken

from accounts import tokens
from accounts.models import AuditEvent
from bricks.clock import noon
from tests.factories import TODAY, UserFactory

pytestmark = pytest.mark.django_db
NOON = noon(TODAY)


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def rina(client):
    user = UserFactory()
    client.force_login(user)
    return user


def made(client):
    """Make a token on the page and return the page and the token."""
    response = client.post(reverse("tokens"))
    html = response.content.decode()
    return response, html.split('data-copy="')[1].split('"')[0]


def test_a_token_is_shown_once_and_opens_the_api(client, rina):
    response, token = made(client)
    assert "Salin sekarang" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert token not in client.get(reverse("tokens")).content.decode()
    client.logout()
    opened = client.get(reverse("api_invoices"), headers={"Authorization": f"Token {token}"})
    assert opened.status_code == 200


def test_only_the_hash_of_a_token_is_kept(client, rina):
    _response, token = made(client)
    kept = AuthToken.objects.get()
    assert token not in {str(value) for value in vars(kept).values()}
    event = AuditEvent.objects.get(action="token.created")
    assert token[:15] not in str(event.after)


def test_a_token_ends_by_itself(client, rina, settings):
    made(client)
    ends = AuthToken.objects.get().expiry
    assert ends == NOON + settings.REST_KNOX["TOKEN_TTL"] == NOON + timedelta(days=90)
    assert list(tokens.tokens_of(rina, now=ends)) == []


def test_a_withdrawn_token_opens_nothing_any_more(client, rina):
    _response, token = made(client)
    token_id = tokens.id_of(AuthToken.objects.get())
    for _ in range(2):  # a double click
        response = client.post(reverse("token_revoke"), {"token": token_id}, follow=True)
        assert "Token sudah dicabut." in response.content.decode()
    headers = {"Authorization": f"Token {token}"}
    assert client.get(reverse("api_invoices"), headers=headers).status_code == 401
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_nobody_withdraws_anothers_token(client, rina):
    theirs = UserFactory()
    tokens.create_token(user=theirs, now=NOON)
    token_id = tokens.id_of(AuthToken.objects.get())
    client.post(reverse("token_revoke"), {"token": token_id})
    client.post(reverse("token_revoke"), {"token": ""})
    assert AuthToken.objects.filter(user=theirs).count() == 1


def test_one_user_has_at_most_five(client, rina):
    for _ in range(5):
        made(client)
    response = client.post(reverse("tokens"))
    assert "Cabut satu dulu" in response.content.decode()
    assert AuthToken.objects.count() == 5
    assert "Buat token" not in response.content.decode()


def test_tokens_that_have_ended_do_not_count(rina):
    for _ in range(5):
        tokens.create_token(user=rina, now=NOON)
    with pytest.raises(tokens.TooManyTokens):
        tokens.create_token(user=rina, now=NOON)
    assert tokens.create_token(user=rina, now=NOON + timedelta(days=91))


@pytest.mark.parametrize("name", ["tokens", "token_revoke"])
def test_a_stranger_is_sent_to_the_sign_in(client, name):
    response = client.post(reverse(name))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
