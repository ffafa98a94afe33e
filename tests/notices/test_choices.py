"""The page on which people choose their messages, and the link that ends a kind at once."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from notices import preferences, sending, services
from notices.models import Refusal
from tests.factories import NOW

pytestmark = pytest.mark.django_db
REMINDERS = preferences.Group.REMINDERS


@pytest.fixture
def rina() -> User:
    return User.objects.create_user("rina@contoh.example", name="Rina")


def test_a_user_chooses_kinds_way_and_zone(client, rina):
    rina.keep_phone("+6281234567890")
    rina.phone_verified_at = NOW
    rina.save()
    client.force_login(rina)
    page = client.get(reverse("message_choices")).content.decode()
    assert "Pengingat" in page
    assert "HP (WhatsApp atau SMS)" in page
    data = {"wanted": ["cover"], "way": "phone", "zone": "9"}
    assert client.post(reverse("message_choices"), data).status_code == 302
    rina.refresh_from_db()
    assert (rina.utc_offset, rina.contact) == (9, "+6281234567890")
    assert preferences.wanted_groups(rina) == ["cover"]


def test_who_has_no_proven_phone_has_no_choice_of_way(client, rina):
    client.force_login(rina)
    assert "rina@contoh.example" in client.get(reverse("message_choices")).content.decode()
    client.post(reverse("message_choices"), {"way": "phone", "zone": "8"})
    rina.refresh_from_db()
    assert (rina.utc_offset, rina.contact) == (8, "rina@contoh.example")
    assert client.post(reverse("message_choices"), {"zone": "10"}).status_code == 400


def test_an_optional_mail_bears_a_link_that_ends_it_without_signing_in(rina, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.NOTICE_CHANNEL = "email"
    for kind in ("reminder", "payment_allocated"):
        services.post_message(key=kind, kind=kind, user=rina, subject="x", body="Isi.", now=NOW)
    sending.send_due_messages(now=NOW)
    receipt, reminder = mail.outbox
    assert "List-Unsubscribe" not in receipt.extra_headers
    assert receipt.body == "Isi."
    assert reminder.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = reminder.extra_headers["List-Unsubscribe"].strip("<>")
    assert link.startswith(settings.PUBLIC_URL)
    assert link in reminder.body
    # As a mail programme posts: no cookie, no token of ours.
    programme = Client(enforce_csrf_checks=True)
    path = link.removeprefix(settings.PUBLIC_URL)
    assert programme.get(path).status_code == 200
    assert not Refusal.objects.exists()
    for _ in range(2):
        answer = programme.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert preferences.wanted_groups(rina) == ["cover", "lists"]


def test_a_link_that_is_none_of_ours_leads_nowhere(client):
    assert client.post(reverse("stop_messages", args=["x:y:z"])).status_code == 404
